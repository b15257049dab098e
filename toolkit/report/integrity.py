"""The integrity checks as lines: findings, checks that found nothing, those that could not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..integrity import plan
from ..ledger.state import BASELINE
from . import outcomes

NAMED = 2  # programs; more are counted

Row = Mapping[str, Any]


def lines(found: Row) -> list[str]:
    """found: the summary's integrity section."""
    if found["noise_floor"]["test"] is None and found["scope"]["reach"] is None:
        return ["integrity: not run yet; type the same command again"]
    return [
        _noise(found["noise_floor"]),
        *_findings(found["checks"]),
        *_others(found["checks"]),
        *_held(found["champions"]),
        *_lengths(found),
        *_unaccounted(found["unaccounted"]),
        f"{_openings(found['openings'])}; the checks took {found['cpu_s']:.1f} s of CPU",
    ]


def _unaccounted(found: Row) -> Iterator[str]:
    """Whether the bench's own count agrees with the record; what does not is in the verdict."""
    if found and not any(found.values()):
        yield "programs, results and test openings: the bench counted none beside those on record"
    for name, counts in found.items():
        for what, count in counts.items():
            yield f"{name}: {count:,} {what} that the bench counted are not on record"


def _noise(floor: Row) -> str:
    parts = [
        f"{row['answers_differ']} of {row['questions']} answers on {split} differ, score "
        f"{row['difference']:+.3f}"
        if row and row["answers_differ"] is not None and row["difference"] is not None
        else f"no figure on {split} ({row['status'] if row else 'not run'})"
        for split, row in floor.items()
    ]
    return f"noise floor (the baseline once more): {'; '.join(parts)}"


def _findings(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        if (row["check"], row["subject"]) == (plan.AGAIN, BASELINE):
            continue  # that is the noise floor
        whose = "" if row["subject"] == plan.STUDY else f"{row['subject']}: "
        yield from (f"{whose}{line}" for line in row["findings"])


def _others(rows: Sequence[Row]) -> Iterator[str]:
    """A line an outcome; a check that had the same outcome for all programs names none."""
    heads = {
        outcomes.NOTHING: "nothing found by these checks, each for what it can see",
        outcomes.NOT_APPLICABLE: "not applicable",
        outcomes.NOT_RUN: "not run",
    }
    everybody: dict[str, list[str]] = {}
    for row in rows:
        everybody.setdefault(row["check"], []).append(row["subject"])
    for outcome, head in heads.items():
        if parts := _alike([row for row in rows if row["outcome"] == outcome], everybody):
            yield f"{head}: {'; '.join(parts)}"


def _alike(rows: Sequence[Row], everybody: Mapping[str, Sequence[str]]) -> list[str]:
    """`A, B of optuna-0 (why)`: checks of the same programs for the same reason together."""
    same: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        same.setdefault((row["check"], row["why"]), []).append(row["subject"])
    together: dict[tuple[str, str], list[str]] = {}
    for (check, why), subjects in same.items():
        together.setdefault((_whose(subjects, everybody[check]), why), []).append(check)
    return [
        f"{', '.join(checks)}{whose}{f' ({why})' if why else ''}"
        for (whose, why), checks in together.items()
    ]


def _whose(subjects: Sequence[str], everybody: Sequence[str]) -> str:
    if len(subjects) == len(everybody):
        return ""
    if len(subjects) <= NAMED:
        return f" of {' and '.join(subjects)}"
    return f" of {len(subjects)} of {len(everybody)} programs"


def _held(champions: Row) -> Iterator[str]:
    """A size is no finding: a decent program holds word lists, too."""
    rows = {name: one["held"] for name, one in champions.items() if one["held"] and one["edits"]}
    if rows:
        parts = [
            f"{name} {row['characters']:,} characters in {row['texts']:,}, "
            f"{row['packed_bytes']:,} bytes compressed"
            for name, row in rows.items()
        ]
        sealed = next(iter(rows.values()))
        yield (
            f"texts that edits add: {'; '.join(parts)}; the {sealed['gold_answers']:,} gold "
            f"answers of the test split are {sealed['gold_packed_bytes']:,} bytes compressed"
        )


def _lengths(found: Row) -> Iterator[str]:
    if not (found["scope"]["reach"] or {}).get("texts", 1):
        return
    everybody = {"baseline": found["baseline"], **found["champions"]}
    parts = [
        f"{name} {one['answer_words']:.1f} in {one['answer_parts']:.1f}"
        for name, one in everybody.items()
        if one["answer_words"] is not None and one["answer_parts"] is not None
    ]
    yield f"words and comma-separated parts of an answer on test: {'; '.join(parts) or '-'}"


def _openings(openings: Mapping[str, int]) -> str:
    purposes = ", ".join(f"{purpose} {count}" for purpose, count in openings.items())
    return f"the test split was opened {sum(openings.values())} times: {purposes}"
