"""Replies of the staged loop: notes, questions, edits with alternatives, a stop."""

from __future__ import annotations

from pathlib import Path

import pytest
from replies import BLOCK, CHANGED, GOOD, HEADER, TEXTS

import toolkit
from searchers.autoresearcher.edit import Prediction
from searchers.autoresearcher.replies.limits import LIMITS
from searchers.autoresearcher.replies.reply import changed_files, parse
from searchers.autoresearcher.replies.staged import Reply, read

LOOK = "# LOOK\nitems wrong of kind temporal limit 5\noutput of trial 12\n"
NOTES = "# NOTES\nDates are cut off.\n"
STOP = "# STOP nothing is left\n"
ALTERNATIVE = "# ALTERNATIVE\nSET: k = 3\n"
DRAFTED = "# LOOK\nfile a\n# STOP now\n"
ALL = f"I think.\n\n{NOTES}\n{LOOK}\n{GOOD}\n{ALTERNATIVE}\n{STOP}"


def of(text: str) -> Reply:
    return read(text, toolkit.LABELS)


def expect_all(reply: Reply) -> None:
    (edit,) = reply.edits
    assert reply.problem == edit.problem == ""
    assert changed_files(edit, TEXTS) == {"p/m.py": CHANGED}
    assert [one.sets for one in edit.alternatives] == [{"k": 3}]
    assert (edit.alternatives[0].label, edit.alternatives[0].hypothesis) == ("bug_fix", "h")
    assert [look.what for look in reply.looks] == ["scored", "output"]
    assert (reply.notes, reply.stop) == ("Dates are cut off.", "nothing is left")


@pytest.mark.parametrize(
    "text",
    [
        ALL,
        ALL.replace("\n", "\r\n"),
        f"\ufeff{ALL}",
        f"```\n{ALL}```\n",
        f"~~~markdown\n{ALL}~~~\nThat is all.\n",
        ALL.replace("# NOTES", "## **Notes:**").replace("# LOOK", "### Look"),
        ALL.replace("# ALTERNATIVE", "## Alternative 1:").replace("# STOP", "**STOP**:"),
        ALL.replace(LOOK, f"{LOOK.splitlines()[0]}\n```\n- items wrong of kind temporal limit 5\n2. `output of trial 12`\n```\n"),
        ALL.replace(NOTES, f"```\n{NOTES}```\n").replace(STOP, f"```\n{STOP}```\n"),
        f"<think>\n{DRAFTED}</think>{ALL}",
        f"So.\n{DRAFTED}</think>\n{ALL}",
        f"{ALL}<|im_end|>",
    ],
)  # fmt: skip
def test_every_section_is_read_whatever_stands_around_it(text: str) -> None:
    expect_all(of(text))


@pytest.mark.parametrize("order", [(3, 0, 1, 2), (1, 3, 0, 2), (3, 1, 0, 2)])
def test_sections_may_stand_in_any_order(order: tuple[int, ...]) -> None:
    parts = (NOTES, LOOK, STOP, f"{GOOD}{ALTERNATIVE}")
    expect_all(of("\n".join(parts[at] for at in order)))


def test_edits_are_those_of_the_greedy_loop() -> None:
    for text in (GOOD, f"{GOOD}\n{HEADER}SET: x = 1\n", GOOD.replace("# EDIT", "## Edit 1")):
        edits, found = parse(text, toolkit.LABELS), of(text)
        assert (found.edits, found.problem) == (edits, "")


def test_an_edit_tells_what_it_needs_and_foretells() -> None:
    fields = "DEPENDS: 2, experiment 3 and #4\nPREDICT: temporal up, multi-hop: down; overall ↑\n"
    (edit,) = of(GOOD.replace("FILE", f"{fields}FILE")).edits
    assert edit.depends == (2, 3, 4)
    assert edit.predicts == (
        Prediction("temporal", "up"), Prediction("multi-hop", "down"), Prediction("overall", "up")
    )  # fmt: skip
    assert of(GOOD.replace("FILE", "DEPENDS: none\nPREDICT: -\nFILE")).problem == ""
    strange = of(GOOD.replace("FILE", "DEPENDS: the first\nPREDICT: all of it\nFILE"))
    assert "'the first' is no number of an experiment" in strange.problem
    assert "'all of it' is not 'KIND up' or 'KIND down'" in strange.problem
    assert not strange.edits[0].problem


@pytest.mark.parametrize(
    ("line", "grid", "sets"),
    [
        ("SET: k = 1 | 2 | 4", {"k": (1, 2, 4)}, {}),
        ("SET: `k` = bm25|'a|b'", {"k": ("bm25", "a|b")}, {}),
        ('SET: k = "a|b"', {}, {"k": "a|b"}),
        ("SET: k = [1, 2] | [3]", {"k": ([1, 2], [3])}, {}),
        ("SET: k = a | ", {}, {"k": "a |"}),
        ("SET: k = true | False", {"k": (True, False)}, {}),
    ],
)
def test_several_values_of_a_parameter_are_a_grid(
    line: str, grid: dict[str, object], sets: dict[str, object]
) -> None:
    (edit,) = of(f"{HEADER}{line}\n").edits
    assert (edit.problem, edit.grid, edit.sets) == ("", grid, sets)


def test_only_one_parameter_of_an_edit_has_several_values() -> None:
    for more in ("SET: j = 3 | 4", "SET: k = 5", "SET: k = 5 | 6"):
        assert "two SET lines" in of(f"{HEADER}SET: k = 1 | 2\n{more}\n").edits[0].problem
    assert "two SET lines" in of(f"{HEADER}SET: k = 5\nSET: k = 1 | 2\n").edits[0].problem


def test_a_function_is_deleted_by_an_empty_replacement() -> None:
    block = "<<<<<<< SEARCH\n\n\ndef f(y):\n    return y\n=======\n>>>>>>> REPLACE\n"
    (edit,) = of(f"{HEADER}FILE: p/m.py\n{block}").edits
    assert changed_files(edit, TEXTS) == {"p/m.py": TEXTS["p/m.py"].partition("\n\n")[0] + "\n"}


def test_what_is_over_a_limit_is_left_out_and_told() -> None:
    assert (LIMITS.edits, LIMITS.alternatives, LIMITS.values, LIMITS.looks) == (8, 3, 4, 6)
    looks = "".join(f"file f{number}\n" for number in range(8))
    one = f"{HEADER}SET: k = 1 | 2 | 3 | 4 | 5 | 6\n{ALTERNATIVE * 5}"
    found = of(f"# LOOK\n{looks}{one}{GOOD * 9}# NOTES\n{'x' * 5000}\n")
    assert [len(found.looks), len(found.edits), len(found.notes)] == [6, 8, 4000]
    assert [len(found.edits[0].grid["k"]), len(found.edits[0].alternatives)] == [4, 3]
    for told in (
        "2 values of k were left out: at most 4", "2 alternatives of 'h' were left out: at most 3",
        "2 edits were left out: at most 8", "2 questions were left out: at most 6",
        "1,000 of 5,000 characters of the notes were left out: at most 4,000",
    ):  # fmt: skip
        assert told in found.problem


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no section"),
        ("I would rather not.", "it begins: 'I would rather not.'"),
        ("<think>so", "cut off in its thinking"),
        ("## Stop words are removed\n## Notes on it\n## Look at this\n", "holds no section"),
        ("# LOOK\nshow me everything\n", "'show me everything' is not answered"),
        ("# LOOK\nitems where input matches when\n", "stands in quotes"),
        (f'# LOOK\nitems where input matches "{"a" * 300}"\n', "1 to 200 characters"),
        (f"# LOOK\nfile {'a' * 600}\n", "more than 500 characters"),
        (f"{HEADER}FILE: a\n# NOTES\nx\n", ""),
    ],
)
def test_what_cannot_be_used_says_so(text: str, told: str) -> None:
    found = of(text)
    assert told in found.problem
    assert not found.looks
    assert found.stop is None
    assert all(edit.problem for edit in found.edits)


def test_questions_are_read_as_models_write_them() -> None:
    lines = {
        'items where input matches "how (many|often)" of kind multi hop limit 7': ("multi hop", 7),
        "- Items where the input matches `x`": ("", 20),
        "* items wrong": ("", 20),
        "3) items right of kind `a b`.": ("a b", 20),
        "items of kind date that experiment #7 broke, limit 5": ("date", 5),
        "items that experiment 7 fixed of kind date": ("date", 20),
        "wrong items of kind date limit 900": ("date", 20),
        "LOOK: items of kind date wrong": ("date", 20),
    }
    for line, (kind, limit) in lines.items():
        (look,) = of(f"# LOOK {line}\n").looks
        assert (look.kind, look.limit) == (kind, limit), line
    for line in ("file p/m.py", "FILE: `p/m.py`", "file: p/m.py"):
        assert of(f"# LOOK\n{line}\n").looks[0].path == "p/m.py"


INSIDE = (
    f"A = '''\n{NOTES}{LOOK}{STOP}{ALTERNATIVE}'''\n",
    f"{STOP}{ALTERNATIVE}{NOTES}{LOOK}DEPENDS: 1\nPREDICT: x up\n",
)


@pytest.mark.parametrize("text", INSIDE)
def test_headings_inside_texts_are_text(text: str) -> None:
    whole = f"{HEADER}FILE: n.md\n```\n{text}```\n"
    block = f"{HEADER}FILE: p/m.py\n<<<<<<< SEARCH\nSCALE = 0.8\n=======\n{text}>>>>>>> REPLACE\n"
    found = of(f"{whole}{block}")
    assert (found.looks, found.notes, found.stop, found.problem) == ([], "", None, "")
    assert [edit.blocks[0][2] for edit in found.edits] == [text, text]
    assert [(edit.problem, edit.depends) for edit in found.edits] == [("", ()), ("", ())]


def test_notes_may_hold_code_and_headings_of_other_things() -> None:
    notes = "## What I know\n```python\n# EDIT\n# STOP now\nx = 1\n```\nSET: x = 2 was bad."
    found = of(f"# NOTES\n{notes}\n{GOOD}")
    assert (found.notes, found.stop) == (notes, None)
    assert [edit.problem for edit in found.edits] == [""]


def test_an_edit_whose_heading_was_forgotten_is_refused_and_no_note() -> None:
    for text in (f"{NOTES}{GOOD[7:]}", f"{GOOD}{NOTES}{BLOCK}"):
        found = of(text)
        assert "does not begin with a line '# EDIT'" in found.edits[-1].problem
        assert found.notes == "Dates are cut off."


def test_a_stop_behind_what_broke_off_ends_nothing() -> None:
    broken = GOOD[: GOOD.index(">>>>>>>")]
    for text in (f"{broken}{STOP}", f"{broken}{NOTES}{STOP}", f"{STOP}{broken}"):
        found = of(text)
        assert found.stop is None
        assert "closed" in found.edits[0].problem
    assert (
        "STOP in a reply of which a part broke off is not obeyed" in of(f"{STOP}{broken}").problem
    )


def test_what_was_not_read_behind_a_break_is_told() -> None:
    broken = GOOD[: GOOD.index(">>>>>>>")]
    found = of(f"{broken}text\nmore\n\n{STOP}{GOOD}")
    assert "lines behind it were not read" in found.problem
    assert [bool(edit.problem) for edit in found.edits] == [True, False]


def test_a_reply_that_was_cut_off_says_so_and_loses_its_last_question() -> None:
    found = read(toolkit.Answer(f"{LOOK}items wro", "length"), toolkit.LABELS)
    assert [look.what for look in found.looks] == ["scored", "output"]
    assert "the question 'items wro' was cut off" in found.problem
    assert "the reply was cut off at the server's limit" in found.problem


def test_an_alternative_without_an_edit_or_without_content_is_told() -> None:
    assert "stands before the first line '# EDIT'" in of(ALTERNATIVE).edits[0].problem
    found = of(f"{GOOD}# ALTERNATIVE\nI know of none.\n")
    assert "an alternative was left out: the edit changes nothing" in found.problem
    assert found.edits[0].alternatives == ()


def test_the_form_that_a_prompt_shows_is_read_as_it_is_meant() -> None:
    import jinja2

    from searchers import autoresearcher

    path = Path(autoresearcher.__file__).parent / "stages/prompts/form.md.jinja"
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)

    class Tell:
        working, nouns = "another way of doing it", toolkit.Nouns()
        objective = toolkit.Objective()

    for scope in ("code", "parameters"):
        for sees in ("failures", "scores"):
            for blocks, kinds in (("", ["temporal", "date"]), ("EVOLVE", [])):
                text = template.from_string(path.read_text(encoding="utf-8")).render(
                    scope=scope, sees=sees, blocks=blocks, suffix=".py", labels=toolkit.LABELS,
                    kinds=kinds, first=4, limits=LIMITS, tell=Tell(),
                )  # fmt: skip
                shown = of("".join(examples(text)))
                assert shown.problem == shown.edits[0].problem == ""
                assert (shown.stop, bool(shown.notes)) == (
                    "the rest of the failures have no evidence in the input", True
                )  # fmt: skip
                assert {look.what for look in shown.looks} == (
                    {"matching", "flipped", "output"} if sees == "failures" else {"output"}
                )
                assert len(shown.edits[0].alternatives) == 1
                assert ("FILE" in text) == (scope == "code")


def test_the_reply_that_the_documentation_shows_is_read_as_it_is_meant() -> None:
    page = (Path(toolkit.__file__).parents[1] / "docs/autoresearch.md").read_text(encoding="utf-8")
    found = of(page.split("```text\n")[1].split("```\n")[0])
    (edit,) = found.edits
    assert (found.problem, edit.problem, len(found.looks)) == ("", "", 3)
    assert (edit.depends, len(edit.predicts), edit.blocks[0][0]) == ((2,), 2, "reader/lines.py")
    assert edit.alternatives[0].grid == {"margin": (1, 2, 4)}
    assert found.stop == "the rest of the failures have no evidence in the input"


def examples(text: str) -> list[str]:
    """Texts between the fences of a form."""
    parts = f"{text}\n".split("\n```\n")
    return [f"{part}\n" for part in parts[1::2]]
