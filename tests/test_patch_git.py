"""Patches beside the real git: what we accept, git accepts, with the same tree."""

from __future__ import annotations

import re

import pytest
from git_trees import (
    assert_as_git,
    changed,
    edited,
    git_apply,
    git_diff,
    ours,
    tree_pairs,
    without_clashes,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toolkit.patches import diff
from toolkit.patches import patch as patches

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
    patch = git_diff(old, new, context) if context != 3 else diff.make(old, new)
    if draw(st.integers(0, 3)) == 0:
        patch += diff.make(new, draw(changed(new)))
    if draw(st.integers(0, 3)) == 0:
        kept = [
            row for row in patch.split("\n") if not re.match("diff |new f|deleted f|index", row)
        ]
        patch = "\n".join(kept)
    tree = draw(changed(old)) if draw(st.booleans()) else old
    return tree, draw(damaged(patch))


GIT = "diff --git a/{0} b/{0}\n"
CHANGED = [
    GIT + "--- a/{0}\n+++ b/{0}\n",
    GIT + "index 12..34 100644\n--- a/{0}\n+++ b/{0}\n",
    'diff --git "a/{0}" "b/{0}"\n--- "a/{0}"\n+++ "b/{0}"\t\n',
    "--- a/{0}\n+++ b/{0}\n",
]
CREATED = [GIT + "new file mode 100644\n--- /dev/null\n+++ b/{0}\n", "--- /dev/null\n+++ b/{0}\n"]
DELETED = [
    GIT + "deleted file mode 100644\n--- a/{0}\n+++ /dev/null\n",
    "--- a/{0}\n+++ /dev/null\n",
]
ODD = [
    GIT + "new file mode 100644\n",
    GIT + "deleted file mode 100644\n",
    GIT + "Some words\n--- a/{0}\n+++ b/{0}\n",
    "--- {0}\n+++ {0}\n",
    "--- a/{0}.orig\t2024-05-06 07:08:09.25 +0200\n+++ a/{0}\t2024-05-06 07:08:10 +0200\n",
    "--- a/{0}\t1970-01-01 02:00:00 +0200\n+++ b/{0} 2024-05-06\n",
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
    sections_of(CHANGED, HUNKS),
    sections_of(CHANGED, HUNKS, most=1),
    sections_of(CREATED, [HUNKS[2]], most=1),
    sections_of(DELETED, [HUNKS[3], HUNKS[7]], most=1),
    sections_of([*CHANGED, *CREATED, *DELETED, *ODD], [*HUNKS, ""]),
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
    st.lists(sections, min_size=1, max_size=3)
    .map("".join)
    .flatmap(lambda patch: st.one_of(st.just(patch), damaged(patch))),
)


@st.composite
def moved(draw: st.DrawFn) -> tuple[dict[str, str], str]:
    """A patch for a file that got lines at its top or its end since: often in one place only."""
    rows = st.lists(st.sampled_from([f"{letter}\n" for letter in "abcdefghij"]), max_size=3)
    old = "".join(draw(rows) + draw(rows) + draw(rows) + draw(rows))
    patch = git_diff({"x": old}, {"x": draw(edited(old))}, draw(st.integers(1, 3)))
    return {"x": "".join(draw(rows)) + old + "".join(draw(rows))}, patch


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
    patch = diff.make(old, new)
    assert patches.apply(old, patch) == new
    assert (git_apply(old, patch) if patch else old) == new


def check_git_diff(pair: tuple[dict[str, str], dict[str, str]]) -> None:
    """git leaves a folder that ends with a space unquoted, and cannot always read that: we never."""
    old, new = pair
    patch = git_diff(old, new)
    if re.search(r"^diff --git [ab]/.* /", patch, re.MULTILINE):
        assert "must name one file twice" in str(ours(old, patch))
    else:
        assert ours(old, patch) == new


def check_attempt(attempt: tuple[dict[str, str], str]) -> None:
    assert_as_git(*attempt)


QUICK, MANY = 70, 4000


@pytest.mark.slow
@agrees(QUICK)
@given(tree_pairs())
def test_made_patches_apply_here_and_in_git(pair):
    check_make(pair)


@pytest.mark.slow
@agrees(QUICK)
@given(tree_pairs())
def test_diffs_by_git_apply_here(pair):
    check_git_diff(pair)


@pytest.mark.slow
@agrees(QUICK)
@given(attempts())
def test_damaged_patches_are_refused_or_give_what_git_gives(attempt):
    check_attempt(attempt)


@agrees(QUICK)
@given(moved())
def test_a_hunk_moves_only_to_where_git_moves_it(attempt):
    check_attempt(attempt)


@agrees(QUICK)
@given(assembled)
def test_odd_headers_are_refused_or_mean_what_git_reads(attempt):
    check_attempt(attempt)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("strategy", "property_"),
    [
        (tree_pairs(), check_make),
        (tree_pairs(), check_git_diff),
        (attempts(), check_attempt),
        (moved(), check_attempt),
        (assembled, check_attempt),
    ],
    ids=["make", "git diff", "damaged", "moved", "headers"],
)
def test_many_more(strategy, property_):
    agrees(MANY)(given(strategy)(property_))()
