"""Where a sweep is kept: one SQLite file, a row for every run, and the plans beside it."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Self

from pydantic import TypeAdapter, ValidationError

from planner.errors import Fault, FaultsError
from planner.files import write_file
from planner.scenario.model import Scenario
from planner.sweep.design import Point, crossed
from planner.sweep.outcome import Number
from planner.sweep.pinning import Pinned, changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

    from planner.sweep.outcome import Outcome

FORMAT = "patrol-sweep 1"
STATUSES = ("waiting", "done", "failed")
SCHEMA = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL, seal TEXT NOT NULL) STRICT",
    "CREATE TABLE run (key TEXT PRIMARY KEY, status TEXT NOT NULL, numbers TEXT NOT NULL, "
    "drawn TEXT NOT NULL, plan TEXT NOT NULL, seconds REAL NOT NULL, peak_mb REAL NOT NULL, "
    "error TEXT NOT NULL, seal TEXT NOT NULL) STRICT",
    "CREATE TABLE point (number INTEGER PRIMARY KEY, point TEXT NOT NULL, "
    "run TEXT NOT NULL REFERENCES run, seal TEXT NOT NULL) STRICT",
)
PINNED = TypeAdapter(Pinned)
POINT = TypeAdapter(Point)
NUMBERS = TypeAdapter(dict[str, Number])
TIPS = TypeAdapter(dict[str, str])
DRAWN = TypeAdapter(tuple[Number, ...])
BROKEN = (sqlite3.Error, UnicodeDecodeError)  # what SQLite says of broken names may be no text


class SweepError(FaultsError):
    """A sweep cannot be begun, gone on with or read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """
    One run as it is kept.

    Parameters
    ----------
    point
        Where it stands in the design.
    key
        Its name by content.
    status
        ``waiting``, ``done`` or ``failed``.
    numbers, drawn, seconds, peak_mb, error
        As `Outcome` has them.
    plan
        SHA-256 of the plan, which names its file; empty without one.
    """

    point: Point
    key: str
    status: str
    numbers: Mapping[str, float]
    drawn: tuple[float, ...]
    plan: str
    seconds: float
    peak_mb: float
    error: str


class Store:
    """
    A sweep's folder; while a store is open to write, no other process can open it so.

    Parameters
    ----------
    path
        The SQLite file. Plans are kept beside it, in ``plans`` or a folder for each shard.
    writing
        Whether runs will be added.

    Raises
    ------
    SweepError
        When the file is not a whole sweep, or another process is at work on it.
    """

    def __init__(self, path: Path, *, writing: bool = False) -> None:
        self.path = path
        self.plans = path.with_name(path.stem.replace("sweep", "plans", 1))
        if writing:
            path.parent.mkdir(parents=True, exist_ok=True)
        elif not path.is_file():
            raise SweepError([Fault(str(path), "no such file", "the store of a sweep")])
        self._lock = _locked(path.with_suffix(".lock")) if writing else None
        self._rows = self._connected()
        try:
            self._open(writing=writing)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        """Use the store for a while."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it, and let others in."""
        self.close()

    def close(self) -> None:
        """Give the store back."""
        self._rows.close()
        if self._lock is not None:
            self._lock.close()

    @property
    def begun(self) -> bool:
        """Whether it holds a sweep already."""
        return self._said("pinned") is not None

    def pinned(self) -> Pinned:
        """Return the sweep as it was asked for."""
        found: Pinned = self._checked(PINNED, self._said("pinned") or "")
        if set(found.scenarios) != {"+".join(names) for names in crossed(found.design.overrides)}:
            self._refuse("its scenarios are not those of its design")
        for values in found.scenarios.values():
            try:
                Scenario.model_validate(values)
            except ValidationError as problem:
                self._refuse(f"its scenario is none ({problem.errors()[0]['msg']})")
        return found

    def begin(self, pinned: Pinned, points: Iterable[Point]) -> None:
        """Write down what the sweep is and every run it makes, all or nothing."""
        with self._change():
            self._tell("pinned", PINNED.dump_json(pinned).decode())
            for point in points:
                key = pinned.key(pinned.scenario(point))
                self.expect(key)
                row = (point.number, POINT.dump_json(point).decode(), key)
                self._rows.execute("INSERT INTO point VALUES (?, ?, ?, ?)", (*row, _seal(row)))

    def resume(self, pinned: Pinned, *, retry_failed: bool = False) -> None:
        """
        Go on with a sweep.

        Raises
        ------
        SweepError
            With everything that has changed since it began, and each plan that is damaged.
        """
        faults = [
            Fault(str(self.path), f"{each} changed since the sweep began", "the same sweep",
                  "undo the change, or begin another with --out")
            for each in changes(self.pinned(), pinned)
        ]  # fmt: skip
        if faults:
            raise SweepError(faults)
        self._refuse_damaged_plans()
        for leftover in self.plans.glob(".*"):
            leftover.unlink(missing_ok=True)
        with self._change():
            self._tell("pinned", PINNED.dump_json(pinned).decode())  # its folder may have moved
            if retry_failed:
                for key in {row.key for row in self.rows() if row.status == "failed"}:
                    self._put((key, "waiting", "{}", "[]", "", 0.0, 0.0, ""))

    def expect(self, key: str) -> None:
        """Note that a run is to be made, unless it is known."""
        if self.outcome(key) is None:
            self._put((key, "waiting", "{}", "[]", "", 0.0, 0.0, ""))

    def record(self, key: str, outcome: Outcome) -> None:
        """Keep what became of a run; its plan is on disk before its row says so."""
        plan = outcome.plan.encode()
        name = hashlib.sha256(plan).hexdigest() if plan else ""
        if plan and not self.plan_path(name).exists():
            self._write_plan(name, plan)
        row = (
            key,
            "failed" if outcome.error else "done",
            json.dumps(dict(sorted(outcome.numbers.items()))),
            json.dumps(outcome.drawn),
            name,
            outcome.seconds,
            outcome.peak_mb,
            outcome.error,
        )
        with self._change():
            self._put(row)

    def plan_path(self, name: str) -> Path:
        """Return the file of a plan."""
        return self.plans / f"{name}.json"

    def waiting(self) -> list[Point]:
        """Return one point for each run still to be made, in the order of the design."""
        first: dict[str, Point] = {}
        for row in self.rows():
            if row.status == "waiting":
                first.setdefault(row.key, row.point)
        return list(first.values())

    def counts(self) -> dict[str, int]:
        """Return how many distinct runs have each status."""
        return dict(
            self._rows.execute(
                "SELECT status, count(DISTINCT key) FROM point JOIN run ON key = run "
                "GROUP BY status ORDER BY status"
            ).fetchall()
        )

    def rows(self) -> Iterator[Row]:
        """Yield every run of the design, in its order."""
        try:
            for number, point, key, seal, *run in self._rows.execute(
                "SELECT point.*, run.* FROM point JOIN run ON key = run ORDER BY number"
            ):
                if seal != _seal((number, point, key)):
                    self._refuse(f"point {number} is not what was written")
                yield self._row(self._checked(POINT, point), *run)
        except BROKEN as problem:
            self._refuse(str(problem))

    def outcome(self, key: str) -> Row | None:
        """Return a run by its key, whether or not the design holds it."""
        found = self._rows.execute("SELECT * FROM run WHERE key = ?", (key,)).fetchone()
        nowhere = Point(number=-1, overrides=(), settings=(), seed=0)
        return self._row(nowhere, *found) if found else None

    def tips(self) -> dict[str, str]:
        """Return what was found of tipping points, by what was asked."""
        found: dict[str, str] = self._checked(TIPS, self._said("tips") or "{}")
        return found

    def remember_tip(self, asked: str, answer: str) -> None:
        """Keep what was found of a tipping point."""
        tips = json.dumps({**self.tips(), asked: answer})
        with self._change():
            self._tell("tips", tips)

    def _connected(self) -> sqlite3.Connection:
        try:
            return sqlite3.connect(self.path, isolation_level=None, timeout=30)
        except sqlite3.Error as problem:
            if self._lock is not None:
                self._lock.close()
            self._refuse(str(problem))

    def _open(self, *, writing: bool) -> None:
        try:
            self._rows.execute("PRAGMA trusted_schema = OFF")
            tables = {
                sql
                for (sql,) in self._rows.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")
            }
            if not tables and writing:
                self._create()
            elif tables != set(SCHEMA):
                self._refuse("its tables are not those of a sweep")
            elif (verdict := self._rows.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                self._refuse(" ".join(str(verdict).split()))
            if self._said("format") not in {None, FORMAT}:
                self._refuse(f"its format is {self._said('format')!r}")
            self._rows.execute("PRAGMA synchronous = FULL")
        except BROKEN as problem:
            self._refuse(str(problem))

    def _create(self) -> None:
        self._rows.execute("PRAGMA journal_mode = WAL")
        with self._change():
            for table in SCHEMA:
                self._rows.execute(table)
            self._tell("format", FORMAT)

    def _tell(self, name: str, value: str) -> None:
        row = (name, value)
        self._rows.execute("INSERT OR REPLACE INTO about VALUES (?, ?, ?)", (*row, _seal(row)))

    def _said(self, name: str) -> str | None:
        try:
            found = self._rows.execute("SELECT * FROM about WHERE name = ?", (name,)).fetchone()
        except BROKEN as problem:
            self._refuse(str(problem))
        if found and found[2] != _seal(found[:2]):
            self._refuse(f"{name} is not what was written")
        return str(found[1]) if found else None

    def _put(self, row: tuple[object, ...]) -> None:
        marks = ", ".join("?" * (len(row) + 1))
        self._rows.execute(f"INSERT OR REPLACE INTO run VALUES ({marks})", (*row, _seal(row)))

    @contextmanager
    def _change(self) -> Iterator[None]:
        try:
            self._rows.execute("BEGIN IMMEDIATE")
            yield
            self._rows.execute("COMMIT")
        except sqlite3.Error as problem:
            self._refuse_unwritten(self.path, problem)
        finally:
            if self._rows.in_transaction:
                self._rows.execute("ROLLBACK")

    def _write_plan(self, name: str, plan: bytes) -> None:
        try:
            write_file(self.plan_path(name), plan)
        except OSError as problem:
            self._refuse_unwritten(self.plan_path(name), problem)

    def _refuse_unwritten(self, path: Path, problem: Exception) -> NoReturn:
        hint = "what is done is kept; make room and use --resume"
        fault = Fault(str(path), f"cannot be written ({problem})", "room on the disk", hint)
        raise SweepError([fault]) from None

    def _row(self, point: Point, *run: Any) -> Row:
        *fields, seal = run
        if seal != _seal(fields):
            self._refuse(f"run {str(run[0])[:12]} is not what was written")
        key, status, numbers, drawn, plan, seconds, peak_mb, error = fields
        if status not in STATUSES or not re.fullmatch(r"[0-9a-f]{64}|", plan):
            self._refuse(f"run {key[:12]} makes no sense")
        return Row(
            point=point,
            key=key,
            status=status,
            numbers=self._checked(NUMBERS, numbers),
            drawn=self._checked(DRAWN, drawn),
            plan=plan,
            seconds=seconds,
            peak_mb=peak_mb,
            error=error,
        )

    def _checked(self, kind: TypeAdapter[Any], text: str) -> Any:
        try:
            return kind.validate_json(text)
        except ValidationError as problem:
            self._refuse(f"a row cannot be read ({problem.errors(include_url=False)[0]['msg']})")

    def _refuse_damaged_plans(self) -> None:
        names = [n for (n,) in self._rows.execute("SELECT DISTINCT plan FROM run WHERE plan != ''")]
        faults = [
            Fault(str(self.plan_path(name)), "missing or changed", "the plan as it was written",
                  "put it back, or begin another sweep with --out")
            for name in sorted(names)
            if not _is_whole(self.plan_path(name), name)
        ]  # fmt: skip
        if faults:
            raise SweepError(faults)

    def _refuse(self, why: str) -> NoReturn:
        hint = "nothing was changed; put a copy back, or begin another with --out"
        fault = Fault(str(self.path), f"damaged: {why}", "a whole sweep store", hint)
        raise SweepError([fault]) from None


def stores(folder: Path) -> list[Path]:
    """Return the stores of a sweep's folder: one, or one for each shard."""
    return sorted(folder.glob("sweep*.sqlite"))


def _locked(path: Path) -> sqlite3.Connection:
    # The system drops this lock when its process dies, however it dies, and on every platform.
    lock = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        lock.close()
        fault = Fault(str(path), "another process is at work on this sweep", "one at a time")
        raise SweepError([fault]) from None
    return lock


def _is_whole(path: Path, name: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == name
    except OSError:
        return False


def _seal(fields: Iterable[object]) -> str:
    """Return a checksum: SQLite notices broken pages, but not a digit that has changed."""
    return hashlib.sha256(json.dumps(list(fields)).encode()).hexdigest()
