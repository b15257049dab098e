"""Reads of parameters in a program, and whether it could come by their values in any other way.

A read that is replaced by a literal equals a parameter set to that value only if all reads of the
parameter are known. So the dictionary of parameters is followed by name: every mention of it must
be a read of one key, a handing-on under the same name, or the merge over a dictionary of defaults.
Anything else (an alias, a loop over it, `exec`) and nothing is known.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_ESCAPES = {
    "exec", "eval", "globals", "locals", "vars", "getattr", "setattr", "compile", "__dict__",
    "__import__", "import_module", "partial", "_getframe", "__globals__", "__defaults__", "inspect",
    "gc", "ctypes", "modules",
}  # fmt: skip
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Reads:
    """Nodes that read parameters, by name and by id.

    sites: {parameter: nodes that read it}; parameter_of: {id of such a node: parameter};
    default_of: {id of the node of a default value: parameter}. closed: True if these are all the
    ways in which the program can see a parameter.
    """

    closed: bool = False
    sites: dict[str, list[ast.AST]] = field(default_factory=dict)
    parameter_of: dict[int, str] = field(default_factory=dict)
    default_of: dict[int, str] = field(default_factory=dict)


def find(trees: Collection[ast.Module], declared: Collection[str]) -> Reads:
    """The reads of the declared parameters in a whole program."""
    found = Reads()
    nodes = [node for tree in trees for node in _walk(tree)]
    carriers: set[str] = set()
    for node in nodes:
        read = _read(node)
        if read and read[1] in declared:
            base, name, default = read
            carriers.add(_name(base))
            found.sites.setdefault(name, []).append(node)
            found.parameter_of[id(node)] = name
            if default is not None:
                found.default_of[id(default)] = name
    if "" not in carriers and carriers:
        flow = _Flow(trees, nodes, carriers, declared)
        found.closed = flow.closed()
        found.default_of |= flow.default_of
    return found


def _walk(tree: ast.AST) -> Iterator[ast.AST]:
    """Every node but those of annotations, which name classes without calling them."""
    yield tree
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns") and _is_plain(value):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)


def _is_plain(annotation: ast.AST | None) -> bool:
    return annotation is not None and not any(isinstance(n, ast.Call) for n in ast.walk(annotation))


def _read(node: ast.AST) -> tuple[ast.expr, str, ast.expr | None] | None:
    """(dictionary, key, default) of `d["key"]` and `d.get("key", default)`."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        return _keyed(node.value, node.slice, None)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    if node.func.attr != "get" or node.keywords or not 1 <= len(node.args) <= 2:
        return None
    return _keyed(node.func.value, node.args[0], node.args[1] if len(node.args) == 2 else None)


def _keyed(
    base: ast.expr, key: ast.expr, default: ast.expr | None
) -> tuple[ast.expr, str, ast.expr | None] | None:
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return base, key.value, default
    return None


def _name(node: ast.AST) -> str:
    """`parameters` of both `parameters` and `self.parameters`; "" of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id == "self" else ""
    return ""


class _Flow:
    """Flow of the dictionary of parameters: its mentions, checked one by one."""

    def __init__(
        self,
        trees: Collection[ast.Module],
        nodes: Sequence[ast.AST],
        carriers: set[str],
        declared: Collection[str],
    ) -> None:
        self.nodes = nodes
        self.carriers = carriers
        self.declared = declared
        self.above = {id(c): node for node in nodes for c in ast.iter_child_nodes(node)}
        self.functions, self.shared = _functions(nodes)
        self.tables = dict(_tables(trees))
        self.default_of: dict[int, str] = {}

    def closed(self) -> bool:
        return (
            not any(self._escapes(node) for node in self.nodes)
            and not self.shared & self.carriers
            and all(self._calm(node) for node in self.nodes if self._mentions(node))
            and all(self._handed_on(name) for name in self.functions)
            and self._keys_are_reads()
        )

    def _escapes(self, node: ast.AST) -> bool:
        names = {getattr(node, key, None) for key in ("id", "attr")}
        names |= {alias.name for alias in getattr(node, "names", []) if hasattr(alias, "asname")}
        return bool(names & _ESCAPES) or isinstance(node, ast.Global | ast.Nonlocal | ast.Delete)

    def _mentions(self, node: ast.AST) -> bool:
        """Any use of a carrier's name, as a variable, an attribute, an argument or a keyword."""
        parts = (
            getattr(node, key, None) for key in ("id", "attr", "arg", "name", "asname", "rest")
        )
        return any(part in self.carriers for part in parts if isinstance(part, str))

    def _calm(self, node: ast.AST) -> bool:
        above = self.above.get(id(node))
        if isinstance(node, ast.arg):
            owner = self.above.get(id(above))
            plain = isinstance(above, ast.arguments) and node not in (above.vararg, above.kwarg)
            return plain and isinstance(owner, Function) and not owner.decorator_list
        if isinstance(node, ast.keyword):  # checked where the call is
            return _name(node.value) in self.carriers
        if not isinstance(node, ast.Name | ast.Attribute) or _name(node) not in self.carriers:
            return False
        if isinstance(above, ast.Tuple):
            return self._is_in_pairs(above)
        if isinstance(node.ctx, ast.Store):
            return isinstance(above, ast.Assign | ast.AnnAssign) and self._passes(above)
        return self._is_read(node, above) or self._is_passed(node, above)

    def _is_read(self, node: ast.AST, above: ast.AST | None) -> bool:
        if isinstance(above, ast.Attribute):  # .get("key", default)
            above = self.above.get(id(above))
        read = _read(above) if above else None
        return bool(read) and read is not None and read[0] is node

    def _is_passed(self, node: ast.AST, above: ast.AST | None) -> bool:
        if isinstance(above, ast.keyword):
            return above.arg in self.carriers
        if isinstance(above, ast.Call):
            return node in above.args and self._callee(above) in self.functions
        if isinstance(above, ast.Assign | ast.AnnAssign):
            return self._passes(above)
        return isinstance(above, ast.Dict) and self._is_merge(above)

    def _passes(self, node: ast.Assign | ast.AnnAssign) -> bool:
        """`self.parameters = parameters`, `parameters = {**DEFAULTS, **parameters}`."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if len(targets) != 1 or _name(targets[0]) not in self.carriers or node.value is None:
            return False
        whole = isinstance(node.value, ast.Dict) and self._is_merge(node.value)
        return whole or _name(node.value) in self.carriers

    def _is_in_pairs(self, node: ast.Tuple) -> bool:
        """`self.rows, self.parameters = rows, parameters`: from one carrier to another only."""
        above = self.above.get(id(node))
        if not isinstance(above, ast.Assign) or len(above.targets) != 1:
            return False
        left, right = above.targets[0], above.value
        if not isinstance(left, ast.Tuple) or not isinstance(right, ast.Tuple):
            return False
        pairs = list(zip(left.elts, right.elts, strict=False))
        equal = all((_name(a) in self.carriers) == (_name(b) in self.carriers) for a, b in pairs)
        starred = any(isinstance(part, ast.Starred) for part in (*left.elts, *right.elts))
        return equal and not starred and len(left.elts) == len(right.elts)

    def _is_merge(self, node: ast.Dict) -> bool:
        """Defaults first, then the parameters over them, in a function that only the host calls."""
        if len(node.values) != 2 or node.keys != [None, None]:
            return False
        table, over = node.values
        if not isinstance(table, ast.Name) or not isinstance(over, ast.Name):
            return False
        entry = self._function_around(node)
        if table.id not in self.tables or over.id not in self.carriers or entry is None:
            return False
        if not isinstance(self.above.get(id(node)), ast.Assign | ast.AnnAssign):
            return False
        if over.id not in {arg.arg for arg in _arguments(entry)} or self._mentions_of(entry.name):
            return False
        if self._mentions_of(table.id) == 2:
            self.default_of |= self.tables[table.id]  # its target and this merge
        return True

    def _function_around(self, node: ast.AST) -> Function | None:
        above: ast.AST | None = node
        while above is not None and not isinstance(above, Function):
            above = self.above.get(id(above))
        return above

    def _mentions_of(self, name: str) -> int:
        """Uses of a name, by itself, as an attribute or in an import."""
        return sum(
            name in (getattr(n, "id", None), getattr(n, "attr", None))
            or (isinstance(n, ast.alias) and n.name == name)
            for n in self.nodes
        )

    def _callee(self, call: ast.Call) -> str:
        return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")

    def _handed_on(self, name: str) -> bool:
        """Whoever takes the dictionary is called by name, and given nothing else for it."""
        offset, taken = self.functions[name]
        if not self.carriers & set(taken):
            return True
        for node in self.nodes:
            if name not in (getattr(node, "id", None), getattr(node, "attr", None)):
                continue
            call = self.above.get(id(node))
            if not isinstance(call, ast.Call) or call.func is not node:
                return False
            if not self._gives(call, taken[offset:]):
                return False
        return True

    def _gives(self, call: ast.Call, taken: Sequence[str]) -> bool:
        if any(isinstance(a, ast.Starred) for a in call.args) or len(call.args) > len(taken):
            return False
        given: dict[str, ast.expr] = dict(zip(taken, call.args, strict=False))
        for keyword in call.keywords:
            if keyword.arg is None:
                return False
            given[keyword.arg] = keyword.value
        wanted = self.carriers & set(taken)
        right = all(name in given and _name(given[name]) in self.carriers for name in wanted)
        rest = [value for name, value in given.items() if name not in self.carriers]
        return right and not any(_name(value) in self.carriers for value in rest)

    def _keys_are_reads(self) -> bool:
        """A parameter's name is written nowhere but at its reads and in the table of defaults."""
        counted = Counter(
            node.value
            for node in self.nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        reads = Counter(read[1] for node in self.nodes if (read := _read(node)))
        tabled = Counter(name for table in self.tables.values() for name in table.values())
        return all(counted[name] == reads[name] + tabled[name] for name in self.declared)


def _functions(
    nodes: Sequence[ast.AST],
) -> tuple[dict[str, tuple[int, list[str]]], set[str]]:
    """{name: (arguments that a call does not give, all arguments)}, a class by its __init__.

    A name with two owners could be either; what those take is the second result.
    """
    found: dict[str, tuple[int, list[str]]] = {}
    owners: Counter[str] = Counter()
    taken: dict[str, set[str]] = {}
    methods = {
        id(inner): node.name
        for node in nodes
        if isinstance(node, ast.ClassDef)
        for inner in node.body
    }
    for node in nodes:
        if not isinstance(node, Function):
            continue
        name = methods[id(node)] if node.name == "__init__" and id(node) in methods else node.name
        arguments = [argument.arg for argument in _arguments(node)]
        owners[name] += 1
        taken.setdefault(name, set()).update(arguments)
        found[name] = (int(id(node) in methods), arguments)
    shared = {name for name, count in owners.items() if count > 1}
    unique = {name: value for name, value in found.items() if name not in shared}
    return unique, {argument for name in shared for argument in taken[name]}


def _arguments(node: Function) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


def _tables(trees: Collection[ast.Module]) -> Iterator[tuple[str, Mapping[int, str]]]:
    """(name, {id of a value: key}) of the module-level dictionaries of constants."""
    for tree in trees:
        for node in tree.body:
            if not isinstance(node, ast.Assign | ast.AnnAssign):
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if (
                len(targets) == 1
                and isinstance(targets[0], ast.Name)
                and isinstance(node.value, ast.Dict)
            ):
                keys = node.value.keys
                if all(isinstance(k, ast.Constant) and isinstance(k.value, str) for k in keys):
                    texts = [str(k.value) for k in keys if isinstance(k, ast.Constant)]
                    pairs = zip(node.value.values, texts, strict=True)
                    yield targets[0].id, {id(v): text for v, text in pairs}
