"""Flow of the dictionary of parameters through a program, as far as it can be followed.

It is followed by name: a mention must be a read of one key, a handing-on under the same name, or
the merge over a dictionary of defaults. Any other mention (an alias, a loop over it, `exec`) may
read any parameter, so that nothing is known then.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Sequence

from .definitions import Function, arguments, functions, tables

_ESCAPES = {
    "exec", "eval", "globals", "locals", "vars", "getattr", "setattr", "compile", "__dict__",
    "__import__", "import_module", "partial", "_getframe", "__globals__", "__defaults__", "inspect",
    "gc", "ctypes", "modules",
}  # fmt: skip


def key_read(node: ast.AST) -> tuple[ast.expr, str, ast.expr | None] | None:
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


def carrier(node: ast.AST) -> str:
    """`parameters` of both `parameters` and `self.parameters`; "" of anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id == "self" else ""
    return ""


class Flow:
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
        self.functions, self.shared = functions(nodes)
        self.tables = dict(tables(trees))
        self.default_of: dict[int, str] = {}

    def closed(self) -> bool:
        """True if every mention can be followed."""
        return (
            not any(self._escapes(node) for node in self.nodes)
            # called by name, either of two functions may be meant: what both take is lost
            and not self.shared & self.carriers
            and all(self._calm(node) for node in self.nodes if self._mentions(node))
            and all(self._handed_on(name) for name in self.functions)
            and self._keys_are_reads()
        )

    def _escapes(self, node: ast.AST) -> bool:
        """Ways to a variable that do not write its name, and those that bind a name anew."""
        names = {getattr(node, key, None) for key in ("id", "attr")}
        names |= {alias.name for alias in getattr(node, "names", []) if hasattr(alias, "asname")}
        return bool(names & _ESCAPES) or isinstance(node, ast.Global | ast.Nonlocal | ast.Delete)

    def _mentions(self, node: ast.AST) -> bool:
        """Any use of a carrier's name, as a variable, an attribute, an argument or a keyword."""
        # also as `except … as`, `import … as`, and the captures of `match`
        parts = (
            getattr(node, key, None) for key in ("id", "attr", "arg", "name", "asname", "rest")
        )
        return any(part in self.carriers for part in parts if isinstance(part, str))

    def _is_carrier(self, node: ast.AST) -> bool:
        return carrier(node) in self.carriers

    def _calm(self, node: ast.AST) -> bool:
        """True if a mention keeps the dictionary under a name that is followed."""
        above = self.above.get(id(node))
        if isinstance(node, ast.arg):
            owner = self.above.get(id(above))
            # `*parameters` collects others as well, and a decorator may hand over something else
            plain = isinstance(above, ast.arguments) and node not in (above.vararg, above.kwarg)
            return plain and isinstance(owner, Function) and not owner.decorator_list
        if isinstance(node, ast.keyword):  # checked where the call is
            return self._is_carrier(node.value)
        if not isinstance(node, ast.Name | ast.Attribute) or not self._is_carrier(node):
            return False
        if isinstance(above, ast.Tuple):
            return self._is_in_pairs(above)
        if isinstance(node.ctx, ast.Store):
            return isinstance(above, ast.Assign | ast.AnnAssign) and self._passes(above)
        return self._is_read(node, above) or self._is_passed(node, above)

    def _is_read(self, node: ast.AST, above: ast.AST | None) -> bool:
        if isinstance(above, ast.Attribute):  # .get("key", default)
            above = self.above.get(id(above))
        read = key_read(above) if above else None
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
        if len(targets) != 1 or not self._is_carrier(targets[0]) or node.value is None:
            return False
        whole = isinstance(node.value, ast.Dict) and self._is_merge(node.value)
        return whole or self._is_carrier(node.value)

    def _is_in_pairs(self, node: ast.Tuple) -> bool:
        """`self.rows, self.parameters = rows, parameters`: from one carrier to another only."""
        above = self.above.get(id(node))
        if not isinstance(above, ast.Assign) or len(above.targets) != 1:
            return False
        left, right = above.targets[0], above.value
        if not isinstance(left, ast.Tuple) or not isinstance(right, ast.Tuple):
            return False
        pairs = list(zip(left.elts, right.elts, strict=False))
        equal = all(self._is_carrier(a) == self._is_carrier(b) for a, b in pairs)
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
        # the host gives every declared parameter; who else called it might give some of them only
        if over.id not in {arg.arg for arg in arguments(entry)} or self._mentions_of(entry.name):
            return False
        # where nobody but this merge reads the table, its values are nothing but defaults
        if self._mentions_of(table.id) == 2:
            self.default_of |= self.tables[table.id]
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
            # handed about as a value, it may be called with anything
            if not isinstance(call, ast.Call) or call.func is not node:
                return False
            if not self._gives(call, taken[offset:]):
                return False
        return True

    def _gives(self, call: ast.Call, taken: Sequence[str]) -> bool:
        """True if a call gives the dictionary to the argument of its name, and to no other."""
        if any(isinstance(a, ast.Starred) for a in call.args) or len(call.args) > len(taken):
            return False
        given: dict[str, ast.expr] = dict(zip(taken, call.args, strict=False))
        for keyword in call.keywords:
            if keyword.arg is None:
                return False
            given[keyword.arg] = keyword.value
        wanted = self.carriers & set(taken)
        right = all(name in given and self._is_carrier(given[name]) for name in wanted)
        rest = [value for name, value in given.items() if name not in self.carriers]
        return right and not any(map(self._is_carrier, rest))

    def _keys_are_reads(self) -> bool:
        """A parameter's name is written nowhere but at its reads and in the table of defaults.

        Elsewhere it may be a key all the same: `for key in ("top_k", "depth"): settings[key]`.
        """
        counted = Counter(
            node.value
            for node in self.nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        reads = Counter(read[1] for node in self.nodes if (read := key_read(node)))
        tabled = Counter(name for table in self.tables.values() for name in table.values())
        return all(counted[name] == reads[name] + tabled[name] for name in self.declared)
