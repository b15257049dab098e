"""Writes the benchmark: python -m studies.daybook.generator [--out FILE]."""

from __future__ import annotations

import argparse
from pathlib import Path

from studies.daybook.generator.checks import problems
from studies.daybook.generator.corpus import samples, text

FILE = Path(__file__).parents[1] / "daybook.json"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m studies.daybook.generator", description=__doc__
    )
    parser.add_argument("--out", type=Path, default=FILE, help="the file to write")
    options = parser.parse_args()
    made = list(samples())
    wrong = [
        f"{sample.script.bank}, {sample.name}: {problem}"
        for sample in made
        for problem in problems(sample.script)
    ]
    if wrong:
        parser.exit(1, "\n".join(wrong) + "\n")
    options.out.write_text(text(made), encoding="utf-8")


if __name__ == "__main__":
    main()
