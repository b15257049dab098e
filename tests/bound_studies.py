"""A tiny study whose parameters are bound to places of its program."""

from __future__ import annotations

from pathlib import Path

MAIN = '''"""A curve whose peak lies at DEPTH 7, RATE 0.3."""

import tomllib
from pathlib import Path

DEPTH = 4  # number of layers
RATE = 0.1
BATCH = 2**3
CONFIG = tomllib.loads((Path(__file__).parent / "config.toml").read_text())


def run(context, inputs, parameters, services):
    bonus = 0.25 if CONFIG["mode"] == "fast" else 0.0
    height = 1 - abs(DEPTH - 7) / 20 - abs(RATE - 0.3) + bonus - BATCH / 1000
    return [height + one / 100 for one in inputs]
'''
CONFIG = '# modes: slow, fast\nmode = "slow"  # see above\n'
TASK = """import toolkit


class Curve:
    def __init__(self, data):
        pass

    def items(self):
        return [toolkit.Item(f"{c}{n}", c, n) for c in "abcd" for n in range(2)]

    def vault(self):
        gold = {item.id: toolkit.Gold(1.0) for item in self.items()}
        return toolkit.Vault(gold, lambda gold, output: float(output))
"""
STUDY = """name = "bound"

[code]
path = "program"
entry = "program.main:run"
editable = ["program/main.py"]

[parameters]
{parameters}
{more}
[task]
class = "task.py:Curve"

[splits]
search = ["a", "b"]
test = ["c", "d"]

[limits]
cpu_s = 5
memory_mb = 256
"""
PARAMETERS = """DEPTH = { int = [1, 12], at = "program/main.py:DEPTH" }
RATE = { float = [0.01, 1], log = true, at = "program/main.py:RATE" }
mode = { choices = ["slow", "fast"], at = "program/config.toml:mode" }
bonus = { float = [0, 1], at = "program/main.py:run#0.25" }
"""


def write(
    folder: Path, parameters: str = PARAMETERS, more: str = "", main: str = MAIN, study: str = STUDY
) -> Path:
    """The study in a folder, with other parameters, tables, code or study file where they are
    given.
    """
    program = folder / "program"
    program.mkdir(parents=True, exist_ok=True)
    (program / "__init__.py").write_text("")
    (program / "main.py").write_bytes(main.encode())
    (program / "config.toml").write_text(CONFIG)
    (folder / "task.py").write_text(TASK)
    text = study.replace("{parameters}", parameters).replace("{more}", more)
    (folder / "study.toml").write_text(text)
    return folder
