"""Pages about several runs: an index of a folder, and two runs beside each other."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..records import encodable
from ..report.two_runs import same_facts, tables, title
from ..text import visible, visible_in

MOST_CHARS = 400


def index_page(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """An index of runs. rows: those of `toolkit runs`, with `problem` where one is unreadable."""
    return _rendered("index.html.j2", name=visible(name), rows=list(map(_shown, rows)))


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with its link, and with texts that no screen obeys and that fit a table."""
    page = row.get("page")
    link = "./" + quote(os.fsencode(f"{row['run']}/{page}")) if page else ""
    told = {name: _cut(one) for name, one in row.items() if name != "objective"}
    return {**visible_in(told), "link": link}


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > MOST_CHARS:
        return value[:MOST_CHARS] + "…"
    return [_cut(one) for one in value] if isinstance(value, list) else value


def comparison_page(compared: Mapping[str, Any]) -> str:
    """Two runs beside each other, as `runs/comparing.py` compares them."""
    shown = visible_in(compared)
    return _rendered(
        "runs.html.j2", one=shown, tables=tables(shown), title=title(shown), same=same_facts(shown)
    )


def _rendered(template: str, **values: Any) -> str:
    """A template of this folder; every value is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return encodable(environment.get_template(template).render(**values)) + "\n"
