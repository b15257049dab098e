"""Answers to a reply's questions about the search split, as text for the next prompt.

Each showing of items is on record (`lab.cases`). Items of the inner split are shown to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

import toolkit
from searchers.autoresearcher import telling
from searchers.autoresearcher.changes import fence_around, shown
from searchers.autoresearcher.edit import Unusable
from searchers.autoresearcher.experiment import Experiment
from searchers.autoresearcher.patterns import matching
from searchers.autoresearcher.replies.queries import Look, What
from searchers.autoresearcher.rows import in_turn, numbered
from searchers.autoresearcher.trace import own_lines

ANSWER_CHARS = 12_000  # of one question about items or a trial
FILE_CHARS = 40_000
LISTED = 40  # names in a message
WITHOUT_ITEMS = ("output", "file")
"""questions that a researcher who sees scores only may ask"""


@dataclass(frozen=True)
class View:
    """Things that questions may be about. best: the trial whose outputs are shown, and whose files.

    hidden: ids of items that are never shown, those of the inner split. sees: failures, or scores
    only. seen: items that an earlier request has shown. here: those that stand in this one. pooled:
    {number of a trial: the same with the mean scores of two runs}.
    """

    lab: toolkit.Lab
    best: toolkit.Trial
    experiments: Sequence[Experiment] = ()
    hidden: Collection[str] = field(default_factory=frozenset)
    sees: Literal["failures", "scores"] = "failures"
    seen: Collection[str] = field(default_factory=frozenset)
    here: set[str] = field(default_factory=set)
    pooled: Mapping[int, toolkit.Trial] = field(default_factory=dict)


def answered(looks: Iterable[Look], view: View) -> list[tuple[str, str]]:
    """(question, its answer) of each look; what has no answer says why."""
    return [(look.text, answer(look, view)) for look in looks]


def answer(look: Look, view: View) -> str:
    """The answer to one question; never raises for what a model wrote."""
    if look.problem:
        return f"No answer: {look.problem}."
    if view.sees == "scores" and look.what not in WITHOUT_ITEMS:
        return "No answer: items are not shown in this experiment, only output and files are."
    try:
        return _ANSWERS[look.what](look, view)
    except (Unusable, toolkit.PatchError) as error:
        return f"No answer: {error}."


def _file(look: Look, view: View) -> str:
    files = view.lab.files(view.best.candidate)
    fixed = {path: text for path, text in view.lab.tree.items() if path not in view.lab.sources}
    path = look.path.removeprefix("./")
    if path in files:
        text = shown(files[path])
    elif path in fixed:
        text = shown(fixed[path].decode("utf-8", "replace"))
    else:
        raise Unusable(f"there is no file {look.path[:100]!r}{_near(path, [*files, *fixed])}")
    whole = _cut(text, FILE_CHARS)
    fence = fence_around(whole)
    return f"FILE: {path}\n{fence}{telling.language(path)}\n{whole.rstrip()}\n{fence}"


def _output(look: Look, view: View) -> str:
    trial = _trial(look.number, view)
    level = telling.Telling(view.lab).level(trial.score)
    if trial.ok and not trial.detail:
        return f"Trial {trial.number}: ok, {level}. Output is kept only of trials that fail."
    said = own_lines(trial.told) if trial.told else ""
    parts = [f"Trial {trial.number}: {trial.status}."]
    parts += [f"Its error:\n{_fenced(said)}"] if said else []
    parts += [f"It printed last:\n{_fenced(trial.printed)}"] if trial.printed else []
    return "\n".join(parts) if len(parts) > 1 else f"{parts[0]} It printed nothing."


def _matching(look: Look, view: View) -> str:
    marks = _marks(view.best, look.kind, view)
    inputs = view.lab.inputs
    texts = {item: telling.asked(inputs[item]) for item in marks if item in inputs}
    return _items(look, view, view.best, matching(look.pattern, texts), ("matches", "match"))


def _flipped(look: Look, view: View) -> str:
    found = next((one for one in view.experiments if one.number == look.number), None)
    if found is None:
        raise Unusable(f"there is no experiment {look.number}{_numbers(view.experiments)}")
    if found.trial is None:
        raise Unusable(f"experiment {look.number} has no trial with a score")
    trial = view.pooled.get(found.trial) or _trial(found.trial, view)
    marks = _marks(trial, look.kind, view)
    flips = found.broken if look.how == "broke" else found.fixed
    how = "broken" if look.how == "broke" else "fixed"
    items = [item for item in flips if item in marks]
    return _items(look, view, trial, items, (f"was {how} by it", f"were {how} by it"))


def _scored(look: Look, view: View) -> str:
    marks = _marks(view.best, look.kind, view)
    is_wanted = [
        one for one in marks if (marks[one].wrong if look.how == "wrong" else marks[one].right)
    ]
    if look.how == "right" and not is_wanted and not any(one.right for one in marks.values()):
        return f"No {view.lab.nouns.item} has a full score."
    return _items(look, view, view.best, is_wanted, (f"is {look.how}", f"are {look.how}"))


def _unknown(look: Look, view: View) -> str:
    raise Unusable("it has none of the forms of a question")


_ANSWERS: Mapping[What, Callable[[Look, View], str]] = {
    "file": _file, "output": _output, "matching": _matching, "flipped": _flipped,
    "scored": _scored, "unknown": _unknown,
}  # fmt: skip


def _marks(trial: toolkit.Trial, kind: str, view: View) -> dict[str, Any]:
    """{item: how it came out} of a trial, of one kind, without the hidden ones."""
    marks = {item: mark for item, mark in view.lab.marks(trial).items() if item not in view.hidden}
    if not marks:
        raise Unusable(f"trial {trial.number} has no outputs on record")
    if not kind:
        return marks
    kinds = {mark.kind.casefold(): mark.kind for mark in marks.values()}
    if kind.casefold() not in kinds:
        known = ", ".join(sorted(filter(None, kinds.values()))[:LISTED]) or "none has a name"
        raise Unusable(f"there is no kind {kind[:60]!r}; kinds: {known}")
    return {item: one for item, one in marks.items() if one.kind == kinds[kind.casefold()]}


def _items(
    look: Look, view: View, trial: toolkit.Trial, items: Sequence[str], verbs: tuple[str, str]
) -> str:
    """Some of the items, as the question and the limit on its answer allow, and their number.

    verbs: of one item, and of several.
    """
    verb = verbs[len(items) != 1]
    nouns = view.lab.nouns
    which = f" of kind {look.kind}" if look.kind else ""
    if not items:
        return f"{nouns.count_items(0)}{which} {verb}."
    tell = telling.Telling(view.lab)
    blocks: list[str] = []
    used, above = 0, sum(item in view.here for item in items)
    for found in view.lab.cases(trial, _ordered(items, view)[: look.limit]):
        block = "\n".join(_case(found, tell))
        if used + len(block) > ANSWER_CHARS and blocks:
            break
        blocks.append(_cut(block, ANSWER_CHARS))
        view.here.add(found.item)
        used += len(block)
    head = f"{nouns.count_items(len(items))}{which} {verb}"
    more = (
        f"; {len(blocks)} of them {'follows' if len(blocks) == 1 else 'follow'}"
        if len(blocks) < len(items)
        else ""
    )
    again = (
        f", and {above} {'stands' if above == 1 else 'stand'} in an answer above" if above else ""
    )
    left = f"as trial {trial.number} left them"
    if trial.number in view.pooled:
        left += f"; their scores are means of two runs, the {nouns.outputs} those of the first"
    return "\n".join([f"{head}{more}{again} ({left}).", *blocks])


def _ordered(items: Sequence[str], view: View) -> list[str]:
    """Items that are not in the request yet: first those shown in none, the clusters in turn."""
    homes: dict[str, list[str]] = {}
    for item in sorted(items, key=lambda one: one in view.seen):
        if item not in view.here:
            homes.setdefault(view.lab.clusters[item], []).append(item)
    return sorted(in_turn(homes.values()), key=lambda one: one in view.seen)


def _case(found: toolkit.Failure, tell: telling.Telling) -> Iterator[str]:
    kind = f"[{found.kind}] " if found.kind else ""
    yield f"- {kind}{telling.asked(found.input)}"
    if found.gold is not None:
        yield f"  right: {telling.right(found.gold)}"
    yield f"  {tell.answered}: {telling.given(found.output)}{tell.of_item(found.score)}"
    yield from (f"  {line}" for line in telling.noted(found.notes))


def _trial(number: int, view: View) -> toolkit.Trial:
    trials = numbered(view.lab)
    if number not in trials:
        raise Unusable(f"there is no trial {number}; the last one is {len(trials) - 1}")
    return trials[number]


def _numbers(experiments: Sequence[Experiment]) -> str:
    return f"; the last one is {experiments[-1].number}" if experiments else "; there is none yet"


def _near(path: str, paths: Sequence[str]) -> str:
    close = get_close_matches(path, paths, n=3, cutoff=0.5)
    return f"; did you mean {', '.join(close)}" if close else ""


def _fenced(text: str) -> str:
    whole = _end(text, ANSWER_CHARS)
    return f"{fence_around(whole)}\n{whole.strip()}\n{fence_around(whole)}"


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most]}\n[{len(text) - most:,} characters more are left out]"


def _end(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    return f"[{len(text) - most:,} characters before are left out]\n{text[-most:]}"
