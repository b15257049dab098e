"""Site of the documentation: `python docs/build.py [FOLDER]`, with every warning an error.

The pages lie where people read them in the repository, in docs/ and beside the studies. Here they
are brought into one folder, with their links, and Zensical (`pip install -e '.[docs]'`) makes the
site of it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[([^\]\n]*)\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")


def main(arguments: list[str]) -> int:
    """Exit code of Zensical; the site is copied only where it is 0."""
    site = Path(arguments[0] if arguments else ROOT / "site").absolute()
    with tempfile.TemporaryDirectory() as work:
        bring(Path(work))
        done = subprocess.run([sys.executable, "-m", "zensical", "build", "--strict"], cwd=work)
        if done.returncode == 0:
            shutil.copytree(Path(work, "site"), site, dirs_exist_ok=True)
            print(f"{site / 'index.html'}")
    return done.returncode


def bring(work: Path) -> None:
    """Copy the configuration, and the pages below `docs`, into a folder."""
    shutil.copy(ROOT / "zensical.toml", work)
    places = dict(_places())
    for source, place in places.items():
        target = work / "docs" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".md":
            target.write_text(moved(source, places))
        else:
            shutil.copy(source, target)


def moved(source: Path, places: Mapping[Path, Path]) -> str:
    """Text of a page with its links as they are in the site.

    A link to a folder of the repository, of which the site has no page, becomes its words.
    """

    def link(found: re.Match[str]) -> str:
        words, target, anchor = found[1], (source.parent / found[2]).resolve(), found[3] or ""
        if target.is_dir():
            return words
        if target not in places:
            return found[0]  # the strict build names it
        way = os.path.relpath(places[target], places[source].parent)
        return f"[{words}]({way}{anchor})"

    return LINK.sub(link, source.read_text())


def _places() -> Iterator[tuple[Path, Path]]:
    """Pairs of a file in the repository and its place in the site."""
    for path in sorted((ROOT / "docs").rglob("*")):
        if path.suffix in {".md", ".svg", ".ipynb"}:
            yield path, path.relative_to(ROOT / "docs")
    for path in sorted((ROOT / "studies").rglob("*.md")):
        yield path, path.relative_to(ROOT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
