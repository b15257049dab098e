"""Patches: the rules one by one, then the same answers as `git apply` for random trees."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
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


# What `toolkit.patches.hunks` documents as refused although git would accept it.
OUR_RULES = re.compile(
    r"renames (and copies )?are refused|binary patches|symbolic link|submodule|the mode \d+ by"
    r"|not UTF-8|holds a NUL|is a folder"
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
    "d /x",
    'q" /y',
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


HEADERS = [
    "diff --git a/x b/x", "diff --git a/y b/y", "--- a/x", "+++ b/x", "--- x", "+++ x",
    "--- /dev/null", "+++ /dev/null", "new file mode 100644", "deleted file mode 100644",
    "index 123..456 100644", "index 123..456", "old mode 100644", "new mode 100644",
    "similarity index 90%", "Please apply:", "--- a/x\t2020-01-02 03:04:05.678 +0100",
    "+++ b/x\t1970-01-01 00:00:00 +0000", "+++ x.orig", "@@ -1 +1 @@", "@@ -0,0 +1 @@",
    "@@ -1 +0,0 @@", "@@ -2,0 +3 @@", "\\ No newline at end of file", " a", "-a", "+a", " b", "-b",
    "+b", "", " ", "+", "-", '--- "a/x"', '+++ "b/x"', "--- a//x",
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
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2, 3]))):
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


HEADS = [
    "diff --git a/{0} b/{0}\n--- a/{0}\n+++ b/{0}\n",
    "diff --git a/{0} b/{0}\nindex 12..34 100644\n--- a/{0}\n+++ b/{0}\n",
    "diff --git a/{0} b/{0}\nnew file mode 100644\n--- /dev/null\n+++ b/{0}\n",
    "diff --git a/{0} b/{0}\ndeleted file mode 100644\n--- a/{0}\n+++ /dev/null\n",
    "diff --git a/{0} b/{0}\nnew file mode 100644\n",
    "diff --git a/{0} b/{0}\ndeleted file mode 100644\n",
    'diff --git "a/{0}" "b/{0}"\n--- "a/{0}"\n+++ "b/{0}"\t\n',
    "diff --git a/{0} b/{0}\nSome words\n--- a/{0}\n+++ b/{0}\n",
    "--- a/{0}\n+++ b/{0}\n",
    "--- {0}\n+++ {0}\n",
    "--- /dev/null\n+++ b/{0}\n",
    "--- a/{0}\n+++ /dev/null\n",
    "--- a/{0}.orig\t2024-05-06 07:08:09.25 +0200\n+++ a/{0}\t2024-05-06 07:08:10 +0200\n",
    "--- a/{0}\t1970-01-01 02:00:00 +0200\n+++ b/{0} 2024-05-06\n",
    "--- a/{0}\n+++ b/{0}\t1969-12-31 19:00:00.000 -05:00\n",
    "A letter about {0}:\n",
]
HUNKS = [
    "@@ -1 +1 @@\n-a\n+b\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n", "@@ -0,0 +1 @@\n+a\n",
    "@@ -1 +0,0 @@\n-a\n", "@@ -1,2 +1,3 @@\n a\n+c\n b\n", "@@ -2 +2 @@ def\n-b\n+a\n",
    "@@ -2,0 +2,2 @@\n+a\n+b\n", "@@ -1,2 +0,0 @@\n-a\n-b\n", "@@ -3,2 +2,3 @@\n+b\n a\n b\n",
    "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n", "@@ -1,2 +1,1 @@\n-a\n b\n",
    "@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n", "@@ -2,2 +2,2 @@\n-b\n+c\n\n", "",
]  # fmt: skip
paths = st.sampled_from(["x", "x", "x", "x", "y", "d/x", "b/x", "x/y"])


def sections_of(heads: list[str], hunks: list[str], most: int = 2) -> st.SearchStrategy[str]:
    return st.builds(
        lambda head, path, body: head.format(path) + "".join(body),
        st.sampled_from(heads),
        paths,
        st.lists(st.sampled_from(hunks), min_size=1, max_size=most),
    )


sections = st.one_of(
    sections_of([HEADS[0], HEADS[1], HEADS[6], HEADS[8], HEADS[12]], HUNKS),
    sections_of([HEADS[0], HEADS[8], HEADS[7], HEADS[9]], HUNKS, most=1),
    sections_of([HEADS[2], HEADS[10], HEADS[13], HEADS[8]], [HUNKS[2]], most=1),
    sections_of([HEADS[3], HEADS[11], HEADS[14], HEADS[8]], [HUNKS[3], HUNKS[7]], most=1),
    sections_of(HEADS, [*HUNKS, ""]),
)
small_texts = st.sampled_from(
    ["", "a", "a\n", "b\n", "a\nb\n", "a\nb", "a\nb\na\nb\n", "a\n\nb\n\n"]
)
assembled = st.tuples(
    st.builds(
        lambda text, others: without_clashes({"x": text} | others),
        small_texts,
        st.dictionaries(paths, small_texts, max_size=2),
    ),
    st.lists(sections, min_size=1, max_size=3).map("".join).flatmap(damaged),
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
    """What git itself cannot apply of its own (an empty new file in a folder "d ") we refuse too."""
    old, new = pair
    patch = git_diff(old, new)
    if patch and isinstance(git_apply(old, patch), str):
        assert isinstance(ours(old, patch), str)
    else:
        assert patches.apply(old, patch) == new


def check_attempt(attempt: tuple[dict[str, str], str]) -> None:
    tree, patch = attempt
    if patch and not (joins_lines(tree, patch) and isinstance(ours(tree, patch), str)):
        assert_same(tree, patch)


def joins_lines(tree: dict[str, str], patch: str) -> bool:
    """A file patched twice, with a line whose newline the patch denies: we may refuse it."""
    touched = [line[4:] for line in patch.splitlines() if line.startswith("--- ")]
    return "\\ No newline" in patch and len(touched) > len(set(touched))


# --- the properties -----------------------------------------------------------------------------

QUICK, MANY = 70, 4000


@agrees(QUICK)
@given(tree_pairs())
def test_made_patches_apply_here_and_in_git(pair):
    check_make(pair)


def test_a_diff_that_git_cannot_read_back_is_refused():
    old, new = {"x": "\n"}, {"x": "a\n\n", "d /x": ""}
    patch = git_diff(old, new)
    assert "lacks filename information" in str(git_apply(old, patch))
    assert "does not name its file" in str(ours(old, patch))


@agrees(QUICK)
@given(tree_pairs())
def test_diffs_by_git_apply_here(pair):
    check_git_diff(pair)


@agrees(QUICK)
@given(attempts())
def test_accepts_and_gives_what_git_does(attempt):
    check_attempt(attempt)


@agrees(QUICK)
@given(assembled)
def test_reads_headers_as_git_does(attempt):
    check_attempt(attempt)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("strategy", "property_"),
    [
        (tree_pairs(), check_make),
        (tree_pairs(), check_git_diff),
        (attempts(), check_attempt),
        (assembled, check_attempt),
    ],
    ids=["make", "git diff", "attempts", "headers"],
)
def test_many_more(strategy, property_):
    agrees(MANY)(given(strategy)(property_))()


# --- the rules ----------------------------------------------------------------------------------

TEN = "".join(f"{number}\n" for number in range(1, 11))


def test_make_writes_what_git_writes():
    old = {"a b.py": TEN, "gone": "x\n", "same": "s\n", "é": "no end"}
    new = {"a b.py": TEN.replace("5\n", "five\n"), "new": "", "same": "s\n", "é": "no end\n"}
    assert patches.make(old, new) == (
        "diff --git a/a b.py b/a b.py\n--- a/a b.py\t\n+++ b/a b.py\t\n"
        "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        "diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n"
        "@@ -1 +0,0 @@\n-x\n"
        "diff --git a/new b/new\nnew file mode 100644\n"
        'diff --git "a/\\303\\251" "b/\\303\\251"\n--- "a/\\303\\251"\n+++ "b/\\303\\251"\n'
        "@@ -1 +1 @@\n-no end\n\\ No newline at end of file\n+no end\n"
    )


def test_equal_trees_give_an_empty_patch_that_changes_nothing():
    tree = {"x": "a\n"}
    assert patches.make(tree, dict(tree)) == ""
    assert patches.apply(tree, "") == tree
    assert patches.touched("") == {}


@pytest.mark.parametrize("text", ["a\rb\r\nc\x0cd\n", "u\u2028v\x85w\n", "\x1c\x1d\x1e", "\r"])
def test_only_a_newline_ends_a_line(text):
    old, new = {"x": text + "tail"}, {"x": text + "end\n"}
    patch = patches.make(old, new)
    assert patches.apply(old, patch) == new == git_apply(old, patch)


@pytest.mark.parametrize("name", [*NAMES, *ODD_NAMES])
def test_every_name_survives_in_made_patches(name):
    trees = [{}, {name: ""}, {name: "a\n"}, {name: "b"}, {name: ""}, {}]
    for old, new in itertools.pairwise(trees):
        patch = patches.make(old, new)
        assert patches.apply(old, patch) == new == git_apply(old, patch)
        assert list(patches.touched(patch)) == [name]


def test_a_large_edit_of_repeated_lines_is_made_quickly():
    old = {"x": "".join(f"{n % 2}\n" for n in range(3000))}
    new = {"x": "".join(f"{n % 3 % 2}\n" for n in range(3000))}
    assert patches.apply(old, patches.make(old, new)) == new


def test_a_hunk_is_found_at_another_line_the_nearest_after_first():
    tree = {"x": "pad\n" * 3 + "a\nb\nc\n" + "pad\n" * 3 + "a\nb\nc\n"}
    patch = "--- a/x\n+++ b/x\n@@ -{0},3 +{0},3 @@\n a\n-b\n+B\n c\n"
    for line, expected in ((2, 4), (5, 4), (6, 4), (7, 10), (8, 10), (30, 10)):
        found = patches.apply(tree, patch.format(line))["x"].split("\n").index("B")
        assert found == expected
        assert_same(tree, patch.format(line))


def test_a_later_hunk_may_not_match_what_an_earlier_one_wrote():
    patch = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b\n c\n@@ -2,2 +2,2 @@\n-b\n+d\n c\n"
    with pytest.raises(PatchError, match=r"hunk 2 .*an earlier hunk has changed these lines"):
        patches.apply({"x": "a\nc\ne\n"}, patch)


def test_sections_of_one_file_build_on_each_other():
    first, second, third = {"x": "a\n"}, {"x": "b\n"}, {"x": "c\n", "y": ""}
    both = patches.make(first, second) + patches.make(second, third)
    assert patches.apply(first, both) == third
    assert patches.touched(both) == {"x": "modified", "y": "created"}


def test_prose_around_the_patch_is_skipped():
    patch = "Dear all,\n\n" + patches.make({"x": "a\n"}, {"x": "b\n"}) + "-- \n2.39.5\n"
    assert patches.apply({"x": "a\n"}, patch) == {"x": "b\n"}


SECTION = "diff --git a/x b/x\n"
PLAIN = "--- a/x\n+++ b/x\n"
REFUSALS = {
    "no patch": ("just words\n", "no section of a unified diff"),
    "loose hunk": ("@@ -1 +1 @@\n-a\n+b\n", "line 1 .*belongs to no file"),
    "no hunks": (SECTION + PLAIN, "'x' above has no hunk"),
    "context": (PLAIN + "@@ -1 +1 @@\n-A\n+b\n", r"'x', hunk 1 .*line 1 .*'A', but there .*'a'"),
    "past the end": (PLAIN + "@@ -1,2 +1 @@\n-a\n-b\n+c\n", "line 2 .*'b', but .*end of the file"),
    "newline": (
        PLAIN + "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n",
        "one ends with a newline",
    ),
    "missing": ("--- a/xx\n+++ b/xx\n@@ -1 +1 @@\n-a\n+b\n", "'xx' does not exist"),
    "exists": (
        SECTION + "new file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n",
        "'x' is to be created, but is there",
    ),
    "leftover": (SECTION + "deleted file mode 100644\n", "to be deleted, but .*leaves 'a'"),
    "truncated": (PLAIN + "@@ -1,3 +1,3 @@\n-a\n+b\n", "hunk 1 of 'x' .*2 more old and 2 more new"),
    "too many": (PLAIN + "@@ -1,0 +1 @@\n-a\n+b\n", "more lines than its counts"),
    "no last newline": (PLAIN + "@@ -1 +1 @@\n-a\n+b", "must end with a newline"),
    "nothing changed": (PLAIN + "@@ -1 +1 @@\n a\n", "hunk 1 of 'x' changes nothing"),
    "header": (PLAIN + "@@ -1 +1\n-a\n+b\n", "hunk 1 of 'x' must begin like"),
    "rename": ("diff --git a/x b/y\nrename from x\nrename to y\n", "renames and copies"),
    "copy": ("diff --git a/x b/y\ncopy from x\ncopy to y\n", "renames and copies"),
    "quiet rename": (SECTION + "--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n", "all its lines|renames"),
    "binary": (SECTION + "index 1..2\nGIT binary patch\nliteral 0\n\n", "binary patches"),
    "differ": (SECTION + "index 1..2\nBinary files a/x and b/x differ\n", "binary patches"),
    "mode": (SECTION + "old mode 100644\nnew mode 100755\n", "mode 100755"),
    "executable": ("diff --git a/n b/n\nnew file mode 100755\n", "mode 100755"),
    "link": ("diff --git a/n b/n\nnew file mode 120000\n", "symbolic link"),
    "submodule": ("diff --git a/n b/n\nnew file mode 160000\n", "submodule"),
    "bytes": ('--- "a/\\377"\n+++ "b/\\377"\n@@ -0,0 +1 @@\n+a\n', "not UTF-8"),
    "nul": ('--- "a/\\000"\n+++ "b/\\000"\n@@ -0,0 +1 @@\n+a\n', "NUL"),
    "folder": ("--- a/d\n+++ b/d\n@@ -0,0 +1 @@\n+a\n", "'d' is a folder"),
    "file as folder": (
        "diff --git a/x/y b/x/y\nnew file mode 100644\n",
        "'x' would be a file and the folder",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("patch", "message"), REFUSALS.values(), ids=REFUSALS)
def test_refusals_say_what_and_where(patch, message):
    tree = {"x": "a\n", "d/z": ""}
    with pytest.raises(PatchError, match=f"(?s)^patch.*{message}"):
        patches.apply(tree, patch)
    assert_same(tree, patch)


EDIT, CUT = "@@ -1 +1 @@\n-a\n+b\n", "\\ No newline at end of file\n"
DELETE = SECTION + "deleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-{}\n"
CREATE = (
    "diff --git a/{0} b/{0}\nnew file mode 100644\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+q\n"
)
QUIRKS = {
    "no a/ and b/": "--- x\n+++ x\n" + EDIT,
    "no b/ only": "--- a/x\n+++ x\n" + EDIT,
    "no b/ later": "--- x\n+++ x\n" + EDIT + SECTION + PLAIN + EDIT,
    "from /dev/null": "--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+a\n",
    "bare from /dev/null": "--- /dev/null\n+++ n\n@@ -0,0 +1 @@\n+a\n",
    "new by its hunk": "--- a/n\n+++ b/n\n@@ -0,0 +1 @@\n+a\n",
    "emptied, not deleted": PLAIN + "@@ -1 +0,0 @@\n-a\n",
    "deleted at the epoch": "--- a/x\n+++ b/x\t1970-01-01 01:00:00 +0100\n@@ -1 +0,0 @@\n-a\n",
    "deleted west of the epoch": "--- a/x\n+++ b/x\t1969-12-31 23:00:00.00 -01:00\n"
    "@@ -1 +0,0 @@\n-a\n",
    "not the epoch": "--- a/x\n+++ b/x\t1970-01-01 01:00:00 +0200\n@@ -1 +0,0 @@\n-a\n",
    "times": "--- a/x\t2024-05-06 07:08:09.1 +0200\n+++ b/x 2024-05-06 07:08:09\n" + EDIT,
    "times after spaces": "--- a/x 2024-05-06\n+++ b/x  24-05-06 07:08:09 +0200\n" + EDIT,
    "cut line that joins": "--- a/ab\n+++ b/ab\n@@ -1,2 +1 @@\n-a\n" + CUT + " b\n",
    "below a deleted file": DELETE.format("a") + "--- a/x/y\n+++ b/x/y\n@@ -0,0 +1 @@\n+a\n",
    "backup name": "--- a/x.orig\n+++ b/x\n" + EDIT,
    "double slash": "--- a/d//z\n+++ b/d//z\n@@ -0,0 +1 @@\n+a\n",
    "carriage returns": "--- a/x\r\n+++ b/x\r\n" + EDIT,
    "quoted": '--- "a/\\170"\n+++ "b/x"\n' + EDIT,
    "words under the header": SECTION + "words\n" + PLAIN + EDIT,
    "words, then not new": "diff --git a/n b/n\nwords\n--- a/n\n+++ b/n\n@@ -0,0 +1 @@\n+a\n",
    "two headers": "diff --git a/y b/y\n" + SECTION + PLAIN + EDIT,
    "new without saying so": SECTION + "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n",
    "lines beyond the counts": PLAIN + EDIT + "+c\n d\n",
    "broken header at the end": PLAIN + EDIT + "diff --git a/y b/z\n12345",
    "broken header before words": PLAIN + EDIT + "diff --git a/y b/z\n123456",
    "cut line": PLAIN + "@@ -1 +1 @@\n-a\n+b\n" + CUT,
    "short cut mark": PLAIN + EDIT + "\\ No newli\n",
    "shorter cut mark": PLAIN + EDIT + "\\ No newl\n",
    "context without its newline": "--- a/m\n+++ b/m\n@@ -1,2 +1,2 @@\n-1\n+one\n 2\n" + CUT,
    "cut in the middle": "--- a/m\n+++ b/m\n@@ -2,3 +2,2 @@\n 2\n" + CUT + "-\n+4\n",
    "bare empty context": "--- a/m\n+++ b/m\n@@ -2,3 +2,3 @@\n-2\n+two\n\n 4\n",
    "cut bare context": "--- a/m\n+++ b/m\n@@ -1,2 +1,2 @@\n-1\n+one\n\n" + CUT,
    "deleted twice": DELETE.format("a") * 2,
    "changed, then deleted": SECTION + PLAIN + EDIT + DELETE.format("b"),
    "deleted, then created": DELETE.format("a") + CREATE.format("x"),
    "created, then deleted": CREATE.format("x") + DELETE.format("a"),
    "created twice": CREATE.format("n") * 2,
    "file becomes a folder": DELETE.format("a") + CREATE.format("x/y"),
    "below a file": "--- a/x/y\n+++ b/x/y\n@@ -0,0 +1 @@\n+a\n",
    "file over a folder": CREATE.format("d"),
    "up and out": CREATE.format("../n"),
    "git's folder": CREATE.format("d/.Git/n"),
    "short name of git's folder": CREATE.format("git~1/n"),
    "backslash": CREATE.format("d\\n"),
    "mode in index": SECTION + "index 1..2 100755\n" + PLAIN + EDIT,
    "link in index": SECTION + "index 1..2 120000\n" + PLAIN + EDIT,
    "bad mode": SECTION + "index 1..2 file\n" + PLAIN + EDIT,
    "same modes": SECTION + "old mode 100644\nnew mode 100644\n" + PLAIN + EDIT,
    "new and deleted": SECTION + "new file mode 100644\ndeleted file mode 100644\n",
}


@pytest.mark.parametrize("patch", QUIRKS.values(), ids=QUIRKS)
def test_reads_odd_patches_as_git_does(patch):
    assert_same({"x": "a\n", "d/z": "", "m": "1\n2\n\n4\n", "ab": "ab\nc\n"}, patch)


def test_an_empty_new_file_needs_no_hunk():
    patch = "diff --git a/n b/n\nnew file mode 100644\nindex 0000000..e69de29\n"
    assert patches.apply({}, patch) == {"n": ""} == git_apply({}, patch)


def test_touched_tells_what_becomes_of_each_path():
    old, new = {"m": "a\n", "gone": "b\n", "empty": ""}, {"m": "c\n", "n": "d\n"}
    expected = {"m": "modified", "gone": "deleted", "empty": "deleted", "n": "created"}
    assert patches.touched(patches.make(old, new)) == expected
    assert patches.touched("--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n") == {"x": "created"}


def created(path: str) -> str:
    return patches.make({}, {path: ""})


STRAYS = ["/etc/x", "../x", "a/../x", "./x", "a\\x", "C:/x", "c:x", "a//x", "x/"]


@pytest.mark.parametrize("path", [*STRAYS, ".git/x", "a/.GIT/x", ".git. /x", "GIT~1/x"])
def test_check_refuses_paths_that_leave_the_tree(path):
    with pytest.raises(PatchError, match=r"the path .*; write paths relative"):
        patches.check(created(path), lambda _: True, ())


def test_check_keeps_to_the_allow_list():
    def editable(path: str) -> bool:
        return path.startswith("src/")

    patches.check(created("src/x"), editable, ["src/main"])
    with pytest.raises(PatchError, match=r"'y' may not be created; .*: src/\*; leave"):
        patches.check(created("y"), editable, (), allowed=["src/*"])


def test_check_keeps_the_entry_point():
    tree = {"main": "a\n"}
    patches.check(patches.make(tree, {"main": "b\n"}), lambda _: True, ["main"])
    with pytest.raises(PatchError, match="'main' may not be deleted, for the study needs it"):
        patches.check(patches.make(tree, {}), lambda _: True, ["main"])


def test_a_patch_of_other_line_ends_says_so():
    text = "a\nb\n"
    windows = text.replace("\n", "\r\n")
    for there, made_of in ((windows, text), (text, windows)):
        patch = patches.make({"x": made_of}, {"x": made_of.replace("b", "c")})
        with pytest.raises(PatchError, match="differ in their line ends only"):
            patches.apply({"x": there}, patch)
        assert "does not apply" in git_apply({"x": there}, patch)


def test_what_a_searcher_says_of_an_edit_is_the_whole_reason():
    reason = "unusable edit: " + "it says much " * 50
    for use in (patches.touched, lambda patch: patches.apply({}, patch)):
        with pytest.raises(PatchError) as refused:
            use(reason)
        assert str(refused.value) == reason
