"""Writes the benchmark: python -m studies.daybook.generator [--scale N] [--out FILE]."""

from __future__ import annotations

import argparse
from pathlib import Path

from studies.daybook.generator.corpus import text

FILE = Path(__file__).parents[1] / "daybook.json"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m studies.daybook.generator", description=__doc__
    )
    parser.add_argument("--scale", type=int, default=1, help="times as many conversations")
    parser.add_argument("--out", type=Path, default=FILE, help="the file to write")
    options = parser.parse_args()
    if options.scale < 1:
        parser.error("--scale must be 1 or more")
    options.out.write_text(text(options.scale), encoding="utf-8")


if __name__ == "__main__":
    main()
