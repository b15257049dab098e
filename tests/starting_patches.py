"""Studies that start from a patch, and trees on disk."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


def git_apply(tree: Path, file: Path) -> None:
    # without the ceiling git takes a repository further up for the patch's root
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}
    subprocess.run(["git", "apply", str(file)], cwd=tree, env=environment, check=True)


def write_tree(folder: Path, tree: Mapping[str, str | bytes]) -> Path:
    for path, content in tree.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def read_tree(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in found}
