"""Integrity checks as lines: findings, checks that found nothing, checks that did not apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..figures import counted
from ..integrity import plan
from ..ledger.subjects import BASELINE
from . import omissions, outcomes
from .findings import differing
from .wording import Wording

FLOORS = "floors"
NAMED = 2  # programs, or checks that do not apply; more are counted
SEALED = ("gold answer of the test split is", "gold answers of the test split are")
UNRECORDED = {
    "programs": ("program is", "programs are"),
    "results": ("result is", "results are"),
    "evaluations": ("evaluation is", "evaluations are"),
    "openings": ("opening of the test split is", "openings of the test split are"),
}

Row = Mapping[str, Any]
Groups = Mapping[tuple[str, str], Sequence[str]]
"""{(whose, why): checks}"""


def lines(found: Row, words: Wording | None = None, after: omissions.After = None) -> list[str]:
    """Everything to say of the checks. found: the summary's integrity section.

    after: the finding of how much follows the search.
    """
    words = words or Wording()
    if found["noise_floor"][words.final] is None and found["scope"]["reach"] is None:
        why = omissions.brief(after, read=False)
        return [f"integrity: {why or 'not run yet; type the same command again'}"]
    return [
        *_noise(found, words),
        *_findings(found, words),
        *_others(found["checks"]),
        *_held(found["champions"]),
        *_lengths(found, words),
        *_unaccounted(found["unaccounted"], words),
        *_openings(found["openings"], words),
        f"the checks took {found['cpu_s']:.1f} s of CPU",
    ]


def _unaccounted(found: Row, words: Wording) -> Iterator[str]:
    """Line on what was counted beside the record; the verdict tells of differences."""
    if found and not any(found.values()):
        more = ", every result and every test opening" * words.sealed
        yield f"every program that ran{more} is on record"
    for name, counts in found.items():
        for what, count in counts.items():
            yield f"{name}: {counted(count, *UNRECORDED[what])} on no record"


def _noise(found: Row, words: Wording) -> Iterator[str]:
    """Difference of a program from itself when it runs once more; replicates tell it better."""
    if found["scope"].get("replicates", 1) > 1:
        return
    parts = [
        f"{differing(row, words, f' on {split}')}, score {words.signed(row['difference'])}"
        if row and row["outputs_differ"] is not None and row["difference"] is not None
        else f"no figure on {split} ({row['status'] if row else 'not run'})"
        for split, row in found["noise_floor"].items()
        if split == words.final or words.sealed or row
    ]
    yield f"noise floor (the baseline run once more): {'; '.join(parts)}"


def _findings(found: Row, words: Wording) -> Iterator[str]:
    below = [row for row in found["checks"] if row["check"] == FLOORS and row["findings"]]
    if len(below) > 1:
        yield from _below([row["subject"] for row in below], found["below_floors"], words)
    for row in found["checks"]:
        if (row["check"], row["subject"]) == (plan.AGAIN, BASELINE):
            continue  # that is the noise floor
        if len(below) > 1 and row["check"] == FLOORS:
            continue
        whose = "" if row["subject"] == plan.STUDY else f"{row['subject']}: "
        yield from (f"{whose}{line}" for line in row["findings"])


def _below(programs: Sequence[str], rows: Sequence[Row], words: Wording) -> Iterator[str]:
    """`no better on test than the floor 'yes' (0.200): baseline 0.100, random-0 0.167`."""
    floors: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["program"] in programs:
            key = row["floor"], words.level(row["floor_score"])
            floors.setdefault(key, []).append(f"{row['program']} {words.level(row['score'])}")
    for (floor, level), some in floors.items():
        yield f"no better on {words.split} than the floor {floor!r} ({level}): {', '.join(some)}"


def _others(rows: Sequence[Row]) -> Iterator[str]:
    """A line an outcome; a check that had the same outcome for all programs names none.

    Checks that do not apply are many in a small study: they are counted by their reason.
    """
    heads = {
        outcomes.NOTHING: "these checks found nothing (none of them can see everything)",
        outcomes.NOT_APPLICABLE: "not applicable",
        outcomes.NOT_RUN: "not run",
    }
    everybody: dict[str, list[str]] = {}
    for row in rows:
        everybody.setdefault(row["check"], []).append(row["subject"])
    for outcome, head in heads.items():
        mine = [row for row in rows if row["outcome"] == outcome]
        brief = outcome == outcomes.NOT_APPLICABLE
        of_all = [row for row in mine if brief and row["subject"] == plan.STUDY]
        groups = _alike([row for row in mine if row not in of_all], everybody)
        parts = (_briefly if brief else _named)(groups) + _named(_alike(of_all, everybody))
        if parts:
            yield f"{head}: {'; '.join(parts)}"


def _named(groups: Groups) -> list[str]:
    """`A, B of optuna-0 (why)`."""
    return [
        f"{', '.join(checks)}{whose}{f' ({why})' if why else ''}"
        for (whose, why), checks in groups.items()
    ]


def _briefly(groups: Groups) -> list[str]:
    """`4 checks of optuna-0 (why)`; those with a reason of their own are counted together."""
    several = {key: checks for key, checks in groups.items() if len(checks) > 1}
    alone = [checks[0] for checks in groups.values() if len(checks) == 1]
    told = [f"{len(checks)} checks{whose} ({why})" for (whose, why), checks in several.items()]
    if len(alone) > NAMED:
        more = "more" if told else "checks"
        return [*told, f"{len(set(alone))} {more} (summary.json says why)"]
    return [*told, *_named({key: one for key, one in groups.items() if key not in several})]


def _alike(rows: Sequence[Row], everybody: Mapping[str, Sequence[str]]) -> Groups:
    """{(whose, why): checks}: those of the same programs for the same reason together."""
    same: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        same.setdefault((row["check"], row["why"]), []).append(row["subject"])
    together: dict[tuple[str, str], list[str]] = {}
    for (check, why), subjects in same.items():
        together.setdefault((_whose(subjects, everybody[check]), why), []).append(check)
    return together


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
            f"{name} {counted(row['texts'], 'text')} of {counted(row['characters'], 'character')}, "
            f"{counted(row['packed_bytes'], 'byte')} compressed"
            for name, row in rows.items()
        ]
        sealed = next(iter(rows.values()))
        beside = (
            f"; {counted(sealed['gold_answers'], *SEALED)} "
            f"{sealed['gold_packed_bytes']:,} bytes compressed"
        )
        yield f"texts that edits add: {'; '.join(parts)}{beside * bool(sealed['gold_answers'])}"


def _lengths(found: Row, words: Wording) -> Iterator[str]:
    if not (found["scope"]["reach"] or {}).get("texts", 1):
        return
    everybody = {"baseline": found["baseline"], **found["champions"]}
    parts = [
        f"{name} {one['output_words']:.1f} words in {one['output_parts']:.1f} list items"
        for name, one in everybody.items()
        if one["output_words"] is not None and one["output_parts"] is not None
    ]
    if parts:
        yield f"{words.nouns.output} length on {words.split}: {'; '.join(parts)}"


def _openings(openings: Mapping[str, int], words: Wording) -> Iterator[str]:
    if words.sealed:
        purposes = ", ".join(f"{purpose} {count}" for purpose, count in openings.items())
        yield f"the test split was opened {counted(sum(openings.values()), 'time')}: {purposes}"
