"""
Change a module in one place at a time, and count the changes that its tests notice.

    python -m benchmarks.mutation problem                     every change; an hour or more
    python -m benchmarks.mutation check.flights --sample 40 --seed 1

Operators, comparisons, conditions, signs and numbers are changed; texts, annotations and decorators
are not. Each mutant runs in a process of its own, in a copy of the project, against the tests named
in `TESTS` until the first failure; one that takes ten times as long as the whole counts as noticed.
Prints each survivor with its line, and ends with 1 when fewer than 85 % were killed.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PARTS = ("planner", "tests", "scenarios", "pyproject.toml")
LIBRARIES = ("numpy", "shapely", "pydantic", "pyproj", "scipy.spatial", "scipy.optimize", "numba",
             "click", "rich.console")  # fmt: skip
CHECK = ("tests/test_check_edges.py", "tests/test_check_fleets.py", "tests/test_check_worth.py",
         "tests/test_check_geography.py", "tests/test_check.py")  # fmt: skip
TESTS = {
    "detection": ("tests/test_looks.py",),
    "looks": ("tests/test_looks.py", "tests/test_kernels.py"),
    "rules": ("tests/test_rules.py",),
    "problem": ("tests/test_problem.py", "tests/test_rules.py", "tests/test_kernels.py",
                "tests/test_simulate.py"),
    "plan": ("tests/test_plan.py", "tests/test_check.py"),
    "check": CHECK,
    "check.case": CHECK,
    "check.charts": CHECK,
    "check.earth": CHECK,
    "check.fleets": CHECK,
    "check.flights": CHECK,
    "check.meetings": ("tests/test_check_meetings.py", *CHECK),
    "check.tracks": CHECK,
    "check.worth": CHECK,
}  # fmt: skip
UNASKED = "tests/test_check.py::test_a_damaged_plan_is_refused_in_words"
"""Left out, for it takes most of the time and tries what falls over, not what is told."""

AIM = 0.85
TIMES_AS_LONG = 10
LEAST_S = 60
OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
LEFT_OUT = ("annotation", "returns", "decorator_list")


def main() -> int:
    """Make mutants of a module, run its tests on each, and print what survived."""
    parser = argparse.ArgumentParser(description="Change a module; see whether its tests notice.")
    parser.add_argument("module", choices=sorted(TESTS))
    parser.add_argument("--sample", type=int, help="so many, drawn at random; all by default")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for name in LIBRARIES:
        importlib.import_module(name)
    with TemporaryDirectory() as name:
        folder = _copied(Path(name))
        path = next(each for each in _places(folder, asked.module) if each.is_file())
        tests = [*TESTS[asked.module], str(path.relative_to(folder))]
        return _tried(folder, path, tests, asked.sample, random.Random(asked.seed))


def mutants(source: str) -> list[tuple[int, str, str]]:
    r"""
    Return line, change in words, and source of every mutant.

    Examples
    --------
    >>> [change for _, change, _ in mutants("def f(x: int = 1):\n    return x < 0")]
    ['1 becomes 2', 'x < 0 becomes x <= 0', '0 becomes 1']
    """
    tree = ast.parse(source)
    places = list(_places_in(tree))
    return [_mutant(tree, number, node) for number, node in enumerate(places)]


def _copied(folder: Path) -> Path:
    for part in PARTS:
        if (ROOT / part).is_dir():
            leave = shutil.ignore_patterns("__pycache__", "*.nbi", "*.nbc")
            shutil.copytree(ROOT / part, folder / part, ignore=leave)
        else:
            shutil.copy(ROOT / part, folder / part)
    return folder


def _places(folder: Path, module: str) -> Iterator[Path]:
    path = folder.joinpath("planner", *module.split("."))
    yield path.with_suffix(".py")
    yield path / "__init__.py"


def _places_in(node: ast.AST) -> Iterator[ast.AST]:
    """Yield every node that can be changed, in an order that does not depend on its content."""
    if _changeable(node):
        yield node
    for field, value in ast.iter_fields(node):
        if field in LEFT_OUT or (field == "body" and _for_types(node)):
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.AST):
                yield from _places_in(each)


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _changeable(node: ast.AST) -> bool:
    match node:
        case ast.Compare(ops=[operator, *_]):
            return type(operator) in OTHER
        case ast.BinOp(op=operator) | ast.BoolOp(op=operator):
            return type(operator) in OTHER
        case ast.AugAssign(op=operator):
            return type(operator) in OTHER
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            return True
        case ast.Constant(value=bool() | int() | float()):
            return True
        case ast.If() | ast.IfExp():
            return not _for_types(node)
    return False


def _mutant(tree: ast.Module, number: int, node: ast.AST) -> tuple[int, str, str]:
    changed = copy.deepcopy(tree)
    place = list(_places_in(changed))[number]
    before = ast.unparse(getattr(place, "test", place))
    after = _change(place)
    words = f"{before} becomes {after}"
    return getattr(node, "lineno", 0), words, ast.unparse(ast.fix_missing_locations(changed))


def _change(node: ast.AST) -> str:
    """Change a node where it stands and return what it says now."""
    match node:
        case ast.Compare(ops=[operator, *others]):
            node.ops = [OTHER[type(operator)](), *others]  # type: ignore[list-item]
        case ast.BinOp(op=operator) | ast.BoolOp(op=operator) | ast.AugAssign(op=operator):
            node.op = OTHER[type(operator)]()  # type: ignore[assignment]
        case ast.UnaryOp():
            node.op = ast.UAdd() if isinstance(node.op, ast.USub) else _twice(node)
        case ast.Constant(value=bool() as value):
            node.value = not value
        case ast.Constant(value=int() | float() as value):
            node.value = value + 1
        case ast.If(test=test) | ast.IfExp(test=test):
            node.test = ast.UnaryOp(ast.Not(), test)
            return ast.unparse(node.test)
    return ast.unparse(node)


def _twice(node: ast.UnaryOp) -> ast.unaryop:
    """Return the operator of a negation, which is taken back by negating once more."""
    node.operand = ast.UnaryOp(node.op, node.operand)
    return node.op


def _tried(
    folder: Path, path: Path, tests: list[str], sample: int | None, luck: random.Random
) -> int:
    source = path.read_text(encoding="utf-8")
    found = mutants(source)
    drawn = found if sample is None else luck.sample(found, min(sample, len(found)))
    began = time.monotonic()
    if _noticed(folder, tests, limit_s=3600):
        sys.exit("the tests fail without any change")
    limit_s = max(LEAST_S, round(TIMES_AS_LONG * (time.monotonic() - began)))
    survived = 0
    for line, words, text in sorted(drawn):
        path.write_text(text, encoding="utf-8")
        if not _noticed(folder, tests, limit_s=limit_s):
            survived += 1
            print(f"SURVIVED {path.name}:{line}: {words}", flush=True)
    killed = len(drawn) - survived
    print(f"{path.relative_to(folder)}: {killed} of {len(drawn)} killed, {len(found)} in all")
    return int(killed < AIM * len(drawn))


def _noticed(folder: Path, tests: list[str], *, limit_s: int) -> bool:
    """Return whether the tests fail, or do not end, in a process of their own."""
    child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(limit_s)
        os._exit(_run(folder, tests))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) != 0


def _run(folder: Path, tests: list[str]) -> int:
    import pytest

    os.chdir(folder)
    sys.path.insert(0, str(folder))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    there = [test for test in tests if Path(test).exists()]
    return int(
        pytest.main(
            ["-x", "-q", "-p", "no:cacheprovider", "--no-header", f"--deselect={UNASKED}", *there]
        )
    )


if __name__ == "__main__":
    sys.exit(main())
