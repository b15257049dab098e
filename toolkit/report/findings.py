"""Integrity findings as sentences; each function yields none where nothing was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

LISTED = 8
MANY = 0.5  # share of a kind's questions that get one and the same answer
KEPT = 0.5  # share of the gain that is left on other conversations

Row = Mapping[str, Any]


def span(mean: float | None, bounds: Sequence[float | None] | None) -> str:
    """`+0.012 [-0.003, +0.027]`"""
    if mean is None or bounds is None:
        return "-"
    low, high = bounds
    return f"{mean:+.3f}" + ("" if low is None else f" [{low:+.3f}, {high:+.3f}]")


def gold(rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        quoted = [
            f"{row['edit']} {row['text']!r} ({' and '.join(sorted(row['items']))})"
            for row in rows[:LISTED]
        ]
        yield f"words of gold answers in its edits: {'; '.join(quoted)}{_more(rows)}"


def rare(one: Row) -> Iterator[str]:
    rows, without = one["rare_words"] or [], one["without_rare_words"]
    if not rows:
        return
    words = ", ".join(row["word"] for row in rows[:LISTED])
    text = (
        f"words in its edits that the test split has, but neither the search split nor common "
        f"English: {words}{_more(rows)}"
    )
    if without and without["difference"] is not None:
        text += f"; without them {span(without['difference'], without['difference_interval'])}"
    elif without:
        text += f"; without them it does not run ({without['status']})"
    yield text


def unreadable(held: Row | None) -> Callable[[Sequence[Row]], Iterator[str]]:
    """held: how much all edits hold, beside the gold answers of the test split."""

    def tell(rows: Sequence[Row]) -> Iterator[str]:
        if not rows:
            return
        places = [
            f"{_place(row)} {row['what']}, {row['characters']:,} characters at "
            f"{row['bits']:.1f} bits, {row['packed_bytes']:,} bytes compressed ({row['sample']!r})"
            for row in rows[:LISTED]
        ]
        beside = (
            f"; all that its edits add is {held['packed_bytes']:,} bytes compressed, where the "
            f"{held['gold_answers']} gold answers of the test split take "
            f"{held['gold_packed_bytes']:,}"
            if held
            else ""
        )
        told = f"{'; '.join(places)}{_more(rows)}{beside}"
        yield f"its edits hold what does not read as words: {told}"

    return tell


def decoders(rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        places = "; ".join(f"{_place(row)} {row['name']}" for row in rows[:LISTED])
        yield (
            f"its edits use what can decode data, run text as code, look texts up by a digest or "
            f"read files: {places}{_more(rows)}"
        )


def many(rows: Sequence[Row]) -> Iterator[str]:
    if rows:
        places = [
            f"{_place(row)} {row['what']}, {row['characters']:,} characters "
            f"({row['packed_bytes']:,} bytes compressed)"
            for row in rows[:LISTED]
        ]
        yield (
            f"its edits hold many texts, as a word list does and a table of answers would: "
            f"{'; '.join(places)}{_more(rows)}"
        )


def symmetric(one: Row) -> Iterator[str]:
    gain = one["symmetric_gain"]
    bounds = gain["official_adds_interval"]
    low = bounds[0] if bounds[0] is not None else gain["official_adds"]
    if low > 0:
        yield (
            f"by the symmetric rule it gains {span(gain['gain'], gain['gain_interval'])}, not "
            f"{gain['official_gain']:+.3f}: {span(gain['official_adds'], bounds)} is for parts of "
            f"lists that nobody asked for ({_by_kind(one)})"
        )


def more_parts(row: Row) -> Iterator[str]:
    if row["answers"]:
        yield (
            f"{row['answers']} of {row['questions']} answers have more comma-separated parts than "
            f"any gold answer ({row['gold']}); the longest has {row['most']:,}"
        )


def repeated(kinds: Mapping[str, Row], least: int) -> Iterator[str]:
    """least: questions that a kind must have."""
    for kind, row in kinds.items():
        if row["questions"] >= least and row["count"] >= MANY * row["questions"]:
            yield (
                f"{row['count']} of {row['questions']} {kind} questions are answered "
                f"{row['answer'][:60]!r}"
            )


def elsewhere(row: Row) -> Iterator[str]:
    if row["kept"] >= KEPT:
        yield (
            f"{row['kept']:.0%} of its gain is left when each question is asked of another "
            f"conversation ({row['score']:.3f}, the baseline {row['baseline']:.3f}): that much "
            "does not come from what was said"
        )


def format_edits(rows: Sequence[Row]) -> Iterator[str]:
    edits = [row["edit"].removeprefix("edit ") for row in rows]
    if edits:
        yield f"edits labelled format, by its searcher: {', '.join(edits)}"


def rerun(check: str, row: Row) -> Iterator[str]:
    if row["status"] != "ok":
        yield f"{check}: {row['status']}, where the program ran before"
    elif row["answers_differ"]:
        yield (
            f"{check}: {row['answers_differ']} of {row['questions']} answers differ, score "
            f"{span(row['difference'], row['difference_interval'])}"
        )


def prompts(row: Row) -> Iterator[str]:
    rows = row["passages"]
    if rows:
        quoted = "; ".join(repr(one["text"]) for one in rows[:LISTED])
        yield f"sealed gold answers in its prompts: {quoted}{_more(rows)}"


def floors(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        yield (
            f"{row['score']:.3f} on test, no better than the floor {row['floor']!r} "
            f"({row['floor_score']:.3f})"
        )


def dead(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"dead parameters (their farthest values change no output): {', '.join(names)}"


def _by_kind(one: Row) -> str:
    """`multi-hop 0.118, symmetric 0.085`"""
    kinds = one["symmetric_by_category"].items()
    return ", ".join(f"{kind} {first:.3f}, symmetric {then:.3f}" for kind, (first, then) in kinds)


def _place(row: Row) -> str:
    return f"{row['edit'] or 'an edit'}, {row['file']}:{row['line']}:"


def _more(rows: Sequence[Any]) -> str:
    return f" and {len(rows) - LISTED} more (summary.json)" if len(rows) > LISTED else ""
