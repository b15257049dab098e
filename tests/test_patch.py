"""Patches of trees: made, applied, checked; and all that `git diff` writes of text files is read."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from git_trees import NAMES, ODD_NAMES, assert_as_git, git, git_apply, ours, write

from toolkit.errors import PatchError
from toolkit.patches import diff
from toolkit.patches import patch as patches
from toolkit.patches.hunks import parse

TEN = "".join(f"{number}\n" for number in range(1, 11))
PLAIN = "--- a/x\n+++ b/x\n"


def changes(patch: str) -> dict[str, str]:
    return {section.path: section.change for section in parse(patch)}


# --- make ---------------------------------------------------------------------------------------


def test_make_writes_what_git_writes():
    old = {"a b.py": TEN, "gone": "x\n", "same": "s\n", "é": "no end"}
    new = {"a b.py": TEN.replace("5\n", "five\n"), "new": "", "same": "s\n", "é": "no end\n"}
    assert diff.make(old, new) == (
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
    assert diff.make(tree, dict(tree)) == ""
    assert patches.apply(tree, "") == tree
    patches.check("", lambda _: False, ())


@pytest.mark.parametrize("text", ["a\rb\r\nc\x0cd\n", "u\u2028v\x85w\n", "\x1c\x1d\x1e", "\r"])
def test_only_a_newline_ends_a_line(text):
    old, new = {"x": text + "tail"}, {"x": text + "end\n"}
    patch = diff.make(old, new)
    assert patches.apply(old, patch) == new == git_apply(old, patch)


@pytest.mark.parametrize("name", [*NAMES, *ODD_NAMES])
def test_every_name_survives_in_made_patches(name):
    trees = [{}, {name: ""}, {name: "a\n"}, {name: "b"}, {name: ""}, {}]
    for old, new in itertools.pairwise(trees):
        patch = diff.make(old, new)
        assert patches.apply(old, patch) == new == git_apply(old, patch)
        assert list(changes(patch)) == [name]


def test_a_large_edit_of_repeated_lines_is_made_quickly():
    old = {"x": "".join(f"{n % 2}\n" for n in range(3000))}
    new = {"x": "".join(f"{n % 3 % 2}\n" for n in range(3000))}
    assert patches.apply(old, diff.make(old, new)) == new


def test_a_patch_tells_what_becomes_of_each_file():
    old, new = {"m": "a\n", "gone": "b\n", "empty": ""}, {"m": "c\n", "n": "d\n"}
    expected = {"m": "modified", "gone": "deleted", "empty": "deleted", "n": "created"}
    assert changes(diff.make(old, new)) == expected


# --- what `git diff` writes -----------------------------------------------------------------------

EMPTY_LINE = "1\n\n3\n4\n"
BEFORE = {"x.py": TEN, "gone.py": "a\n", "d/é.py": EMPTY_LINE, "sp ace": "no end", "run.sh": "a\n"}
AFTER = {
    "x.py": TEN.replace("5\n", "five\n"), "d/é.py": EMPTY_LINE.replace("4", "four"),
    "sp ace": "no end\n", "run.sh": "b\n", "new.py": "n\n", "empty": "",
}  # fmt: skip


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-c", "diff.mnemonicPrefix=true"),
        ("-c", "diff.suppressBlankEmpty=true"),
        ("-c", "core.quotePath=false"),
        ("-c", "core.abbrev=40", "-c", "diff.algorithm=histogram", "-c", "diff.context=1"),
    ],
    ids=lambda options: " ".join(options[1:]) or "default",
)
def test_what_git_diff_writes_in_a_repository_applies(options: tuple[str, ...], tmp_path: Path):
    write(tmp_path, BEFORE)
    (tmp_path / "run.sh").chmod(0o755)
    for arguments in (("init", "-q"), ("add", "-A")):
        assert git(tmp_path, *arguments).returncode == 0
    (tmp_path / "gone.py").unlink()
    write(tmp_path, AFTER)
    assert git(tmp_path, "add", "-N", "new.py", "empty").returncode == 0
    patch = git(tmp_path, *options, "diff").stdout.decode()
    assert patch.count("diff --git ") == 7
    assert "100755" in patch
    assert patches.apply(BEFORE, patch) == AFTER


READ = {
    "plain": PLAIN + "@@ -2,3 +2,3 @@\n 2\n-3\n+three\n 4\n",
    "name of a function": PLAIN + "@@ -2,3 +2,3 @@ def run():\n 2\n-3\n+three\n 4\n",
    "empty lines around": f"\n{PLAIN}@@ -2,3 +2,3 @@\n 2\n-3\n+three\n 4\n\n\n",
    "from /dev/null": "--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+a\n",
    "to /dev/null": "--- a/y\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n",
    "emptied, not deleted": "--- a/y\n+++ b/y\n@@ -1 +0,0 @@\n-a\n",
    "filled": "--- a/empty\n+++ b/empty\n@@ -0,0 +1 @@\n+a\n",
    "quoted for nothing": '--- "a/\\171"\n+++ "b/y"\n@@ -1 +1 @@\n-a\n+b\n',
    "file becomes a folder": "--- a/y\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    "--- /dev/null\n+++ b/y/z\n@@ -0,0 +1 @@\n+a\n",
    "its newline goes": "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n",
}


@pytest.mark.parametrize("patch", READ.values(), ids=READ)
def test_what_git_diff_could_write_is_read(patch: str):
    tree = {"x": TEN, "y": "a\n", "empty": ""}
    assert ours(tree, patch) == git_apply(tree, patch) != tree


def test_an_empty_new_file_needs_no_hunk():
    patch = "diff --git a/n b/n\nnew file mode 100644\nindex 0000000..e69de29\n"
    assert patches.apply({}, patch) == {"n": ""} == git_apply({}, patch)


# --- where a hunk goes --------------------------------------------------------------------------

MOVED = PLAIN + "@@ -{0},3 +{0},3 @@\n a\n-b\n+B\n c\n"


@pytest.mark.parametrize("line", [2, 3, 7, 30])
def test_a_hunk_moves_to_the_only_place_that_fits(line: int):
    tree = {"x": "pad\n" * 3 + "a\nb\nc\n" + "pad\n" * 3}
    expected = {"x": "pad\n" * 3 + "a\nB\nc\n" + "pad\n" * 3}
    assert patches.apply(tree, MOVED.format(line)) == expected
    assert_as_git(tree, MOVED.format(line))


def test_of_two_places_only_the_stated_one_is_taken():
    tree = {"x": "pad\n" * 3 + "a\nb\nc\n" + "pad\n" * 3 + "a\nb\nc\n"}
    for line in (4, 10):
        assert patches.apply(tree, MOVED.format(line))["x"].split("\n").index("B") == line
        assert_as_git(tree, MOVED.format(line))
    with pytest.raises(PatchError, match=r"must stand there once, .* are at line 4 and 10"):
        patches.apply(tree, MOVED.format(5))


def test_a_place_that_is_like_another_but_for_blanks_is_not_the_only_one():
    tree = {"x": "a\nb \nc\na\nb\nc\n"}
    with pytest.raises(PatchError, match=r"must stand there once, .* are at line 1 and 4"):
        patches.apply(tree, MOVED.format(3))


def test_a_later_hunk_may_not_match_what_an_earlier_one_wrote():
    patch = PLAIN + "@@ -1,2 +1,2 @@\n-a\n+b\n c\n@@ -2,2 +2,2 @@\n-b\n+d\n c\n"
    with pytest.raises(PatchError, match=r"hunk 2 .*should be 'b', but there stands 'a'"):
        patches.apply({"x": "a\nc\ne\n"}, patch)


def test_hunks_that_overlap_are_refused():
    hunk = "@@ -{0},3 +{0},3 @@\n {1}\n-{2}\n+new\n {3}\n"
    patch = PLAIN + hunk.format(2, 2, 3, 4) + hunk.format(4, 4, 5, 6)
    with pytest.raises(PatchError, match=r"hunk 2 .*below the hunk before.*make one hunk"):
        patches.apply({"x": TEN}, patch)


def test_a_patch_of_other_line_ends_says_so():
    text = "a\nb\n"
    windows = text.replace("\n", "\r\n")
    for there, made_of in ((windows, text), (text, windows)):
        patch = diff.make({"x": made_of}, {"x": made_of.replace("b", "c")})
        with pytest.raises(PatchError, match="differ in their line ends only"):
            patches.apply({"x": there}, patch)
        assert "does not apply" in git_apply({"x": there}, patch)


# --- check --------------------------------------------------------------------------------------


def created(path: str) -> str:
    return diff.make({}, {path: ""})


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
    patches.check(diff.make(tree, {"main": "b\n"}), lambda _: True, ["main"])
    with pytest.raises(PatchError, match="'main' may not be deleted, for the study needs it"):
        patches.check(diff.make(tree, {}), lambda _: True, ["main"])


@pytest.mark.parametrize("path", [*STRAYS, ".git/x", "nul\0"])
def test_apply_refuses_them_too(path):
    with pytest.raises(PatchError, match=r"the path .*; write paths relative"):
        patches.apply({}, created(path))


def test_what_a_searcher_says_of_an_edit_is_the_whole_reason():
    reason = "unusable edit: " + "it says much " * 50
    for use in (
        lambda patch: patches.check(patch, lambda _: True, ()),
        lambda patch: patches.apply({}, patch),
    ):
        with pytest.raises(PatchError) as refused:
            use(reason)
        assert str(refused.value) == reason
