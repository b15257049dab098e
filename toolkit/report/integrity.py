"""Integrity checks as lines: findings, checks that found nothing, checks that did not apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..integrity import plan
from ..ledger.subjects import BASELINE
from . import outcomes
from .wording import Wording

NAMED = 2  # programs; more are counted

Row = Mapping[str, Any]


def lines(found: Row, words: Wording | None = None) -> list[str]:
    """Everything to say of the checks. found: the summary's integrity section."""
    words = words or Wording()
    if found["noise_floor"][words.final] is None and found["scope"]["reach"] is None:
        return ["integrity: not run yet; type the same command again"]
    return [
        *_noise(found, words),
        *_findings(found["checks"]),
        *_others(found["checks"]),
        *_held(found["champions"]),
        *_lengths(found, words),
        *_unaccounted(found["unaccounted"], words),
        *_openings(found["openings"], words),
        f"the checks took {found['cpu_s']:.1f} s of CPU",
    ]


def _unaccounted(found: Row, words: Wording) -> Iterator[str]:
    """Line on the bench's own count against the record; the verdict tells of differences."""
    if found and not any(found.values()):
        what = "programs, results and test openings" if words.sealed else "programs and results"
        yield f"{what}: the bench's own count agrees with the record"
    for name, counts in found.items():
        for what, count in counts.items():
            yield f"{name}: the bench counted {count:,} {what} that are not on record"


def _noise(found: Row, words: Wording) -> Iterator[str]:
    """Difference of a program from itself when it runs once more; replicates tell it better."""
    if found["scope"].get("replicates", 1) > 1:
        return
    parts = [
        f"{row['answers_differ']} of {row['asked']} {words.nouns.outputs} on {split} differ, "
        f"score {words.signed(row['difference'])}"
        if row and row["answers_differ"] is not None and row["difference"] is not None
        else f"no figure on {split} ({row['status'] if row else 'not run'})"
        for split, row in found["noise_floor"].items()
        if split == words.final or words.sealed or row
    ]
    yield f"noise floor (the baseline run once more): {'; '.join(parts)}"


def _findings(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        if (row["check"], row["subject"]) == (plan.AGAIN, BASELINE):
            continue  # that is the noise floor
        whose = "" if row["subject"] == plan.STUDY else f"{row['subject']}: "
        yield from (f"{whose}{line}" for line in row["findings"])


def _others(rows: Sequence[Row]) -> Iterator[str]:
    """A line an outcome; a check that had the same outcome for all programs names none."""
    heads = {
        outcomes.NOTHING: "these checks found nothing, each within what it can see",
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
    """The size of what edits add. It is no finding: a decent program holds word lists, too."""
    rows = {name: one["held"] for name, one in champions.items() if one["held"] and one["edits"]}
    if rows:
        parts = [
            f"{name} {row['texts']:,} texts of {row['characters']:,} characters, "
            f"{row['packed_bytes']:,} bytes compressed"
            for name, row in rows.items()
        ]
        sealed = next(iter(rows.values()))
        beside = (
            f"; the {sealed['gold_answers']:,} gold answers of the test split are "
            f"{sealed['gold_packed_bytes']:,} bytes compressed"
        )
        yield f"texts that edits add: {'; '.join(parts)}{beside * bool(sealed['gold_answers'])}"


def _lengths(found: Row, words: Wording) -> Iterator[str]:
    if not (found["scope"]["reach"] or {}).get("texts", 1):
        return
    everybody = {"baseline": found["baseline"], **found["champions"]}
    parts = [
        f"{name} {one['answer_words']:.1f} words in {one['answer_parts']:.1f} list items"
        for name, one in everybody.items()
        if one["answer_words"] is not None and one["answer_parts"] is not None
    ]
    if parts:
        yield f"{words.nouns.output} length on {words.split}: {'; '.join(parts)}"


def _openings(openings: Mapping[str, int], words: Wording) -> Iterator[str]:
    if words.sealed:
        purposes = ", ".join(f"{purpose} {count}" for purpose, count in openings.items())
        yield f"the test split was opened {sum(openings.values())} times: {purposes}"
