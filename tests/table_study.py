"""A study whose edits do to each item just what a test says: 6 search clusters of 5 items."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from served import run as play
from staged_runs import block, edit

from searchers.autoresearcher.guard import Inner
from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.study import study as study_files

TABLE = "program/main.py"
CLUSTERS = [f"c{number}" for number in range(6)]
ITEMS = 5

STUDY = """
name = "table"
title = "A table of answers, each item of which an edit sets by itself"
seed = 3

[code]
path = "program"
entry = "program.main:run"
editable = ["program/*.py"]

[task]
class = "task.py:Table"

[splits]
search = {search}
test = ["t0", "t1"]

[limits]
cpu_s = 5
memory_mb = 256

[parameters]
bonus = {{ float = [0, 1], default = 0.0 }}
crash = {{ int = [0, 9], default = 0 }}
{more}
"""

TASK = """
from pathlib import Path
import toolkit

class Table:
    def __init__(self, data: Path) -> None:
        self.data = data

    def items(self):
        clusters = CLUSTERS + ["t0", "t1"]
        return [
            toolkit.Item(f"{c}:{n}", c, {"text": f"item {c}:{n}", "id": f"{c}:{n}"})
            for c in clusters for n in range(ITEMS)
        ]

    def vault(self):
        gold = {one.id: toolkit.Gold(1.0, "odd" if int(one.id[-1]) % 2 else "even")
                for one in self.items()}
        return toolkit.Vault(gold, lambda gold, output: float(output), best=1.0)
"""

PROGRAM = """
A = {}
B = {}
C = {}
D = {}


def luck(seed):
    return 0.0


def spare(value):
    # two lines that
    # say nothing
    return value


def run(context, inputs, parameters, services):
    if parameters["crash"]:
        raise ValueError(f"crash number {parameters['crash']}")
    table = {**A, **B, **C, **D}
    more = 0.1 * parameters["bonus"] + luck(services["seed"])
    return [spare(table.get(one["id"], 0.5) + more) for one in inputs]
"""


def table_bench(
    folder: Path, evaluator: LocalEvaluator, *, clusters: int = 6, more: str = ""
) -> Bench:
    """The study on an evaluator. more: further tables of its file."""
    (folder / "program").mkdir(parents=True)
    names = [f"c{number}" for number in range(clusters)]
    (folder / "study.toml").write_text(STUDY.format(search=str(names).replace("'", '"'), more=more))
    constants = f"\nCLUSTERS, ITEMS = {names!r}, {ITEMS}\n"
    (folder / "task.py").write_text(TASK.replace("\nclass Table", f"{constants}\nclass Table"))
    (folder / TABLE).write_text(PROGRAM.lstrip("\n"))
    (folder / "program" / "__init__.py").write_text("")
    return Bench(study_files.load(folder), evaluator)


def items(clusters: Iterable[str] = CLUSTERS, each: Iterable[int] = range(ITEMS)) -> list[str]:
    return [f"{cluster}:{number}" for cluster in clusters for number in each]


def scored(better: Iterable[str] = (), worse: Iterable[str] = ()) -> dict[str, float]:
    """A table under which some items score 1 and others 0."""
    return {**dict.fromkeys(better, 1.0), **dict.fromkeys(worse, 0.0)}


def fills(name: str, table: dict[str, float], **fields: str) -> str:
    """An edit that fills one of the empty tables."""
    return edit(block(f"{name} = {{}}", f"{name} = {table!r}", TABLE), **fields)


def hidden(found_in: Path, evaluator: LocalEvaluator) -> list[str]:
    """Clusters of the inner split of seed 0."""
    seen: list[Any] = []

    class Peek:
        def run(self, lab: Any) -> None:
            seen.extend(sorted(Inner(lab, wanted=True).clusters))
            lab.evaluate(lab.baseline.candidate)

    play(table_bench(found_in / "peek", evaluator), found_in / "peeked", Peek)
    return seen
