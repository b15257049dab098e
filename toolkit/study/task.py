"""What a study's task provides: inputs without labels, and a vault that keeps the labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol


@dataclass(frozen=True)
class Item:
    """One question as the pipeline may see it. It has no gold field, by design."""

    id: str
    cluster: str
    question: Any


@dataclass(frozen=True)
class Gold:
    """What only the host knows of an item. kind: the benchmark's own category name."""

    answer: Any
    kind: str
    evidence: tuple[str, ...] = ()


class Scorer(Protocol):
    """The benchmark's official rule. prediction is the answer's text; result in [0, 1]."""

    def __call__(self, gold: Gold, prediction: str) -> float: ...


class Vault:
    """Gold answers and the rule that scores against them; stays in the host's memory.

    counted: the kinds whose mean is the objective; the others are reported beside it.
    symmetric: the same rule, but punishing what an answer says too much, where the official
    rule does not; shown beside the score, never in its place.
    refuses: tells whether an answer declines to answer.
    """

    def __init__(
        self,
        gold: Mapping[str, Gold],
        scorer: Scorer,
        *,
        counted: Sequence[str],
        refuses: Callable[[str], bool] = lambda answer: False,
        symmetric: Scorer | None = None,
    ) -> None:
        if isinstance(counted, str):  # it would be taken for a list of its letters
            raise TypeError(f"counted is a list of kinds, such as [{counted!r}], not a text")
        self.gold = dict(gold)
        self.scorer = scorer
        self.counted = frozenset(counted)
        self.refuses = refuses
        self.symmetric = symmetric

    def by(self, scorer: Scorer) -> Vault:
        """The same answers under another rule."""
        return Vault(self.gold, scorer, counted=[*self.counted], refuses=self.refuses)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a vault is never pickled: gold answers stay in the host process")

    def __repr__(self) -> str:
        return f"Vault({len(self.gold)} items)"


class Task(Protocol):
    """A benchmark, loaded by `Task(data)` where data is the folder that holds its files."""

    def conversations(self) -> Mapping[str, Any]:
        """{cluster id: what the pipeline is given}, in the benchmark's own order."""
        ...

    def items(self) -> Sequence[Item]:
        """Every question of every cluster, in the benchmark's own order."""
        ...

    def vault(self) -> Vault: ...

    def passages(self, cluster: str) -> Mapping[str, str]:
        """{turn id: text}: where evidence ids are resolved for people."""
        ...

    def constants(self) -> Mapping[str, str]:
        """{name: answer}: the constant answers that are scored as floors."""
        ...
