"""Leaves of YAML files by the marks of PyYAML's nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...records import same
from .place import UNKNOWN, Gone, Refused, Slot, Text

if TYPE_CHECKING:
    from yaml.nodes import Node

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+)+")
"""an anchor or a tag before a value: both stay"""
LARGEST = 100_000
"""nodes of a value: a few aliases of aliases are more than any memory holds"""


def leaves(path: str, source: Text) -> Sequence[tuple[tuple[str, ...], Slot]]:
    """(keys, slot) of every value that is no mapping; raises Gone where it is no YAML."""
    import yaml

    try:
        top = yaml.compose(source.text, Loader=yaml.SafeLoader)
        return list(_walk(path, source, top, (), -1)) if top is not None else []
    except (yaml.YAMLError, RecursionError) as error:
        told = " ".join(str(error).split())
        raise Gone(f"{path} is no YAML that can be read: {told}") from error


def _walk(
    path: str, source: Text, node: Node, keys: tuple[str, ...], after: int
) -> Iterator[tuple[tuple[str, ...], Slot]]:
    """after: where the key of the node ends; what stands before it is meant by an alias."""
    import yaml

    if node.start_mark.index < after:
        alias = f"*{'.'.join(keys)}"  # its value belongs to the anchor, and to all that name it
        yield keys, Slot(path, after, after, source.line(after), UNKNOWN, _refuse, alias)
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _walk(path, source, value, (*keys, str(key.value)), key.end_mark.index)
        return
    yield keys, _slot(path, source, node)
    if isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield from _walk(path, source, value, (*keys, str(number)), node.start_mark.index)


def _slot(path: str, source: Text, node: Node) -> Slot:
    import yaml

    start, end = node.start_mark.index, _end(node)
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):  # it ends with its line
        end = start + len(source.text[start:end].rstrip())
    found = _PROPERTIES.match(source.text, start, end)
    start = found.end() if found else start
    block = isinstance(node, yaml.SequenceNode) and not node.flow_style

    def write(value: Any) -> str:
        made = written(value)
        # `key:` and a list below it at the same indentation; and `key:` with nothing behind it
        gap = " " if block or (start == end and source.text[start - 1 : start] == ":") else ""
        return gap + made

    raw = source.text[start:end]
    return Slot(path, start, end, 1 + node.start_mark.line, _value(node), write, raw)


def _end(node: Node) -> int:
    """End of a value: that of a list in lines is the end of its last entry."""
    import yaml

    inside = node.value if isinstance(node, yaml.SequenceNode | yaml.MappingNode) else []
    if not inside or node.flow_style:
        end: int = node.end_mark.index
        return end
    last = inside[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _value(node: Node) -> Any:
    """Plain value of a node; UNKNOWN where it is a date, a set, an own tag or no finite number."""
    import yaml

    if _amount(node, {}) > LARGEST:
        return UNKNOWN
    try:
        found = yaml.constructor.SafeConstructor().construct_document(node)
    except (yaml.YAMLError, ValueError, TypeError, AttributeError):
        return UNKNOWN
    return found if same(found, found) else UNKNOWN


def _amount(node: Node, known: dict[int, int]) -> int:
    """Number of nodes below one, each counted wherever an alias repeats it."""
    if id(node) not in known:
        inside = node.value if not isinstance(node.value, str) else []
        parts = [one for part in inside for one in (part if isinstance(part, tuple) else (part,))]
        known[id(node)] = 1 + sum(_amount(one, known) for one in parts)
    return known[id(node)]


def _refuse(value: Any) -> str:
    raise Refused("an alias stands there: bind the place of its anchor")


def written(value: Any) -> str:
    """A value on one line that reads as the same; raises Refused."""
    import yaml

    if not same(value, value):
        raise Refused(f"{value!r} has no form in YAML that reads as the same")
    text = yaml.dump(
        value, Dumper=_dumper(), default_flow_style=True, width=float("inf"), allow_unicode=True
    )
    made = str(text).removesuffix("\n").removesuffix("...").rstrip("\n")
    if not same(yaml.safe_load(made), value):
        raise Refused(f"{value!r} has no form in YAML that reads as the same")
    return made


def _dumper() -> Any:
    """A dumper that quotes every text: what is plain at the top may end inside a list."""
    import yaml

    class Quoting(yaml.SafeDumper):  # type: ignore[misc]
        def ignore_aliases(self, data: Any) -> bool:
            return True

    Quoting.add_representer(
        str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
    )
    return Quoting
