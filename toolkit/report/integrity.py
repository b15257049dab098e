"""The integrity findings as lines: what was found, what was clean, what it took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..integrity import plan

RERUNS = {"again": plan.AGAIN, "another_order": plan.ORDER, "half_batches": plan.HALVES}
OF_CHAMPIONS = (
    "gold n-grams in edits",
    "rare words in edits",
    "repeated answers",
    "edits labelled format",
)
LISTED = 8
MANY = 0.5  # share of a kind's questions that get one and the same answer
FEW = 5  # questions of a kind, below which that means nothing

Row = Mapping[str, Any]


def lines(found: Row) -> list[str]:
    """found: the summary's integrity section."""
    if found["noise_floor"]["test"] is None:
        return ["integrity: not checked yet; type the same command again"]
    told, clean = _findings(found)
    return [
        _noise(found["noise_floor"]),
        *told,
        f"checked and clean: {', '.join(clean)}" if clean else "no check was clean",
        _lengths(found),
        *_unaccounted(found["unaccounted"]),
        f"{_openings(found['openings'])}; the checks took {found['cpu_s']:.1f} s of CPU",
    ]


def _unaccounted(found: Row) -> Iterator[str]:
    """Whether the bench's own count agrees with the record; what does not is in the verdict."""
    if found and not any(found.values()):
        yield "programs and openings: the bench counted none that is not on record"
    for name, counts in found.items():
        for what, count in counts.items():
            yield f"{name}: {count:,} {what} that the bench counted are not on record"


def span(mean: float | None, bounds: Sequence[float | None] | None) -> str:
    """`+0.012 [-0.003, +0.027]`"""
    if mean is None or bounds is None:
        return "-"
    low, high = bounds
    return f"{mean:+.3f}" + ("" if low is None else f" [{low:+.3f}, {high:+.3f}]")


def _noise(floor: Row) -> str:
    parts = [
        f"{row['answers_differ']} of {row['questions']} answers on {split} differ, score "
        f"{row['difference']:+.3f}"
        if row and row["answers_differ"] is not None and row["difference"] is not None
        else f"no figure on {split} ({row['status'] if row else 'not run'})"
        for split, row in floor.items()
    ]
    return f"noise floor (the baseline once more): {'; '.join(parts)}"


def _findings(found: Row) -> tuple[list[str], list[str]]:
    """(a line a finding, names of the checks that found nothing)"""
    checks: dict[str, list[str]] = {
        "gold n-grams in edits": list(_each(found, _gold)),
        "gold n-grams in prompts": list(_prompts(found)),
        "rare words in edits": list(_each(found, _rare)),
        "list parts": list(_each(found, _symmetric)),
        "repeated answers": list(_each(found, _repeated)),
        "edits labelled format": list(_each(found, _format)),
        "floors": list(_floors(found)),
        "dead parameters": list(_dead(found)),
    }
    everybody = {"baseline": found["baseline"], **found["champions"]}
    for key, check in RERUNS.items():
        rows = {name: one.get(key) for name, one in everybody.items()}
        checks[check] = [line for name, row in rows.items() for line in _rerun(name, check, row)]
    if not any(one["symmetric_gain"] for one in found["champions"].values()):
        del checks["list parts"]  # the task offers no such rule, or nobody has a champion
    unchecked = [] if found["champions"] else [*OF_CHAMPIONS]
    unchecked += [] if found["gold_in_prompts"] else ["gold n-grams in prompts"]
    for check in unchecked:
        del checks[check]
    told = [line for some in checks.values() for line in some]
    return told, [check for check, some in checks.items() if not some]


def _each(found: Row, tell: Any) -> Iterator[str]:
    for name, one in found["champions"].items():
        for text in tell(one):
            yield f"{name}: {text}"


def _gold(one: Row) -> Iterator[str]:
    rows = one["gold_ngrams"] or []
    if rows:
        quoted = [
            f"{row['edit']} {row['text']!r} ({' and '.join(sorted(row['items']))})"
            for row in rows[:LISTED]
        ]
        yield f"words of gold answers in its edits: {'; '.join(quoted)}{_more(rows)}"


def _rare(one: Row) -> Iterator[str]:
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


def _symmetric(one: Row) -> Iterator[str]:
    gain = one["symmetric_gain"]
    bounds = gain["official_adds_interval"] if gain else None
    if bounds and bounds[0] is not None and bounds[0] > 0:
        yield (
            f"by the symmetric rule it gains {span(gain['gain'], gain['gain_interval'])}, not "
            f"{gain['official_gain']:+.3f}: {span(gain['official_adds'], bounds)} is for parts of "
            f"lists that nobody asked for ({_by_kind(one)})"
        )


def _by_kind(one: Row) -> str:
    """`multi-hop 0.118, symmetric 0.085`"""
    kinds = one["symmetric_by_category"].items()
    return ", ".join(f"{kind} {first:.3f}, symmetric {then:.3f}" for kind, (first, then) in kinds)


def _repeated(one: Row) -> Iterator[str]:
    for kind, row in (one["repeated_answers"] or {}).items():
        if row["questions"] >= FEW and row["count"] >= MANY * row["questions"]:
            yield (
                f"{row['count']} of {row['questions']} {kind} questions are answered "
                f"{row['answer'][:60]!r}"
            )


def _format(one: Row) -> Iterator[str]:
    edits = [row["edit"].removeprefix("edit ") for row in one["format_edits"]]
    if edits:
        yield f"edits labelled format, by its searcher: {', '.join(edits)}"


def _rerun(name: str, check: str, row: Row | None) -> Iterator[str]:
    if row is None:
        return
    if row["status"] != "ok":
        yield f"{name}: {check}: {row['status']}, where the program ran before"
    elif row["answers_differ"]:
        yield (
            f"{name}: {check}: {row['answers_differ']} of {row['questions']} answers differ, score "
            f"{span(row['difference'], row['difference_interval'])}"
        )


def _prompts(found: Row) -> Iterator[str]:
    for name, one in found["gold_in_prompts"].items():
        rows = one["passages"]
        if rows:
            quoted = "; ".join(repr(row["text"]) for row in rows[:LISTED])
            yield f"{name}: sealed gold answers in its prompts: {quoted}{_more(rows)}"


def _floors(found: Row) -> Iterator[str]:
    for row in found["below_floors"]:
        yield (
            f"{row['program']}: {row['score']:.3f} on test, no better than the floor "
            f"{row['floor']!r} ({row['floor_score']:.3f})"
        )


def _dead(found: Row) -> Iterator[str]:
    if found["dead_parameters"]:
        names = ", ".join(found["dead_parameters"])
        yield f"dead parameters (extremes change no prediction): {names}"


def _more(rows: Sequence[Any]) -> str:
    return f" and {len(rows) - LISTED} more (summary.json)" if len(rows) > LISTED else ""


def _lengths(found: Row) -> str:
    everybody = {"baseline": found["baseline"], **found["champions"]}
    parts = [
        f"{name} {one['answer_words']:.1f} in {one['answer_parts']:.1f}"
        for name, one in everybody.items()
        if one["answer_words"] is not None and one["answer_parts"] is not None
    ]
    return f"words and comma-separated parts of an answer on test: {'; '.join(parts) or '-'}"


def _openings(openings: Mapping[str, int]) -> str:
    purposes = ", ".join(f"{purpose} {count}" for purpose, count in openings.items())
    return f"the test split was opened {sum(openings.values())} times: {purposes}"
