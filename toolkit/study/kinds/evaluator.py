"""Kind "evaluator": a file that scores a program by its path, for OpenEvolve or ShinkaEvolve.

As it is, the evaluator runs the program in its own process, where an edit can reach the score: that
is reported. With `calls` the program makes and the host scores: the functions run in the sandbox,
and the evaluator gets a stub with their outputs, in a process without edited code: that is judged.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ...errors import near_misses
from ...text import short
from .. import entry
from ..task import Gold, Invalid, Item, Row, Vault
from ..toml import Table
from . import clean
from .kind import Kind, existing, settings
from .printed import of_key
from .validated import LONGEST_S, beside

ONE = "program"
KEY = "combined_score"
RUNNER, REQUEST, ANSWER = "toolkit_run.py", "toolkit_request.json", "toolkit_answer.json"
RECORDER = "toolkit_recorder"
FUNCTIONS = ("evaluate", "main")
_KEYS = ("function", "program", "key", "calls", "seconds")


def read(task: Table, code: Mapping[str, Any]) -> Kind | None:
    """The kind that [task] declares."""
    told = len(task.problems)
    file = existing(task, "file", "the evaluator, a file of Python")
    program, key = task.text("program"), task.text("key", default=KEY)
    calls = tuple(task.texts("calls", default=()))
    seconds = task.number("seconds", default=clean.SECONDS, low=0.1, high=LONGEST_S)
    function = _function(task, file) if file else ""
    top = _top(code)
    name = _checked(task, top, program, calls)
    for key_of_code in ("entry", "command", "script"):
        if key_of_code in code:
            task.problem(
                "kind",
                f'is "evaluator", which runs the program itself: leave [code] {key_of_code} out',
            )
    if len(task.problems) > told or file is None:
        return None
    own = clean.Function(file.resolve(), function, seconds, str(code.get("python", "")))
    made = _split(own, name, calls) if calls else _whole(task, own, name, top, code)
    return Kind(
        name="evaluator",
        settings={**settings(task, _KEYS), "function": function},
        defaults={
            "objective": {"name": key, "direction": "maximize"},
            "names": {"item": "program", "output": "result"},
            "splits": {"test": "none"},
            "code": made.pop("code"),
        },
        **made,
        make=partial(EvaluatorTask, own, name, key, calls),
    )


def _function(task: Table, file: Path) -> str:
    """Name of the evaluator's function: OpenEvolve's, or else ShinkaEvolve's."""
    text = file.read_bytes()
    known = entry.defined(text)
    usual = next((one for one in FUNCTIONS if known is None or one in known), FUNCTIONS[0])
    name = task.text("function", default=usual)
    if told := entry.undefined(text, name, file, "; it is called with the program's path"):
        task.problem("function", told)
    return name


def _top(code: Mapping[str, Any]) -> Path:
    """The folder in which names of the program's files begin."""
    path = str(code.get("path", ""))
    return Path(path) if path.endswith("/.") else Path(path).parent


def _checked(task: Table, top: Path, program: str, calls: Sequence[str]) -> str:
    """Name of the program's file below code.path, with or without that folder's own name."""
    if not program:
        return ""
    file = top / program
    if not file.is_file():
        names = [one.relative_to(top).as_posix() for one in sorted(top.rglob("*.py"))][:200]
        task.problem(
            "program", f'there is no file {file}{near_misses(program, names)}; its name begins as '
            "[code] editable has it",
        )  # fmt: skip
        return ""
    for name in calls:
        if told := entry.undefined(file.read_bytes(), name, program):
            task.problem("calls", told)
    return program


def _whole(
    task: Table, own: clean.Function, program: str, top: Path, code: Mapping[str, Any]
) -> dict[str, Any]:
    """The evaluator runs the program, both in the sandbox."""
    inside = own.file.is_relative_to(top.resolve())
    name = own.file.relative_to(top.resolve()).as_posix() if inside else own.file.name
    request = {
        "file": name, "function": own.name, "arguments": [program], "results": "toolkit_results",
    }  # fmt: skip
    laid = {
        RUNNER: clean.CHILD.read_bytes(),
        REQUEST: json.dumps(request).encode(),
        name: own.file.read_bytes(),
    }
    return {
        "evidence": "reported",
        "code": {"script": ["python", RUNNER, REQUEST, ANSWER], "leaves": [ANSWER]},
        "laid": laid,
        "open": beside(own.file),
    }


def _split(own: clean.Function, program: str, calls: Sequence[str]) -> dict[str, Any]:
    """The program makes, the host scores."""
    text = Path(__file__).with_name("recorder.py").read_text()
    module = program.removesuffix(".py").replace("/", ".")
    text = text.replace('MODULE = ""', f"MODULE = {module!r}")
    text = text.replace("FUNCTIONS: list[str] = []", f"FUNCTIONS: list[str] = {list(calls)!r}")
    return {
        "evidence": "judged",
        "code": {"entry": f"{RECORDER}:recorded", "arguments": "none"},
        "laid": {f"{RECORDER}.py": text.encode()},
        "files": {"file": own.file},
        "open": {name: file for name, file in beside(own.file).items() if file != own.file},
    }


@dataclass(frozen=True)
class EvaluatorTask:
    """One program, and the numbers that its evaluator gives for it."""

    function: clean.Function
    program: str
    key: str
    calls: tuple[str, ...] = ()

    def items(self) -> Sequence[Item]:
        return [Item(ONE, ONE, None)]

    def vault(self) -> Vault:
        return Vault({ONE: Gold(None)}, self._score)

    def read_output(self, items: Sequence[Item], output: Any) -> list[Any]:
        """Value that the evaluator gave in the sandbox; raises ValueError where there is none."""
        text = output["files"].get(ANSWER)
        try:
            answer = json.loads(text) if isinstance(text, str) else None
            raised = answer.get("raised") if isinstance(answer, dict) else None
            if isinstance(raised, dict):
                raise ValueError(f"the evaluator raised {clean.Raised(**raised)}")
            return [answer["given"]]  # type: ignore[index]
        except (TypeError, KeyError, json.JSONDecodeError):
            raise ValueError("the evaluator ended without an answer") from None

    def _score(self, gold: Gold, output: Any) -> float:
        given = self._by_host(output) if self.calls else output
        if isinstance(given, dict):
            if given.get("error"):
                raise Invalid(f"the evaluator refuses it: {short(given['error'])}")
            numbers = {name: _number(one) for name, one in given.items()}
            return of_key(numbers, self.key, f"what {self.function.name} gives")
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise ValueError(f"{self.function.name} gives {short(given)}, and no numbers")
        return float(given)

    def _by_host(self, output: Any) -> Any:
        """Value that the unedited evaluator gives for a stub with these outputs."""
        with tempfile.TemporaryDirectory(prefix="toolkit-stub-") as folder:
            stub = Path(folder) / Path(self.program).name
            stub.write_bytes(Path(__file__).with_name("stub.py").read_bytes())
            stub.with_suffix(".recorded.json").write_text(json.dumps(output))
            try:
                return self.function.call(str(stub), results=str(Path(folder) / "results"))
            except clean.Raised as error:
                raise Invalid(f"the evaluator raised {error}") from None

    def check(self, output: Any) -> str:
        """Nothing but a table of recorded outputs is handed to the evaluator."""
        if self.calls and not (isinstance(output, dict) and set(output) == set(self.calls)):
            return f"it gives {short(output)} in place of the outputs of its functions"
        return ""

    def metrics(self, rows: Sequence[Row]) -> Mapping[str, float]:
        """The other numbers that the evaluator gave, where it ran in the sandbox."""
        if self.calls or not rows or not isinstance(rows[0].output, dict):
            return {}
        found = {name: _number(one) for name, one in rows[0].output.items() if name != self.key}
        return {
            name: float(one)
            for name, one in found.items()
            if isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
        }


def _number(value: Any) -> Any:
    """A value with what JSON cannot hold back in its place."""
    is_marked = isinstance(value, dict) and set(value) == {"not finite"}
    return float(value["not finite"]) if is_marked else value
