"""The scenario: everything a user may say, with its unit, its range and what it means."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Text = Annotated[str, Field(max_length=2_000)]
Hours = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
Knots = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]
Nautical = Annotated[float, Field(ge=0, le=5_000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
LonLat = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]
State = Literal["CN", "KP", "KR", "RU", "TW"]


class Table(BaseModel):
    """A table of the scenario file: immutable, and unknown keys are faults."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def assumed(default: Any, why: str, **limits: Any) -> Any:
    """Declare a figure nobody has published: a default, and why we took it."""
    return Field(default, json_schema_extra={"assumption": why}, **limits)


class Period(Table):
    """When the plan begins and how long it lasts."""

    start: AwareDatetime = Field(description="Start, with its offset from UTC.")
    days: int = Field(description="Length in days.", ge=1, le=92)

    @property
    def end(self) -> datetime:
        """The end of the period."""
        return self.start + timedelta(days=self.days)

    @property
    def hours(self) -> float:
        """The length of the period, in hours."""
        return 24.0 * self.days


class Area(Table):
    """The sea that is scored and searched."""

    polygon: tuple[LonLat, ...] = Field(
        description="Corners as lon, lat; the last joins the first.", min_length=3, max_length=1_000
    )
    cell_nm2: float = Field(
        1_800.0, description="Size of one hexagonal cell, in nm².", ge=10, le=100_000
    )

    @field_validator("polygon", mode="before")
    @classmethod
    def _lon_comes_first(cls, corners: Any) -> Any:
        try:
            firsts, lasts = ([abs(float(x)) for x in each] for each in zip(*corners, strict=True))
        except (TypeError, ValueError):
            return corners
        if max(firsts) <= 90 < max(lasts):
            msg = (
                f"{list(corners[0])} and so on, expected lon, lat "
                "(these look like lat, lon: swap them)"
            )
            raise ValueError(msg)
        return corners


class History(Table):
    """Past reports, and where patrols have looked."""

    events: str = Field(
        "builtin", description="`builtin` (the shipped public reports) or a file of reports."
    )
    known_by: date | None = Field(
        None,
        description="Only reports of before this date are used; the period's first day if unset.",
    )
    columns: dict[str, str] = Field(
        default_factory=dict, description="Which column of a foreign CSV holds what.", max_length=40
    )
    timezone: str | None = Field(
        None, description="Time zone of times without an offset in a foreign file."
    )
    effort: str | Annotated[tuple[str, ...], Field(max_length=1_000)] | None = Field(
        None,
        description="Files of past patrols, found something or not: CSV, GeoJSON, GPX, KML, KMZ.",
    )
    effort_sweep_width_nm: Annotated[float, Field(gt=0, le=200)] | None = Field(
        None, description="Width swept along past tracks that tell none, in nm."
    )

    @property
    def effort_files(self) -> tuple[str, ...]:
        """The files of past patrols; none when there are none."""
        return (self.effort,) if isinstance(self.effort, str) else self.effort or ()


class Hotspots(Table):
    """How reports become a surface."""

    estimator: Literal["uniform", "grid", "kde", "adaptive", "cascade", "stack"] = Field(
        "stack", description="Named estimator of where transfers happen."
    )
    bandwidth: Literal["silverman", "loo"] = Field(
        "loo", description="Bandwidth rule of the `kde` estimator."
    )
    half_life_days: Annotated[float, Field(gt=0, le=100_000)] | None = Field(
        None,
        description="Age at which a report counts half, in days; learned if unset.",
    )
    floor: Share = Field(
        0.02, description="Share that `grid`, `kde` and `adaptive` spread evenly over the sea."
    )
    surfaces: int = Field(
        100, description="Equally likely surfaces drawn to say how sure it is.", ge=0, le=200
    )


class Demand(Table):
    """How many transfers happen, how long they last, how much changes hands."""

    transfers_per_year: float = Field(
        description="Transfers in the area in a year; detections alone cannot give it.",
        ge=0,
        le=1e8,
        json_schema_extra={"assumption": "From published delivery estimates, which are disputed."},
    )
    duration_h: float = assumed(
        3.0,
        "Published cases lasted from 70 minutes to six hours.",
        description="Mean time a transfer lasts, in hours.",
        gt=0.05,
        le=1_000,
    )
    barrels: float = assumed(
        14_400.0,
        "3.78 million barrels in 263 deliveries of 2018, fully laden.",
        description="Mean barrels of a transfer, where the reports give none.",
        ge=0,
        le=1e7,
    )
    profile: Literal["learned", "flat"] | tuple[Annotated[float, Field(ge=0)], ...] = Field(
        "learned",
        description="Time of day: learned from reports, flat, or 24 weights by local solar hour.",
    )

    @model_validator(mode="after")
    def _profile_has_24_hours(self) -> Demand:
        if isinstance(self.profile, tuple) and (len(self.profile) != 24 or not sum(self.profile)):
            msg = f"profile has {len(self.profile)} values, expected 24 with a sum above zero"
            raise ValueError(msg)
        return self


class SweepWidth(Table):
    """How wide a strip one pass searches well enough to identify a transfer, in nm."""

    day: Nautical = assumed(
        12.0,
        "No identification range is published; hoses must be seen, so it is short.",
        description="By day, in nm.",
    )
    twilight: Nautical = assumed(9.0, "Between day and night.", description="In twilight, in nm.")
    moonlit: Nautical = assumed(
        7.0, "Electro-optics by moonlight.", description="On a moonlit night, in nm."
    )
    dark: Nautical = assumed(5.0, "Infra-red only.", description="On a dark night, in nm.")


class Aircraft(Table):
    """A detachment of like aircraft at one station."""

    type: str = Field(description="Type in the catalogue, for example `P-3C`.", max_length=100)
    station: Name = Field(description="Station it flies from.")
    operator: Text = Field("", description="Who flies it.")
    count: int = Field(1, description="Airframes of the detachment.", ge=0, le=100)
    transit_kn: Knots | None = Field(
        None, description="Transit speed in knots; the catalogue's cruise speed when unset."
    )
    search_kn: Knots = assumed(
        200.0,
        "No loiter speed is published for these types.",
        description="Speed on search, knots.",
    )
    endurance_h: Annotated[float, Field(gt=0, le=60)] | None = Field(
        None, description="Longest flight in hours; the catalogue's figure when unset."
    )
    reserve_h: Hours = assumed(
        1.0,
        "A common planning reserve; no rule of these operators is published.",
        description="Endurance kept for landing, in hours.",
    )
    departure_h: Hours = assumed(
        0.2,
        "Take-off, climb and departure route.",
        description="Time added after take-off, in hours.",
    )
    arrival_h: Hours = assumed(
        0.2, "Descent, approach and landing.", description="Time added before landing, in hours."
    )
    sweep_width_nm: SweepWidth = Field(
        default_factory=SweepWidth, description="Sweep width for identifying a transfer, by light."
    )
    pod_cap: Share = assumed(0.95, "No crew sees everything.", description="Highest POD of a look.")
    search_height_ft: float = assumed(
        1_500.0,
        "Low enough to photograph hoses.",
        description="Height on search, in feet.",
        ge=100,
        le=60_000,
    )
    sorties_per_day: int = assumed(
        1,
        "Published rhythm is below one sortie a day.",
        description="Most sorties a day of one airframe.",
        ge=1,
        le=6,
    )
    turnaround_h: Hours = assumed(
        3.0,
        "No turnaround time is published.",
        description="Least time between a landing and the next take-off, in hours.",
    )
    crews: int = assumed(
        2,
        "Crews per airframe; not published.",
        description="Crews per airframe, flying in turn.",
        ge=1,
        le=20,
    )
    duty_h: Hours = assumed(
        14.0,
        "Crew duty from two hours before take-off to one after landing; not published.",
        description="Longest crew duty, from two hours before take-off to one after landing.",
    )
    rest_h: Hours = assumed(
        12.0,
        "Rest between duties; not published.",
        description="Least rest of a crew between duties, in hours.",
    )
    available: Share = assumed(
        0.65,
        "P-8A mission-capable rates of 53–70 % were reported for 2018–2020; taken for all types.",
        description="Mission-capable rate: the share of aircraft-days that can be flown.",
    )
    budget_h: Hours | None = Field(
        None, description="Flying hours of the detachment in the period; unlimited when unset."
    )
    hours: tuple[time, time] | None = Field(
        None,
        description="Local hours between which it flies, e.g. [06:00, 20:00]; may pass midnight.",
    )
    from_date: date | None = Field(None, description="First day in Japan.")
    to_date: date | None = Field(None, description="Last day in Japan.")
    recovery: tuple[Name, ...] = Field(
        (), description="Other stations where a sortie may land.", max_length=10
    )
    overland: bool = Field(True, description="Whether it may fly over land after take-off.")


class Station(Table):
    """A change to a catalogue station, or a station of your own."""

    name: Text | None = Field(None, description="Name on the map.")
    lon: Annotated[float, Field(ge=-180, le=180)] | None = Field(None, description="Longitude.")
    lat: Annotated[float, Field(ge=-90, le=90)] | None = Field(None, description="Latitude.")
    open: bool = Field(True, description="Whether it can be used at all.")
    hours: tuple[time, time] | None = Field(
        None, description="Local opening hours; may pass midnight. Always open when unset."
    )


class Airspace(Table):
    """Where aircraft may not fly, and where it costs something."""

    breadth_nm: Nautical = Field(12.0, description="Breadth of territorial seas, in nm.")
    margins_nm: dict[State, Nautical] = Field(
        default_factory=dict,
        description="Extra distance kept off a state's sea; its real baselines lie farther out.",
    )
    open_states: tuple[State, ...] = Field(
        (), description="States whose territorial sea and land may be entered by agreement."
    )
    pyongyang_fir: Literal["closed", "shown"] = Field("closed", description="Pyongyang FIR.")
    dprk_zones: Literal["closed", "shown"] = Field(
        "closed", description="Military zones the DPRK claims; not recognised by others."
    )
    china_adiz_price: Annotated[float, Field(ge=0, le=1e9)] = Field(
        0.0, description="Objective paid for an hour inside China's ADIZ."
    )
    kadiz_price: Annotated[float, Field(ge=0, le=1e9)] = Field(
        0.0, description="Objective paid for an hour inside the KADIZ."
    )
    files: tuple[str, ...] = Field(
        (), description="GeoJSON files of danger areas and notices.", max_length=50
    )


class SeaState(Table):
    """Sea state in a box during some days."""

    from_date: date = Field(description="First day.")
    to_date: date = Field(description="Last day.")
    west: Annotated[float, Field(ge=-180, le=180)] = Field(
        -180, description="Western edge, degrees."
    )
    east: Annotated[float, Field(ge=-180, le=180)] = Field(
        180, description="Eastern edge, degrees."
    )
    south: Annotated[float, Field(ge=-90, le=90)] = Field(
        -90, description="Southern edge, degrees."
    )
    north: Annotated[float, Field(ge=-90, le=90)] = Field(90, description="Northern edge, degrees.")
    state: int = Field(description="Douglas sea state.", ge=0, le=9)


class Weather(Table):
    """Sea state, and what it does to sweep width."""

    sea: tuple[SeaState, ...] = Field(
        (), description="Sea state by days and box.", max_length=1_000
    )
    default_state: int = assumed(
        3,
        "A slight sea where the table is silent.",
        description="Douglas sea state where no row applies.",
        ge=0,
        le=9,
    )
    factor: Annotated[tuple[Share, ...], Field(min_length=10, max_length=10)] = assumed(
        (1.0, 1.0, 1.0, 1.0, 0.9, 0.75, 0.5, 0.25, 0.1, 0.0),
        "The SAR manual takes 0.9 above 25 kn wind; the rest is our extrapolation.",
        description="Sweep width factor by sea state 0 to 9.",
    )


class Rules(Table):
    """How sorties may be flown."""

    dwell_h: Annotated[
        tuple[Annotated[float, Field(gt=0, le=24)], ...], Field(min_length=1, max_length=6)
    ] = Field((0.5, 1.0, 1.5, 2.5), description="Lengths of a visit to choose from, rising.")
    takeoff_step_min: int = Field(
        30, description="Take-offs fall on multiples of this many minutes.", ge=1, le=240
    )
    time_step_h: float = Field(
        0.5, description="Step in which light and demand change, in hours.", ge=0.1, le=6
    )
    pod_law: Literal["random", "parallel"] = Field(
        "random", description="Random search (Koopman) or parallel sweeps (inverse cube law)."
    )
    share_cells: bool = Field(
        False, description="Whether two aircraft may search one cell at the same time."
    )
    pattern: Literal["parallel", "creeping", "square", "sector"] = Field(
        "parallel", description="Search pattern flown in a cell."
    )

    @model_validator(mode="after")
    def _dwell_rises(self) -> Rules:
        if list(self.dwell_h) != sorted(set(self.dwell_h)):
            msg = f"dwell_h = {list(self.dwell_h)}, expected rising values"
            raise ValueError(msg)
        return self


class PinnedVisit(Table):
    """A cell searched on an ordered sortie."""

    cell: Name = Field(description="Cell id.")
    dwell_h: Annotated[float, Field(gt=0, le=24)] = Field(
        description="Time searched, one of `rules.dwell_h`."
    )


class PinnedSortie(Table):
    """A sortie to be flown exactly as ordered."""

    aircraft: Name = Field(description="Airframe, for example `p3c-naha-1`.")
    takeoff: AwareDatetime = Field(description="Take-off.")
    visits: tuple[PinnedVisit, ...] = Field(
        description="Cells searched, in order.", min_length=1, max_length=50
    )
    recovery: Name | None = Field(None, description="Where it lands, if not where it began.")


class PinnedLook(Table):
    """A cell that must be searched at some time."""

    cell: Name = Field(description="Cell id.")
    from_time: AwareDatetime = Field(description="Mid-search is no earlier than this.")
    to_time: AwareDatetime = Field(description="Mid-search is no later than this.")


class Grounded(Table):
    """An airframe that does not fly on a day."""

    aircraft: Name = Field(description="Airframe, for example `p3c-naha-1`.")
    day: date = Field(description="Local day.")


class Pins(Table):
    """Standing orders, kept and proved by the check; told where they cannot all be kept."""

    sorties: tuple[PinnedSortie, ...] = Field(
        (), description="Sorties flown as ordered.", max_length=500
    )
    looks: tuple[PinnedLook, ...] = Field(
        (), description="Cells searched at an ordered time.", max_length=500
    )
    grounded: tuple[Grounded, ...] = Field(
        (), description="Airframes that stay on the ground.", max_length=500
    )
    never: tuple[Name, ...] = Field((), description="Cells never searched.", max_length=5_000)
    warn_share: Share = Field(
        0.02, description="Warn when the orders together cost more than this share of the value."
    )


class Solver(Table):
    """How the plan is searched for."""

    name: Literal["greedy", "routing", "search"] = Field("search", description="Solver.")
    objective: Literal["transfers", "barrels"] = Field(
        "transfers", description="What is maximised."
    )
    seconds: float = Field(10.0, description="Wall-clock seconds to solve in.", gt=0, le=86_400)
    iterations: int | None = Field(
        None, description="Stop after this many steps instead: same inputs, same bytes.", ge=1
    )
    bound_seconds: float | None = Field(
        None,
        description="Wall-clock seconds for the proof, beyond `seconds`; no proof when zero. "
        "Without it the proof has a share of `seconds`, and there is none with `iterations`.",
        ge=0,
        le=86_400,
    )
    bound_iterations: int = Field(
        40, description="Rounds of the proof instead, when `iterations` is set.", ge=1
    )
    explain_seconds: float | None = Field(
        None,
        description="Wall-clock seconds to solve again for prices of what was left out and for "
        "what to ask for first. Without it the latter is estimated, when zero it is not.",
        ge=0,
        le=86_400,
    )


class Sweep(Table):
    """What to vary when asking what if."""

    vary: dict[str, Any] = Field(
        default_factory=dict, description="Path to a list of values, or `start:stop[:step]`."
    )
    overrides: tuple[Name, ...] = Field(
        (), description="Named overrides, each applied or not, crossed with all the rest."
    )
    seeds: int = Field(1, description="Repeated seeds for each setting.", ge=1, le=1_000)
    sample: Literal["grid", "latin", "sobol", "saltelli"] = Field(
        "grid", description="How to fill the space; `saltelli` allows Sobol indices."
    )
    runs: int | None = Field(None, description="Settings of a sample; a grid has no need.", ge=1)


class Scenario(Table):
    """One what-if, whole."""

    version: Literal[1] = Field(description="Version of this format.")
    title: Text = Field(description="Title on map and tables.")
    question: Text = Field("", description="The question this scenario answers.")
    seed: int = Field(1, description="Seed of everything random.", ge=0, le=2**31 - 1)
    period: Period = Field(description="When.")
    area: Area = Field(description="Where.")
    history: History = Field(History(), description="Reports and past effort.")
    hotspots: Hotspots = Field(Hotspots(), description="How reports become a surface.")
    demand: Demand = Field(description="How many transfers, how long, how large.")
    aircraft: dict[Name, Aircraft] = Field(
        description="Detachments by a name of your own.", min_length=1, max_length=200
    )
    stations: dict[Name, Station] = Field(
        default_factory=dict, description="Changes to stations, by id.", max_length=200
    )
    airspace: Airspace = Field(Airspace(), description="Closed and priced airspace.")
    weather: Weather = Field(Weather(), description="Sea state.")
    rules: Rules = Field(Rules(), description="How sorties may be flown.")
    pins: Pins = Field(Pins(), description="Standing orders.")
    solver: Solver = Field(Solver(), description="How the plan is searched for.")
    sweep: Sweep = Field(Sweep(), description="What to vary when asking what if.")
    assumptions: dict[str, Text] = Field(
        default_factory=dict,
        description="Path of a figure that nobody published, and why it was taken.",
        max_length=500,
    )
    _folder: Path = PrivateAttr(default=Path())
    _origins: dict[tuple[str | int, ...], str] = PrivateAttr(default_factory=dict)

    @property
    def folder(self) -> Path:
        """The folder that paths in the file are in."""
        return self._folder

    def placed(self, folder: Path, origins: dict[tuple[str | int, ...], str]) -> Scenario:
        """Note the folder it was read in and where each key stands; returns itself."""
        self._folder, self._origins = folder, origins
        return self

    def where(self, *path: str | int) -> str:
        """Return ``file:line`` of a key, or of its nearest ancestor that stands in a file."""
        while path and path not in self._origins:
            path = path[:-1]
        return self._origins.get(path, "scenario")

    @model_validator(mode="after")
    def _times_make_sense(self) -> Scenario:
        known_by = self.history.known_by
        if known_by and known_by > self.period.start.date():
            msg = (
                f"history.known_by = {known_by} is after the period starts, "
                f"expected at most {self.period.start.date()}"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _something_is_maximised(self) -> Scenario:
        if self.solver.objective == "barrels" and not self.demand.barrels:
            msg = "demand.barrels = 0 with solver.objective = 'barrels', expected barrels > 0"
            raise ValueError(msg)
        return self
