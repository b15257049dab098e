"""A study of one's own in a few lines: inputs are numbers, an output is right within a tenth.

Each cluster is a call. The kind of every item is "exact", so that the metric of this name is the
share of right outputs.
"""

from __future__ import annotations

from pathlib import Path

TASK = """
import toolkit

CLUSTERS = ["a", "b", "c", "d"]


def score(gold, output):
    given = output["answer"] if isinstance(output, dict) else output
    return float(abs(float(given) - gold.answer) < 0.1)


class Sums:
    def __init__(self, data):
        self.data = data

    def contexts(self):
        return {cluster: {} for cluster in CLUSTERS}

    def items(self):
        return [toolkit.Item(f"{c}{n}", c, n) for c in CLUSTERS for n in range(3)]

    def vault(self):
        gold = {item.id: toolkit.Gold(int(item.id[1:]), "exact") for item in self.items()}
        return toolkit.Vault(gold, score)
"""

RIGHT = """
def run(context, inputs, parameters, services):
    return [{"answer": str(n * parameters["x"])} for n in inputs]
"""
"""right where x is 1, its default; else in one of three"""

NOISY = """
import random

def run(context, inputs, parameters, services):
    if services["seed"] in parameters["fails"]:
        raise RuntimeError("cannot stand this seed")
    luck = random.Random(services["seed"]).random() < 0.5
    return [{"answer": str(n if luck or n else 9)} for n in inputs]
"""
"""wrong about 0 under half of the seeds"""


def write(
    folder: Path, program: str = RIGHT, *, splits: str = 'search = ["a", "b"]\ntest = ["c", "d"]',
    code: str = "", more: str = "", parameters: str = "x = { int = [1, 3], default = 1 }",
) -> Path:  # fmt: skip
    """The folder of the study."""
    (folder / "adder").mkdir(parents=True)
    (folder / "adder" / "main.py").write_text(program)
    (folder / "task.py").write_text(TASK)
    (folder / "study.toml").write_text(
        f"""name = "sums"
seed = 3
[code]
path = "adder"
entry = "adder.main:run"
editable = ["adder/*.py"]
{code}
[task]
class = "task.py:Sums"
[splits]
{splits}
{more}
[parameters]
{parameters}
"""
    )
    return folder
