"""Seed that a program takes by itself, and whether it decides more than luck."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..study import bindings
from ..study.bindings import UNKNOWN, Gone, InFile
from ..study.bindings.place import Place
from . import parameters, programs, words
from .options import Option
from .survey import Survey
from .syntax import calls

_NAMES = {"seed", "random_state", "random_seed", "rng_seed", "seed_value", "manual_seed"}
_KINDS = ("flag", "env", "constant", "leaf", "default")
"""of places, the surest first: what an option says replaces the constant that is its default"""
_DATA = re.compile(
    r"split|fold|holdout|hold_out|load|dataset|instance|"
    r"make_(?:blobs|circles|classification|data|friedman|moons|problem|regression)|"
    r"(?:generate|synth|read)\w*data"
)


@dataclass(frozen=True)
class Seed:
    """at: the place, as `[code] seed` writes it. splits: file and line where it decides the data
    that the score is of, "" where none is seen.
    """

    at: str
    splits: str = ""


def found(survey: Survey, option: Option) -> Seed | None:
    """The seed of the program that is started; None where it takes none that can be handed over.

    None of what is timed: each run must print what the first did, and a seed may change that.
    """
    if option.kind == "timed":
        return None
    reached = [
        path
        for path in programs.reached(survey.folder, option.start)
        if path not in option.fixed or path == option.start
    ]
    files = {path: survey.files[path] for path in reached}
    known = files | parameters.configurations(survey, reached)
    every = [one for one in bindings.places(known) if _is_seed(one)]
    if "script" not in option.code:
        every = [one for one in every if one.kind != "flag"]
    every = [one for one in every if one.kind != "default" or parameters.counts(survey, one)]
    for one in sorted(every, key=lambda one: _KINDS.index(one.kind)):
        if _stands(one, known):
            return Seed(one.at, _split(survey, reached, _name(one)))
    return None


def _is_seed(one: Place) -> bool:
    whole = isinstance(one.value, int) and not isinstance(one.value, bool)
    nothing = one.value in (None, UNKNOWN) and one.kind in {"flag", "env"}
    return one.kind in _KINDS and (whole or nothing) and _name(one) in _NAMES


def _name(one: Place) -> str:
    return "_".join(words.split(parameters.last_name(one.at)))


def _stands(one: Place, files: bindings.Files) -> bool:
    """True if a value can be written there: a constant that two lines bind takes none."""
    binding = bindings.parse(one.at)
    try:
        binding.settled(files)
        return not isinstance(binding, InFile) or binding.default(files) is not UNKNOWN
    except Gone:
        return False


def _split(survey: Survey, reached: list[str], name: str) -> str:
    """File and line of a call that parts, loads or draws data by the seed; "" for none."""
    for path in reached:
        for called, call in calls(survey.folder.modules[path].tree):
            last = called.rpartition(".")[2].lower()
            if _DATA.search(last) and name in set(_words(call)):
                return f"{path}, line {call.lineno}"
    return ""


def _words(call: ast.Call) -> Iterator[str]:
    """Names, attributes and keys among the arguments of a call."""
    for given in [*call.args, *(one.value for one in call.keywords)]:
        for node in ast.walk(given):
            text = getattr(node, "id", "") or getattr(node, "attr", "")
            text = text or (getattr(node, "value", "") if isinstance(node, ast.Constant) else "")
            if isinstance(text, str):
                yield "_".join(words.split(text))
