"""Plan patrol-aircraft sorties that see the most ship-to-ship transfers."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("patrol-planner")
except PackageNotFoundError:  # a source tree on the path, not installed
    __version__ = "0+source"
