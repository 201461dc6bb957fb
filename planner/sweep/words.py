"""What a sweep found, in sentences that can be repeated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from planner.sweep.effects import effects, interactions, pareto, ranking
from planner.sweep.factors import shown
from planner.sweep.trials import OVERRIDE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from planner.sweep.effects import Effect, Estimate, Interaction, Setting
    from planner.sweep.trials import Sweep

ORDINALS = ("no", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
PERIODS = {1: "a day", 7: "a week"}
UNITS = {"h": "h", "nm": "nm", "kn": "kn", "ft": "ft", "nm2": "nm²", "min": "min", "days": "days"}
MOST_SENTENCES = 12
MOST_INTERACTIONS = 3
WORTH_TELLING = 0.01
LESS_AND_LESS = 1.2


def sentences(sweep: Sweep) -> list[str]:
    """Return what the sweep found, the weightiest first; nothing is said that noise could say."""
    if not sweep.trials:
        return ["No run has finished yet."]
    said = Wording(sweep)
    found = [s for effect in effects(sweep) for s in said.effect(effect)][:MOST_SENTENCES]
    settings = ranking(sweep)
    least = WORTH_TELLING * settings[0].value
    found += [
        said.interaction(each)
        for each in interactions(sweep)
        if each.estimate.clear and abs(each.estimate.value) > least
    ][:MOST_INTERACTIONS]
    return [
        said.best(settings),
        *found,
        *said.hours(pareto(settings)),
        *sweep.tips,
        *said.limits(),
    ]


class Wording:
    """The words for one sweep: its aircraft and stations by name, its period as people say it."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.scenario = sweep.pinned.scenarios[""]
        days = self.scenario["period"]["days"]
        self.per = PERIODS.get(days, f"in {days} days")

    def name(self, path: str) -> str:
        """Return a factor in words."""
        words, unit, whose = self._parts(path)
        return f"{words}{f' ({unit})' if unit else ''}{whose}"

    def level(self, path: str, value: Any) -> str:
        """Return a factor at one of its values in words, for example “8 h endurance”."""
        head, *rest = path.split(".")
        if path.startswith(OVERRIDE):
            return f"{'with' if value else 'without'} {self.name(path)}"
        if head == "aircraft" and rest[1:] == ["count"]:
            terms = self.scenario["aircraft"].get(rest[0], {})
            home = station(str(terms.get("station", rest[0])))
            kind = f"{terms.get('type', 'aircraft')}{'' if value == 1 else 's'}"
            return f"{value} {kind} at {home}{self._owner(rest[0])}"
        if head == "stations" and rest[1:] == ["open"]:
            return f"{station(rest[0])} {'open' if value else 'closed'}"
        words, unit, whose = self._parts(path)
        return f"{shown(value)} {unit} {words}{whose}" if unit else f"{words} {shown(value)}{whose}"

    def under(self, path: str, value: Any) -> str:
        """Return a level as a circumstance, for example “with Naha closed”."""
        level = self.level(path, value)
        return level if path.startswith(OVERRIDE) else f"with {level}"

    def _parts(self, path: str) -> tuple[str, str, str]:
        """Return what a factor is, its unit and whose it is."""
        if path.startswith(OVERRIDE):
            return f"the override “{path.removeprefix(OVERRIDE)}”", "", ""
        head, *rest = path.split(".")
        if head == "stations" and rest[1:] == ["open"]:
            return f"whether {station(rest[0])} is open", "", ""
        if head == "aircraft" and len(rest) > 1:
            words, unit = _plain(".".join(rest[1:]))
            return words, unit, f" of {self.detachment(rest[0])}"
        return (*_plain(".".join(rest or [head])), "")

    def detachment(self, name: str) -> str:
        """Return a detachment as people say it, for example “Kadena's P-8As”."""
        terms = self.scenario["aircraft"].get(name, {})
        home = station(str(terms.get("station", name)))
        return f"{home}'s {terms.get('type', 'aircraft')}s{self._owner(name)}"

    def _owner(self, name: str) -> str:
        """Return whose aircraft these are, where another detachment would have the same name."""
        everyone = self.scenario["aircraft"]
        terms = everyone.get(name, {})
        alike = [
            each
            for each in everyone.values()
            if (each["station"], each["type"]) == (terms.get("station"), terms.get("type"))
        ]
        return f" ({terms.get('operator') or name})" if len(alike) > 1 else ""

    def setting(self, setting: Mapping[str, Any]) -> str:
        """Return a setting in words, for example “3 of Kadena's P-8As, Naha closed”."""
        return ", ".join(self.level(path, value) for path, value in setting.items())

    def effect(self, effect: Effect) -> Iterator[str]:
        """Yield what one factor does: step by step where that is how people ask."""
        head, _, field = effect.path.rpartition(".")
        if effect.estimate.same and all(step.same for _, _, step in effect.steps):
            yield f"Changing {self.name(effect.path)} changed nothing: the plans see the same."
        elif head.startswith("aircraft.") and field == "count" and effect.steps:
            for before, after, step in effect.steps:
                yield self._aircraft(head.removeprefix("aircraft."), before, after, step)
        else:
            yield self._change(effect)

    def interaction(self, found: Interaction) -> str:
        """Return how much more or less one factor is worth at the last value of another."""
        (one, low, high), (other, first, last) = found.one, found.other
        more = "more" if found.estimate.value > 0 else "less"
        return (
            f"{self._doing(one, low, high)} is worth {amount(found.estimate, signed=False)} "
            f"transfers {self.per} {more} {self.under(other, last)} than "
            f"{self.under(other, first)}."
        )

    def best(self, settings: Sequence[Setting]) -> str:
        """Return which setting sees most, and how many others cannot be told from it."""
        first = settings[0]
        alike = sum(1 for each in settings[1:] if not each.behind.clear)
        others = "another setting" if alike == 1 else f"{alike} other settings"
        close = f"; {others} cannot be told from it" if alike else ""
        words = self.setting(first.setting)
        return (
            f"Most is seen with {words or 'the scenario as it is'}: {first.value:.3g} transfers "
            f"{self.per} in {first.flown_h:.0f} flying hours{close}."
        )

    def hours(self, front: Sequence[Setting]) -> Iterator[str]:
        """Yield what flying hours buy at the cheap and at the dear end of the front."""
        if len(front) < 3:
            return
        low, middle, high = front[0], front[len(front) // 2], front[-1]
        yield (
            f"Hours bring less and less: from {low.flown_h:.0f} to {middle.flown_h:.0f} flying "
            f"hours each ten add {_per_ten(low, middle):.2g} transfers {self.per}, from there to "
            f"{high.flown_h:.0f} each ten add {_per_ten(middle, high):.2g}."
            if _per_ten(low, middle) > LESS_AND_LESS * _per_ten(middle, high)
            else f"From {low.flown_h:.0f} to {high.flown_h:.0f} flying hours each ten add "
            f"{_per_ten(low, high):.2g} transfers {self.per}."
        )

    def limits(self) -> Iterator[str]:
        """Yield what the reader should know of how sure all this is."""
        if len(self.sweep.pinned.design.seeds) == 1:
            yield "One seed was used, so what the search leaves to chance was not measured."
        if not any(len(trial.drawn) for trial in self.sweep.trials):
            yield "No surfaces were drawn, so what is not known of the sea was not measured."
        if self.sweep.failed or self.sweep.waiting:
            yield (
                f"{len(self.sweep.failed)} runs failed and {self.sweep.waiting} are still to be "
                "made; what they would have said is missing."
            )

    def _aircraft(self, name: str, before: Any, after: Any, step: Estimate) -> str:
        terms = self.scenario["aircraft"].get(name, {})
        kind, home = terms.get("type", "aircraft"), station(str(terms.get("station", name)))
        owner = self._owner(name)
        if after - before == 1 and 0 < after < len(ORDINALS):
            subject, make, be = f"{home}'s {ORDINALS[after]} {kind}{owner}", "makes", "is"
        else:
            make, be = "make", "are"
            subject = f"{after - before} more {kind}s at {home}{owner} ({before} to {after})"
        if step.same:
            return f"{subject} changed nothing."
        if not step.clear:
            return f"{subject} {make} no difference that stands out: {self._worth(step)}."
        return f"{subject} {be} worth {self._worth(step)}{_over_surfaces(step)}."

    def _change(self, effect: Effect) -> str:
        estimate = effect.estimate
        subject = self._doing(effect.path, effect.low, effect.high)
        if not estimate.clear:
            return f"{subject} makes no difference that stands out: {self._worth(estimate)}."
        verb = "adds" if estimate.value > 0 else "costs"
        worth = f"{amount(estimate, signed=False)} transfers {self.per}"
        return f"{subject} {verb} {worth}{_over_surfaces(estimate, signed=False)}."

    def _doing(self, path: str, low: Any, high: Any) -> str:
        """Return a change from one level to another as a doing, for example “Closing Naha”."""
        head, *rest = path.split(".")
        if head == "stations" and rest[1:] == ["open"] and high in (True, False):
            return f"{'Opening' if high else 'Closing'} {station(rest[0])}"
        if path.startswith(OVERRIDE):
            return f"Applying {self.name(path)}"
        if head == "aircraft" and rest[1:] == ["count"]:
            return f"Going from {shown(low)} to {self.level(path, high)}"
        return f"Changing {self.name(path)} from {shown(low)} to {shown(high)}"

    def _worth(self, estimate: Estimate) -> str:
        return f"{amount(estimate)} transfers {self.per}"


def amount(estimate: Estimate, *, signed: bool = True) -> str:
    """
    Return a difference with its band.

    Examples
    --------
    >>> from planner.sweep.effects import Estimate
    >>> amount(Estimate(value=0.314, half=0.05, pairs=4))
    '+0.31 (±0.05)'
    >>> amount(Estimate(value=-0.0123, half=0.002, pairs=4), signed=False)
    '0.012 (±0.002)'
    """
    value = estimate.value if signed else abs(estimate.value)
    sign = "+" if signed else ""
    if not math.isfinite(estimate.half):
        return f"{value:{sign}.3g} (search noise not measured)"
    places = _places(estimate.half or abs(estimate.value))
    return f"{value:{sign}.{places}f} (±{estimate.half:.{places}f})"


def surfaces(estimate: Estimate) -> str:
    """
    Return between which differences 9 of 10 equally likely surfaces lie; nothing without any.

    Examples
    --------
    >>> from planner.sweep.effects import Estimate
    >>> surfaces(Estimate(value=0.01, half=0.002, pairs=4, surfaces=(-0.0004, 0.0203)))
    '0.000 to +0.020'
    """
    if estimate.surfaces is None or estimate.same:
        return ""
    low, high = estimate.surfaces
    places = decimals(max(abs(low), abs(high)))
    return f"{_signed(low, places)} to {_signed(high, places)}"


def _signed(value: float, places: int) -> str:
    return f"{value:+.{places}f}" if round(value, places) else f"{0:.{places}f}"


def _over_surfaces(estimate: Estimate, *, signed: bool = True) -> str:
    """Return the band over surfaces as a clause; sizes alone where the sign is in the verb."""
    if not signed and estimate.surfaces and estimate.surfaces[0] * estimate.surfaces[1] > 0:
        low, high = sorted(map(abs, estimate.surfaces))
        places = decimals(high)
        return f", on 9 of 10 equally likely surfaces {low:.{places}f} to {high:.{places}f}"
    told = surfaces(estimate)
    return f", on 9 of 10 equally likely surfaces {told}" if told else ""


def _places(size: float) -> int:
    """Return the decimals that show one digit of a number, two when the first is a one."""
    if size < 1e-9:
        return 2
    first = math.floor(math.log10(size))
    digits = 2 if size < 2 * 10.0**first else 1
    return max(0, min(6, digits - 1 - first))


def decimals(size: float) -> int:
    """
    Return the decimals that show two digits of a number.

    Examples
    --------
    >>> decimals(0.0171), decimals(3.2), decimals(120.0)
    (3, 1, 0)
    """
    return max(0, min(6, 1 - math.floor(math.log10(size)))) if size > 1e-9 else 2


def station(name: str) -> str:
    """Return a station's name on the map, or the name it has in the scenario."""
    from planner.catalogue import stations

    names = {each.id: each.name for each in stations()}
    return names.get(name, name.capitalize()).removesuffix(" Air Base")


def _per_ten(low: Setting, high: Setting) -> float:
    return 10 * (high.value - low.value) / max(high.flown_h - low.flown_h, 1e-9)


def _plain(path: str) -> tuple[str, str]:
    """
    Return a key as words, and its unit.

    Examples
    --------
    >>> _plain("sweep_width_nm.day"), _plain("half_life_days")
    (('sweep width nm day', ''), ('half life', 'days'))
    """
    words = path.replace(".", "_").split("_")
    unit = UNITS.get(words[-1], "") if len(words) > 1 else ""
    return " ".join(words[:-1] if unit else words), unit
