"""A study whose program asks a language model, and models that answer it."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators import bundled
from toolkit.evaluators.answered import AnsweredEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.llm.answers import AnswerModel, Memory, Record
from toolkit.llm.provider import Provider, Reply, Request
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Observer, Plan
from toolkit.study import study as study_files

STUDY = """
name = "asking"
[code]
path = "."
entry = "prog:run"
editable = ["prog.py"]
[parameters]
x = { float = [0, 1], default = 0.5 }
[task]
class = "task.py:Asking"
[splits]
search = ["a", "b"]
test = ["c"]
[limits]
cpu_s = 5
[answers]
"""
HEAD = """
import threading, time
from concurrent.futures import ThreadPoolExecutor

def asked(text):
    return [{"role": "user", "content": text}]
"""
EACH = (
    HEAD
    + """
def run(context, inputs, parameters, services):
    complete = services["complete"]
    def one(x):
        return complete(asked(f"repeat {x} {parameters['x']}"), max_tokens=16)
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, inputs))
"""
)
"""asks once for each input, eight at a time"""
TASK = """
import toolkit

class Asking:
    def __init__(self, data):
        pass

    def items(self):
        return [toolkit.Item(f"{c}{n}", c, f"{c}{n}") for c in "abc" for n in range(6)]

    def vault(self):
        gold = {item.id: toolkit.Gold(item.input) for item in self.items()}
        return toolkit.Vault(gold, lambda gold, output: float(gold.answer in str(output)))
"""


def lay(folder: Path, program: str = EACH, answers: str = "", table: bool = True) -> Path:
    """A study on disk. answers: lines of its table [answers], which it has where table is true."""
    folder.mkdir(parents=True, exist_ok=True)
    study = STUDY + answers if table else STUDY.replace("[answers]", "")
    for name, text in (("study.toml", study), ("prog.py", program), ("task.py", TASK)):
        (folder / name).write_text(text)
    return folder


def body(lines: str) -> str:
    """A program of these lines, where `ask(text)` gives an answer."""
    inner = "\n".join(f"    {line}" for line in lines.splitlines())
    return (
        f"{HEAD}\nKEPT = []\ndef run(context, inputs, parameters, services):\n"
        f"    complete = services['complete']\n    ask = lambda text: complete(asked(text))\n{inner}\n"
    )


class Echo(Provider):
    """Answers with the end of the question, after a while."""

    price_free, deterministic, name, model = True, True, "echo", ""

    def __init__(self, wait_s: float = 0.0) -> None:
        self.wait_s = wait_s
        self.asked: list[Request] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    def complete(self, request: Request) -> Reply:
        with self._lock:
            self.asked.append(request)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.wait_s)
        with self._lock:
            self.at_once -= 1
        return self.reply(str(request.messages[-1]["content"]))

    def reply(self, text: str) -> Reply:
        return Reply(text, "echo", 100, 10, usd=0.0)


class Paid(Echo):
    """A model that answers as Echo does, for a cent each."""

    name = "paid"

    def reply(self, text: str) -> Reply:
        return Reply(text, "echo", 100, 10, usd=0.01)


class Wavering(Echo):
    """Forgets every third question, or so."""

    name, deterministic = "wavering", False

    def __init__(self) -> None:
        super().__init__()
        self._random = random.Random(3)

    def reply(self, text: str) -> Reply:
        return super().reply(text if self._random.random() > 0.3 else "what?")


@contextlib.contextmanager
def asking(
    folder: Path, provider: Provider, record: Record | None = None, *, weak: bool = False,
    **options: Any,
) -> Iterator[Bench]:  # fmt: skip
    """A bench whose programs are answered. weak: they run in plain subprocesses."""
    study = study_files.load(folder)
    assert study.answers is not None
    model = AnswerModel(provider, study.answers, record or Memory(), **options)
    with bundled.local(slots=1, confine=not weak) as evaluator, model:
        yield Bench(study, AnsweredEvaluator(evaluator, model))


def compared(
    folder: Path, provider: Provider, run: Path, factories: dict[str, Callable[..., object]],
    *, budget: float = 4, observer: Observer | None = None, search_only: bool = True,
    **options: Any,
) -> tuple[State, Comparison]:  # fmt: skip
    """A comparison in a run folder, and what its ledger says."""
    cells = [CellSpec(alias, alias, made, {}, 0) for alias, made in factories.items()]
    plan = Plan(cells, Budget(budget), 1, 20, search_only=search_only, after="light")
    with Ledger(run, writer=True) as ledger, asking(folder, provider, ledger, **options) as bench:
        comparison = Comparison(bench, ledger, plan, observer)
        return comparison.run(), comparison
