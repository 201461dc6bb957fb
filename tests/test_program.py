"""The proof's linear program says the same whichever solver it takes."""

from __future__ import annotations

import numpy as np
import pytest

from planner.problem import Look
from planner.solvers.bound.program import Program, Sortie

CELLS = 6


class GivingOut(Program):
    """A program whose simplex method never comes to an end."""

    def _solved(self, terms: str, afresh: bool) -> bool:  # noqa: ARG002
        return False


def filled(kind: type[Program], seed: int) -> Program:
    """Return a program of a few sorties over a few cells, one of them withdrawn."""
    rng = np.random.default_rng(seed)
    program = kind(
        look_rows=CELLS, cells=CELLS, flights=[2], pools=[], budget_h=np.array([5.0]), scale=10.0
    )
    for cell in range(CELLS):
        program.add_looks(cell, 0.0, ((cell, 1.0),))
        program.add_looks(cell, float(rng.uniform(0.2, 1.0)), ((cell, 2.0),))
    for _ in range(12):
        cells = sorted(rng.choice(CELLS, 3, replace=False).tolist())
        sortie = Sortie(
            looks=tuple(Look(cell, 0) for cell in cells),
            takeoff_h=0.0,
            value=float(rng.uniform(1.0, 3.0)),
            charged=tuple((cell, 1.0) for cell in cells),
            hours=float(rng.uniform(1.0, 3.0)),
        )
        program.add_sortie(sortie, flight=0, pool=-1, detachment=0)
    program.withdraw(0)
    return program


@pytest.mark.parametrize("seed", range(10))
def test_another_solver_begins_afresh_where_the_simplex_method_gives_out(seed: int) -> None:
    """Value, duals' worth and what is flown are the same."""
    one, other = filled(Program, seed), filled(GivingOut, seed)
    solved, afresh = one.solve(10.0), other.solve(10.0)
    assert solved is not None
    assert afresh is not None
    assert afresh[0] == pytest.approx(solved[0])
    assert other.flown()[0] == 0.0
    assert other.flown().sum() <= 2 + 1e-9
    worths = [2 * duals.flight[0] + 5 * duals.hour[0] for _, duals in (solved, afresh)]
    assert worths[1] <= afresh[0] + 1e-9
    assert worths[0] <= solved[0] + 1e-9
