"""`planner sweep`: many what-ifs, in parallel, resumable."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.commands.options import FILE, scenario_options
from planner.cores import cores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

    from planner.sweep.pinning import Pinned
    from planner.sweep.store import Store

FREE_RUNS = 10_000
OVERHEAD_S = 4.0
SAMPLES = ("grid", "latin", "sobol", "saltelli")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Where and how the runs are made, as the command line says."""

    jobs: int | None
    dask: str | None
    tls: tuple[Path, Path, Path] | None
    limit_s: float | None
    memory_mb: float | None
    keep_going: bool


def _shard(context: click.Context, option: click.Parameter, text: str) -> tuple[int, int]:
    del context, option
    part, slash, parts = text.partition("/")
    if slash and part.isdecimal() and parts.isdecimal() and 1 <= int(part) <= int(parts) <= 10_000:
        return int(part), int(parts)
    msg = f"{text!r}, expected i/N with i from 1 to N"
    raise click.BadParameter(msg)


def _varying(command: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in (
        click.option("--vary", multiple=True, metavar="PATH=VALUES",
                     help="Vary a value: 1:4, 8:12:0.5 or 30,90,365."),
        click.option("--cross", multiple=True, metavar="NAME",
                     help="Make every run with and without a named override."),
        click.option("--seeds", type=click.IntRange(1, 1_000), help="Repeat with so many seeds."),
        click.option("--sample", type=click.Choice(SAMPLES), help="How to fill the space."),
        click.option("--runs", type=click.IntRange(min=1), help="Points of a sample."),
    ):  # fmt: skip
        command = decorate(command)
    return command


def _working(command: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in (
        click.option("--jobs", type=click.IntRange(1, 256), help="Processes on this machine."),
        click.option("--dask", metavar="ADDRESS", help="Use a Dask scheduler, tcp:// or tls://."),
        click.option("--tls", nargs=3, type=FILE, metavar="CA CERT KEY",
                     help="PEM files for a tls:// scheduler."),
        click.option("--limit", "limit_s", type=click.FloatRange(min=1),
                     help="Longest a run may take, in seconds."),
        click.option("--memory", "memory_mb", type=click.FloatRange(min=100),
                     help="Most memory a process may take, in MB."),
        click.option("--keep-going/--stop-on-failure", default=True,
                     help="Whether a failed run stops the rest."),
    ):  # fmt: skip
        command = decorate(command)
    return command


@click.command()
@scenario_options
@_varying
@_working
@click.option("--out", type=FILE, help="Folder of the sweep; sweeps/<scenario> by default.")
@click.option("--shard", default="1/1", callback=_shard, help="Make only part i of N.")
@click.option("--resume", is_flag=True, help="Go on with a sweep that was interrupted.")
@click.option("--retry-failed", is_flag=True, help="Go on, and make failed runs again.")
@click.option("--dry-run", is_flag=True, help="Only show the runs and the time they may take.")
@click.option("--yes", is_flag=True, help=f"Make more than {FREE_RUNS:,} runs.")
def command(
    scenario: Path,
    overrides: tuple[str, ...],
    settings: tuple[str, ...],
    *,
    vary: tuple[str, ...],
    cross: tuple[str, ...],
    seeds: int | None,
    sample: Any,
    runs: int | None,
    out: Path | None,
    shard: tuple[int, int],
    resume: bool,
    retry_failed: bool,
    dry_run: bool,
    yes: bool,
    **ways: Any,
) -> int:
    """Ask what if: plan a scenario many times over, varied, and keep every answer."""
    from planner.scenario import read_scenario
    from planner.sweep.conduct import open_store
    from planner.sweep.design import design_of
    from planner.sweep.pinning import pin

    terms = read_scenario(scenario, overrides=overrides, settings=settings)
    design = design_of(terms, vary=vary, overrides=cross, seeds=seeds, sample=sample, runs=runs)
    _ask_first(len(design), yes=yes or dry_run)
    pinned = pin(scenario, design, overrides=overrides, settings=settings)
    how = Ways(**ways)
    if dry_run:
        _show(pinned, shard, _run_s(pinned), how.jobs or cores())
        return 0
    folder = out if out is not None else Path("sweeps") / scenario.stem
    with open_store(folder, pinned, shard=shard, resume=resume, retry_failed=retry_failed) as store:
        return _through(store, pinned, how, folder)


def _through(store: Store, pinned: Pinned, how: Ways, folder: Path) -> int:
    from rich.console import Console

    from planner.cache import user_folder
    from planner.commands.runs_progress import Runs
    from planner.sweep.conduct import conduct
    from planner.sweep.engine import Terms

    limit_s = how.limit_s or 300 + 3 * _run_s(pinned)
    counts = store.counts()
    total, waiting = sum(counts.values()), counts.get("waiting", 0)
    console = Console(stderr=True)
    stopped = False
    if waiting and how.dask is None:
        _compile_first()
    try:
        with _workers(how, limit_s, waiting) as (executor, width):
            terms = Terms(width=width, limit_s=limit_s, keep_going=how.keep_going)
            with Runs(console, total, total - waiting) as bar:
                conduct(store, executor, terms, cache=user_folder(), told=bar.told,
                        stop=bar.interrupted)  # fmt: skip
                stopped = bar.interrupted()
    except KeyboardInterrupt:
        stopped = True
    return _told(store.counts(), folder, stopped=stopped)


def _compile_first() -> None:
    """Compile the solver here when it has not been, so that workers need not, all at once."""
    from planner.solvers.warming import is_warm, warm

    if not is_warm(bound=False):
        click.echo("Compiling the solver, once; about a minute", err=True)
        warm(bound=False)


def _told(counts: dict[str, int], folder: Path, *, stopped: bool) -> int:
    """Say how the sweep ended, and return the exit code."""
    done, failed, waiting = (counts.get(name, 0) for name in ("done", "failed", "waiting"))
    click.echo(f"{done} of {done + failed + waiting} runs done, {failed} failed, in {folder}")
    if waiting:
        click.echo("Go on with: the same command and --resume")
    if failed:
        click.echo("Make the failed ones again with: the same command and --retry-failed")
    if done:
        click.echo(f"Now: planner report {folder}")
    return 130 if stopped and waiting else 1 if failed or waiting else 0


@contextmanager
def local_workers(
    jobs: int, *, limit_s: float = float("inf"), memory_mb: float | None = None
) -> Iterator[Executor]:
    """Have workers on this machine for a while; they end at once when anything goes wrong."""
    from planner.sweep.processes import Processes

    with _ended_after(Processes(jobs, limit_s=limit_s, memory_mb=memory_mb)) as executor:
        yield executor


@contextmanager
def _workers(how: Ways, limit_s: float, waiting: int) -> Iterator[tuple[Executor, int]]:
    from planner.sweep.clusters import Encryption, connected

    if how.dask is None:
        width = max(1, min(how.jobs or cores(), waiting))
        with local_workers(width, limit_s=limit_s, memory_mb=how.memory_mb) as executor:
            yield executor, width
        return
    names = ("authority", "certificate", "key")
    encryption = Encryption(**dict(zip(names, how.tls, strict=True))) if how.tls else None
    with connected(how.dask, encryption) as (distant, width), _ended_after(distant) as executor:
        yield executor, width


@contextmanager
def _ended_after(executor: Executor) -> Iterator[Executor]:
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown(wait=True)


def _ask_first(runs: int, *, yes: bool) -> None:
    from planner.errors import Fault
    from planner.sweep.store import SweepError

    if runs > FREE_RUNS and not yes:
        expected = f"at most {FREE_RUNS:,} without being asked to"
        hint = "give --yes, or --sample latin --runs 1000"
        raise SweepError([Fault("sweep", f"{runs:,} runs", expected, hint)])


def _show(pinned: Pinned, shard: tuple[int, int], run_s: float, jobs: int) -> None:
    """Show the first runs of a sweep and the time all of them may take."""
    from itertools import islice

    from planner.sweep.conduct import part_of

    part, parts = shard
    runs = len(range(part - 1, len(pinned.design), parts))
    for point in islice(part_of(pinned, shard), 20):
        click.echo(f"{point.number:>6}  {point.words}")
    if runs > 20:
        click.echo(f"        and {runs - 20:,} more")
    hours = runs * run_s / jobs / 3600
    click.echo(f"{runs:,} runs of at most about {run_s:g} s, {jobs} at a time: {hours:.2g} h")


def _run_s(pinned: Pinned) -> float:
    """Return about how long one run may take, in seconds."""
    terms = pinned.scenarios[""]["solver"]
    return OVERHEAD_S + sum(
        float(terms[n]) for n in ("seconds", "bound_seconds", "explain_seconds")
    )
