"""Changes of the state by each kind of event. `docs/ledger.md` lists the events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ..records import Candidate, Scored, Trial, Usage
from . import accounts
from .cell import CellState
from .entries import Completion, Looked, Stage, Started
from .ledger import Event, Ledger
from .session import Session
from .subjects import WRONG_CONTEXT, Assessment

if TYPE_CHECKING:
    from .state import State

SCORED = tuple(one.name for one in fields(Scored) if one.name not in ("outputs", "usage"))
"""fields of a scored record that its row in the ledger holds as they are"""


def _study(state: State, event: Event, ledger: Ledger) -> None:
    state.study = event.data


def _secret(state: State, event: Event, ledger: Ledger) -> None:
    state.secret = event.data["order"]


def _command(state: State, event: Event, ledger: Ledger) -> None:
    state.commands.append({**event.data, "at": event.at})


def _cell(state: State, event: Event, ledger: Ledger) -> None:
    state.cells.setdefault(event.cell, CellState(key=event.cell, **event.data))


def _started(state: State, event: Event, ledger: Ledger) -> None:
    data = event.data
    state.cells[event.cell].begin(
        Started(
            number=data["number"],
            candidate=Candidate.from_json(ledger.get(data["candidate"])),
            share=data["share"],
            items=data["items"] if "items" in data else data["questions"],  # format 1
            smoke=data["smoke"],
            again=data.get("again", 0),  # only replicates have it
        )
    )


def _finished(state: State, event: Event, ledger: Ledger) -> None:
    cell, data = state.cells[event.cell], event.data
    start = cell.started[data["number"]]
    trial = Trial(
        number=start.number, candidate=start.candidate, share=start.share, **_scored(data)
    )
    cell.finish(trial, _outputs(data))


def _scored(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a scored record; older ledgers lack some."""
    found = {name: data[name] for name in SCORED if name in data}
    return {**found, "usage": Usage.from_json(data["usage"])}


def _outputs(data: Mapping[str, Any]) -> str | None:
    """The blob of what a program returned, which format 1 calls its predictions."""
    name: str | None = data.get("outputs") or data.get("predictions")
    return name


def _requested(state: State, event: Event, ledger: Ledger) -> None:
    state.cells[event.cell].requested += 1


def _completion(state: State, event: Event, ledger: Ledger) -> None:
    data = event.data
    if "recorded_s" not in data:  # older ledgers say 0 dollars where nobody knew them
        data = {**data, "usd": data["usd"] or None}
    state.cells[event.cell].answer(Completion(**data))


def _session(state: State, event: Event, ledger: Ledger) -> None:
    state.cells[event.cell].hear(Session(**event.data))


def _looked(state: State, event: Event, ledger: Ledger) -> None:
    data = event.data
    look, golds = Looked(data["trial"], data["against"], data["limit"]), ledger.get(data["ids"])
    # older ledgers count no failures without a gold answer, and each look once
    state.cells[event.cell].look(look, frozenset(golds), data.get("failures", len(golds)))


def _stage(state: State, event: Event, ledger: Ledger) -> None:
    data = event.data
    details = data.get("details", {})  # unknown to older ledgers
    found = Stage(data["stage"], data["outcome"], data["request"], tuple(data["trials"]), details)
    state.cells[event.cell].stages.append(found)


def _withdrawn(state: State, event: Event, ledger: Ledger) -> None:
    withdrawn, number = state.cells[event.cell].withdrawn, event.data["number"]
    if event.data["why"]:
        withdrawn[number] = event.data["why"]
    else:
        withdrawn.pop(number, None)


def _ended(state: State, event: Event, ledger: Ledger) -> None:
    cell = state.cells[event.cell]
    cell.ended = event.data
    for place in sorted(event.data.get("superseded", ()), reverse=True):
        del cell.stages[place]


def _assessed(state: State, event: Event, ledger: Ledger) -> None:
    key = _today(event.data["subject"]), event.data["split"]
    state.assessments[key] = Assessment(subject=key[0], split=key[1], **_scored(event.data))
    outputs = _outputs(event.data)
    if outputs:
        state.outputs[key] = outputs


def _today(subject: str) -> str:
    """A subject in today's words; format 1 spoke of a memory in place of a context."""
    return subject.replace("wrong memory", WRONG_CONTEXT)


def _transferred(state: State, event: Event, ledger: Ledger) -> None:
    """The scores of another study are kept as a state of its own, which its claims apply to."""
    data = event.data
    study = ledger.get(data["of"])
    known = state.transferred.get(study["name"])
    if known is None or known.study != study:
        known = state.transferred[study["name"]] = type(state)(study=study)
    key = data["subject"], known.final
    known.assessments[key] = Assessment(subject=key[0], split=key[1], **_scored(data))
    if outputs := _outputs(data):
        known.outputs[key] = outputs


def _viewed(state: State, event: Event, ledger: Ledger) -> None:
    key = event.data["subject"], event.data["split"]
    state.viewed[key] = ledger.get(event.data["scores"])
    for view, why in event.data.get("problems", {}).items():
        state.unviewed.setdefault(view, {})[key] = why


def _finding(state: State, event: Event, ledger: Ledger) -> None:
    state.findings[event.data["name"]] = event.data["value"]


def _checked(state: State, event: Event, ledger: Ledger) -> None:
    state.checks[event.data["check"], event.data["subject"]] = _asked(event.data["value"])


def _asked(value: Any) -> Any:
    """A check's value in today's words; older ledgers count `questions` in place of items asked."""
    if not isinstance(value, dict):
        return value
    return {
        "asked" if key == "questions" and isinstance(one, int) else key: _asked(one)
        for key, one in value.items()
    }


def _opened(state: State, event: Event, ledger: Ledger) -> None:
    if "study" in event.data:  # of another study
        state.opened_elsewhere[event.data["study"]] += 1
        return
    state.openings.append({**event.data, "at": event.at})


def _built(state: State, event: Event, ledger: Ledger) -> None:
    state.built[event.data["program"]] = event.data["problem"]
    state.attribution_usage += Usage.from_json(event.data["usage"])


def _measured(state: State, event: Event, ledger: Ledger) -> None:
    data, homes = event.data, state.rows(state.final)
    rows: dict[str, dict[str, float]] = {cluster: {} for cluster in data["clusters"]}
    for row, score in data["items"].items():
        rows[homes[row]][row] = score
    for cluster, items in rows.items():
        state.measured[data["program"], cluster] = Scored(
            status=data["status"],
            items=items,
            detail=data["detail"],
            replicates=data.get("replicates", ()),  # unknown to older ledgers
        )
    if outputs := _outputs(data):
        state.measured_outputs.setdefault(data["program"], []).append(outputs)
    state.attribution_usage += Usage.from_json(data["usage"])


def _attributed(state: State, event: Event, ledger: Ledger) -> None:
    state.accounts[event.cell] = accounts.current(ledger.get(event.data["account"]))


HANDLERS = {
    "study": _study,
    "secret": _secret,
    "command": _command,
    "cell": _cell,
    "started": _started,
    "finished": _finished,
    "requested": _requested,
    "completion": _completion,
    "session": _session,
    "looked": _looked,
    "stage": _stage,
    "withdrawn": _withdrawn,
    "ended": _ended,
    "assessed": _assessed,
    "viewed": _viewed,
    "finding": _finding,
    "checked": _checked,
    "opened": _opened,
    "built": _built,
    "measured": _measured,
    "attributed": _attributed,
    "transferred": _transferred,
}
