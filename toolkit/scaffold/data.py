"""Data of a code base: tables with a target, and collections of texts with relevance."""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from .folder import Folder
from .syntax import argument, assigned, calls, constant

TABLES = (".csv", ".tsv")
_IDS = ("id", "_id", "row_id", "index", "key", "uid", "uuid", "name")
_TARGETS = ("target", "label", "y", "class", "outcome", "price", "response")


@dataclass(frozen=True)
class CsvTable:
    """A CSV file with a header. target: the column that the code predicts; "" if none is known."""

    path: str
    columns: tuple[str, ...]
    id: str
    target: str
    rows: int


@dataclass(frozen=True)
class Collection:
    """Files of a ranking task."""

    corpus: str
    queries: str
    qrels: str


def tables(folder: Folder) -> list[CsvTable]:
    """CSV files that have a header and an id or a target."""
    wanted = targets(folder)
    found = [_table(folder, path, wanted) for path in folder.ending(*TABLES)]
    return [one for one in found if one is not None and (one.id or one.target)]


def targets(folder: Folder) -> list[str]:
    """Columns that the code takes for the target, the surest first."""
    sure: dict[str, None] = {}
    for module in folder.modules.values():
        for name, value in assigned(module.tree).items():
            column = _column(value) if name in {"y", "target", "labels", "Y"} else None
            if name.lower() in {"target", "target_column", "label", "target_col", "label_column"}:
                column = constant(value)
            if isinstance(column, str):
                sure[column] = None
        for name, call in calls(module.tree):
            words = [constant(one) for one in call.args]
            if name.endswith("add_argument") and set(words) & {"--target", "--label"}:
                default = constant(argument(call, 9, "default"))
                if isinstance(default, str):
                    sure[default] = None
            if (
                name.endswith(".fit") and len(call.args) == 2
            ):  # model.fit(rows["text"], rows["topic"])
                learned = _column(call.args[1])
                if learned is not None:
                    sure[learned] = None
            if name.endswith(".pop") and len(words) == 1 and isinstance(words[0], str):
                sure.setdefault(words[0], None)
    return list(sure)


def _column(node: ast.expr) -> str | None:
    """Name in `df["name"]`, also behind methods: `df["name"].values`."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Subscript):
        found = constant(node.slice)
        return found if isinstance(found, str) else None
    return None


def _table(folder: Folder, path: str, wanted: Sequence[str]) -> CsvTable | None:
    try:
        with (folder.root / path).open(newline="", encoding="utf-8") as file:
            rows = csv.reader(file, delimiter="\t" if path.endswith(".tsv") else ",")
            columns = next(rows, [])
            some = list(islice(rows, 2000))
            count = len(some) + sum(1 for _ in rows)
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    if len(columns) < 2 or not some or any(_is_number(name) for name in columns):
        return None
    target = next((name for name in wanted if name in columns), "")
    if not target:
        target = next((one for one in columns if one.lower() in _TARGETS), "")
    return CsvTable(path, tuple(columns), _id(columns, some, target), target, count)


def _id(columns: Sequence[str], rows: Sequence[Sequence[str]], target: str) -> str:
    """A column named like an id whose values differ from row to row."""
    for place, name in enumerate(columns):
        like = name.lower() in _IDS or name.lower().endswith(("_id", "id"))
        values = [row[place] for row in rows if place < len(row)]
        if like and name != target and len(set(values)) == len(rows):
            return name
    return ""


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", text.strip()))


def collection(folder: Folder) -> Collection | None:
    """Corpus, queries and qrels, by the names of files; None without all three."""
    kinds = {
        "corpus": ("corpus", "documents", "docs", "passages"),
        "queries": ("queries", "topics"),
    }
    found = {
        kind: next(
            (p for p in folder.ending(".jsonl") if _stem(p, stems) and _has_id(folder, p)), ""
        )
        for kind, stems in kinds.items()
    }
    judged = [
        path for path in folder.ending(".tsv", ".txt", ".qrels", ".csv")
        if "qrel" in path.lower()
    ]  # fmt: skip
    if not judged or not all(found.values()):
        return None
    chosen = next((path for path in judged if "test" in path.lower()), judged[0])
    return Collection(found["corpus"], found["queries"], chosen)


def _stem(path: str, stems: Sequence[str]) -> bool:
    return any(Path(path).stem.lower().startswith(stem) for stem in stems)


def _has_id(folder: Folder, path: str) -> bool:
    try:
        with (folder.root / path).open(encoding="utf-8") as file:
            row = json.loads(file.readline())
    except (OSError, ValueError):
        return False
    return isinstance(row, dict) and bool({"_id", "id"} & set(row)) and "text" in row
