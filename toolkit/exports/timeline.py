"""Timeline of a run as Chrome trace events, which ui.perfetto.dev opens.

A process of the trace is a cell, or the host. Its tracks are model calls, sessions, and as many
lanes of evaluations as ran side by side. Every time is that at which the ledger wrote an event: a
beginning that was not written is the end less the seconds on the clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from ..ledger.ledger import Event, Ledger
from ..ledger.state import State
from ..text import visible_in, visible_json
from .written import write as write_file

HOST = "host"
NOTE_CHARS = 500
_OF_CELL = {"model calls": 1, "sessions": 10, "looks": 20, "evaluations": 100}
_OF_HOST = {"steps": 1, "storage": 20, "checks": 30, "assessments": 100, "attribution": 1000}
_DOES = {
    "assessed": "scores of the host", "transferred": "other studies", "viewed": "views",
    "built": "attribution: trial builds", "measured": "attribution: measurements",
    "attributed": "attribution: accounts", "checked": "integrity checks",
}  # fmt: skip
"""{kind of event: the step of the host that writes it}"""


@dataclass
class Span:
    """Piece of a track, in Unix seconds. inner: seconds at its end in which the program ran."""

    name: str
    kind: str
    begin: float
    end: float
    told: Mapping[str, Any] = field(default_factory=dict)
    inner: float = 0.0


def write(state: State, folder: Path, path: Path) -> None:
    """Write the timeline of the run in a folder."""
    with Ledger(folder, writer=False) as ledger:
        events = list(ledger.events())
    found = {"displayTimeUnit": "ms", "traceEvents": list(trace(state, events))}
    write_file(path, visible_json(json.dumps(found, ensure_ascii=False)) + "\n", "--perfetto")


def trace(state: State, events: Sequence[Event]) -> Iterator[Mapping[str, Any]]:
    """Trace events of the host, then of each cell in the order in which they began."""
    if not events:
        return
    zero, last = events[0].at, max(event.at for event in events)
    groups = {"": f"{HOST}: {state.study['name']}"}
    groups |= {key: f"cell {cell.name}" for key, cell in state.cells.items()}
    for pid, (key, name) in enumerate(groups.items(), start=1):
        own = [event for event in events if event.cell == key]
        spans = _of_host(own) if not key else _of_cell(own, last)
        yield from _process(pid, name, spans, zero, _OF_HOST if not key else _OF_CELL)
    yield from _storage(events, zero)


def _of_cell(events: Sequence[Event], last: float) -> Iterator[Span]:
    begun: dict[tuple[str, Any], Event] = {}
    for event in events:
        data = event.data
        if event.kind in ("started", "requested", "session"):
            key = event.kind, data.get("number", data.get("key"))
            if event.kind == "session":
                begun.setdefault(key, event)
            else:
                begun[key] = event
        if event.kind == "finished":
            start = begun.pop(("started", data["number"]), event)
            yield _evaluation(start, event)
        elif event.kind == "completion":
            start = begun.pop(("requested", data["key"]), event)
            yield _call(start, event)
        elif event.kind == "session" and data["ending"]:
            start = begun.pop(("session", data["number"]), event)
            yield Span(f"session {data['number']}", "sessions", start.at, event.at, _plain(data))
        elif event.kind == "looked":
            yield Span(f"looks at trial {data['trial']}", "looks", event.at, event.at, _plain(data))
    for (kind, what), event in begun.items():
        track = {"started": "evaluations", "requested": "model calls"}.get(kind, "sessions")
        yield Span(f"{what} (no end on record)", track, event.at, last, _plain(event.data))


def _evaluation(start: Event, end: Event) -> Span:
    data = end.data
    told = {
        name: data.get(name) for name in ("status", "score", "cached", "detail") if name in data
    }
    told |= {"share": start.data.get("share"), "usage": data["usage"]}
    ran = 0.0 if data.get("cached") else data["usage"]["wall_s"]
    name = f"trial {data['number']}: {data['status']}"
    return Span(name, "evaluations", start.at, end.at, told, inner=ran)


def _call(start: Event, end: Event) -> Span:
    data = end.data
    wanted = ("model", "tokens_in", "tokens_out", "usd", "wall_s", "recorded", "recorded_s")
    told = {name: data.get(name) for name in wanted}
    return Span(f"{data['stage']}: {data['model']}", "model calls", start.at, end.at, told)


def _of_host(events: Sequence[Event]) -> Iterator[Span]:
    opened: dict[str, Event] = {}
    steps: dict[str, tuple[float, float]] = {}
    for event in events:
        data = event.data
        if event.kind == "opened":
            opened[data["subject"]] = event
        elif event.kind in ("assessed", "transferred", "built", "measured"):
            span = _program(event, opened)
            yield span
            _stretch(steps, _DOES[event.kind], span.begin, event.at)
        elif event.kind == "checked":
            yield Span(f"{data['check']}: {data['subject']}", "checks", event.at, event.at)
        if event.kind in _DOES:
            _stretch(steps, _DOES[event.kind], event.at, event.at)
    for name, (begin, end) in steps.items():
        yield Span(name, "steps", begin, end)


def _program(event: Event, opened: dict[str, Event]) -> Span:
    """A program that the host ran for itself: from the opening of the split, if that was noted."""
    data = event.data
    subject = data.get("subject") or data.get("program", "")
    wall_s = data["usage"]["wall_s"]
    note = opened.pop(subject, None) if data.get("split") != "search" else None
    begin = min(note.at if note else event.at - wall_s, event.at)
    kind = "attribution" if event.kind in ("built", "measured") else "assessments"
    told = {name: data[name] for name in ("status", "score", "split", "problem") if name in data}
    return Span(f"{event.kind}: {subject[:40]}", kind, begin, event.at, told, inner=wall_s)


def _stretch(steps: dict[str, tuple[float, float]], name: str, begin: float, end: float) -> None:
    first, last = steps.get(name, (begin, end))
    steps[name] = min(first, begin), max(last, end)


def _process(
    pid: int, name: str, spans: Iterable[Span], zero: float, tracks: Mapping[str, int]
) -> Iterator[Mapping[str, Any]]:
    """Names of a process and of its lanes, then its spans, none of which overlaps in a lane."""
    yield _named("process_name", pid, 0, name)
    order = {"sort_index": pid}
    yield {"ph": "M", "name": "process_sort_index", "pid": pid, "tid": 0, "args": order}
    lanes: dict[str, list[float]] = {kind: [] for kind in tracks}
    for span in sorted(spans, key=lambda one: (one.begin, one.end)):
        free = lanes[span.kind]
        lane = next((n for n, end in enumerate(free) if end <= span.begin), len(free))
        free[lane : lane + 1] = [span.end]
        tid = tracks[span.kind] + lane
        yield from _shown(span, pid, tid, zero)
    for kind, free in lanes.items():
        for lane in range(len(free)):
            title = kind if len(free) == 1 else f"{kind} {lane + 1}"
            yield _named("thread_name", pid, tracks[kind] + lane, title)


def _shown(span: Span, pid: int, tid: int, zero: float) -> Iterator[Mapping[str, Any]]:
    begin = _us(span.begin - zero)
    end = max(begin, _us(span.end - zero))  # a clock may have been set back
    place = {"pid": pid, "tid": tid, "cat": span.kind}
    told = visible_in(_plain(span.told))
    name = visible_in(span.name)
    if begin == end and not span.inner:
        yield {"ph": "i", "s": "t", "name": name, "ts": begin, "args": told, **place}
        return
    yield {"ph": "X", "name": name, "ts": begin, "dur": end - begin, "args": told, **place}
    if span.inner:
        ran = min(_us(span.inner), end - begin)
        yield {"ph": "X", "name": "program", "ts": end - ran, "dur": ran, "args": {}, **place}


def _storage(events: Sequence[Event], zero: float) -> Iterator[Mapping[str, Any]]:
    """Appends to the ledger, each as a mark, and their number so far."""
    place = {"pid": 1, "tid": _OF_HOST["storage"], "cat": "storage"}
    yield _named("thread_name", 1, _OF_HOST["storage"], "storage: appends to the ledger")
    for number, event in zip(count(1), events, strict=False):
        at = _us(event.at - zero)
        told = {"seq": event.seq, "cell": event.cell}
        yield {"ph": "i", "s": "t", "name": event.kind, "ts": at, "args": told, **place}
        if number % 10 == 0 or number == len(events):
            sizes = {"events": number}
            yield {"ph": "C", "name": "ledger events", "ts": at, "pid": 1, "args": sizes}


def _named(what: str, pid: int, tid: int, name: str) -> Mapping[str, Any]:
    return {"ph": "M", "name": what, "pid": pid, "tid": tid, "args": {"name": visible_in(name)}}


def _us(seconds: float) -> int:
    return round(seconds * 1e6)


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Values for a person to read; a long text is cut."""
    return {
        name: one[:NOTE_CHARS] if isinstance(one, str) else one
        for name, one in data.items()
        if one is not None
    }
