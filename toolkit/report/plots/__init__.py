"""Pictures of a run, from its ledger: PNG and SVG, eight inches wide, in colours for all eyes."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

if "matplotlib" not in sys.modules:
    # pictures go to files: what a notebook sets for its own windows must not stop them. Where
    # somebody has imported it, the windows are theirs (toolkit/plots.py)
    os.environ["MPLBACKEND"] = "agg"

import matplotlib as mpl
import seaborn as sns
from matplotlib.figure import Figure

from ...errors import UserError, unknown
from ...ledger.state import State
from ..files import make_folder
from . import attribution, curves, order, outcomes, splits

FORMATS = ("png", "svg")
DPI = 150
SETTINGS: Any = {"text.parse_math": False}  # a note may hold dollar signs

KINDS: Mapping[str, Callable[[State], Iterator[tuple[str, Figure]]]] = {
    "anytime": curves.anytime,
    "search-against-test": splits.search_against_test,
    "failures": outcomes.failures,
    "attribution": attribution.attribution,
    "order-dependence": order.order_dependence,
}


def write(state: State, folder: Path, kinds: tuple[str, ...] | None = None) -> list[Path]:
    """The figures of each kind, PNG and SVG; the paths written.

    A kind that the run has nothing for writes none. Raises UserError for an unknown kind.
    """
    make_folder(folder)
    written = []
    for kind in kinds or tuple(KINDS):
        if kind not in KINDS:
            raise UserError(unknown("plot", kind, KINDS))
        with sns.axes_style("whitegrid"), mpl.rc_context({**SETTINGS, "svg.hashsalt": kind}):
            for stem, figure in KINDS[kind](state):
                written += [_save(figure, folder / f"{stem}.{suffix}") for suffix in FORMATS]
    return written


def _save(figure: Figure, path: Path) -> Path:
    metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    with warnings.catch_warnings():
        # a note in a script that the font lacks is drawn as boxes, and is no fault of the run
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        try:
            figure.savefig(path, dpi=DPI, metadata=metadata)
        except OSError as error:
            raise UserError(f"{path} cannot be written: {error.strerror}") from error
    return path
