"""The plan as people and other programs read it: `plan.json`, complete in itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from datetime import datetime

FORMAT = "patrol-plan 1"

Text = Annotated[str, Field(max_length=10_000)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Longitude = Annotated[float, Field(ge=-360, le=360)]  # runs on across the antimeridian
Latitude = Annotated[float, Field(ge=-90, le=90)]
LonLat = tuple[Longitude, Latitude]
Band = tuple[Finite, Finite]


def _whole_seconds(moment: datetime) -> datetime:
    if moment.microsecond:
        msg = f"{moment.isoformat()}, expected whole seconds"
        raise ValueError(msg)
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_whole_seconds)]


class Record(BaseModel):
    """A piece of a plan: immutable, and unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Assumption(Record):
    """A number nobody has published, and what we took for it."""

    what: Text = Field(description="What is assumed, in words.")
    value: Text = Field(description="The value taken, with its unit.")
    why: Text = Field(description="Why this value.")


class Station(Record):
    """A station on the map."""

    id: Text
    name: Text
    icao: Text = ""
    lon: Longitude
    lat: Latitude


class Aircraft(Record):
    """One airframe (or line of flying) that the plan may use."""

    id: Text
    type: Text
    operator: Text = ""
    station: Text = Field(description="Id of its station.")
    endurance_h: Positive = Field(description="Longest sortie, reserve taken off, in hours.")
    transit_kn: Positive
    search_kn: Positive


class Zone(Record):
    """A line or polygon of airspace as it was in force for the plan."""

    id: Text
    name: Text
    rule: Literal["closed", "priced", "shown"] = Field(
        description="`closed`: no aircraft enters. `priced`: hours inside are counted and priced."
    )
    rings: tuple[tuple[LonLat, ...], ...] = Field(description="Outer rings, closed, lon/lat.")
    lines: bool = Field(default=False, description="The rings are open lines, not areas.")
    source: Text = ""
    dated: Text = Field(default="", description="Date of the source, as published.")
    from_time: Moment | None = None
    to_time: Moment | None = None


class Report(Record):
    """A reported transfer as the surface used it, with the region where it may have been."""

    id: Text
    when: Text = Field(description="Date as published.")
    age_days: Finite = Field(description="Days before the plan's period.")
    weight: NonNegative = Field(description="Weight in the surface; zero when not used.")
    count: int = Field(default=1, ge=1, description="Transfers told by this report.")
    rings: tuple[tuple[LonLat, ...], ...] = Field(description="Outline of the position region.")
    basis: Text = Field(default="", description="Text the position was derived from.")
    vessels: Text = ""
    source: Text = ""


class Demand(Record):
    """How expected transfers spread over the day, for whoever recomputes the plan's value."""

    duration_h: Positive = Field(description="Mean duration of a transfer, exponential.")
    step_h: Positive = Field(description="Time step of rate and search condition, from `start`.")
    profile: Annotated[tuple[NonNegative, ...], Field(min_length=24, max_length=24)] = Field(
        description="Weight of each local mean solar hour, mean 1."
    )
    pod_law: Literal["random", "parallel"] = "random"


class Reason(Record):
    """Why a cell of value is not visited, and what would have to change."""

    code: Literal["legal", "endurance", "pinned", "covered", "price", "busy", "conflict", "window"]
    text: Text = Field(description="The reason in one sentence.")
    change: Text = Field(default="", description="What would have to change.")
    price: Finite | None = Field(
        default=None, description="Objective lost by forcing a visit, where it was computed."
    )
    at_most: NonNegative | None = Field(
        default=None, description="No more is lost by one sortie that leaves other cells out."
    )


class Cell(Record):
    """One hexagon of sea."""

    id: Text
    lon: Longitude
    lat: Latitude
    rings: tuple[tuple[LonLat, ...], ...] = Field(description="Outline of its searchable sea.")
    area_nm2: NonNegative = Field(description="Sea that may be searched.")
    share: Share = Field(default=1, description="Share of the cell's sea that may be searched.")
    open_nm: NonNegative = Field(
        default=0, description="Distance to the nearest point where an aircraft may lawfully be."
    )
    rate_per_h: NonNegative = Field(
        default=0, description="Transfers beginning per hour in its searchable sea, daily mean."
    )
    transfers: NonNegative = Field(description="Transfers under way in the period, expected.")
    barrels: NonNegative
    low: NonNegative = Field(description="5 % of the equally likely surfaces lie below.")
    high: NonNegative = Field(description="95 % of the equally likely surfaces lie below.")
    unknown: Share = Field(
        default=0, description="Share of the belief here that rests on no look at all."
    )
    seen: NonNegative = Field(default=0, description="Distinct transfers the plan sees here.")
    reason: Reason | None = None


class Pattern(Record):
    """The search pattern flown in a cell."""

    kind: Literal["parallel", "creeping", "square", "sector", "barrier"]
    spacing_nm: Positive
    track: tuple[LonLat, ...]


class Visit(Record):
    """Time spent searching one cell."""

    cell: Text
    start: Moment
    end: Moment
    dwell_h: NonNegative
    pod: Share
    sweep_width_nm: NonNegative
    condition: Text = Field(description="Light and sea state at mid-search.")
    seen: NonNegative = Field(description="Transfers first seen by this visit, expected.")
    pattern: Pattern | None = None


class Leg(Record):
    """A flight between two places."""

    start: Text = Field(description="Id of the station or cell it leaves.")
    end: Text = Field(description="Id of the station or cell it reaches.")
    depart: Moment
    arrive: Moment
    distance_nm: NonNegative
    points: tuple[LonLat, ...] = Field(description="Both ends and the turn points between.")


class Sortie(Record):
    """One flight of one aircraft."""

    id: Text
    aircraft: Text
    station: Text
    recovery: Text
    takeoff: Moment
    landing: Moment
    airborne_h: Positive
    endurance_h: Positive
    search_h: NonNegative
    ferry_h: NonNegative = 0
    seen: NonNegative = Field(description="Transfers first seen on this sortie, expected.")
    barrels: NonNegative = 0
    alone: NonNegative | None = Field(default=None, description="Seen if it flew alone.")
    lost: NonNegative | None = Field(
        default=None, description="Objective lost if it did not fly and nothing else changed."
    )
    inside_h: dict[Text, NonNegative] = Field(
        default_factory=dict, description="Hours inside each priced zone, by zone id."
    )
    pinned: bool = False
    legs: tuple[Leg, ...]
    visits: tuple[Visit, ...]


class Value(Record):
    """What the plan is worth, and how sure that is."""

    objective: Literal["transfers", "barrels"]
    transfers: NonNegative = Field(description="Expected distinct transfers seen.")
    barrels: NonNegative = Field(description="Expected barrels seen changing hands.")
    score: Finite = Field(description="The objective less prices: what the solver maximised.")
    bound: Finite | None = Field(default=None, description="No plan's score can exceed this.")
    gap: NonNegative | None = Field(default=None, description="(bound - score) / bound.")
    total: NonNegative = Field(description="Expected transfers under way in the period.")
    total_barrels: NonNegative
    unreachable: NonNegative = Field(
        default=0, description="Expected transfers where no aircraft may lawfully search."
    )
    band50: Band | None = Field(default=None, description="Transfers seen: 25 % to 75 %.")
    band90: Band | None = Field(default=None, description="Transfers seen: 5 % to 95 %.")


class Part(Record):
    """What becomes of a part of all expected transfers."""

    what: Text = Field(description="What becomes of it, for example `looked at but missed`.")
    transfers: Finite = Field(description="Expected transfers; all parts add up to the total.")


class Ask(Record):
    """Something more to fly with, and what it would add."""

    what: Text
    gain: NonNegative = Field(description="Objective gained by the best plan found with it.")
    noise: NonNegative = Field(description="How far searches of it differ among themselves.")
    how: Text = Field(default="", description="Solved again, or estimated.")
    proof: NonNegative = Field(
        default=0.0, description="What it would add to the bound, by the bound's proof; else 0."
    )


class Relaxed(Record):
    """A limit or standing order of the scenario that has to give way."""

    where: Text = Field(description="Its place in the scenario, for example `pins.looks[0]`.")
    found: Text = Field(description="What stands there.")
    why: Text = Field(default="", description="What it cannot be kept with.")


class Plan(Record):
    """All sorties of the period, with everything needed to review them."""

    format: Literal["patrol-plan 1"] = "patrol-plan 1"
    name: Text
    title: Text
    question: Text = ""
    start: Moment
    end: Moment
    seed: int
    status: Text
    solver: Text
    hash: Text = Field(default="", description="Content hash of all inputs.")
    value: Value
    demand: Demand
    assumptions: tuple[Assumption, ...] = ()
    notes: tuple[Text, ...] = Field(default=(), description="What the reader should know.")
    relaxed: tuple[Relaxed, ...] = Field(
        default=(),
        description="The fewest standing orders set aside, so that all others are kept; or, where "
        "nothing can be flown, the fewest limits that would have to give way.",
    )
    model_card: dict[Text, Text] = Field(default_factory=dict)
    waterfall: tuple[Part, ...] = Field(default=(), description="What becomes of all transfers.")
    asks: tuple[Ask, ...] = Field(default=(), description="What to ask for first, most first.")
    stations: tuple[Station, ...]
    aircraft: tuple[Aircraft, ...]
    zones: tuple[Zone, ...] = ()
    reports: tuple[Report, ...] = ()
    cells: tuple[Cell, ...]
    sorties: tuple[Sortie, ...]

    def _repr_html_(self) -> str:
        """Show the plan's map in a notebook; drawing is loaded only then."""
        from planner.outputs.maps import plan_html

        return plan_html(self)
