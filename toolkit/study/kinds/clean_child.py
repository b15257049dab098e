"""Process without edited code, in which a study's own check or evaluator is called.

Standard library only. Reads one JSON request on standard input; writes one JSON result to the file
descriptor that the command line names, so that what the study's code prints is no result.
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
    request = json.load(sys.stdin)
    sink = int(sys.argv[1])
    try:
        found = {"given": asked(request)}
        text = json.dumps(found)
    except BaseException as error:
        text = json.dumps({"raised": told(error, request["file"])})
    with os.fdopen(sink, "w") as file:
        file.write(text)
    sys.stdout.flush()
    os._exit(0)  # threads that never end cannot hold it


def asked(request: dict[str, Any]) -> Any:
    """What the function gives for these arguments, as JSON holds it."""
    file = Path(request["file"])
    sys.path.insert(0, str(file.parent))
    function = getattr(loaded(file), request["function"])
    arguments = request["arguments"]
    if request.get("last") and takes(function) < len(arguments):
        arguments = arguments[-1:]
    return simple(function(*arguments))


def loaded(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def takes(function: Any) -> int:
    """Number of arguments that a function can be given by place."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    if any(one.kind is one.VAR_POSITIONAL for one in parameters):
        return sys.maxsize
    return sum(one.kind in kinds for one in parameters)


def simple(value: Any) -> Any:
    """The value with arrays as lists and their numbers as Python's; NaN and infinities as texts."""
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
    raise TypeError(f"it gave a {type(value).__name__}")


def told(error: BaseException, file: str) -> dict[str, str]:
    """What was raised, and where in the study's own file."""
    try:
        said = str(error)
    except BaseException:
        said = ""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == file] or frames[-1:]
    place = f"{Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
    return {"type": type(error).__name__, "text": said[:1000], "place": place}


if __name__ == "__main__":
    main()
