"""Parameters of a study: places of the code whose values a search may set, and their ranges."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import UserError, near_misses
from ..study import bindings
from ..study.bindings import inline
from ..study.bindings.place import UNKNOWN, Place
from . import effects, literals, mixtures, programs, ranges, words
from .answers import Answers
from .folder import CONFIGURATIONS
from .options import Option
from .survey import Survey
from .syntax import calls, dotted

MOST = 12
"""parameters of one study: with more, a small budget says nothing of any"""
_CELL = re.compile(r"%%|In\s?\[")
"""head of a notebook's cell, which says nothing of the line below it"""


@dataclass(frozen=True)
class Parameter:
    """One parameter. value: its default; shape: the keys of its declaration."""

    name: str
    at: str
    value: Any
    shape: Mapping[str, Any]
    comment: str


def proposed(found: Survey, option: Option, answers: Answers) -> list[Parameter]:
    """Parameters of the program, in the order of its text; raises UserError for a wrong answer."""
    every = _declared(_places(found, option), found, answers)
    known = {one.name: one for one in every}
    for name in (*answers.parameters, *answers.ranges):
        if name not in known:
            raise UserError(
                f"there is no parameter {name!r}{near_misses(name, known)} (found: "
                f"{', '.join(known) or 'none'})"
            )
    if answers.parameters:
        return [known[name] for name in answers.parameters]
    asked = [one for one in every if one.name in answers.ranges]
    rest = [one for one in every if one.name not in answers.ranges]
    kept = [*asked, *rest][:MOST]
    return [one for one in every if one in kept]


def left_out(found: Survey, option: Option, kept: Sequence[Parameter]) -> list[str]:
    """Names of parameters beyond those that are kept."""
    names = {one.name for one in kept}
    every = _declared(_places(found, option), found, Answers())
    return [one.name for one in every if one.name not in names]


def _places(found: Survey, option: Option) -> list[Place]:
    """Places of the best kind that there is: options and settings, else literals."""
    reached = [
        path for path in programs.reached(found.folder, option.start) if path not in option.fixed
    ]
    files = {path: found.files[path] for path in reached}
    if "script" in option.code:
        entry = {option.start: found.files[option.start]}
        every = [one for one in bindings.places(entry) if one.kind in {"flag", "switch"}]
        every += [one for one in bindings.places(files) if one.kind == "env"]
    else:
        every = []
    named = {words.split(one.at)[-1] for one in every if words.split(one.at)}
    every += [
        one for one in bindings.places(files | configurations(found, reached))
        if one.kind in {"constant", "leaf"}
        and "_".join(words.split(last_name(one.at))) not in named
        and not _is_problem(found, one)
        and not _is_idle(found, one)
    ]  # fmt: skip
    usable = [one for one in every if _range(found, one) is not None]
    defaults = [one for one in bindings.places(files) if one.kind == "default"]
    usable = usable or [
        one for one in defaults
        if _range(found, one) and counts(found, one)
    ]  # fmt: skip
    marked = [one for one in bindings.places(files) if one.kind == "literal"]
    return usable or literals.fractions(
        found, marked or [*inline.everywhere(files)], marked=bool(marked)
    )


def configurations(found: Survey, reached: Sequence[str]) -> dict[str, bytes]:
    """{path: content} of the configuration files that the program's own files name, or the words
    that it is started with.
    """
    named = {word for one in found.scripts if one.path in reached for word in one.command}
    for path in reached:
        named |= effects.constants(found.folder, found.folder.modules[path])
    kept = [path for path in found.folder.ending(*CONFIGURATIONS) if path in named]
    return {path: found.folder.text(path).encode() for path in kept}


def last_name(at: str) -> str:
    """The name itself: `k1` of `config.yaml:retrieval.k1`, `num-leaves` of `--num-leaves`."""
    return at.lstrip("-").rpartition(":")[2].rpartition(".")[2]


def _whole(at: str) -> str:
    return at.lstrip("-").rpartition(":")[2]


def _range(found: Survey, one: Place) -> dict[str, Any] | None:
    name = _whole(one.at)
    switch = isinstance(one.value, bool)
    if one.value is UNKNOWN or one.value is None or not words.tunable(name, switch=switch):
        return None
    mixes = mixtures.name(last_name(one.at)) in found.mixtures
    return ranges.proposed(name, one.value, one.choices, mixes=mixes)


def _is_problem(found: Survey, one: Place) -> bool:
    """True for the size of the problem itself: by its name, or where a page states its value."""
    if one.kind != "constant":
        return False
    name = last_name(one.at)
    if words.is_problem(name):
        return True
    stated = re.compile(
        rf"\b{re.escape(name.replace('_', ' '))}\b\W{{1,5}}{re.escape(str(one.value))}\b", re.I
    )
    pages = [found.folder.text(path) for path in found.folder.paths if path.endswith(".md")]
    heads = [ast.get_docstring(one.tree) or "" for one in found.folder.modules.values()]
    return any(stated.search(page) for page in [*pages, *heads])


def _is_idle(found: Survey, one: Place) -> bool:
    """True for a constant of a module that no line reads: its values change nothing.

    A field of a class may be read as `**asdict(config)`, without its name.
    """
    field = one.kind != "constant" or "." in _whole(one.at)
    return not field and bool(found.read) and last_name(one.at) not in found.read


def idle(found: Survey, option: Option) -> list[str]:
    """Names of constants that a search could set, if some line read them."""
    reached = programs.reached(found.folder, option.start)
    files = {path: found.files[path] for path in reached if path not in option.fixed}
    return [
        last_name(one.at) for one in bindings.places(files)
        if _is_idle(found, one) and _range(found, one) is not None
    ]  # fmt: skip


def counts(found: Survey, one: Place) -> bool:
    """True if the default of an argument has an effect: its function runs, and nobody gives it."""
    return _is_named(found, one) and not _is_given(found, one)


def _is_named(found: Survey, one: Place) -> bool:
    """True if somewhere the code names the function of a default: without that it never runs."""
    function = _whole(one.at).rpartition(".")[0].rpartition(".")[2]
    uses = (node for module in found.folder.modules.values() for node in ast.walk(module.tree))
    return function == "__init__" or any(
        function in (getattr(node, "id", ""), getattr(node, "attr", ""), getattr(node, "value", ""))
        for node in uses
        if isinstance(node, ast.Name | ast.Attribute | ast.Constant)
    )


def _is_given(found: Survey, one: Place) -> bool:
    """True if somewhere a caller gives the argument of a default, which then has no effect."""
    function, _, argument = _whole(one.at).rpartition(".")
    for module in found.folder.modules.values():
        for _, call in calls(module.tree):
            if dotted(call.func).rpartition(".")[2] == function.rpartition(".")[2]:
                names = {key.arg for key in call.keywords}
                if argument in names or None in names or len(call.args) > 1:
                    return True
    return False


def _declared(places: Sequence[Place], found: Survey, answers: Answers) -> list[Parameter]:
    made = list(_named(places))
    kept = []
    for name, one in made:
        shape = dict(answers.ranges.get(name) or _range(found, one) or _literal_range(one) or {})
        if not shape:
            continue
        if "float" in shape or "int" in shape:
            shape = _like_default(name, shape, one.value, given=name in answers.ranges)
        if not ranges.holds(shape, one.value):
            raise UserError(
                f"--range {name}: the program's own value {one.value!r} ({one.at}) lies outside; "
                "give a range that holds it"
            )
        kept.append(Parameter(name, one.at, one.value, shape, _comment(found, one)))
    return kept


def _like_default(name: str, shape: dict[str, Any], value: Any, *, given: bool) -> dict[str, Any]:
    """Ends that were typed as 0:1 of a parameter whose value is a fraction are fractions."""
    if given and "int" in shape and isinstance(value, float):
        return {"float": [float(end) for end in shape["int"]]}
    return shape


def _literal_range(one: Place) -> dict[str, Any] | None:
    return ranges.proposed("", one.value) if one.kind == "literal" else None


def _named(places: Sequence[Place]) -> Iterator[tuple[str, Place]]:
    """Each place with a short name of its own."""
    short = Counter(_key(last_name(one.at)) for one in places if one.kind != "literal")
    numbers: Counter[str] = Counter()
    for one in places:
        if one.kind == "literal":
            function = _key(literals.home(one)[1])
            numbers[function] += 1
            yield f"{function}_{numbers[function]}", one
        else:
            last = _key(last_name(one.at))
            name = last if short[last] == 1 else _key(_whole(one.at))
            numbers[name] += 1
            yield (name if numbers[name] == 1 else f"{name}_{numbers[name]}"), one


def _key(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")


def _comment(found: Survey, one: Place) -> str:
    """Comment of the code on a parameter; for a literal the line that it stands in."""
    if one.kind == "literal":
        return f"line {one.line}: {literals.line(found, one).strip()}"[:90]
    text = " ".join(str(one.comment).split()).strip("-= #")
    return "" if _CELL.match(text) else text[:90]
