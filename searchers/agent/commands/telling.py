"""Answers of the judge as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

TYPE_CHECKING = False  # `typing` takes long to import
if TYPE_CHECKING:
    from typing import Any

    Answer = Mapping[str, Any]

DETAIL_LINES = 20
TEXT_CHARS = 300


def trial(reply: Answer, objective: str) -> Iterator[str]:
    """Lines about a trial that has run."""
    if reply["status"] == "ok":
        yield f"trial {reply['trial']}: {_score(reply, objective)}{_standing(reply)}"
        yield from _kinds(reply)
        yield from _noise(reply)
    else:
        yield f"trial {reply['trial']}: {reply['status']}, no score; it is charged"
    yield from _detail(reply)
    yield left(reply)


def left(reply: Answer) -> str:
    """Rest of the budget."""
    spent = "" if reply["left"] >= 1 else ": the budget is spent"
    return f"{reply['left']:g} of {reply['total']:g} trials left{spent}"


def budget(reply: Answer) -> Iterator[str]:
    """Lines about the budget."""
    yield left(reply)
    if reply.get("seconds_left") is not None:
        yield f"{reply['seconds_left']:.0f} s left"
    if reply.get("usd_left") is not None:
        yield f"${reply['usd_left']:.2f} left"
    best = reply.get("best") or {}
    if best.get("score") is not None:
        yield f"best: {_name(best['trial'])}, {_number(best['score'])}"


def look(reply: Answer) -> Iterator[str]:
    """Lines about failures of a trial, kind by kind."""
    yield f"{_name(reply['trial'])}:"
    for kind, found in (reply.get("kinds") or {}).items():
        failed = f", {found['failed']} below full score" if found.get("failed") is not None else ""
        mean = f"{_number(found.get('score'))} (pristine {_number(found.get('baseline'))})"
        yield f"  {kind}: {mean}{failed}"
    for kind, found in (reply.get("flips") or {}).items():
        change = f"{found['better']} came out better, {found['worse']} worse"
        yield f"  {kind}: against {_name(reply['against'])}, {change}"
    yield from _shown(reply)
    for failure in reply.get("failures") or ():
        kind = f" ({failure['kind']})" if failure.get("kind") else ""
        yield f"- {failure['item']}{kind}, score {_number(failure.get('score'))}"
        for name in ("input", "gold", "output", "notes"):
            if failure.get(name) not in (None, {}):
                yield f"    {name}: {short(failure[name])}"
    if reply.get("output"):
        yield "end of its own output:"
        yield from _last(reply["output"])
    notes = reply.get("notes") or ()
    yield from [notes] if isinstance(notes, str) else notes


def _shown(reply: Answer) -> Iterator[str]:
    """Number of the failures that are shown, where not all are."""
    kinds = reply.get("kinds") or {}
    failed = sum(found.get("failed") or 0 for found in kinds.values())
    shown = len(reply.get("failures") or ())
    if shown < failed:
        yield f"{shown} of {failed} failures shown:"


def short(value: Any) -> str:
    """A value on one line."""
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= TEXT_CHARS else f"{text[:TEXT_CHARS]}…"


def _score(reply: Answer, objective: str) -> str:
    unit = f" {reply['unit']}" if reply.get("unit") else ""
    gain = "" if reply.get("gain") is None else f", gain {reply['gain']:+.5g}{_interval(reply)}"
    return (
        f"{objective} {_number(reply['score'])}{unit} (pristine {_number(reply['baseline'])}{gain})"
    )


def _interval(reply: Answer) -> str:
    found = reply.get("interval")
    return f" [{found[0]:+.3g}, {found[1]:+.3g}]" if found else ""


def _standing(reply: Answer) -> str:
    best = reply.get("best") or {}
    if reply.get("is_best"):
        return ", the best so far"
    if best.get("score") is None:
        return ""
    return f"; best: {_name(best['trial'])}, {_number(best['score'])}"


def _kinds(reply: Answer) -> Iterator[str]:
    kinds = reply.get("kinds") or {}
    for kind, found in kinds.items() if len(kinds) > 1 else ():
        yield f"  {kind}: {_number(found['score'])} (pristine {_number(found['baseline'])})"


def _noise(reply: Answer) -> Iterator[str]:
    if reply.get("noise") is not None:
        yield f"noise: runs of one program differ by up to {_number(reply['noise'])}"


def _detail(reply: Answer) -> Iterator[str]:
    for name in ("detail", "output"):
        if reply.get(name) and (name == "detail" or reply["status"] != "ok"):
            yield from _last(reply[name])


def _last(text: str) -> list[str]:
    return [f"  {line}" for line in text.rstrip().split("\n")[-DETAIL_LINES:]]


def _name(number: Any) -> str:
    return f"trial {number}" if number else "the pristine program"


def _number(value: Any) -> str:
    return "-" if value is None else f"{value:.5g}"
