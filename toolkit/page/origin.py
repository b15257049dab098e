"""The last section of a page: how to make the run again."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from typing import Any

from ..report import cells
from ..report.wording import Wording
from .marks import Palette

Row = Mapping[str, Any]


def origin(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """Command, digests, versions, machine and isolation."""
    last = found["commands"][-1]
    host = last.get("host") or {}
    return {
        "command": command(summary),
        "rows": [
            ("study", summary["study"]),
            ("digest of the study", summary["digest"]),
            ("claim", summary["claim"]),
            ("isolation", summary["isolation"]),
            ("last command", _when(last.get("at"))),
            ("made with", host.get("versions", "not on record")),
            ("machine", host.get("machine", "not on record")),
            ("language models", _models(summary)),
            ("openings of the test split", f"{summary['test_openings']:,}"),
        ],
        "champions": [f"champion-{cells.name(cell)}" for cell in summary["cells"]],
    }


def command(summary: Row) -> str:
    """Command that asks for the same cells at the same budget, without the language model."""
    asked = summary["cells"]
    aliases = list(dict.fromkeys(cell["alias"] for cell in asked))
    seeds = max((cell["seed"] for cell in asked), default=0) + 1
    typed = ["toolkit", "compare", summary["study"], "--budget", f"{summary['budget']:g}"]
    typed += ["--searchers", ",".join(aliases), "--seeds", str(seeds)]
    if summary["max_seconds"] is not None:
        typed += ["--max-seconds", f"{summary['max_seconds']:g}"]
    options: dict[str, None] = {}
    for cell in asked:
        for name, value in cell["options"].items():
            options[f"{cell['alias']}.{name}={value}"] = None
    for option in options:
        typed += ["-o", option]
    return shlex.join(typed)


def _when(at: float | None) -> str:
    return "-" if not at else time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(at))


def _models(summary: Row) -> str:
    told = []
    for cell in summary["cells"]:
        if cell["models"]:
            how = "recorded" if cell["recorded"] else "asked in this run"
            told.append(f"{cells.titled(cell)}: {', '.join(cell['models'])} ({how})")
    return "; ".join(told) or "none"
