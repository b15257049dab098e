"""The toy study with faults that are planted in it, and patches that repair them."""

from __future__ import annotations

from pathlib import Path

from toolkit.patches import diff

MAIN = "toy_pipeline/main.py"


def repair(folder: Path, name: str, old: str, new: str, path: str = MAIN) -> str:
    """Write the patch of a file that repairs a fault; return its name in the study file."""
    text = (folder / path).read_text()
    assert text.count(old) == 1
    (folder / "faults").mkdir(exist_ok=True)
    patch = diff.make({path: text}, {path: text.replace(old, new)})
    (folder / "faults" / f"{name}.patch").write_text(patch)
    return f"faults/{name}.patch"


def plant(folder: Path, **words: str) -> None:
    """Add [planted] to a study: {patch's name, with _ for -: words}."""
    rows = "".join(
        f'"faults/{name.replace("_", "-")}.patch" = "{what}"\n' for name, what in words.items()
    )
    file = folder / "study.toml"
    file.write_text(f"{file.read_text()}\n[planted]\n{rows}")
