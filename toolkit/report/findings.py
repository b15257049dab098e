"""Integrity findings as sentences; each function yields none where nothing was found.

words: the study's nouns, and figures that fit its scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..figures import counted
from .wording import Wording

LISTED = 8
MANY = 0.5  # share of a kind's items that get one and the same output
KEPT = 0.5  # share of the gain that is left with another call's context

Row = Mapping[str, Any]


def gold(rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        quoted = [
            f"{row['edit']} {row['text']!r} ({' and '.join(sorted(row['items']))})"
            for row in rows[:LISTED]
        ]
        yield f"its edits hold words of gold answers: {'; '.join(quoted)}{_more(rows)}"


def searched(found: Row) -> Iterator[str]:
    if rows := found["rows"]:
        quoted = [f"{row['edit']} {row['text']!r} ({row['of']})" for row in rows[:LISTED]]
        yield (
            "its edits hold inputs or contexts of the search split word for word, as a table of "
            f"answers that were seen would: {'; '.join(quoted)}{_more(rows)}"
        )


def rare(one: Row, words: Wording) -> Iterator[str]:
    rows, without = one["rare_words"] or [], one["without_rare_words"]
    if not rows:
        return
    found = ", ".join(row["word"] for row in rows[:LISTED])
    text = (
        "words in its edits that occur only in the test split (not in the search split or common "
        f"English): {found}{_more(rows)}"
    )
    if without and without["difference"] is not None:
        change = words.span(without["difference"], without["difference_interval"])
        text += f"; without them its score changes by {change}"
    elif without:
        text += f"; without them it does not run ({without['status']})"
    yield text


def unreadable(held: Row | None) -> Callable[[Sequence[Row]], Iterator[str]]:
    """A check of unreadable texts. held: the size of all edits, beside the sealed gold's."""

    def tell(rows: Sequence[Row]) -> Iterator[str]:
        if not rows:
            return
        places = [
            f"{_place(row)} {row['what']}, {counted(row['characters'], 'character')} at "
            f"{row['bits']:.1f} bits, {row['packed_bytes']:,} bytes compressed ({row['sample']!r})"
            for row in rows[:LISTED]
        ]
        beside = (
            f"; all that its edits add is {held['packed_bytes']:,} bytes compressed, where the "
            f"{held['gold_answers']} gold answers of the test split take "
            f"{held['gold_packed_bytes']:,}"
            if held and held["gold_answers"]
            else ""
        )
        told = f"{'; '.join(places)}{_more(rows)}{beside}"
        yield f"its edits hold texts that do not read as words: {told}"

    return tell


def decoders(rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        places = "; ".join(f"{_place(row)} {row['name']}" for row in rows[:LISTED])
        yield (
            "its edits call functions that can decode data, run text as code, look texts up by a "
            f"digest or read files: {places}{_more(rows)}"
        )


def many(rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        places = [
            f"{_place(row)} {row['what']}, {counted(row['characters'], 'character')} "
            f"({row['packed_bytes']:,} bytes compressed)"
            for row in rows[:LISTED]
        ]
        yield (
            "its edits hold many texts, as a word list or a table of answers does: "
            f"{'; '.join(places)}{_more(rows)}"
        )


def symmetric(one: Row, words: Wording) -> Iterator[str]:
    gain = one["symmetric_gain"]
    bounds = gain["official_adds_interval"]
    low = bounds[0] if bounds[0] is not None else gain["official_adds"]
    if low > 0:
        own = words.span(gain["gain"], gain["gain_interval"])
        more = words.span(gain["official_adds"], bounds)
        yield (
            f"by the symmetric rule it gains {own}, not {words.signed(gain['official_gain'])}: "
            f"{more} of it is credit for surplus list items ({_by_kind(one, words)})"
        )


def more_parts(row: Row, words: Wording) -> Iterator[str]:
    if row["outputs"]:
        yield (
            f"{row['outputs']} of {words.nouns.count_outputs(row['asked'])} "
            f"{'has' if row['outputs'] == 1 else 'have'} more "
            f"comma-separated list items than any gold answer ({row['gold']}); the longest has "
            f"{row['most']:,}"
        )


def repeated(kinds: Mapping[str, Row], least: int, words: Wording) -> Iterator[str]:
    """Kinds whose items mostly get one output. least: items that a kind must have."""
    for kind, row in kinds.items():
        if row["asked"] >= least and row["count"] >= MANY * row["asked"]:
            yield (
                f"{row['count']} of {row['asked']} {kind} {words.nouns.items} get the same "
                f"{words.nouns.output}: {row['output'][:60]!r}"
            )


def elsewhere(row: Row, words: Wording) -> Iterator[str]:
    if row["kept"] >= KEPT:
        yield (
            f"{row['kept']:.0%} of its gain is left when each {words.nouns.item} is asked of "
            f"another {words.nouns.cluster} ({words.level(row['score'])}, the baseline "
            f"{words.level(row['baseline'])}): that much does not come from the "
            f"{words.nouns.cluster}"
        )


def format_edits(rows: Sequence[Row]) -> Iterator[str]:
    edits = [row["edit"].removeprefix("edit ") for row in rows]
    if edits:
        yield f"its searcher labelled these edits as format: {', '.join(edits)}"


def rerun(check: str, row: Row, words: Wording) -> Iterator[str]:
    if row["status"] != "ok":
        yield f"{check}: the program ended as {row['status']}, though it ran before"
    elif row["outputs_differ"]:
        yield (
            f"{check}: {differing(row, words)}, score "
            f"{words.span(row['difference'], row['difference_interval'])}"
        )


def differing(row: Row, words: Wording, on: str = "") -> str:
    """`3 of 12 rankings differ`."""
    verb = "differs" if row["outputs_differ"] == 1 else "differ"
    return f"{row['outputs_differ']} of {words.nouns.count_outputs(row['asked'])}{on} {verb}"


def prompts(row: Row) -> Iterator[str]:
    rows = row["passages"]
    if rows:
        quoted = "; ".join(repr(one["text"]) for one in rows[:LISTED])
        yield f"its prompts hold sealed gold answers: {quoted}{_more(rows)}"


def floors(rows: Sequence[Row], words: Wording) -> Iterator[str]:
    for row in rows:
        yield (
            f"{words.level(row['score'])} on {words.split}, no better than the floor "
            f"{row['floor']!r} ({words.level(row['floor_score'])})"
        )


def dead(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield (
            "dead parameters (none of their values that were tried, by itself, changes an output "
            f"on search): {', '.join(names)}"
        )


def _by_kind(one: Row, words: Wording) -> str:
    """`multi-hop 0.118, symmetric 0.085`"""
    kinds = one["symmetric_by_kind"].items()
    return ", ".join(
        f"{kind} {words.level(first)}, symmetric {words.level(then)}"
        for kind, (first, then) in kinds
    )


def _place(row: Row) -> str:
    return f"{row['edit'] or 'an edit'}, {row['file']}:{row['line']}:"


def _more(rows: Sequence[Any]) -> str:
    return f" and {len(rows) - LISTED} more (summary.json)" if len(rows) > LISTED else ""
