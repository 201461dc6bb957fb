"""A proven limit on what any plan can see."""

from planner.solvers.bound.limit import Bound
from planner.solvers.bound.proof import prove

__all__ = ["Bound", "prove"]
