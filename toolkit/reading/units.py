"""Changed units of an edit: functions, classes without their methods, assignments, other files."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from .definitions import Function
from .trees import Difference, dump, parse, places

Form = Literal["function", "class", "assignment", "import", "module", "text"]


@dataclass(frozen=True)
class Unit:
    """Named piece of a file. name: dotted, `Retriever.rank`; an entry is `DEFAULTS[top_k]`."""

    path: str
    name: str
    form: Form
    node: ast.AST
    text: str = ""

    @property
    def short(self) -> str:
        """Name by which other units mention it."""
        return self.name.rpartition(".")[2].partition("[")[0]


@dataclass(frozen=True)
class Change:
    """Difference of one unit. before is None where it is new, after is None where it is gone."""

    before: Unit | None
    after: Unit | None

    @property
    def unit(self) -> Unit:
        unit = self.after or self.before
        if unit is None:
            raise ValueError("a change needs a unit before or after it")
        return unit

    @property
    def state(self) -> Literal["added", "removed", "changed"]:
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    @cached_property
    def places(self) -> tuple[Difference, ...]:
        """Places where the two versions differ; empty unless the unit was changed."""
        if self.before is None or self.after is None:
            return ()
        return tuple(places(self.before.node, self.after.node))


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Units that differ; those that were only moved or renamed are left out."""
    paths = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    old = {key: unit for path in paths for key, unit in _units(path, before.get(path))}
    new = {key: unit for path in paths for key, unit in _units(path, after.get(path))}
    found = [Change(old.get(key), new.get(key)) for key in {**old, **new}]
    found = [c for c in found if not (c.before and c.after and _same(c.before, c.after))]
    return _without_moves(found)


def _same(one: Unit, other: Unit) -> bool:
    return one.text == other.text and dump(one.node) == dump(other.node)


def _without_moves(found: list[Change]) -> list[Change]:
    """Changes without the pairs of a unit that is gone and an equal one that is new."""
    gone = {_nameless(c.unit): c for c in found if c.state == "removed" and c.unit.form != "text"}
    kept = [c for c in found if c.state != "added" or _nameless(c.unit) not in gone]
    moved = {_nameless(c.unit) for c in found if c not in kept}
    return [c for c in kept if c.state != "removed" or _nameless(c.unit) not in moved]


def _nameless(unit: Unit) -> str:
    text = dump(unit.node)
    return text.replace(repr(unit.short), "''", 1) if unit.form == "function" else text


def _units(path: str, text: str | None) -> Iterator[tuple[tuple[str, str], Unit]]:
    if text is None:
        return
    tree = parse(text) if path.endswith(".py") else None
    if tree is None:
        yield (path, ""), Unit(path, "", "text", ast.Module([], []), text)
        return
    rest: dict[Form, list[ast.stmt]] = {"import": [], "module": []}
    for name, form, node in _pieces(tree.body, ""):
        if form in rest and isinstance(node, ast.stmt):
            rest[form].append(node)
        else:
            yield (path, name), Unit(path, name, form, node)
    for form, body in rest.items():
        if body:
            yield (path, f"<{form}>"), Unit(path, f"<{form}>", form, ast.Module(body, []))


def _pieces(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, Form, ast.AST]]:
    for node in body:
        if isinstance(node, Function):
            yield prefix + node.name, "function", _bare(node)
        elif isinstance(node, ast.ClassDef):
            inner = [part for part in node.body if isinstance(part, Function | ast.ClassDef)]
            fields = [part for part in node.body if part not in inner]
            shell = ast.ClassDef(node.name, node.bases, node.keywords, fields, node.decorator_list)
            yield prefix + node.name, "class", shell
            yield from _pieces(inner, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield "", "import", node
        elif isinstance(node, ast.Assign | ast.AnnAssign) and (name := _target(node)):
            yield from _assigned(name, node)
        else:
            yield "", "module", node


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    first = targets[0]
    return first.id if len(targets) == 1 and isinstance(first, ast.Name) else ""


def _assigned(name: str, node: ast.Assign | ast.AnnAssign) -> Iterator[tuple[str, Form, ast.AST]]:
    """Units of an assignment: one per entry of a dictionary with plain keys, else one."""
    value = node.value
    if isinstance(value, ast.Dict) and all(isinstance(key, ast.Constant) for key in value.keys):
        for key, item in zip(value.keys, value.values, strict=True):
            yield f"{name}[{getattr(key, 'value', '')}]", "assignment", item
    elif value is not None:
        yield name, "assignment", value


def _bare(node: Function) -> Function:
    """Function without its annotations, which change nothing that it does; changed in place."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.arg):
            inner.annotation = None
        if isinstance(inner, Function):
            inner.returns = None
    return node


def mentions(node: ast.AST) -> set[str]:
    """Names that a unit uses, also as an attribute."""
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            found.add(inner.id)
        elif isinstance(inner, ast.Attribute):
            found.add(inner.attr)
    return found


def program(files: Mapping[str, str]) -> list[Unit]:
    """Units of a whole program."""
    return [unit for path, text in files.items() for _, unit in _units(path, text)]


def users(name: str, units: Collection[Unit]) -> list[Unit]:
    """Units of a program that mention a name."""
    return [unit for unit in units if name in mentions(unit.node) and unit.short != name]
