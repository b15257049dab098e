"""The report on one screen: what may be claimed, by whom, why, what to doubt, what to open next.

No more than 40 lines at a width of 120: where there is more to tell, each block shows less.
"""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ..figures import counted
from ..text import visible, visible_in
from . import causes, cells, ranking
from .doubts import doubts
from .tables import AS_IT_IS, title
from .wording import Wording

LINES = 40
WIDTH = 120
NONE_FOUND = "the checks found nothing wrong or suspicious, which does not prove that nothing is"

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Room:
    """Numbers of rows that each block may have."""

    searchers: int
    champions: int
    doubts: int


ROOMS = (Room(10, 3, 8), Room(8, 2, 6), Room(6, 2, 5), Room(5, 1, 4), Room(4, 1, 3), Room(3, 1, 2))


def screen(
    summary: Row, *, width: int = WIDTH, run: Path | None = None, files: Path | None = None
) -> RenderableType:
    """As much as one screen takes. run: its folder; files: that of its files, where another."""
    summary = visible_in(summary)  # models and programs wrote some of it
    words = Wording.from_json(summary)
    for room in ROOMS:
        found = Group(*_blocks(summary, width, words, room, run, files or run))
        if _height(found, width) <= LINES:
            break
    return found


def _blocks(
    summary: Row, width: int, words: Wording, room: Room, run: Path | None, files: Path | None
) -> Iterator[RenderableType]:
    yield Text(title(summary, words), style="dim")
    yield Text("")
    yield Text(" ".join(summary["verdict_short"]), style="bold")
    yield ranking.table(summary, width, words, room.searchers)
    yield from _causes(summary, width, words, room.champions)
    yield from _doubts(doubts(summary, words), room.doubts)
    if run and files:
        yield Text("")
        yield from _next(summary, run, files, width)


def _causes(summary: Row, width: int, words: Wording, most: int) -> Iterator[RenderableType]:
    found = causes.decided(summary, words)
    for name, account in found[:most]:
        yield Text(causes.head(name, account), style="dim")
        yield causes.table(account, width, words)
        for told in filter(None, (causes.legend(account, width), causes.together(account))):
            yield Text(f"  {told}")
        yield Text("")
    if len(found) > most:
        yield Text(f"{counted(len(found) - most, 'more decided gain')}: see --full\n")


def _doubts(found: list[str], most: int) -> Iterator[RenderableType]:
    if not found:
        yield Text(NONE_FOUND)
        return
    lines = Table.grid(padding=(0, 1))
    for line in found[:most]:
        lines.add_row(Text("!", style="yellow"), Text(line))
    if len(found) > most:
        lines.add_row("", Text(f"and {len(found) - most} more (--full)"))
    yield Text("wrong or suspicious", style="dim")
    yield lines


def _next(summary: Row, run: Path, files: Path, width: int) -> Iterator[RenderableType]:
    """Commands and files to open next, each whole, so that it can be copied."""
    ways = list(_ways(summary, run, files))
    yield Text("next", style="dim")
    most = max(len(what) for what, _ in ways)
    for what, why in ways:
        beside = max(most + len(one) for _, one in ways) + 4 <= width
        yield Text(
            f"  {what:{most}}  {why}" if beside else f"  {what}\n      {why}", overflow="fold"
        )


def _ways(summary: Row, run: Path, files: Path) -> Iterator[tuple[str, str]]:
    name, page = visible(shlex.quote(str(run))), files / "report.html"
    if page.is_file():
        opens = f"toolkit report {name} --open" if files == run else visible(shlex.quote(str(page)))
        yield opens, "the page: every number down to the diff and the item"
    yield f"toolkit report {name} --full", "all tables, checks and cautions (also in table.txt)"
    best = next((cell for cell in _leading(summary) if cell["champion"]), None)
    if best:
        patch = files / f"champion-{cells.name(best)}.patch"
        if patch.is_file() and patch.stat().st_size:
            yield visible(shlex.quote(str(patch))), "the leader's changes, for `git apply`"
    if best and not summary["attribution"]["cells"]:
        yield f"toolkit attribute {name}", "what the gains came from"


def _leading(summary: Row) -> list[Row]:
    """Cells of the searcher with the largest gain."""
    against = cells.against_baseline(summary)
    if not against:
        return []
    first = max(against, key=lambda name: against[name]["gap"])
    mine = [cell for cell in summary["cells"] if cell["alias"] == first]
    return sorted(mine, key=lambda cell: -(cell["gain"] or 0))


def _height(found: RenderableType, width: int) -> int:
    console = Console(file=io.StringIO(), width=width, **AS_IT_IS)
    return len(console.render_lines(found, pad=False))


def text(
    summary: Row, width: int = WIDTH, run: Path | None = None, files: Path | None = None
) -> str:
    """The screen without colour, for pipes and files."""
    console = Console(file=io.StringIO(), width=width, force_terminal=False, **AS_IT_IS)
    return _printed(console, summary, run, files)


def fitted(summary: Row, sink: TextIO, run: Path | None = None, files: Path | None = None) -> str:
    """The screen for a stream: in colour, and fitted to its width, where it is a terminal."""
    console = Console(file=sink, **AS_IT_IS)
    if not console.is_terminal:
        return text(summary, run=run, files=files)
    return _printed(console, summary, run, files)


def _printed(console: Console, summary: Row, run: Path | None, files: Path | None) -> str:
    with console.capture() as capture:
        console.print(screen(summary, width=console.width, run=run, files=files))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"
