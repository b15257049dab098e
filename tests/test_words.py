"""The toolkit keeps to its words (docs/architecture.md), as far as that is cheap to tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "toolkit").rglob("*.py"))]
FRAGMENTS = set("What Whether How Of All Those None Told Where Who Which With".split())
LEFT = set("bench compare evaluator_contract evaluators ledger patches report search statistics "
           "study testing toy".split())  # fmt: skip
"""Rooms whose docstrings are still to be gone through."""
NEVER = {"category", "categories", "atom", "atoms"}
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def room(file: str) -> str:
    return file.split("/")[1].removesuffix(".py")


def nodes(file: str) -> Iterator[ast.AST]:
    return ast.walk(ast.parse((ROOT / file).read_text()))


def names(file: str) -> Iterator[str]:
    """Names that a file gives: its functions, classes, variables and arguments."""
    for node in nodes(file):
        if isinstance(node, NAMED):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


@pytest.mark.parametrize("file", [file for file in FILES if room(file) not in LEFT])
def test_a_docstring_names_its_subject(file: str) -> None:
    for node in nodes(file):
        if isinstance(node, (*NAMED, ast.Module)):
            text = ast.get_docstring(node) or "-"
            assert re.split(r"\W", text)[0] not in FRAGMENTS, text


def test_rooms_that_are_gone_through_are_not_left() -> None:
    assert {room(file) for file in FILES} >= LEFT


@pytest.mark.parametrize("file", FILES)
def test_a_label_and_a_part_have_no_other_name(file: str) -> None:
    words = {word for name in names(file) for word in name.lower().split("_")}
    assert not words & NEVER


@pytest.mark.parametrize("file", FILES)
def test_only_tests_are_named_test(file: str) -> None:
    """Methods of a contract that plugin authors inherit are tests."""
    body = ast.parse((ROOT / file).read_text()).body
    functions = {node.name for node in body if isinstance(node, NAMED)}
    left = {"test_result", "test_runs"}  # still to be renamed
    assert not {name for name in functions if name.startswith("test_")} - left
