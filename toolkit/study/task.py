"""Task of a study: inputs without gold, and a vault that keeps the gold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NoReturn, Protocol


@dataclass(frozen=True)
class Item:
    """One case as the program may see it. It has no gold field, by design.

    cluster: how it is counted: splits and intervals go by it. call: how it runs: the items of one
    call are asked together, in one context; by default those of its cluster.
    """

    id: str
    cluster: str
    input: Any
    call: str = ""

    def __post_init__(self) -> None:
        if not self.call:
            object.__setattr__(self, "call", self.cluster)


@dataclass(frozen=True)
class Gold:
    """Gold of an item, which only the host knows. kind: the benchmark's name for its sort."""

    answer: Any
    kind: str = ""


class Invalid(Exception):  # noqa: N818 - says what is wrong with the output
    """An output is of the right form and breaks the rules: its trial is `invalid`.

    What an exact check refuses is no fault of the check, nor a crash of the program.
    """


@dataclass(frozen=True)
class Row:
    """One judged output. score: by the scorer, in the objective's own direction; None without."""

    item: Item
    gold: Gold
    output: Any
    score: float | None


class Scorer(Protocol):
    """The benchmark's own rule for one output: any finite number, in the objective's direction."""

    def __call__(self, gold: Gold, output: Any) -> float: ...


class Vault:
    """Gold answers and the rules that score against them; stays in the host's memory.

    gold: {item id: Gold}. pool: the objective of all rows of a split, where it is no mean of item
    scores. counted: the kinds that make up the objective, the others are reported beside it; all
    of them where it is None. symmetric: the same rule as the scorer, but punishing what an output
    says too much, where the scorer does not; shown beside the score, never in its place. views:
    {name: rule}, other rules for one output, in any unit and in the objective's direction, by which
    what is scored is judged once more from its stored outputs (docs/views.md); the verdict quotes
    the first. best: a score that cannot be bettered, so that items which have it are no failures.
    """

    def __init__(
        self,
        gold: Mapping[str, Gold],
        scorer: Scorer | None = None,
        *,
        pool: Callable[[Sequence[Row]], float] | None = None,
        counted: Sequence[str] | None = None,
        symmetric: Scorer | None = None,
        views: Mapping[str, Scorer] | None = None,
        best: float | None = None,
    ) -> None:
        if isinstance(counted, str):  # it would be taken for a list of its letters
            raise TypeError(f"counted is a list of kinds, such as [{counted!r}], not a text")
        self.gold = dict(gold)
        self.scorer = scorer
        self.pool = pool
        self.symmetric = symmetric
        self.views = dict(views or {})
        self.best = best
        self._counted = None if counted is None else frozenset(counted)

    @cached_property
    def counted(self) -> frozenset[str]:
        """The kinds that make up the objective."""
        if self._counted is not None:
            return self._counted
        kinds = (getattr(gold, "kind", None) for gold in self.gold.values())
        return frozenset(kind for kind in kinds if isinstance(kind, str))

    def counts(self, item: str) -> bool:
        """True if an item is of a kind that makes up the objective."""
        return self.gold[item].kind in self.counted

    def by(self, scorer: Scorer) -> Vault:
        """The same answers under another rule."""
        return Vault(self.gold, scorer, counted=[*self.counted], best=self.best)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault is never pickled: gold answers stay in the host process")

    def __repr__(self) -> str:
        return f"Vault({len(self.gold)} items)"


class Task(Protocol):
    """A benchmark, loaded by `Task(data)` where data is the folder that holds its files.

    Two methods are enough. A task that has one of these as well switches a feature on:

    - `contexts() -> {call: context}`: what the items of a call share; without it, None.
    - `floors() -> {name: output}`: constant outputs that are scored beside the programs. The best
      of them on the search split is shown; `named_floors`, a list of names, is of those that are
      shown each by its own name in any case.
    - `check(output) -> str`: what is wrong with an output's form; "" where nothing is.
    - `answer(output)`: the part of an output that is its answer: compared between runs and read by
      the integrity checks; without it, all of the output.
    - `metrics(rows) -> {name: number}`: what stands beside the objective, in its own units.
    - `explain(item, output) -> {name: what}`: what a researcher is shown of a failure beside
      input, gold, answer and score.
    - `rule() -> str`: the scorer's rule in exact words, with worked examples, for a researcher.
    - `trace(item, output) -> {name: what}`: where on the way to an output it was lost, for a
      researcher who wants to know more than `explain` tells.
    - `given(items) -> {file name: bytes}`: files that a script finds in its working copy for these
      items; nothing else of a task reaches a script.
    - `read_output(items, output) -> [output, ...]`: an output for each item, in their order, from
      what a script printed and left: {"printed": text, "errors": text, "files": {name: text or
      {"base64": ...}}}. It raises ValueError(reason) where that is no good.
    - `wrong_context = True`: a program that gets another call's context is a floor that makes
      sense here.
    - `empty_context = {...}`, or `empty(context)`: the context with nothing in it to read, which
      the baseline gets beside its inputs for a floor.
    - `lacks = [sentence, ...]`: what the data on this machine lack, such as "captions only: no
      picture is read"; shown beside every result.
    - `found_here(folder) -> {name: digest}`, of the class: what a task reads in the folder of its
      data beside the files that the study names; a score depends on it, so the study's digest does.
    - `form(item) -> str`: the form of an input, such as the first word of a question. A constant of
      each form, fitted on the search split, is a floor. Tried are those of `floors()`, what
      `guesses(item) -> {name: output}` makes of an input and of what stands around a context (the
      date of a session), and by `as_output(gold) -> output` the commonest gold answers.
    """

    def items(self) -> Sequence[Item]:
        """Every item of every cluster, in the benchmark's own order."""
        ...

    def vault(self) -> Vault: ...


def contexts(task: Task) -> Mapping[str, Any]:
    """{call: context} of a task; None for every call where it has no contexts."""
    found = getattr(task, "contexts", None)
    if found is None:
        return {item.call: None for item in task.items()}
    given: Mapping[str, Any] = found()
    return given


def floors(task: Task) -> Mapping[str, Any]:
    """{name: constant output} of a task."""
    found = getattr(task, "floors", None)
    return found() if found else {}


def named_floors(task: Task) -> Sequence[str]:
    """The floors that are shown each by its own name, beside the best of the others."""
    return tuple(getattr(task, "named_floors", ()))


def has_empty_context(task: Task) -> bool:
    """True if a program that gets nothing to read makes a floor."""
    return hasattr(task, "empty") or getattr(task, "empty_context", None) is not None


def empty(task: Task, context: Any) -> Any:
    """A context with nothing in it to read."""
    function = getattr(task, "empty", None)
    return function(context) if function else getattr(task, "empty_context", None)


def has_forms(task: Task) -> bool:
    """True if inputs have forms, so that a constant of each makes a floor."""
    return hasattr(task, "form")


def form(task: Task, item: Item) -> str:
    """Form of an item's input; "" where the task tells none."""
    function = getattr(task, "form", None)
    return str(function(item)) if function else ""


def guesses(task: Task, item: Item) -> Mapping[str, Any]:
    """{name: output} of an item that was made without a look into its context."""
    function = getattr(task, "guesses", None)
    return function(item) if function else {}


def as_output(task: Task, gold: Gold) -> Any:
    """Output that gives a gold answer; None where the task cannot tell."""
    function = getattr(task, "as_output", None)
    return function(gold) if function else None


def lacks(task: Task) -> tuple[str, ...]:
    """Sentences on what a task's data lack on this machine."""
    return tuple(getattr(task, "lacks", None) or ())


def has_wrong_context(task: Task) -> bool:
    """True if the context of another call makes a floor."""
    return bool(getattr(task, "wrong_context", False))
