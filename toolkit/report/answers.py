"""Answers of a language model to programs under study, metered apart from a searcher's model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import Any

from ..figures import dollars
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import ANSWER_NOISE, ANSWERED_BY, ANSWERS_KEPT
from ..records import Answered, Scored, together

ROLE = "reader: the model that answers programs"
APART = "of searchers' models alone; answers to programs are told apart"
UNKNOWN = "dollars unknown"

Row = Mapping[str, Any]


def total(results: Iterable[Scored]) -> Answered | None:
    """Answers that programs used in all; None where they asked nothing."""
    return reduce(together, (one.usage.answers for one in results), None)


def usage(cell: CellState) -> dict[str, Any]:
    """Answers that a cell's programs used; nothing where they asked none."""
    found = total(cell.trials.values())
    return {"answers": found.to_json()} if found else {}


def section(state: State) -> dict[str, Any]:
    """{"answers": who answers, what that took in all, and its noise}; nothing where nobody does."""
    name = state.findings.get(ANSWERED_BY)
    if name is None:
        return {}
    trials = [trial for cell in state.cells.values() for trial in cell.trials.values()]
    found = total([*trials, *state.assessments.values()])
    found = together(found, state.attribution_usage.answers)
    used = found.to_json() if found else None
    noise, kept = (state.findings.get(one) for one in (ANSWER_NOISE, ANSWERS_KEPT))
    return {"answers": {"model": name, "usage": used, "kept": kept, "noise": noise}}


def row(who: str, used: Answered) -> dict[str, Any]:
    """Row of the spend by role."""
    return {
        "role": ROLE,
        "who": who,
        "evaluations": None,
        "calls": used.calls,
        "cpu_s": None,
        "seconds": used.waited_s,
        "tokens": used.tokens_in + used.tokens_out,
        "usd": used.usd,
    }


def remarks(cell: Row) -> Iterator[str]:
    """`: its programs got 1,200 answers (300 of them from the record): …`"""
    if used := cell["usage"].get("answers"):
        yield f": its programs got {told(used, ' answers')}"


def lines(summary: Row) -> Iterator[str]:
    """Lines on what the answers of a run took, and how far they differ, for a table."""
    found = summary.get("answers")
    if found is None:
        return
    if found["usage"]:
        used = told(found["usage"], " answers")
        yield f"all programs that count asked {found['model']} and got {used}"
    if kept := found.get("kept"):
        yield (
            f"asked for in this run in all: {kept['answers']:,} answers, {kept['tokens_in']:,} "
            f"tokens in and {kept['tokens_out']:,} out, {_cost(kept)}; with those for the "
            "noise of answers, for parameters without effect and for trials that were lost"
        )
    if found["noise"]:
        yield noise(found["noise"])


def told(used: Row, what: str = "") -> str:
    """`1,200 answers (300 of them from the record): …`. what: the noun behind the number."""
    known = f" ({used['known']:,} of them from the record)" if used["known"] else ""
    guess = " (estimated)" * used["estimated"]
    paid = f" ({dollars(used['paid_usd'])} of it paid here)" if used["usd"] else ""
    return (
        f"{used['calls']:,}{what}{known}: {used['tokens_in']:,} tokens in, "
        f"{used['tokens_out']:,} out{guess}; {_cost(used)}{paid}; "
        f"{used['waited_s']:,.1f} s of waiting"
    )


def _cost(used: Row) -> str:
    return UNKNOWN if used["usd"] is None else dollars(used["usd"])


def noise(found: Row) -> str:
    """Line on how far the answers to the same questions differed."""
    moved, outputs = found["moved"], found["outputs"]
    first, second = (f"{score:.4g}" for score in found["scores"])
    score = f"the score stayed at {first}" if first == second else (
        f"the score went from {first} to {second}"
    )  # fmt: skip
    asked = f"{found['model']} was asked everything twice, {found['at_a_time']} questions at a time"
    if not moved:
        return f"{asked}: no output of {outputs:,} differed, and {score}"
    return (
        f"{asked}: {moved:,} of {outputs:,} outputs differed ({moved / outputs:.0%}), and {score}; "
        "no interval is narrower than this noise"
    )
