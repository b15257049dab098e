"""Stub of a program: its functions give what was recorded in the sandbox, and no edited code runs.

Standard library only, but for numpy where an array was recorded. The recording lies beside this
file, which is copied under the program's own name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_suffix(".recorded.json")
_KINDS = frozenset("biufc")  # of numpy's types, those of numbers


def _rebuilt(value: Any) -> Any:
    if isinstance(value, list):
        return [_rebuilt(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        import numpy

        kind = numpy.dtype(value["type"])
        if kind.kind not in _KINDS:
            raise TypeError(f"an array of {value['type']} is no array of numbers")
        return numpy.array(_rebuilt(value["array"]), dtype=kind)[()]
    if "tuple" in value:
        return tuple(_rebuilt(one) for one in value["tuple"])
    if "table" in value:
        return {_rebuilt(key): _rebuilt(inner) for key, inner in value["table"]}
    return float(value["number"])


def _made(name: str, value: Any) -> Callable[..., Any]:
    def function(*arguments: Any, **more: Any) -> Any:
        if arguments or more:
            raise TypeError(f"{name} was recorded without arguments, and is called with some")
        return _rebuilt(value)

    return function


for _name, _value in json.loads(_FILE.read_text()).items():
    globals()[_name] = _made(_name, _value)
