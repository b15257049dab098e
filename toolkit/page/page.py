"""`report.html`: a run as one page, from its summary and its details alone."""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ..bench.host import version
from ..ledger.state import State
from ..report import cells
from ..report.details import details
from ..report.files import make_folder, replace
from ..report.summary import summarise
from ..report.wording import Wording
from .blob import blob
from .harmless import harmless
from .marks import Palette
from .sections import CONTENTS, SECTIONS

NAME = "report.html"
HERE = Path(__file__).parent
Row = Mapping[str, Any]


def write(state: State, folder: Path, summary: Row | None = None) -> Path:
    """Write a run's page into a folder; its path. summary: of this state, where it is there."""
    make_folder(folder)
    path = folder / NAME
    replace(path, render(summarise(state) if summary is None else summary, details(state)))
    return path


def render(summary: Row, found: Row) -> str:
    """HTML of the page of a summary and its details.

    Models, programs and studies wrote some of both. All text is made visible here, once, and
    escaped by the template; data for the script are JSON that cannot end its element.
    """
    summary, found = harmless(summary), harmless(found)
    words = Wording.from_json(summary)
    palette = Palette([cell["alias"] for cell in summary["cells"]])
    script = _inline("page.js")
    parts = {name: build(summary, found, words, palette) for name, build in SECTIONS.items()}
    return (
        _environment()
        .get_template("page.html")
        .render(
            study=summary["study"],
            title=found["title"],
            budget=words.trials(summary["budget"]),
            objective=words.head,
            written=time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            made_by=_versions(),
            unfinished=[
                cells.titled(one) for one in summary["cells"] if one["ended"] == "unfinished"
            ],
            words=words,
            palette=palette,
            data=blob(summary, found, words),
            css=_inline("page.css"),
            contents=CONTENTS,
            js=script,
            js_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            **parts,
        )
    )


def _versions() -> str:
    return f"toolkit {version()}, Python {platform.python_version()}, {platform.system()}"


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _inline(name: str) -> Markup:
    """A file of our own, to stand in the page as it is."""
    return Markup((HERE / "templates" / name).read_text(encoding="utf-8"))


def opened(path: Path) -> bool:
    """True if a browser could be asked to show the page."""
    import webbrowser  # heavy, and rarely wanted

    if not os.environ.get("BROWSER") and not _has_screen():
        return False
    return webbrowser.open(path.resolve().as_uri())


def _has_screen() -> bool:
    """True where a window can be shown: elsewhere a browser for terminals would take this one."""
    if platform.system() in ("Darwin", "Windows"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
