"""Text of a proposed study's file: every line of it earns its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import patching, words
from .judging import Way
from .parameters import Parameter
from .proposal import Proposal


@dataclass(frozen=True)
class Measured:
    """Figures of the unchanged program's runs. noisy: its score differs from run to run."""

    cpu_s: float
    noisy: bool


def text(study: Proposal, measured: Measured | None = None) -> str:
    """The study's file, of the unchanged program's runs where there were any."""
    return "\n".join(_lines(study, measured)) + "\n"


def _lines(study: Proposal, measured: Measured | None) -> Iterator[str]:
    yield "# Written by `toolkit init`; every line may be changed."
    yield f"name = {value(study.name)}"
    if study.title:
        yield f"title = {value(study.title)}"
    yield from _objective(study)
    yield from _splits(study, measured)
    yield _limits(study, measured)
    yield from ("", "[code]", f"path = {value('.')}")
    yield from _code(study)
    yield from _seed(study, measured)
    if study.parameters:
        yield from ("", "[parameters]  # their defaults are read from the code")
        yield from map(_parameter, study.parameters)
    yield from _task(study)
    for key, given in study.option.task.items():
        yield f"{key} = {value(given)}{_TASK.get(key, '')}"
    if study.judged:
        yield from _judged(study.judged)


def _task(study: Proposal) -> Iterator[str]:
    """Head of the task, and why its score counts.

    Where a comment below offers another kind, that reason is one of this kind alone: it stands
    beside the line that the other one replaces.
    """
    kind, why = f"kind = {value(study.option.kind)}", f"  # {study.option.why}"
    yield from ("", "[task]", kind + why) if study.judged else ("", f"[task]{why}", kind)


def _judged(way: Way) -> Iterator[str]:
    """The task that would judge, as a comment that can be uncommented line by line."""
    yield f"# {way.sentence}"
    yield "# Then leave out objective and splits above, and let [task] say this alone:"
    yield from (f"# {key} = {value(given)}" for key, given in way.task.items())


def _code(study: Proposal) -> Iterator[str]:
    code = study.option.code
    for key, given in code.items():
        yield f"{key} = {value(given)}{_CODE.get(key, '')}"
    if study.python:
        yield f"python = {value(study.python)}  # the program's own environment"
    if study.data:
        yield f"data = {value(list(study.data))}  # read where it lies, not copied"
    if study.writes and "script" not in code:
        yield "writable = true  # it writes when it is loaded; its copy is thrown away afterwards"
    if study.patch:
        yield f"start = {value(patching.FILENAME)}  # all that had to be changed"
    yield f"editable = {value(list(study.editable))}  # all that a search may rewrite"
    if study.blocks:
        yield f"blocks = {value(study.blocks)}  # of them, only what lies between such marks"


def _seed(study: Proposal, measured: Measured | None) -> Iterator[str]:
    """Place of the program's own seed. It is left out where no run shows that it does anything."""
    seed = study.seed
    if seed and not seed.splits and (measured is None or measured.noisy):
        yield (
            f"seed = {value(seed.at)}  # each run gets its own; if this seed also splits the data, "
            "take the line out"
        )


_CODE = {
    "script": "  # runs as it is; what it prints is read",
    "leaves": "  # what it leaves for the host",
    "entry": "  # the sandbox calls this function, without arguments",
}
_TASK = {
    "pattern": "  # the last match counts",
    "ignore": "  # lines that tell the time",
    "calls": "  # what the program makes; the evaluator scores it",
}


_OF_WORK = (
    "more of it costs more seconds, so a gain may be bought with time: [limits] wall_s caps it, or "
    "take it out"
)


def _parameter(one: Parameter) -> str:
    shape = ", ".join(f"{key} = {value(given)}" for key, given in one.shape.items())
    said = [one.comment, _OF_WORK if words.buys_time(one.name) and "int" in one.shape else ""]
    told = f"  # {'; '.join(filter(None, said))}" if any(said) else ""
    return f"{_key(one.name)} = {{ {shape}, at = {value(one.at)} }}{told}"


def _objective(study: Proposal) -> Iterator[str]:
    """Name and direction, where the kind of task does not say both."""
    option = study.option
    if option.kind not in {"evaluator", "ranking", "timed", "table"}:
        both = {"name": option.name, "direction": option.direction}
        yield f"objective = {value(both)}"


def _splits(study: Proposal, measured: Measured | None) -> Iterator[str]:
    test = study.splits
    if test is None and study.option.evidence == "reported":
        test = "replicates" if measured and measured.noisy else "none"
    if test is not None:
        yield f"splits = {value({'test': test})}{_why(test, measured)}{_tied(study, test)}"


def _tied(study: Proposal, test: str | float) -> str:
    """Why runs get no seed of their own: under another one the score would be of other data."""
    if study.seed is None or not study.seed.splits or test not in ("none", "replicates"):
        return ""
    return f"; {study.seed.at} is not handed over, since it decides the data ({study.seed.splits})"


def _why(test: str | float, measured: Measured | None) -> str:
    """Comment on what is held out. It tells of noise only what the runs showed."""
    if test == "replicates":
        noisy = measured and measured.noisy
        why = ": the score differs from run to run" if noisy else ""
        return f"  # decided by runs under other seeds{why}"
    if test == "none":
        calm = measured and not measured.noisy
        return f"  # nothing is held out{': there are no other data, and no noise' if calm else ''}"
    return f"  # {float(test):.0%} of the data is sealed: no search sees it"


def _limits(study: Proposal, measured: Measured | None) -> str:
    card = {"gpus": 1} if study.card else {}
    if measured is None:
        return f"limits = {value({'cpu_s': UNMEASURED_S, **card})}"
    limits = value({"cpu_s": _allowed(measured.cpu_s), **card})
    return f"limits = {limits}  # the unchanged program takes {measured.cpu_s:.2g} s"


UNMEASURED_S = 3600
TIMES, LEAST_S = 10, 10
"""of the unchanged program's CPU time, which a candidate may take; and never less than this"""


def _allowed(cpu_s: float) -> int:
    rough = max(LEAST_S, TIMES * cpu_s)
    step = 10 ** (len(str(int(rough))) - 1)
    return int(-(-rough // step) * step)


def value(given: Any) -> str:
    """A value in TOML. A text with backslashes is written without escapes."""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, str):
        literal = "\\" in given and "'" not in given and given.isprintable()
        return f"'{given}'" if literal else json.dumps(given, ensure_ascii=False)
    if isinstance(given, list | tuple):
        return f"[{', '.join(map(value, given))}]"
    if isinstance(given, Mapping):
        inner = ", ".join(f"{_key(key)} = {value(one)}" for key, one in given.items())
        return f"{{ {inner} }}"
    if isinstance(given, float):
        return f"{given:g}" if "." in f"{given:g}" or "e" in f"{given:g}" else f"{given:g}.0"
    return str(given)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)
