"""Replies as models really write them: read as meant, or refused with a reason, never guessed."""

from __future__ import annotations

import pytest

import toolkit
from searchers.autoresearcher.reply import Edit, Unusable, changed_files, parse

TEXTS = {"p/m.py": "import os\nSCALE = 0.8\nOLDSCALE = 0.8\n\n\ndef f(y):\n    return y\n"}
BLOCK = "<<<<<<< SEARCH\nSCALE = 0.8\n=======\nSCALE = 0.9\n>>>>>>> REPLACE\n"
HEADER = "# EDIT\nLABEL: bug_fix\nHYPOTHESIS: h\n"
CHANGED = TEXTS["p/m.py"].replace("\nSCALE = 0.8", "\nSCALE = 0.9")


def only(reply: str) -> Edit:
    (edit,) = parse(reply, toolkit.LABELS)
    return edit


@pytest.mark.parametrize(
    "reply",
    [
        f"{HEADER}FILE: p/m.py\n{BLOCK}",
        f"{HEADER}FILE: p/m.py\n```python\n{BLOCK}```\n",
        f"{HEADER}FILE: `p/m.py`\n\n``` python title='m'\n\n{BLOCK}```\n",
        f"```\n{HEADER}FILE: p/m.py\n{BLOCK}```\n",
        f"{HEADER}FILE: p/m.py\n{BLOCK}This gives:\n```python\nSCALE = 0.9\n```\n",
        f"{HEADER}FILE: p/m.py\n{BLOCK}".replace("\n", "\r\n"),
        f"\ufeff{HEADER}FILE: p/m.py\n{BLOCK}",
        f"<think>\n# EDIT\nLABEL: data\n</think>\n{HEADER}FILE: p/m.py\n{BLOCK}",
        f"## Edit plan\nfirst\n\n## EDIT 1: the scale\n{HEADER[7:]}FILE: p/m.py\n{BLOCK}",
        f"{HEADER}FILE: p/m.py\n  <<<<<<< SEARCH\nSCALE = 0.8\n  =======  \nSCALE = 0.9\n  >>>>>>> REPLACE",
    ],
)
def test_read_as_meant(reply: str) -> None:
    edit = only(reply)
    assert not edit.problem
    assert changed_files(edit, TEXTS) == {"p/m.py": CHANGED}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("FILE: p/m.py\n<<<<<<< SEARCH\nimport os\n=======\nSCALE\n=======\nx\n>>>>>>> REPLACE", "inside a block"),
        (f"FILE: p/m.py\n<<<<<<< SEARCH\na\n=======\nb\n{BLOCK}", "is not closed"),
        ("FILE: p/m.py\n<<<<<<< SEARCH\na\n=======\nb\n", "cut off"),
        ("FILE: p/m.py\nSET: x = 1\n", "neither"),
        (f"FILE: p/m.py\n```\n{BLOCK.replace('<<<<<<< SEARCH', 'text')}```\n", "inside a block"),
        (f"{BLOCK}", "without 'FILE: path'"),
        (">>>>>>> REPLACE\n", "before it"),
        ("SET: x\n", "SET needs"),
        (f"SET: x = {'[' * 100_000}\n", "SET needs"),
    ],
)  # fmt: skip
def test_refused_with_a_reason(body: str, told: str) -> None:
    assert told in only(HEADER + body).problem


@pytest.mark.parametrize(
    ("search", "times"), [("return y", 0), ("SCALE = 0.8", 1), ("LE = 0.8", 0), ("import os\nSCALE = 0.8", 1)]
)  # fmt: skip
def test_only_whole_lines_fit(search: str, times: int) -> None:
    edit = only(f"{HEADER}FILE: p/m.py\n<<<<<<< SEARCH\n{search}\n=======\nx\n>>>>>>> REPLACE\n")
    if times:
        assert changed_files(edit, TEXTS)
    else:
        with pytest.raises(Unusable, match="stands 0 times"):
            changed_files(edit, TEXTS)


def test_lines_that_stand_twice_in_a_row_are_seen() -> None:
    edit = only(f"{HEADER}FILE: a\n<<<<<<< SEARCH\nx\n=======\ny\n>>>>>>> REPLACE\n")
    with pytest.raises(Unusable, match="stands 2 times"):
        changed_files(edit, {"a": "x\nx\n"})
    assert changed_files(edit, {"a": "b\nx"}) == {"a": "b\ny\n"}


def test_comments_are_no_headings() -> None:
    text = "# Edit distance below this is a match\n# edit\nLIMIT = 2\n"
    edit = only(f"{HEADER}FILE: p/new.py\n```python\n{text}```\n")
    assert edit.blocks == [("p/new.py", None, text)]


def test_values_as_python_and_as_json() -> None:
    edit = only(f"{HEADER}SET: a = True\nSET: b = 0.5\nSET: `c` = 'bm25'\nSET: d = null\n")
    assert edit.sets == {"a": True, "b": 0.5, "c": "bm25", "d": None}


def test_a_number_that_no_float_holds_is_out_of_range() -> None:
    with pytest.raises(ValueError, match="must be"):
        toolkit.Float(0, 1, 0.5).check(10**400)
    with pytest.raises(ValueError, match="must be"):
        toolkit.Int(0, 5, 1).check(10**400)
