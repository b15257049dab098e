"""Patches that are refused: what a message says, and that git never gives another tree."""

from __future__ import annotations

import pytest
from git_trees import assert_as_git, git_apply, git_diff, ours

from toolkit.errors import PatchError
from toolkit.patches import diff
from toolkit.patches import patch as patches

SECTION = "diff --git a/x b/x\n"
PLAIN = "--- a/x\n+++ b/x\n"
EDIT, CUT = "@@ -1 +1 @@\n-a\n+b\n", "\\ No newline at end of file\n"
DELETE = SECTION + "deleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
CREATE = (
    "diff --git a/{0} b/{0}\nnew file mode 100644\n--- /dev/null\n+++ b/{0}\n@@ -0,0 +1 @@\n+q\n"
)
ADD = "@@ -0,0 +1 @@\n+a\n"
TREE = {"x": "a\n", "y": "a\nb\n", "d/z": "", "m": "1\n2\n\n4\n", "ab": "ab\nc\n"}

# --- what no patch may do, and what it may not be -------------------------------------------------

KINDS = {
    "rename": ("diff --git a/x b/n\nsimilarity index 100%\nrename from x\nrename to n\n",
        "renames and copies are refused"),
    "rename in place": (SECTION + "rename from x\nrename to x\n", "renames and copies are refused"),
    "copy": (SECTION + "copy from x\ncopy to x\n", "renames and copies are refused"),
    "quiet rename": (PLAIN.replace("b/x", "b/n") + EDIT,
        "must name one file, and /dev/null where it is new or goes"),
    "binary": (SECTION + "index 1..2\nGIT binary patch\nliteral 0\n\n", "binary files are refused"),
    "differ": (SECTION + "index 1..2\nBinary files a/x and b/x differ\n", "binary files are refused"),
    "mode": (SECTION + "old mode 100644\nnew mode 100755\n", "mode must stay 100644"),
    "same mode": (SECTION + "old mode 100644\nnew mode 100644\n" + PLAIN + EDIT, "must stay 100644"),
    "executable": ("diff --git a/n b/n\nnew file mode 100755\n", "mode must stay 100644"),
    "link": ("diff --git a/n b/n\nnew file mode 120000\n", "mode must stay 100644"),
    "submodule": ("diff --git a/n b/n\nnew file mode 160000\n", "mode must stay 100644"),
    "link in index": (SECTION + "index 1..2 120000\n" + PLAIN + EDIT, "mode must stay 100644"),
    "combined": ("diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n", "combined diff of a merge is refused"),
    "combined hunk": (PLAIN + "@@@ -1 -1 +1 @@@\n- a\n++b\n", "combined diff of a merge is refused"),
}  # fmt: skip


@pytest.mark.parametrize(("patch", "message"), KINDS.values(), ids=KINDS)
def test_other_kinds_of_change_are_refused_with_what_is_allowed(patch: str, message: str):
    allowed = "a patch only changes, adds and deletes text files: write it with `git diff"
    with pytest.raises(PatchError, match=f"(?s)^patch, line .*{message}; {allowed}"):
        patches.apply(TREE, patch)


DANGERS = {
    "up and out": (CREATE.format("../n"), "leaves the tree"),
    "absolute": (CREATE.format("/n"), "is absolute"),
    "absolute, without a/": ("--- /dev/null\n+++ /n\n" + ADD, "here belong"),
    "double slash": ("--- a/d//z\n+++ b/d//z\n" + ADD, "has an empty part"),
    "git's folder": (CREATE.format("d/.Git/n"), "git's own folder"),
    "short name of git's folder": (CREATE.format("git~1/n"), "git's own folder"),
    "raw backslash": (CREATE.format("d\\n"), "must name one file"),
    "backslash": ('--- /dev/null\n+++ "b/d\\\\n"\n' + ADD, "has a backslash"),
    "NUL": ('--- /dev/null\n+++ "b/\\000"\n' + ADD, "holds a NUL"),
    "long name": (f"--- /dev/null\n+++ b/{'n' * 256}\n" + ADD, "has a part of more than 255 bytes"),
    "long path": (f"--- /dev/null\n+++ b/{'d/' * 600}f\n" + ADD, "is longer than 1,000 bytes"),
    "raw NUL": ("--- /dev/null\n+++ b/\0\n" + ADD, "here belong"),
    "not UTF-8": ('--- /dev/null\n+++ "b/\\377"\n' + ADD, "here belong"),
    "deleted twice": (DELETE * 2, "'x' has two sections"),
    "changed twice": ((SECTION + PLAIN + EDIT) * 2, "'x' has two sections"),
    "changed, then deleted": (SECTION + PLAIN + EDIT + DELETE, "'x' has two sections"),
    "deleted, then created": (DELETE + CREATE.format("x"), "'x' has two sections"),
    "deleted under two names": (DELETE + '--- "a/\\170"\n+++ "b/\\170"\n' + EDIT, "two sections"),
    "exists": (CREATE.format("x"), "'x' is to be created, but is there"),
    "file over a folder": (CREATE.format("d"), "'d' would be a file and the folder"),
    "folder over a file": (CREATE.format("x/y"), "'x' would be a file and the folder"),
    "change of a folder": ("--- a/d\n+++ b/d\n" + EDIT, "'d' does not exist"),
    "missing": ("--- a/xx\n+++ b/xx\n" + EDIT, "'xx' does not exist"),
    "missing, all new": ("--- a/n\n+++ b/n\n" + ADD, "'n' does not exist"),
    "leftover": (SECTION + "deleted file mode 100644\n", "to be deleted, but .*leaves 'a'"),
    "new lines of a deleted file": (DELETE.replace("+0,0", "+1") + "+b\n", "has new lines, too"),
    "old lines of a new file": (CREATE.format("n").replace("-0,0", "-1") + "-b\n", "old lines, too"),
    "new and deleted": ("diff --git a/n b/n\nnew file mode 100644\ndeleted file mode 100644\n",
        "mode must stay"),
    "both nowhere": ("--- /dev/null\n+++ /dev/null\n" + ADD, "must name one file"),
}  # fmt: skip


@pytest.mark.parametrize(("patch", "message"), DANGERS.values(), ids=DANGERS)
def test_what_is_dangerous_is_refused(patch: str, message: str):
    with pytest.raises(PatchError, match=f"(?s)^patch.*{message}"):
        patches.apply(TREE, patch)


# --- what `git diff` does not write ---------------------------------------------------------------

FORMS = {
    "no patch": ("just words\n", "no section of a unified diff"),
    "loose hunk": ("@@ -1 +1 @@\n-a\n+b\n", "no section of a unified diff"),
    "no hunks": (SECTION + PLAIN, "end of the patch.* hunk 1 of 'x' must begin like"),
    "words before": ("Dear all,\n\n" + PLAIN + EDIT, "line 1 .*words around a patch"),
    "words behind": (PLAIN + EDIT + "-- \n2.39.5\n", "line 6 .*words around a patch"),
    "words in a header": (SECTION + "words\n" + PLAIN + EDIT, "line 2 .*here belong"),
    "two headers": ("diff --git a/y b/y\n" + SECTION + PLAIN + EDIT, "line 2 .*here belong"),
    "header of another file": ("diff --git a/y b/y\n" + PLAIN + EDIT, "must name one file"),
    "broken header": (PLAIN + EDIT + "diff --git a/y b/y\n12345", "line 7 .*here belong"),
    "no prefix": ("--- x\n+++ x\n" + EDIT, "here belong"),
    "odd prefix": ("--- old/x\n+++ new/x\n" + EDIT, "here belong"),
    "times": ("--- a/x\t2024-05-06 07:08:09\n+++ b/x\t2024-05-06 07:08:10\n" + EDIT, "here belong"),
    "time after a space": ("--- a/x 2024-05-06\n+++ b/x 2024-05-06\n" + EDIT, "here belong"),
    "backup": ("--- a/x.orig\n+++ b/x\n" + EDIT, "must name one file"),
    "carriage returns": ("--- a/x\r\n+++ b/x\r\n" + EDIT, "here belong"),
    "new without saying so": (SECTION + "--- /dev/null\n+++ b/n\n" + ADD, "must name one file"),
    "header": (PLAIN + "@@ -1 +1\n-a\n+b\n", "must begin like '@@"),
    "odd digits": (PLAIN + "@@ -\u0661 +1 @@\n-a\n+b\n", "must begin like '@@"),
    "huge number": (PLAIN + f"@@ -{'9' * 5000} +1 @@\n-a\n+b\n", "must begin like '@@"),
    "too few": (PLAIN + "@@ -1,3 +1,3 @@\n-a\n+b\n", "counts 3 old and 3 new .* has 1 and 1"),
    "too many": (PLAIN + "@@ -1,0 +1 @@\n-a\n+b\n", "counts 0 old and 1 new .* has 1 and 0"),
    "beyond the counts": (PLAIN + EDIT + "+c\n d\n", "line 6 .*lines beyond the counts"),
    "no last newline": (PLAIN + "@@ -1 +1 @@\n-a\n+b", "end it with a newline"),
    "nothing changed": (PLAIN + "@@ -1 +1 @@\n a\n", "hunk 1 of 'x' above changes nothing"),
    "short mark": (PLAIN + EDIT + "\\ No newl\n", "lines beyond the counts"),
    "mark of an empty line": (PLAIN + "@@ -1 +1 @@\n-a\n+\n" + CUT, "lines beyond the counts"),
    "mark within": ("--- a/ab\n+++ b/ab\n@@ -1,2 +1 @@\n-a\n" + CUT + " b\n", "counts 2 old"),
}  # fmt: skip


@pytest.mark.parametrize(("patch", "message"), FORMS.values(), ids=FORMS)
def test_what_git_diff_does_not_write_is_refused(patch: str, message: str):
    with pytest.raises(PatchError, match=f"(?s)^patch.*{message}"):
        patches.apply(TREE, patch)
    assert_as_git(TREE, patch)


def test_an_unquoted_folder_that_ends_with_a_space_is_refused_for_git_cannot_always_read_it():
    old, new = {"x": "\n"}, {"x": "a\n\n", "d /x": ""}
    patch = git_diff(old, new)
    assert "lacks filename information" in str(git_apply(old, patch))
    assert "must name one file twice" in str(ours(old, patch))
    assert patches.apply(old, diff.make(old, new)) == new


# --- what does not fit ----------------------------------------------------------------------------

MISFITS = {
    "context": (PLAIN + "@@ -1 +1 @@\n-A\n+b\n", r"line 1 .*'A', but there .*'a'"),
    "past the end": (PLAIN + "@@ -1,2 +1 @@\n-a\n-b\n+c\n", "line 2 .*'b', but .*end of the file"),
    "newline": (PLAIN + "@@ -1 +1 @@\n-a\n" + CUT + "+b\n", "differ in their line ends only"),
    "in no place": ("--- a/m\n+++ b/m\n@@ -2,0 +3 @@\n+a\n", "no ' ' or '-' line to say where"),
    "two times new": ("--- a/d/z\n+++ b/d/z\n" + ADD * 2, "no ' ' or '-' line"),
    "not the beginning": ("--- a/m\n+++ b/m\n@@ -1,2 +1,2 @@\n-2\n+b\n \n", "begin the file.*line 2"),
    "not the end": ("--- a/m\n+++ b/m\n@@ -2,2 +2,2 @@\n 2\n-\n+3\n", "end it.*line 2"),
    "mark not at the end": ("--- a/m\n+++ b/m\n@@ -2,2 +2,2 @@\n 2\n-\n+3\n" + CUT, "end it.*line 2"),
}  # fmt: skip


@pytest.mark.parametrize(("patch", "message"), MISFITS.values(), ids=MISFITS)
def test_a_hunk_that_does_not_fit_says_why(patch: str, message: str):
    with pytest.raises(PatchError, match=f"(?s)^patch: '.*does not apply: .*{message}"):
        patches.apply(TREE, patch)
    assert_as_git(TREE, patch)
