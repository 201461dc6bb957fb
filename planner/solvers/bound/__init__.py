"""A proven limit on what any plan can see."""

from planner.solvers.bound.proof import Bound, prove

__all__ = ["Bound", "prove"]
