"""A study that can be computed by hand, with patches as values: each question right is a third.

The program answers 0, 1 and 2, each by a function of its own, and all of them wrong. `fix_zero` and
`fix_one` repair one each; `form` repairs two, or changes the line that fix_one changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import sums

import toolkit
from toolkit.patches import diff

MAIN = "adder/main.py"
FUNCTIONS = """def {0}():
    lines = "that keep"
    more = "the hunks apart"
    last = "of context"
    return -9
"""
PROGRAM = (
    "\n\n".join(FUNCTIONS.format(name) for name in ("zero", "one", "two"))
    + """

def run(context, inputs, parameters, services):
    assert set(parameters) == {"x"}, parameters
    known = [zero(), one(), two()]
    return [{"answer": str(known[n])} for n in inputs]
"""
)
PARAMETERS = """x = { int = [1, 3], default = 1 }
fix_zero = { patches = ["", "faults/zero.patch"] }
fix_one = { patches = ["", "faults/one.patch"] }
form = { patches = ["", "forms/two.patch", "forms/other.patch"] }"""
ZERO, ONE = {"fix_zero": "faults/zero.patch"}, {"fix_one": "faults/one.patch"}
TWO, OTHER = {"form": "forms/two.patch"}, {"form": "forms/other.patch"}


def repaired(name: str, value: object, program: str = PROGRAM) -> str:
    """The program whose one function returns a value, or the value of an expression."""
    head, found, tail = program.partition(f"def {name}():")
    return head + found + tail.replace("return -9", f"return {value}", 1)


def patch(new: str, old: str = PROGRAM) -> str:
    return diff.make({MAIN: old}, {MAIN: new})


PATCHES = {
    "faults/zero.patch": patch(repaired("zero", "len('')")),
    "faults/one.patch": patch(repaired("one", "len('1')")),
    "forms/two.patch": patch(repaired("two", "len('12')")),
    "forms/other.patch": patch(repaired("one", 7)),
}


def write(folder: Path, patches: Mapping[str, str] = PATCHES, **more: str) -> Path:
    """The folder of the study."""
    sums.write(folder, PROGRAM, **{"parameters": PARAMETERS, **more})
    for name, text in patches.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return folder


def proposing(*candidates: toolkit.Candidate) -> Callable[[], object]:
    class Proposing:
        def run(self, lab: toolkit.Lab) -> None:
            for candidate in candidates:
                lab.evaluate(candidate)

    return Proposing
