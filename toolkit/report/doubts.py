"""Things that are wrong or suspicious in a run, a line each, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..figures import counted
from ..integrity import plan
from ..jobs import LEVELS
from ..ledger.session import OPEN
from . import cells, integrity, omissions, outcomes
from .remarks import wrong
from .ties import listed
from .wording import Wording

NAMED = 3  # programs that one line names
CHARS = 230  # a program's own error can be of any length
BRIEF = {
    "gold n-grams in prompts": "its prompts hold gold answers of the test split",
    "gold n-grams in edits": "its edits hold gold answers of the test split",
    "searched items in edits": "its edits quote whole inputs or contexts of the search split",
    "decoders in edits": "its edits decode data, run text as code or read files",
    "unreadable texts in edits": "its edits hold texts that do not read as words",
    "wrong context": "its gain is mostly left where each {item} is asked of another {cluster}",
    plan.AGAIN: "it gives other {outputs} when it runs once more",
    plan.ORDER: "it gives other {outputs} where {items} come in another order",
    plan.HALVES: "it gives other {outputs} where fewer {items} come at once",
    "rare words in edits": "its edits have words that only the test split has",
    "list parts": "its gain is in part credit for surplus list items",
    "repeated outputs": "most {items} of a kind get one and the same {output}",
    "many texts in edits": "its edits hold many texts, as a table of answers would",
    "floors": "it scores no better than a floor, which understands nothing",
    "dead parameters": "parameters that change no {output} where tried: {named}",
    "more parts than gold": "its {outputs} list more items than any gold answer",
    "edits labelled format": "its searcher itself says that some edits change the form of answers",
}
"""{check: its finding in one line}, the gravest first"""
TOGETHER = {"its ": "their ", "it gives": "they give", "it scores": "they score"}
"""beginnings where several programs have one finding"""

Row = Mapping[str, Any]


def doubts(summary: Row, words: Wording) -> list[str]:
    """Lines on this run; empty where nothing was found, which is no proof that there is nothing."""
    found = [
        *_unaccounted(summary["integrity"]["unaccounted"]),
        *wrong(summary),
        *_exposed(summary),
        *_findings(summary["integrity"]["checks"], summary, words),
        *_unchecked(summary),
    ]
    return [one if len(one) <= CHARS else f"{one[:CHARS]}…" for one in found]


def _unaccounted(found: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    for name, counts in found.items():
        for what, count in counts.items():
            many = counted(count, *integrity.UNRECORDED[what])
            yield f"{name}: {many} on no record, so that its result is not comparable"


def _exposed(summary: Row) -> Iterator[str]:
    """Ways in which a program could have seen the answers."""
    if summary["isolation"] in LEVELS[:1]:
        yield "no program was confined: edited code could read the answers from this machine's disk"
    open_ = [
        cells.name(cell)
        for cell in summary["cells"]
        if cell.get("sessions", {}).get("reach") == OPEN
    ]
    if open_:
        yield f"{named(open_)}: nothing kept the searcher from reading the study's answers"


def _findings(rows: Sequence[Row], summary: Row, words: Wording) -> Iterator[str]:
    """One line for each check that found something, with the programs of which it did."""
    for check, brief in BRIEF.items():
        found = [r for r in rows if r["check"] == check and r["outcome"] == outcomes.FINDING]
        if not found:
            continue
        nouns = words.nouns
        dead = summary["findings"].get("dead_parameters", [])
        text = brief.format(
            item=nouns.item, items=nouns.items, cluster=nouns.cluster, output=nouns.output,
            outputs=nouns.outputs, named=", ".join(dead),
        )  # fmt: skip
        subjects = [row["subject"] for row in found if row["subject"] != plan.STUDY]
        if len(subjects) > 1:
            text = _several(text)
        yield f"{named(subjects)}: {text}" if subjects else text


def _several(text: str) -> str:
    for one, many in TOGETHER.items():
        if text.startswith(one):
            return many + text.removeprefix(one)
    return text


def _unchecked(summary: Row) -> Iterator[str]:
    """Steps and checks that were not run: where nobody looked, nothing was found."""
    yield from omissions.remark(summary["findings"].get(omissions.FINDING))
    rows = summary["integrity"]["checks"]
    idle = {row["check"] for row in rows if row["outcome"] == outcomes.NOT_RUN}
    looked = any(row["outcome"] in (outcomes.FINDING, outcomes.NOTHING) for row in rows)
    if idle and looked:
        yield f"not checked: {', '.join(sorted(idle)[:NAMED])}{_more(len(idle))}"
    elif idle:
        yield "not checked at all: whether edits hold answers, or outputs depend on how they run"


def _more(count: int) -> str:
    return f" and {count - NAMED} more" if count > NAMED else ""


def named(subjects: Sequence[str]) -> str:
    """`a, b and c`; of many the first few and a count."""
    if len(subjects) <= NAMED:
        return listed(subjects)
    return f"{', '.join(subjects[:NAMED])} and {len(subjects) - NAMED} more"
