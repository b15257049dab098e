"""The number that a study searches for, and the words in which people read of it.

Inside the host a score is higher is better, as in scikit-learn: a loss is negated once, where it
is judged. People, prompts, tables and files see the objective in its own direction and unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, get_args, overload

from ..figures import counted
from ..records import Usage

Direction = Literal["maximize", "minimize"]
Evidence = Literal["judged", "measured", "reported"]
Aggregate = Literal["mean", "pooled"]
Claim = Literal["sealed", "replicates", "exact", "reported"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)
AGGREGATES: tuple[Aggregate, ...] = get_args(Aggregate)
"""What a result of a study can claim: that it holds on data that nobody saw; that it holds for this
program under its own noise; that this program exactly reaches it; that the very number that was
searched says so."""

METRICS = ("cpu_s", "wall_s", "peak_rss_mb", "tokens", "usd", "gpu_s")
"""what the host's meter reads of an evaluation: the fields of a Usage"""
JUDGED = "judged"
"""metric of a measured objective: the mean of what the scorer gave"""
OVERALL = "overall"
"""metric of a task whose items have kinds: the objective over all of them"""
UNITS: Mapping[str, str] = {
    "cpu_s": "s", "wall_s": "s", "peak_rss_mb": "MB", "usd": "USD", "gpu_s": "s",
}  # fmt: skip
NOISY = ("cpu_s", "wall_s", "peak_rss_mb", "gpu_s")
"""metrics that differ from run to run of the same program"""


def measurements(usage: Usage) -> dict[str, float]:
    """{metric: what the host's meter read}"""
    return {name: float(getattr(usage, name)) for name in METRICS}


@dataclass(frozen=True)
class Objective:
    """A number with a name.

    evidence: how it is known: the host scores outputs ("judged"), the host's meter reads it
    ("measured"), or the program says so itself ("reported"). aggregate: the mean of item scores,
    or pooled over all outputs of a split by the task (RMSE, AUC, a correlation). metric: where it
    is measured, the name of what is read.
    """

    name: str = "score"
    unit: str = ""
    direction: Direction = "maximize"
    evidence: Evidence = "judged"
    aggregate: Aggregate = "mean"
    metric: str = ""

    @property
    def pooled(self) -> bool:
        return self.aggregate == "pooled"

    @property
    def sign(self) -> int:
        """1, or -1 where less is better: times a number for people, it is a score of the host."""
        return 1 if self.direction == "maximize" else -1

    @overload
    def shown(self, score: float) -> float: ...
    @overload
    def shown(self, score: None) -> None: ...
    @overload
    def shown(self, score: float | None) -> float | None: ...

    def shown(self, score: float | None) -> float | None:
        """A score of the host as people read it: 0 never as -0, and one that is missing as None."""
        return None if score is None else self.sign * score + 0.0

    def to_json(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(**data)


@dataclass(frozen=True)
class Nouns:
    """Nouns of a study, one and several: for an item, a cluster, an output."""

    item: str = "item"
    items: str = "items"
    cluster: str = "cluster"
    clusters: str = "clusters"
    output: str = "output"
    outputs: str = "outputs"

    def count_items(self, number: int) -> str:
        """`80 queries`."""
        return counted(number, self.item, self.items)

    def count_clusters(self, number: int) -> str:
        """`12 conversations`."""
        return counted(number, self.cluster, self.clusters)

    def count_outputs(self, number: int) -> str:
        """`3 rankings`."""
        return counted(number, self.output, self.outputs)

    def to_json(self) -> dict[str, str]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> Self:
        return cls(**data)


def reserved(objective: Objective) -> tuple[str, ...]:
    """Names of metrics that the host gives, which no kind and no metric of a task may have."""
    return (*METRICS, *([JUDGED] if objective.evidence == "measured" else []))


CONVERSATIONS = Nouns("question", "questions", "conversation", "conversations", "answer", "answers")
"""Nouns of every ledger of format 1, which recorded none."""
