"""Paths that no program under study may read, wherever the toolkit is installed."""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path

from ..hookspecs import GROUP
from ..study import data

PACKAGE = Path(__file__).parent.parent


def hidden_paths() -> list[str]:
    """The toolkit, every distribution that plugs into it, and the benchmarks' folder.

    A bundled study's answers lie in its package. What is outside the interpreter's own folders is
    closed anyway.
    """
    found = {str(PACKAGE), str(data.root())}
    if PACKAGE.parent.name not in {"site-packages", "dist-packages"}:
        found.add(str(PACKAGE.parent))  # a checkout, with the studies beside the toolkit
    for point in entry_points(group=GROUP):
        for file in (point.dist.files if point.dist else None) or ():
            top = file.parts[0]
            if point.dist and top != ".." and not top.endswith(".dist-info"):
                found.add(str(point.dist.locate_file(top)))
    return sorted(found)
