"""The toolkit keeps to its words (docs/architecture.md), as far as that is cheap to tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def files(folder: str) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / folder).rglob("*.py"))]


FILES = files("toolkit")
FRAGMENTS = set("What Whether How Of All Those None Told Where Who Which With".split())
NEVER = {"category", "categories", "atom", "atoms"}
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


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


@pytest.mark.parametrize("file", [*FILES, *files("searchers"), *files("studies")])
def test_a_docstring_names_its_subject(file: str) -> None:
    for node in nodes(file):
        if isinstance(node, (*NAMED, ast.Module)):
            text = ast.get_docstring(node) or "-"
            assert re.split(r"\W", text)[0] not in FRAGMENTS, text


@pytest.mark.parametrize("file", FILES)
def test_a_label_and_a_part_have_no_other_name(file: str) -> None:
    words = {word for name in names(file) for word in name.lower().split("_")}
    assert not words & NEVER


@pytest.mark.parametrize("file", FILES)
def test_only_tests_are_named_test(file: str) -> None:
    """Methods of a contract that plugin authors inherit are tests."""
    body = ast.parse((ROOT / file).read_text()).body
    functions = {node.name for node in body if isinstance(node, NAMED)}
    assert not {name for name in functions if name.startswith("test_")}
