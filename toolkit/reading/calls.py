"""Calls in code, and what their names tell of them."""

from __future__ import annotations

import ast
from collections import Counter

NORMALISING = {
    "lower", "casefold", "upper", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix",
    "normalize", "normalize_L2", "normalise", "norm", "findall", "sub", "split", "splitlines",
    "translate", "replace", "compile", "finditer", "fullmatch", "match", "search", "escape",
    "nan_to_num", "clip", "unescape", "maketrans",
}  # fmt: skip
CONVERTING = {
    "str", "int", "float", "bool", "list", "tuple", "set", "dict", "frozenset", "type",
    "isinstance", "hasattr", "abs", "max", "min", "sum", "len", "any", "all", "enumerate",
    "zip", "range", "reversed", "copy", "deepcopy", "get", "setdefault", "items", "keys",
    "values", "fromkeys", "join", "format", "isdigit", "isalpha", "isalnum", "startswith",
    "endswith", "asarray", "ascontiguousarray", "astype", "isnan", "isfinite", "maximum",
    "minimum", "zeros", "strptime", "strftime", "date", "fromisoformat", "fromtimestamp",
    "utcfromtimestamp", "loads", "dumps", "close", "sleep",
}  # fmt: skip
PROTECTIVE = {
    "response_format", "encoding", "errors", "axis", "dtype", "default", "timeout", "random_state",
    "kind", "strict", "ensure_ascii", "keepdims", "flags", "seed", "reverse", "key", "copy",
    "tzinfo",
}  # fmt: skip


def calls(*nodes: ast.AST) -> Counter[str]:
    """Number of calls of each function or method, by its last name."""
    found: Counter[str] = Counter()
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call):
                found[called(inner)] += 1
    return found


def called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Name):
        return call.func.id
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
