"""Section on the steps that searchers noted: what each stage took, turned and foresaw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..report import cells, stage_lines
from ..report.wording import Wording
from .marks import Palette

Row = Mapping[str, Any]


def stages(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """A table for each cell that noted its steps."""
    return {
        "heads": stage_lines.HEADS,
        "decided": stage_lines.DECIDED,
        "legend": stage_lines.LEGEND,
        "cells": [
            {
                "name": cells.titled(cell),
                "rows": stage_lines.rows(cell),
                "decisions": stage_lines.decisions(cell),
                "lines": list(stage_lines.lines(cell)),
            }
            for cell in stage_lines.noted(summary)
        ],
    }
