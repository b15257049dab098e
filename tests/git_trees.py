"""The real git, and trees of texts that are made up at random."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import strategies as st

from toolkit.errors import PatchError
from toolkit.patches import patch as patches

# --- the real git -------------------------------------------------------------------------------


def git(folder: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[bytes]:
    """git outside any repository and without anybody's configuration."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C",
        "GIT_CEILING_DIRECTORIES": str(folder.parent),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    return subprocess.run(
        ["git", *arguments],
        check=False,
        cwd=folder,
        env=env,
        input=text.encode(),
        capture_output=True,
    )


def write(folder: Path, tree: Mapping[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def read(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes().decode() for path in files}


def git_apply(tree: Mapping[str, str], patch: str) -> dict[str, str] | str:
    """The new tree, or what git says against it."""
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent).resolve() / "tree"
        write(folder, tree)
        done = git(folder, "apply", text=patch)
        return read(folder) if done.returncode == 0 else done.stderr.decode(errors="replace")


def git_diff(old: Mapping[str, str], new: Mapping[str, str], context: int = 3) -> str:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent).resolve()
        write(folder / "a", old)
        write(folder / "b", new)
        options = ("--no-index", "--no-prefix", "--no-renames", "--text", f"-U{context}")
        return git(folder, "diff", *options, "a", "b").stdout.decode()


def ours(tree: Mapping[str, str], patch: str) -> dict[str, str] | str:
    try:
        return patches.apply(tree, patch)
    except PatchError as error:
        return str(error)


def assert_as_git(tree: Mapping[str, str], patch: str) -> None:
    """What we accept, git accepts, with the same tree."""
    mine = ours(tree, patch)
    if patch and not isinstance(mine, str):
        assert mine == git_apply(tree, patch)


# --- random trees -------------------------------------------------------------------------------

WORDS = [
    "a",
    "b",
    "c",
    "",
    " ",
    "a ",
    "\ta",
    "a\r",
    "\r",
    "\x0c",
    "x\x0cy",
    "u\u2028v",
    "é",
    "\x00",
]
MARKS = [
    "-",
    "+",
    "--- a/x",
    "+++ b/x",
    "@@ -1 +1 @@",
    "diff --git a/x b/x",
    "\\ No newline",
    "-- ",
]
NAMES = ["x", "y", "d/x", "d/e/z", "sp ace", "x b/x", "d d/y y", 'q"uote', "tab\there", "nl\nhere"]
ODD_NAMES = [
    "é", "日本/x", "\x01", "\x7f", " lead", "trail ", "-dash", "it's", "x.orig", "\x0c", "cr\r",
    "d /x", 'q" /y', "log 2024-05-06",
]  # fmt: skip

lines = st.one_of(
    st.sampled_from(WORDS[:3]),
    st.sampled_from(WORDS + MARKS),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=4),
)
texts = st.builds(
    lambda rows, end: "\n".join(rows) + end,
    st.lists(lines, max_size=24),
    st.sampled_from("\n\n\n "),
).map(lambda text: text.removesuffix(" "))
parts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0:"), min_size=1, max_size=3
).filter(lambda part: part not in {".", ".."})
names = st.one_of(st.sampled_from(NAMES[:3]), st.sampled_from(NAMES + ODD_NAMES), parts)


def without_clashes(tree: dict[str, str]) -> dict[str, str]:
    return {
        path: text for path, text in tree.items() if not any(p.startswith(f"{path}/") for p in tree)
    }


trees = st.dictionaries(names, texts, min_size=1, max_size=3).map(without_clashes)


@st.composite
def edited(draw: st.DrawFn, text: str) -> str:
    """The text with lines inserted, deleted, doubled or changed here and there."""
    rows = text.split("\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(rows)))
        kind = draw(st.sampled_from(["insert", "delete", "double", "change", "move"]))
        if kind == "insert":
            rows[at:at] = draw(st.lists(lines, min_size=1, max_size=3))
        elif kind == "delete":
            del rows[at : at + draw(st.integers(1, 3))]
        elif kind == "double":
            rows[at:at] = rows[at : at + 3]
        elif kind == "change":
            rows[at : at + 1] = [draw(lines)]
        else:
            rows = rows[at:] + rows[:at]
    return "\n".join(rows)


@st.composite
def changed(draw: st.DrawFn, tree: dict[str, str]) -> dict[str, str]:
    """A tree that descends from this one."""
    new = dict(tree)
    for path in tree:
        kind = draw(st.sampled_from(["edit", "edit", "edit", "keep", "delete", "replace"]))
        if kind == "edit":
            new[path] = draw(edited(tree[path]))
        elif kind == "replace":
            new[path] = draw(texts)
        elif kind == "delete":
            del new[path]
    if draw(st.booleans()):
        new |= draw(st.dictionaries(names, texts, max_size=1))
    return without_clashes(new)


@st.composite
def tree_pairs(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str]]:
    old = draw(trees)
    return old, draw(changed(old))
