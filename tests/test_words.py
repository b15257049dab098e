"""The toolkit keeps to its words (docs/architecture.md), as far as that is cheap to tell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent


def files(folder: str) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / folder).rglob("*.py"))]


FILES = files("toolkit")
FRAGMENTS = set("What Whether How Of All Those None Told Where Who Which With".split())
NEVER = {"category", "categories", "atom", "atoms"}
NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Words(NamedTuple):
    """Words that a file gives: docstrings, names (of functions, classes, variables, arguments),
    and those of them that stand at its top."""

    docstrings: list[str]
    names: set[str]
    at_the_top: set[str]


@cache
def read(file: str) -> Words:
    module = ast.parse((ROOT / file).read_text())
    named = [node for node in ast.walk(module) if isinstance(node, NAMED)]
    texts = [ast.get_docstring(node, clean=False) for node in (module, *named)]
    return Words(
        [text.lstrip() for text in texts if text],
        {node.name for node in named} | set(variables(module)),
        {node.name for node in module.body if isinstance(node, NAMED)},
    )


def variables(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


@pytest.mark.parametrize("file", [*FILES, *files("searchers"), *files("studies")])
def test_a_docstring_names_its_subject(file: str) -> None:
    for text in read(file).docstrings:
        assert re.split(r"\W", text)[0] not in FRAGMENTS, text


@pytest.mark.parametrize("file", FILES)
def test_a_label_and_a_part_have_no_other_name(file: str) -> None:
    words = {word for name in read(file).names for word in name.lower().split("_")}
    assert not words & NEVER


@pytest.mark.parametrize("file", FILES)
def test_only_tests_are_named_test(file: str) -> None:
    """Methods of a contract that plugin authors inherit are tests."""
    assert not {name for name in read(file).at_the_top if name.startswith("test_")}
