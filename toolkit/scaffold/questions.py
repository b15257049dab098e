"""The five things that `toolkit init` asks, with what it proposes for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ..errors import UserError
from . import answers, objectives, options
from .answers import Answers
from .parameters import Parameter
from .proposal import Proposal
from .survey import Survey

Ask = Callable[[str, str], str]
"""asks a question, with a proposal that an empty answer takes"""


@dataclass(frozen=True)
class Question:
    """One question. flag: the option that answers it; proposal: the answer that --yes takes."""

    text: str
    flag: str
    proposal: str


def of(found: Survey, study: Proposal, given: Answers) -> Iterator[Question]:
    """Questions that are still open, in the order in which they are asked; at most five."""
    option = study.option
    if not given.objective and option.kind != "timed":
        yield Question(
            "What counts, and in which direction?", "--objective",
            f"{option.name} {option.direction}",
        )  # fmt: skip
    if not given.kind:
        yield Question(f"Who computes it? {option.why}", "--kind", option.kind)
    if not given.editable:
        yield Question(
            "Which files may a search edit?", "--editable", ",".join(study.editable) or "none"
        )
    if given.held_out is None and study.splits is not None:
        yield Question(
            "What is held out (none, replicates, or a share of the data)?", "--held-out",
            str(study.splits),
        )  # fmt: skip
    if study.parameters and not given.ranges and not given.parameters:
        listing = "; ".join(map(shown, study.parameters))
        yield Question(f"Which ranges? {listing}", "--range", "these")


def shown(one: Parameter) -> str:
    """`k1 1.2 in 0.3:4.8`."""
    ends = one.shape.get("int") or one.shape.get("float")
    if ends:
        return f"{one.name} {one.value!r} in {ends[0]:g}:{ends[1]:g}"
    values = one.shape.get("choices") or (False, True)
    return f"{one.name} {one.value!r} of {','.join(map(str, values))}"


def answered(given: Answers, flag: str, text: str) -> Answers:
    """Answers with one more; raises UserError where it cannot be read."""
    if flag == "--objective":
        return replace(given, objective=answers.objective(text))
    if flag == "--kind":
        if text not in answers.KINDS:
            raise UserError(f"{text!r} is none of the kinds {', '.join(answers.KINDS)}")
        return replace(given, kind=text)
    if flag == "--editable":
        return replace(given, editable=tuple(part.strip() for part in text.split(",")))
    if flag == "--held-out":
        return replace(given, held_out=answers.held_out(text))
    return replace(given, ranges=answers.ranges(tuple(text.split())))


def unasked(found: Survey, study: Proposal, given: Answers) -> str:
    """Message where nobody can be asked: what would be taken, and how to take or change it."""
    every = [f"  {_typed(one)}  ({one.text})" for one in of(found, study, given)]
    return (
        "there is no terminal to ask at: add --yes to take these proposals, or give answers of "
        "your own:\n" + "\n".join(every)
    )


def _typed(one: Question) -> str:
    return "--range NAME=LOW:HIGH" if one.flag == "--range" else f"{one.flag} {one.proposal!r}"


def ambiguous(found: Survey, given: Answers) -> list[str]:
    """Names of the numbers between which only a person can choose; none where one counts."""
    if given.objective or found.contract or not found.scripts:
        return []
    start = options.started(found, given)
    several = objectives.candidates(found.folder, found.printed(start))
    return [one.name for one in several] if len(several) > 1 else []
