"""Patches: the rules one by one, then the same answers as `git apply` for random trees."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from toolkit import patch as patches
from toolkit.errors import PatchError

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
        ["git", *arguments], cwd=folder, env=env, input=text.encode(), capture_output=True
    )


def write(folder: Path, tree: Mapping[str, str]) -> None:
    folder.mkdir()
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
        write(folder / "old", old)
        write(folder / "new", new)
        options = ("--no-index", "--no-prefix", "--no-renames", "--text", f"-U{context}")
        return git(folder, "diff", *options, "old", "new").stdout.decode()


def ours(tree: Mapping[str, str], patch: str) -> dict[str, str] | str:
    try:
        return patches.apply(tree, patch)
    except PatchError as error:
        return str(error)


# What `toolkit.hunks` documents as refused although git would accept it.
OUR_RULES = re.compile(
    r"renames (and copies )?are refused|binary patches|symbolic link|submodule|the mode \d+ by"
    r"|not UTF-8|holds a NUL|is a folder|must begin like"
)


def assert_same(tree: Mapping[str, str], patch: str) -> None:
    mine, gits = ours(tree, patch), git_apply(tree, patch)
    if isinstance(gits, str):
        assert isinstance(mine, str), f"git refuses: {gits}"
    elif isinstance(mine, str):
        assert OUR_RULES.search(mine), f"git accepts, we say: {mine}"
    else:
        assert mine == gits


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
    "é",
    "日本/x",
    "\x01",
    "\x7f",
    " lead",
    "trail ",
    "-dash",
    "it's",
    "x.orig",
    "\x0c",
    "cr\r",
]

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
    st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0"), min_size=1, max_size=3
).filter(lambda part: part not in {".", ".."})
names = st.one_of(st.sampled_from(NAMES[:3]), st.sampled_from(NAMES + ODD_NAMES), parts)


def without_clashes(tree: dict[str, str]) -> dict[str, str]:
    return {
        path: text for path, text in tree.items() if not any(p.startswith(f"{path}/") for p in tree)
    }


trees = st.dictionaries(names, texts, max_size=3).map(without_clashes)


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


HEADERS = [
    "diff --git a/x b/x", "diff --git a/y b/y", "--- a/x", "+++ b/x", "--- x", "+++ x", "--- /dev/null",
    "+++ /dev/null", "new file mode 100644", "deleted file mode 100644", "index 123..456 100644",
    "index 123..456", "old mode 100644", "new mode 100644", "similarity index 90%", "Please apply:",
    "--- a/x\t2020-01-02 03:04:05.678 +0100", "+++ b/x\t1970-01-01 00:00:00 +0000", "+++ x.orig",
    "@@ -1 +1 @@", "@@ -0,0 +1 @@", "@@ -1 +0,0 @@", "@@ -2,0 +3 @@", "\\ No newline at end of file",
    " a", "-a", "+a", " b", "-b", "+b", "", " ", "+", "-", '--- "a/x"', '+++ "b/x"', "--- a//x",
]  # fmt: skip


@st.composite
def renumbered(draw: st.DrawFn, row: str) -> str:
    """A hunk header with one of its numbers moved."""
    numbers = list(re.finditer(r"\d+", row))
    if not row.startswith("@@") or not numbers:
        return row
    at = draw(st.sampled_from(numbers))
    number = max(0, int(at[0]) + draw(st.integers(-3, 3)))
    return f"{row[: at.start()]}{number}{row[at.end() :]}"


@st.composite
def damaged(draw: st.DrawFn, patch: str) -> str:
    """The patch after a careless editor."""
    rows = patch.split("\n")
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(0, len(rows) - 1)))
        kind = draw(
            st.sampled_from(["number", "number", "drop", "double", "insert", "sign", "cut", "cr"])
        )
        heads = [n for n, row in enumerate(rows) if row.startswith("@@")]
        if kind == "number" and heads:
            at = draw(st.sampled_from(heads))
            rows[at] = draw(renumbered(rows[at]))
        elif kind == "drop":
            del rows[at : at + 1]
        elif kind == "double":
            rows[at:at] = rows[at : at + draw(st.integers(1, 6))]
        elif kind == "insert":
            rows[at:at] = [draw(st.sampled_from(HEADERS))]
        elif kind == "sign" and rows[at : at + 1]:
            rows[at] = draw(st.sampled_from([" ", "-", "+", ""])) + rows[at][1:]
        elif kind == "cut":
            del rows[at + 1 :]
        elif kind == "cr" and rows[at : at + 1]:
            rows[at] += "\r"
    return "\n".join(rows)


@st.composite
def attempts(draw: st.DrawFn) -> tuple[dict[str, str], str]:
    """A tree, and a patch that was made for another one or went through an editor."""
    old, new = draw(tree_pairs())
    context = draw(st.sampled_from([3, 3, 0, 1, 2, 5]))
    patch = git_diff(old, new, context) if context != 3 else patches.make(old, new)
    if draw(st.integers(0, 3)) == 0:
        patch += patches.make(new, draw(changed(new)))
    if draw(st.integers(0, 3)) == 0:
        kept = [
            row for row in patch.split("\n") if not re.match("diff |new f|deleted f|index", row)
        ]
        patch = "\n".join(kept)
    tree = draw(changed(old)) if draw(st.booleans()) else old
    return tree, draw(damaged(patch))


headers_only = st.tuples(
    st.dictionaries(
        st.sampled_from(["x", "y", "d/x", "b/x"]), st.sampled_from(["", "a\n", "a\nb\n", "a"])
    ),
    st.lists(st.sampled_from(HEADERS), max_size=12).map(lambda rows: "\n".join(rows) + "\n"),
)


def agrees(examples: int):  # type: ignore[no-untyped-def]
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[
            HealthCheck.too_slow,
            HealthCheck.data_too_large,
            HealthCheck.large_base_example,
        ],
    )


def check_make(pair: tuple[dict[str, str], dict[str, str]]) -> None:
    old, new = pair
    patch = patches.make(old, new)
    assert patches.apply(old, patch) == new
    assert (git_apply(old, patch) if patch else old) == new


def check_git_diff(pair: tuple[dict[str, str], dict[str, str]]) -> None:
    old, new = pair
    assert patches.apply(old, git_diff(old, new)) == new


def check_attempt(attempt: tuple[dict[str, str], str]) -> None:
    tree, patch = attempt
    if patch:
        assert_same(tree, patch)
