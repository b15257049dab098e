"""Blocks, fences and marks in replies: a text is read to its own end, or refused."""

from __future__ import annotations

import pytest
from replies import BLOCK, BROKEN_DRAFT, CHANGED, GOOD, HEADER, TEXTS, only

import toolkit
from searchers.autoresearcher.replies.reply import changed_files, parse

FORM = """\
# EDIT
# EDIT: the scale was too small
LABEL: data
HYPOTHESIS: of a text
FILE: p/m.py
SET: x = 0.9
DELETE: p/m.py
</think>
<think>
# EDIT
LABEL: data
SET: x = 0.8
"""

FENCES = "```\nx\n```\n```python\ny\n```\n~~~\n"

CONFLICT = "A = '''\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n'''\n"


@pytest.mark.parametrize(
    "text", [FORM, FENCES, "    =======\n    >>>>>>> REPLACE\n", f"{FORM}{FENCES}"]
)
def test_a_block_is_text_to_its_mark(text: str) -> None:
    block = f"<<<<<<< SEARCH\n{text}=======\n{text}y\n>>>>>>> REPLACE\n"
    reply = f"{HEADER}FILE: p/m.py\n{block}SET: k = 1\n"
    for one in (reply, reply.replace("\n", "\r\n"), f"```\n{reply}```\n"):
        edit = only(one)
        assert (edit.problem, edit.hypothesis, edit.sets) == ("", "h", {"k": 1})
        assert edit.blocks == [("p/m.py", text, f"{text}y\n")]


@pytest.mark.parametrize(
    ("fence", "text"),
    [
        ("```", FORM),
        ("```", "~~~\nx\n~~~\n    ```\n    x\n    ```\n"),
        ("```", "````\nx\n````\n"),
        ("```", CONFLICT),
        ("```", "Title\n=======\n"),
        ("````", FORM + FENCES + CONFLICT),
        ("~~~~", FORM + FENCES + CONFLICT),
        ("```````", FORM + FENCES + "````\n`````\n"),
    ],
)
@pytest.mark.parametrize("info", ["", "python", " markdown title=x"])
def test_a_whole_text_is_text_to_its_fence(fence: str, info: str, text: str) -> None:
    for one in ("", "FILE: q.py\n" + BLOCK, "\n---\n\n"):
        reply = f"{HEADER}FILE: n.md\n{fence}{info}\n{text}{fence}\n{one}\n{GOOD}"
        for whole in (reply, reply.replace("\n", "\r\n"), f"~~~~~\n{reply}~~~~~\n"):
            first, second = parse(whole, toolkit.LABELS)
            assert (first.problem, first.hypothesis, first.sets) == ("", "h", {})
            assert first.blocks[0] == ("n.md", None, text)
            assert changed_files(second, TEXTS) == {"p/m.py": CHANGED}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("DOC = '''\n```\nSET: x = 0.9\n```\n'''\n", "has no partner"),
        (
            "DOC = '''\n```\nx = 0.9\n```\n'''\n",
            "left over after the whole text of n.md: 'x = 0.9'",
        ),
        ("DOC = '''\n```python\nx = 0.9\n```\n'''\n", "no line '```' has closed before"),
        ("A = '''\n```\n'''\n", "left over"),
        ("A\n```\n", "has no partner"),
        ("A\n```\nSET: x = 0.9\n", "has no partner"),
        ("A\n```\nDELETE: p/m.py\n\n```\nSET: y = 1\n", "has no partner"),
        ("A\n```\n# EDIT: by hand\nx = 1\n```\n", "left over"),
        ("A\n```\n</think>\n```\n", "may have ended too early"),
        ("# so\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n", "must be the first line"),
    ],
)
@pytest.mark.parametrize("wrapper", ["", "~~~~\n"])
def test_a_whole_text_that_ends_too_early_is_refused_and_runs_nothing(
    text: str, told: str, wrapper: str
) -> None:
    reply = f"{wrapper}{HEADER}FILE: n.md\n```python\n{text}```\n\n{GOOD}{wrapper}"
    first, second = parse(reply, toolkit.LABELS)
    assert told in first.problem
    assert (second.problem, second.sets) == ("", {})
    assert changed_files(second, TEXTS) == {"p/m.py": CHANGED}


WHOLE = f"{HEADER}FILE: n.py\n```python\nx = 1\n```\n"


@pytest.mark.parametrize(
    ("behind", "is_fine"),
    [
        ("This adds a module.\n", True),
        ("I expect the scores\nto go up by `k = 2`.\n", True),
        ("</answer>\n", True),
        ("\n</details>\n\n", True),
        ("</s>", True),
        ("y = 2\n", False),
        ("def f(x):\n", False),
        ("    return the whole thing.\n", False),
        ("print('so it is')\n", False),
    ],
)
def test_a_remark_after_a_whole_text_is_none_of_it(behind: str, is_fine: bool) -> None:
    assert only(WHOLE + behind).problem == "" or not is_fine
    first, second = parse(f"{WHOLE}{behind}\n{GOOD}", toolkit.LABELS)
    assert ("left over after the whole text of n.py" in first.problem) == (not is_fine)
    assert first.blocks == [("n.py", None, "x = 1\n")]
    assert not second.problem


TEMPLATE = "# EDIT\nLABEL: bug_fix\nHYPOTHESIS: x\n"


@pytest.mark.parametrize(
    "inner", ["SET: k = 3\n```\n", "FILE: z.py\n```\nhello\n```\n", f"FILE: z.py\n{BLOCK}```\n"]
)
def test_a_text_that_is_cut_at_an_inner_fence_runs_nothing_of_its_inside(inner: str) -> None:
    text = f'P = """\nAnswer so:\n```\n{TEMPLATE}{inner}"""\n'
    first, second = parse(f"{HEADER}FILE: p.py\n```python\n{text}```\n{GOOD}", toolkit.LABELS)
    assert "may have been cut at an inner fence" in first.problem
    assert changed_files(second, TEXTS) == {"p/m.py": CHANGED}
    # no Python, so that only what is left over tells: all that may be of the text is refused
    *doubtful, last = parse(f"{HEADER}FILE: p.md\n```\n{text}```\n{GOOD}", toolkit.LABELS)
    assert all(edit.problem for edit in doubtful)
    assert changed_files(last, TEXTS) == {"p/m.py": CHANGED}


def test_a_whole_text_before_a_sound_one_is_doubted_too() -> None:
    cut = WHOLE.replace("n.py", "n.md")
    edits = parse(f"{cut}{WHOLE}y = 2\n```\n{GOOD}", toolkit.LABELS)
    assert [bool(edit.problem) for edit in edits] == [True, True, False]


def test_a_diff_is_no_whole_text() -> None:
    edit = only(f"{HEADER}FILE: p/m.py\n```diff\n-SCALE = 0.8\n+SCALE = 0.9\n```\n")
    assert "a diff is not a whole text of p/m.py: use SEARCH/REPLACE" in edit.problem


def test_a_fence_may_hold_the_line_file_and_the_text() -> None:
    edit = only(f"{HEADER}```python\nFILE: n.py\nx = 1\n```\n")
    assert (edit.problem, edit.blocks) == ("", [("n.py", None, "x = 1\n")])


@pytest.mark.parametrize("mark", ["<|im_end|>", "</s>", "\n<|eot_id|>\n", "<|endoftext|>"])
def test_the_mark_of_an_end_is_taken_away(mark: str) -> None:
    assert changed_files(only(GOOD.rstrip() + mark), TEXTS) == {"p/m.py": CHANGED}
    assert only(WHOLE.rstrip() + mark).blocks == [("n.py", None, "x = 1\n")]
    assert not only(WHOLE.rstrip() + mark).problem


@pytest.mark.parametrize(
    "behind",
    [
        "This gives:\n```python\n# EDIT: so\nSCALE = 0.9\nSET: x = 1\n```\n",
        "\n~~~\nx = 1\nDELETE: p/m.py\n~~~\n",
    ],
)
def test_an_illustration_is_no_form(behind: str) -> None:
    before = "Like this:\n```python\n# EDIT: here\nSET: y = 1\n```\n"
    edit = only(f"{before}{GOOD}{behind}")
    assert (edit.problem, edit.sets) == ("", {})
    assert changed_files(edit, TEXTS) == {"p/m.py": CHANGED}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# EDIT\n", "## Edit 1\n"),
        ("# EDIT\n", "### **EDIT 1: the scale**\n\n"),
        ("# EDIT\n", "# EDIT #1\n"),
        ("# EDIT\n", "# EDIT (1/5)\n"),
        ("# EDIT\n", "# EDIT [1]\n"),
        ("# EDIT\n", "**EDIT**\n"),
        ("# EDIT\n", "# ✅ EDIT 1\n"),
        ("# EDIT\n", "#\u00a0EDIT\n"),
        ("# EDIT\n", "\u200b# EDIT\n"),
        ("LABEL:", "**LABEL:**"),
        ("FILE:", "- **FILE**:"),
        ("LABEL:", "  Label :"),
        ("FILE: p/m.py", "`FILE: p/m.py`"),
    ],
)
def test_markdown_around_the_form_changes_nothing(old: str, new: str) -> None:
    edit = only(GOOD.replace(old, new))
    assert not edit.problem
    assert changed_files(edit, TEXTS) == {"p/m.py": CHANGED}


def test_an_edit_that_is_not_closed_takes_no_other_with_it() -> None:
    unclosed = f"{HEADER}FILE: n.py\n```python\nx = 1\n\n"
    for begun in (BROKEN_DRAFT, unclosed):
        first, second = parse(f"{begun}{GOOD}", toolkit.LABELS)
        assert "closed" in first.problem
        assert changed_files(second, TEXTS) == {"p/m.py": CHANGED}


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (f"FILE: p/m.py\n{BLOCK}\n{GOOD}", "before the first line '# EDIT'"),
        (f"{GOOD[7:]}\n{GOOD}", "does not begin with a line '# EDIT'"),
        (f"{GOOD}\nLABEL: data\nHYPOTHESIS: another\nSET: x = 1\n\n{GOOD}", "a second LABEL"),
        (f"{HEADER}SET: x = 1\nSET: x = 2\n{GOOD}", "two SET lines for x"),
        (f"{HEADER}DELETE: {'d/' * 200}m.py\n{GOOD}", "404 characters"),
        (f"{HEADER}FILE: n.py\n  ```\n  x = 1\n  ```\n{GOOD}", "indented"),
    ],
)
def test_what_would_be_lost_is_refused(reply: str, told: str) -> None:
    first, second = parse(reply, toolkit.LABELS)
    assert told in first.problem
    assert not second.problem


@pytest.mark.parametrize(
    ("reply", "is_whole"),
    [
        (f"{HEADER}SET: k = 1", False),
        (f"{HEADER}SET: k = 1\n", True),
        (GOOD, True),
        (GOOD.rstrip("\n"), True),
        (f"{GOOD}That is what I wo", True),
        (f"{GOOD}SE", False),
        (f"{GOOD}<<<<", False),
    ],
)
def test_a_reply_that_was_cut_off_ends_with_half_an_edit_where_it_may(
    reply: str, is_whole: bool
) -> None:
    (edit,) = parse(reply, toolkit.LABELS, is_cut=True)
    assert ("in the middle of a line" in edit.problem) == (not is_whole)
    assert not only(reply).problem


def test_a_model_that_repeats_itself_is_read_at_once() -> None:
    lines = ("```python\n", "</think>\n", f"{HEADER}FILE: a\n```\n", "\r", "``` " + " " * 99)
    for line in lines:
        assert parse(HEADER + line * (200_000 // len(line)), toolkit.LABELS)[0].problem


def test_nothing_inside_a_text_that_was_cut_at_a_fence_of_its_own_is_run() -> None:
    """The text of the file ends at the first fence, in the middle of a string."""
    inner = '# EDIT\nLABEL: bug_fix\nHYPOTHESIS: h\nSET: k = 3\n"""\n'
    reply = f'{HEADER}FILE: a/p.py\n```python\nP = """\nAnswer like this:\n```\n{inner}'
    (edit,) = parse(reply, toolkit.LABELS)
    assert "its text may have been cut at an inner fence, and nothing behind it was read" in (
        edit.problem
    )
    assert not edit.sets
