"""Notebooks without a kernel: their code cells run one after the other in one namespace.

`python tests/notebooks.py docs/NAME.ipynb` runs a notebook and stores what it shows in it.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

Cell = dict[str, Any]
DPI = 72


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def code(notebook: Mapping[str, Any]) -> list[Cell]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def execute(notebook: Mapping[str, Any], folder: Path) -> list[list[dict[str, Any]]]:
    """Outputs of each code cell, in the notebook's own format. Raises what a cell raises."""
    mpl.use("agg")
    plt.close("all")
    space: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.chdir(folder):
        return [_run("".join(cell["source"]), space, n) for n, cell in enumerate(code(notebook))]


def _run(source: str, space: dict[str, Any], number: int) -> list[dict[str, Any]]:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, name = io.StringIO(), f"<cell {number + 1}>"
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, name, "exec"), space)
        shown = last and eval(compile(ast.Expression(last.value), name, "eval"), space)
    found: list[dict[str, Any]] = []
    if text := printed.getvalue():
        found.append({"output_type": "stream", "name": "stdout", "text": _lines(text)})
    if shown is not None and not plt.get_fignums():
        data = {"text/plain": _lines(repr(shown))}
        found.append({"output_type": "execute_result", "execution_count": number + 1,
                      "metadata": {}, "data": data})  # fmt: skip
    return [*found, *map(_picture, plt.get_fignums())]


def _picture(number: int) -> dict[str, Any]:
    """A figure as its notebook shows it; it is closed."""
    sink, figure = io.BytesIO(), plt.figure(number)
    figure.savefig(sink, format="png", dpi=DPI, metadata={"Software": None})
    plt.close(figure)
    data = {"image/png": base64.b64encode(sink.getvalue()).decode()}
    return {"output_type": "display_data", "metadata": {}, "data": data}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main() -> None:
    path = Path(sys.argv[1]).absolute()
    notebook = read(path)
    os.environ["COLUMNS"] = "100"
    with tempfile.TemporaryDirectory() as folder:
        shown = execute(notebook, Path(folder))
    for number, (cell, outputs) in enumerate(zip(code(notebook), shown, strict=True)):
        cell.update(outputs=outputs, execution_count=number + 1)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
