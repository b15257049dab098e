"""Options of a program's command line, as argparse, click and typer declare them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from . import constants, literals
from .place import UNKNOWN, Files, Gone, Place, Refused, Unreadable
from .tree import Module, modules

_SWITCHES = {"store_true", "store_false", "store_const", "count"}


@dataclass(frozen=True)
class Declared:
    """One option as the code declares it.

    off: the name that turns it off, where it has one. many: it takes several values; repeated: its
    name is written before each of them.
    """

    path: str
    line: int
    names: tuple[str, ...]
    default: Any = UNKNOWN
    type: str = ""
    choices: tuple[Any, ...] = ()
    help: str = ""
    switch: bool = False
    off: str = ""
    many: bool = False
    repeated: bool = False


def declared(files: Files) -> Iterator[Declared]:
    """Every option that a Python file declares."""
    for home in modules(files):
        for node in (one for statement in home.body for one in ast.walk(statement)):
            if isinstance(node, ast.Call):
                yield from _read(home, node, files)


def _read(home: Module, node: ast.Call, files: Files) -> Iterator[Declared]:
    called = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
    texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    names = [text for text in texts if text.startswith("-") and text.strip("-")]
    if not names or called not in {"add_argument", "option", "Option"}:
        return
    given = {one.arg: one.value for one in node.keywords if one.arg}
    if called == "Option" and node.args and "default" not in given:
        given["default"] = node.args[0]  # typer
    shape = _argparse(given) if called == "add_argument" else _click(given, names)
    type_ = ast.unparse(given["type"]) if "type" in given else ""
    default = shape.pop("default", _value(home, given.get("default"), files))
    choices = literals.value(given.get("choices"))
    if called != "add_argument" and isinstance(given.get("type"), ast.Call):
        inner: Any = given["type"]
        if ast.unparse(inner.func).endswith("Choice") and inner.args:
            choices, type_ = literals.value(inner.args[0]), ""
    words = literals.value(given.get("help"))
    yield Declared(
        path=home.path, line=node.lineno,
        names=tuple(part for name in names for part in name.split("/")[:1]),
        default=_typed(default, type_), type=type_,
        choices=tuple(choices) if isinstance(choices, list | tuple) else (),
        help=words if isinstance(words, str) else "", **shape,
    )  # fmt: skip


def _argparse(given: dict[str, ast.expr]) -> dict[str, Any]:
    action = given.get("action")
    word = literals.value(action) if action is not None else ""
    if word in _SWITCHES:
        return {"switch": True, "default": False}
    if action is not None and ast.unparse(action).endswith("BooleanOptionalAction"):
        return {"switch": True, "off": "--no-"}
    many = "nargs" in given and literals.value(given["nargs"]) != "?"
    return {"many": many or word in {"append", "extend"}, "repeated": word == "append"}


def _click(given: dict[str, ast.expr], names: Sequence[str]) -> dict[str, Any]:
    pair = [name.partition("/")[2].strip() for name in names if "/" in name]
    if pair:
        return {
            "switch": True,
            "off": pair[0],
            **({} if "default" in given else {"default": False}),
        }
    if literals.value(given.get("is_flag")) is True:
        return {"switch": True, "default": False}
    multiple = literals.value(given.get("multiple")) is True
    return {"many": multiple or "nargs" in given, "repeated": multiple}


def _value(home: Module, node: ast.expr | None, files: Files) -> Any:
    """Default that is written out, or the constant of the same file that it names."""
    found = literals.value(node)
    if found is UNKNOWN and isinstance(node, ast.Name | ast.Attribute):
        try:
            return constants.slot(files, home.path, ast.unparse(node)).value
        except Gone:
            return UNKNOWN
    return UNKNOWN if node is None else found


def _typed(value: Any, type_: str) -> Any:
    """Default as the parser hands it on: argparse converts a text, click a number, too."""
    if isinstance(value, bool) or not isinstance(value, int | str) or type_ not in {"int", "float"}:
        return value
    try:
        return float(value) if type_ == "float" else int(value)
    except ValueError:
        return UNKNOWN


def find(files: Files, name: str) -> Declared | None:
    """Declaration of an option; None where no file has one. Raises Gone where two differ."""
    found = [one for one in declared(files) if name in one.names]
    for one in found[1:]:
        if (one.default, one.switch, one.off) != (found[0].default, found[0].switch, found[0].off):
            where = " and ".join(f"{one.path}, line {one.line}" for one in found)
            raise Gone(f"{name} is declared with different defaults: {where}")
    return found[0] if found else None


def in_command(command: Sequence[str], name: str) -> Any:
    """Text that the command itself gives an option; True for a switch, UNKNOWN if it has none."""
    found: Any = UNKNOWN
    for number, word in enumerate(command):
        if word.startswith(f"{name}="):
            found = word.removeprefix(f"{name}=")
        elif word == name:
            behind = command[number + 1 : number + 2]
            found = behind[0] if behind and not behind[0].startswith("--") else True
    return found


def default(one: Declared) -> Any:
    """Default of an option; raises Unreadable where the code does not say it."""
    if one.default is UNKNOWN or one.default is None:
        name = one.names[-1]
        raise Unreadable(f"{one.path}, line {one.line}: {name} has no default that can be read")
    return one.default


def words(name: str, value: Any, one: Declared | None) -> tuple[str, ...]:
    """Arguments that give an option a value; raises Refused."""
    bare = name.removesuffix("=")
    if (one is not None and one.switch) or (one is None and isinstance(value, bool)):
        return _switched(bare, value, one)
    if isinstance(value, list | tuple) and one is not None and one.repeated:
        return tuple(part for inner in value for part in words(name, inner, None))
    if isinstance(value, list | tuple):
        return (bare, *(text(inner) for inner in value))
    made = text(value)
    if one is not None and one.type == "bool":
        made = made if value else ""
    joined = name.endswith("=") or (one is not None and bare.startswith("--"))
    return (f"{bare}={made}",) if joined else (bare, made)


def _switched(name: str, value: Any, one: Declared | None) -> tuple[str, ...]:
    if not isinstance(value, bool):
        raise Refused(f"{name} is a switch: it takes true or false, not {value!r}")
    off = one.off if one else ""
    off = f"--no-{name.lstrip('-')}" if off == "--no-" else off
    return (name,) if value else (off,) if off else ()


def text(value: Any) -> str:
    """A value as the text that a program reads; raises Refused."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return literals.written(value)
    raise Refused(f"{value!r} has no form as one word")


def places(files: Files) -> Iterator[Place]:
    """Options with their defaults."""
    for one in declared(files):
        long = [name for name in one.names if name.startswith("--")]
        kind = "switch" if one.switch else "flag"
        name = (long or list(one.names))[0]
        yield Place(name, one.default, one.help, one.line, kind, one.choices)
