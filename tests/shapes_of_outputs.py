"""Tasks in memory whose outputs are numbers, lists, objects; pooled and by the item."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from toolkit.bench.judge import Judge
from toolkit.study.objective import Nouns, Objective
from toolkit.study.task import Gold, Item, Row, Vault

RMSE = Objective("RMSE", "K", "minimize", aggregate="pooled")
READINGS = Nouns("reading", "readings", "station", "stations", "forecast", "forecasts")


class Table:
    """Items {id: (cluster, gold)}, and whatever other members a test gives it."""

    def __init__(self, rows: Mapping[str, tuple[str, Gold]], vault: Vault, **members: Any) -> None:
        self.rows, self.made = rows, vault
        for name, member in members.items():
            setattr(self, name, member)

    def items(self) -> Sequence[Item]:
        return [Item(name, cluster, None) for name, (cluster, _) in self.rows.items()]

    def vault(self) -> Vault:
        return self.made


def distance(gold: Gold, output: Any) -> float:
    return abs(output - gold.answer)


def rmse(rows: Sequence[Row]) -> float:
    return math.sqrt(sum((row.output - row.gold.answer) ** 2 for row in rows) / len(rows))


def judge(
    rows: Mapping[str, tuple[str, Gold]],
    scorer: Callable[..., Any] | None = distance,
    objective: Objective | None = None,
    *,
    members: Mapping[str, Any] | None = None,
    **rules: Any,
) -> Judge:
    vault = Vault({name: gold for name, (_, gold) in rows.items()}, scorer, **rules)
    return Judge(Table(rows, vault, **(members or {})), vault, objective or Objective(), READINGS)


def stations(count: int = 4, each: int = 2) -> dict[str, tuple[str, Gold]]:
    return {
        f"s{n}:{k}": (f"s{n}", Gold(float(10 * n + k))) for n in range(count) for k in range(each)
    }
