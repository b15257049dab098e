"""Process in which a function of the study's own files is called: a check, or an evaluator.

Standard library only, and one file: where an evaluator runs the program itself, this file is laid
into the program's tree. `python clean_child.py REQUEST ANSWER` reads one JSON object and writes
another, so that what the study's code prints is no answer.
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import math
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any


def main() -> None:
    request, answer = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]).resolve()
    try:
        text = json.dumps({"given": asked(request)})
    except BaseException as error:
        text = json.dumps({"raised": told(error, request["file"])})
    answer.write_text(text)
    sys.stdout.flush()
    os._exit(0)  # threads that never end cannot hold it


def asked(request: dict[str, Any]) -> Any:
    """Value that the function gives for these arguments, as JSON holds it.

    last: it gets the last argument alone where it takes no more. results: a folder, which is its
    second argument where it takes two and leaves its numbers in files there, as in ShinkaEvolve.
    """
    file = Path(request["file"]).resolve()
    sys.path.insert(0, str(file.parent))
    function = getattr(loaded(file), request["function"])
    arguments = list(request["arguments"])
    results = Path(request.get("results") or ".")
    leaves = "results" in request and takes(function, needed=True) > len(arguments)
    if leaves:
        results.mkdir(exist_ok=True)
        arguments.append(str(results.resolve()))
    if request.get("last") and takes(function) < len(arguments):
        arguments = arguments[-1:]
    given = simple(function(*arguments))
    return left(results, given) if leaves else given


def left(folder: Path, given: Any) -> Any:
    """Numbers that an evaluator left in its folder of results; what it gave where it left none."""
    if not (folder / "metrics.json").is_file():
        return given
    found = json.loads((folder / "metrics.json").read_text())
    correct = folder / "correct.json"
    if correct.is_file() and isinstance(found, dict):
        verdict = json.loads(correct.read_text())
        if not verdict.get("correct", True):
            found = {**found, "error": verdict.get("error") or "it is not correct"}
    return simple(found)


def loaded(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def takes(function: Any, *, needed: bool = False) -> int:
    """Number of arguments that a function can, or must, be given by place."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    if not needed and any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return sys.maxsize
    mine = [one for one in parameters if one.kind in kinds]
    return sum(one.default is one.empty for one in mine) if needed else len(mine)


def simple(value: Any) -> Any:
    """The value with arrays as lists and their numbers as Python's."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return {"not finite": repr(value)}
    if isinstance(value, dict):
        return {str(key): simple(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [simple(inner) for inner in value]
    if hasattr(value, "metrics") and isinstance(value.metrics, dict):
        return simple(value.metrics)
    if value is None or isinstance(value, (str, int, float)):
        return value
    raise TypeError("it gave a " + type(value).__name__)


def told(error: BaseException, file: str) -> dict[str, str]:
    """Exception, and the place in the study's own file where it was raised."""
    try:
        said = str(error)
    except BaseException:
        said = ""
    frames = traceback.extract_tb(error.__traceback__)
    mine = str(Path(file).resolve())
    own = [frame for frame in frames if frame.filename == mine] or frames[-1:]
    place = f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
    return {"type": type(error).__name__, "text": said[:1000], "place": place}


if __name__ == "__main__":
    main()
