"""A study of quotes whose scores by token F1 and by recall are computed by hand.

Every conversation has nine words; the gold is three of them: its first, its second and `the`, which
is the fifth of every conversation. A program quotes the first `n` words, and `the` behind them where
`tail` is set:

| n, tail | the quote | F1 | recall | begins | in another conversation: F1, recall |
| --- | --- | --- | --- | --- | --- |
| 1 | a | 2/4 | 1/3 | 1 | 0, 0 |
| 2 | a b | 4/5 | 2/3 | 1 | 0, 0 |
| 5 | a b x y the | 6/8 | 1 | 1 | 2/8, 1/3 |
| 9 | all | 6/12 | 1 | 1 | 2/12, 1/3 |
| 1, tail | a the | 4/5 | 2/3 | 1 | 2/5, 1/3 |
| 4, tail | a b x y the | 6/8 | 1 | 1 | 2/8, 1/3 |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import toolkit
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

STUDY = """
name = "quotes"
[code]
path = "program"
entry = "program.main:run"
editable = ["program/*.py"]
[task]
class = "task.py:Quotes"
[objective]
name = "F1"
[splits]
search = ["s0", "s1", "s2"]
test = ["t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"]
[parameters]
n = { int = [1, 9], default = DEFAULT }
tail = { flag = true, default = false }
"""
PROGRAM = """
def run(context, inputs, parameters, services):
    quote = context[: parameters["n"]] + ["the"] * parameters["tail"]
    return [" ".join(quote) for _ in inputs]
"""
TASK = """
import toolkit

NAMES = [f"s{n}" for n in range(3)] + [f"t{n}" for n in range(8)]


class Quotes:
    wrong_context = True

    def __init__(self, data):
        pass

    def contexts(self):
        return {one: [f"{w}{one}" for w in "abxy"] + ["the"] + [f"{w}{one}" for w in "qrst"] for one in NAMES}

    def items(self):
        return [toolkit.Item(f"{one}:q", one, "?") for one in NAMES]

    def vault(self):
        gold = {f"{one}:q": toolkit.Gold([f"a{one}", f"b{one}", "the"], "quote") for one in NAMES}
        return toolkit.Vault(gold, f1, VIEWS)

    def floors(self):
        return {"the": "the"}


def shared(gold, output):
    return len(set(gold.answer) & set(output.split()))


def f1(gold, output):
    return 2 * shared(gold, output) / (len(output.split()) + 3)


def recall(gold, output):
    return shared(gold, output) / 3


def begins(gold, output):
    return float(output.startswith("a"))
"""
VIEWS = 'views={"recall": recall, "begins": begins}'
Settings = Mapping[str, Any]


class Tries:
    """Tries some settings one after the other, and keeps what it is told of them."""

    told: list[Any]

    def __init__(self, settings: Sequence[Settings]) -> None:
        self.settings = settings

    def run(self, lab: toolkit.Lab) -> None:
        trials = [lab.evaluate(toolkit.Candidate(one)) for one in self.settings]
        type(self).told = [lab.objective.name, lab.baseline.score, *(one.score for one in trials)]


def lay(folder: Path, *, default: int = 1, views: str = VIEWS) -> Path:
    """The study in a folder, with this quote as its baseline."""
    (folder / "program").mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY.replace("DEFAULT", str(default)))
    (folder / "program" / "main.py").write_text(PROGRAM)
    (folder / "task.py").write_text(TASK.replace("VIEWS", views))
    return folder


def tries(alias: str, settings: Sequence[Settings], view: str = "") -> CellSpec:
    """A cell that tries these settings, and is shown scores by a view."""
    return CellSpec(alias, "tries", Tries, {"settings": settings}, 0, objective=view)


def compared(
    study: Path, run: Path, evaluator: LocalEvaluator, cells: Sequence[CellSpec], after: Any = "light"
) -> State:  # fmt: skip
    """State of a comparison of these cells."""
    bench = Bench(study_files.load(study), evaluator)
    with Ledger(run, writer=True) as ledger:
        return Comparison(bench, ledger, Plan(cells, Budget(4), after=after)).run()
