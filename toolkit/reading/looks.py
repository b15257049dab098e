"""Looks of one place of a difference: another number, another word, wording, handing on."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from .trees import Difference


def is_choosing(place: Difference) -> bool:
    """True for a condition that decides what is taken in."""
    asked = any(field in {"test", "ifs"} for _, field in place.way)
    tops = (*place.before, *place.after)
    guards = (node for top in tops for node in ast.walk(top) if isinstance(node, ast.If))
    return asked or any(isinstance(node.body[0], ast.Return | ast.Continue) for node in guards)


def masked(text: str) -> str:
    return re.sub(r"-?\b\d+(?:\.\d+)?(?:e[-+]?\d+)?\b|\btrue\b|\bfalse\b|\bnull\b", "#", text)


def is_number_swap(place: Difference) -> bool:
    if not place.swap:
        return False
    return all(
        isinstance(n, ast.Constant) and (n.value is None or isinstance(n.value, bool | int | float))
        for n in place.swap
    )


def is_pattern(place: Difference) -> bool:
    """True for a format of dates or a regular expression, by its look."""
    texts = [n.value for n in place.swap or () if isinstance(n, ast.Constant)]
    marks = ("%Y", "%d", "%m", "\\w", "\\b", "\\s", "\\d", "[^")
    return len(texts) == 2 and all(
        isinstance(text, str) and any(mark in text for mark in marks) for text in texts
    )


def is_word_swap(place: Difference) -> bool:
    """True for one word in place of another: a mode, a metric, a model."""
    texts = [node.value for node in place.swap or () if isinstance(node, ast.Constant)]
    words = [t for t in texts if isinstance(t, str) and re.fullmatch(r"\w[\w./:-]*", t)]
    return len(words) == 2


def is_choice(place: Difference) -> bool:
    """True for a word passed by keyword, or a number that was left to the callee's default."""
    if place.swap and place.way and isinstance(place.way[-1][0], ast.keyword):
        values = [node.value for node in place.swap if isinstance(node, ast.Constant)]
        return is_word_swap(place) or (len(values) == 2 and None in values)
    added = place.before or place.after if not (place.before and place.after) else ()
    return bool(added) and all(
        isinstance(node, ast.keyword)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, bool | int | float)
        for node in added
    )


def is_handing_on(place: Difference) -> bool:
    """True for nothing but an argument more or less, in a signature or a call."""
    plain = (ast.arg, ast.Name, ast.keyword, ast.Attribute)
    where = bool(place.way) and place.way[-1][1] in {"args", "keywords", "kwonlyargs", "defaults"}
    nodes = (*place.before, *place.after)
    grown = not place.before or not place.after
    return (
        where and grown and all(isinstance(node, plain) for node in nodes) and not _is_asked(nodes)
    )


def _is_asked(nodes: Sequence[ast.AST]) -> bool:
    return any(isinstance(n, ast.keyword) and not isinstance(n.value, ast.Name) for n in nodes)


def is_constant_answer(place: Difference) -> bool:
    """True for a way out, or a value in place of another, that answers the same whatever was read.

    What is empty (None, 0, "", []) is no answer: a guard returns it.
    """
    if not place.before and place.after:
        return all(map(_answers_early, place.after))
    if not place.swap:
        return False
    old, new = place.swap
    kept = ast.dump(old)
    if isinstance(new, ast.IfExp):
        ends = {ast.dump(new.body): new.orelse, ast.dump(new.orelse): new.body}
        return kept in ends and _is_answer(ends[kept])
    if isinstance(new, ast.BoolOp) and isinstance(new.op, ast.Or):
        return ast.dump(new.values[0]) == kept and _is_answer(new.values[-1])
    is_returned = bool(place.way) and isinstance(place.way[-1][0], ast.Return)
    return is_returned and not _is_answer(old) and _is_answer(new)


def _answers_early(node: ast.AST) -> bool:
    """`if question.startswith("Is"): return "yes"`"""
    if isinstance(node, ast.If) and not node.orelse and len(node.body) == 1:
        return _answers_early(node.body[0])
    return isinstance(node, ast.Return) and node.value is not None and _is_answer(node.value)


def _is_answer(node: ast.AST) -> bool:
    """True for a value that is written out, with something in it."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return bool(any(value.values()) if isinstance(value, dict) else value)


def is_wording(place: Difference) -> bool:
    """True for texts that are put together, cut or taken apart."""
    for side in (place.before, place.after):
        for top in side:
            for node in ast.walk(top):
                text = isinstance(node, ast.Constant) and isinstance(node.value, str)
                if text or isinstance(node, ast.JoinedStr):
                    return not any(field in {"test", "ifs"} for _, field in place.way)
    return False
