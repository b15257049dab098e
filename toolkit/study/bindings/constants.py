"""Constants of Python files: `NAME = 3`, attributes of classes, defaults of functions, entries.

A dotted name goes into a class (`Config.lr`, also `field(default=0.1)` of a dataclass), a function
(`build.depth`, the default of an argument), or a dictionary or a call that is written out
(`CONFIG.lr`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ...errors import near_misses
from . import literals
from .place import UNKNOWN, Files, Gone, Missing, Place, Slot
from .tree import Function, Module, inner, module, modules, scopes


def slot(files: Files, path: str, name: str) -> Slot:
    """Slot of a constant; raises Gone."""
    home = module(files, path)
    return home.slot(_in_body(home, home.body, name.split("."), ""))


def _in_body(home: Module, body: Sequence[ast.stmt], names: Sequence[str], way: str) -> ast.expr:
    """Expression that a dotted name is given in a body. way: the names that led here."""
    name, rest = names[0], names[1:]
    inside = scopes(body, name) if rest else []
    whole = ".".join(names)
    bound = list(_bound(body, whole, top=not way))
    if len(inside) == 1 and not list(_bound(body, name, top=not way)):
        found = _in_scope(home, inside[0], rest, f"{way}{name}.")
        if bound:  # `Config.lr = 0.1` behind the class
            _only(home, body, [(found.lineno, found), *bound], f"{way}{whole}")
        return found
    if bound:  # `config.lr = 0.1`, too
        name, rest = whole, []
    else:
        bound = list(_bound(body, name, top=not way))
    line, value = _only(home, body, bound, f"{way}{name}")
    if value is None:
        raise Gone(f"{home.path}, line {line}: {way}{name} is given no value by `=` there")
    return _default(value) if not rest else _in_value(home, value, rest, f"{way}{name}.")


def _only(
    home: Module, body: Sequence[ast.stmt], bound: Sequence[tuple[int, ast.expr | None]], name: str
) -> tuple[int, ast.expr | None]:
    if not bound:
        known = [one for node in inner(body) for one, _ in _pairs(node)]
        raise Missing(f"{home.path} has no constant {name}", near_misses(name, known))
    if len(bound) > 1:
        lines = " and ".join(str(line) for line, _ in bound)
        raise Gone(
            f"{home.path} binds {name} at lines {lines}; a value can be written only where one "
            "line binds it"
        )
    line, value = bound[0]
    if others := _sharing(body, value, name):
        raise Gone(
            f"{home.path}, line {line} gives one value to {name} and {' and '.join(others)}: write "
            "a line for each, so that one can be set without the other"
        )
    return line, value


def _sharing(body: Sequence[ast.stmt], value: ast.expr | None, name: str) -> list[str]:
    """Other names that `A = B = 3` gives the same value."""
    for node in inner(body):
        if isinstance(node, ast.Assign) and node.value is value and len(node.targets) > 1:
            every = [ast.unparse(one) for one in node.targets]
            return [one for one in every if one != name and not name.endswith(f".{one}")]
    return []


def _in_scope(
    home: Module, node: Function | ast.ClassDef, names: Sequence[str], way: str
) -> ast.expr:
    if isinstance(node, ast.ClassDef):
        return _in_body(home, node.body, names, way)
    defaults = dict(_arguments(node))
    if len(names) == 1 and names[0] in defaults:
        return defaults[names[0]]
    if len(names) > 1 and len(scopes(node.body, names[0])) == 1:
        return _in_scope(home, scopes(node.body, names[0])[0], names[1:], f"{way}{names[0]}.")
    hint = near_misses(names[0], defaults)
    what = f"{home.path}: {way[:-1]} has no argument {'.'.join(names)} with a default"
    raise Missing(what, hint)


def _in_value(home: Module, value: ast.expr, names: Sequence[str], way: str) -> ast.expr:
    """Entry of a dictionary or a keyword of a call, such as `dict(lr=0.1)`."""
    name, rest = names[0], names[1:]
    known = list(_entries(value))
    found = [inside for key, inside in known if key == name]
    if len(found) != 1:
        times = "no entry" if not found else f"{len(found)} entries"
        hint = near_misses(name, [key for key, _ in known])
        raise Missing(f"{home.path}: {way[:-1]} has {times} {name}", hint)
    return _in_value(home, found[0], rest, f"{way}{name}.") if rest else found[0]


def _entries(value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(value, ast.Dict):
        for key, inside in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant):
                yield str(key.value), inside
    elif isinstance(value, ast.Call):
        yield from ((one.arg, one.value) for one in value.keywords if one.arg)


def _arguments(node: Function) -> Iterator[tuple[str, ast.expr]]:
    """(name, default) of the arguments that have one."""
    places = [*node.args.posonlyargs, *node.args.args]
    defaults = node.args.defaults
    for one, default in zip(places[len(places) - len(defaults) :], defaults, strict=True):
        yield one.arg, default
    for one, given in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if given is not None:
            yield one.arg, given


def _bound(
    body: Sequence[ast.stmt], name: str, *, top: bool
) -> Iterator[tuple[int, ast.expr | None]]:
    """(line, expression or None) of everything that binds a name in a body."""
    for node in inner(body):
        yield from ((node.lineno, value) for one, value in _pairs(node) if one == name)
    if top:
        for node in body:
            yield from ((line, None) for line in _rebound(node, name))


def _rebound(node: ast.AST, name: str) -> Iterator[int]:
    """Lines of functions that bind a name of the module, by way of `global`."""
    for one in ast.walk(node):
        if isinstance(one, Function) and any(
            isinstance(inside, ast.Global) and name in inside.names for inside in ast.walk(one)
        ):
            stored = [n for n in ast.walk(one) if isinstance(n, ast.Name) and n.id == name]
            yield from (n.lineno for n in stored if isinstance(n.ctx, ast.Store))


def _pairs(node: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """(name, expression or None) of what one statement binds."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target, node.value)
    elif isinstance(node, ast.AnnAssign):
        if node.value is not None:
            yield from _targets(node.target, node.value)
    elif isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor):
        yield from _targets(node.target, None)
    elif isinstance(node, ast.With | ast.AsyncWith):
        for item in node.items:
            if item.optional_vars is not None:
                yield from _targets(item.optional_vars, None)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (((one.asname or one.name).split(".")[0], None) for one in node.names)
    elif isinstance(node, ast.Delete):
        yield from ((ast.unparse(one), None) for one in node.targets)
    elif isinstance(node, ast.Try | ast.TryStar):
        yield from ((one.name, None) for one in node.handlers if one.name)
    yield from ((one, None) for one in _within(node))


def _within(node: ast.AST) -> Iterator[str]:
    """Names that `:=` binds in the expressions of one statement, and patterns of a `match`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.NamedExpr):
            yield ast.unparse(child.target)
        elif isinstance(child, ast.MatchAs | ast.MatchStar) and child.name:
            yield child.name
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.Lambda):
            yield from _within(child)


def _targets(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, ast.expr | None]]:
    if isinstance(target, ast.Name | ast.Attribute):
        yield ast.unparse(target), value
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, None)
    elif isinstance(target, ast.Tuple | ast.List):
        parts: Sequence[ast.expr | None] = [None] * len(target.elts)
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(parts):
            starred = any(isinstance(one, ast.Starred) for one in [*value.elts, *target.elts])
            parts = parts if starred else value.elts
        for one, part in zip(target.elts, parts, strict=True):
            yield from _targets(one, part)


def _default(value: ast.expr) -> ast.expr:
    """Default of a field: `field(default=0.1)`, `Field(0.1, …)`, `field(default_factory=…)`."""
    if not isinstance(value, ast.Call) or ast.unparse(value.func).split(".")[-1].lower() != "field":
        return value
    named = {one.arg: one.value for one in value.keywords}
    factory = named.get("default_factory")
    if isinstance(factory, ast.Lambda):
        return factory.body
    return named.get("default", value.args[0] if value.args else value)


def places(files: Files) -> Iterator[Place]:
    """Constants, attributes of classes, entries, and defaults of functions."""
    for home in modules(files):
        yield from _listed(home, home.body, "")


def _listed(home: Module, body: Sequence[ast.stmt], way: str) -> Iterator[Place]:
    for node in inner(body):
        if isinstance(node, ast.ClassDef):
            yield from _listed(home, node.body, f"{way}{node.name}.")
        elif isinstance(node, Function):
            for name, default in _arguments(node):
                yield from _shown(home, f"{way}{node.name}.{name}", default, "default")
        else:
            for name, value in _pairs(node):
                once = value is not None and len(list(_bound(body, name, top=not way))) == 1
                once = once and not _sharing(body, value, name)
                if once and value is not None and not name.startswith("__"):
                    yield from _shown(home, f"{way}{name}", _default(value), "constant")


def _shown(home: Module, name: str, value: ast.expr, kind: str) -> Iterator[Place]:
    found = literals.value(value)
    if found is not UNKNOWN:
        yield Place(f"{home.path}:{name}", found, home.comment(value), value.lineno, kind)
    elif kind == "constant":
        for key, inside in _entries(value):
            if key.isidentifier():
                yield from _shown(home, f"{name}.{key}", inside, kind)
