"""Questions of a reply, answered from a lab: on the search split, on record, and never at length."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from served import run

import toolkit
from searchers.autoresearcher.edit import Edit
from searchers.autoresearcher.experiment import Experiment
from searchers.autoresearcher.looks import View, answered
from searchers.autoresearcher.patterns import matching
from searchers.autoresearcher.replies.reply import Unusable
from searchers.autoresearcher.replies.staged import read
from toolkit.bench.bench import Bench
from toolkit.ledger.cell import CellState

BROKE = "    context = {'offset': context['offset'] + 0.3 * (context['offset'] > 0.005)}\n"
FINE = "    value = SCALE * height(parameters) - context"
PRINTS = 'print("to be seen")\n'


def asked(
    bench: Bench, folder: Path, *lines: str, **changes: Any
) -> tuple[CellState, list[tuple[str, str]]]:
    """The cell, and (question, answer) of each line.

    Trial 1 is better everywhere, trial 2 breaks the conversations b and c, trial 3 crashes.
    """
    found: list[tuple[str, str]] = []

    class Asking:
        live = True

        def run(self, lab: toolkit.Lab) -> None:
            better = lab.evaluate(toolkit.Candidate({"x": 0.3}))
            main = lab.sources["toy_pipeline/main.py"]
            for text in (main.replace(FINE, BROKE + FINE), f"{PRINTS}{main}\n1 / 0\n"):
                lab.evaluate(lab.edit(better.candidate, {"toy_pipeline/main.py": text}))
            broken = [item for item, cluster in lab.clusters.items() if cluster in "bc"]
            known = [
                Experiment(1, Edit(), [1], "kept", fixed=sorted(lab.clusters), trial=1),
                Experiment(2, Edit(), [2], broken=broken, trial=2),
                Experiment(3, Edit(), [3], "failed"),
            ]
            looks = read("# LOOK\n" + "\n".join(lines), toolkit.LABELS).looks
            view = View(**{"lab": lab, "best": better, "experiments": known, **changes})
            found.extend(answered(looks, view))

    cell = run(bench, folder, Asking)
    assert cell.ended is not None
    assert cell.ended["status"] == "finished", cell.ended["detail"]
    return cell, found


def test_items_are_shown_with_their_answers_and_are_on_record(bench: Bench, tmp_path: Path) -> None:
    cell, found = asked(
        bench, tmp_path, 'items where input matches "QUESTION [12]" of kind Number limit 3',
        "items wrong of kind extra", "items of kind number that experiment 2 broke limit 2",
        "items that experiment 1 fixed limit 1",
    )  # fmt: skip
    texts = [answer for _, answer in found]
    assert texts[0].startswith("6 questions of kind Number match; 3 of them follow")
    assert texts[0].count("- [number] question ") == texts[0].count("right: 1.0") == 3
    assert texts[0].count("(score 0.") == texts[0].count("the truth of ") == 3
    assert texts[1].startswith("0 questions of kind extra are wrong.")
    assert texts[2].startswith("6 questions of kind number were broken by it; 2 of them follow")
    assert "(as trial 2 left them)" in texts[2]
    assert texts[3].count("- [") == 1
    shown = [(look.trial, look.limit) for look in cell.times]
    assert sorted(shown) == [(1, 1), (1, 3), (2, 2)]
    assert (cell.failures, cell.showings) == (6, 6)


def test_one_item_is_told_in_the_singular_and_case_counts_where_a_pattern_says_so(
    bench: Bench, tmp_path: Path
) -> None:
    hidden = {item.id for call in bench.items["search"] for item in call} - {"b:1"}
    _, found = asked(
        bench, tmp_path, "items that experiment 2 broke", "items that experiment 1 fixed",
        'items where input matches "QUESTION"', 'items where input matches "(?-i:QUESTION)"',
        hidden=hidden,
    )  # fmt: skip
    texts = [answer for _, answer in found]
    assert texts[0].startswith("1 question was broken by it (as trial 2 left them)")
    assert texts[1].startswith("1 question was fixed by it; 0 of them follow, and 1 stands in an ")
    assert texts[2].startswith("1 question matches; ")
    assert texts[3] == "0 questions match."


def test_items_of_the_inner_split_are_never_shown_and_never_counted(
    bench: Bench, tmp_path: Path
) -> None:
    hidden = {item.id for call in bench.items["search"] for item in call if item.cluster != "a"}
    cell, found = asked(
        bench, tmp_path, 'items where input matches "."', "items that experiment 2 broke",
        "items wrong", "items right", hidden=hidden,
    )  # fmt: skip
    texts = [answer for _, answer in found]
    assert texts[0].startswith("4 questions match ")
    assert texts[1] == "0 questions were broken by it."
    assert texts[3] == "No question has a full score."
    assert cell.answers
    assert not frozenset().union(*cell.looks.values()) & hidden


def test_who_sees_scores_only_may_ask_for_output_and_files(bench: Bench, tmp_path: Path) -> None:
    cell, found = asked(
        bench, tmp_path, "items wrong", 'items where input matches "."', "output of trial 2",
        "output of trial 3", "file toy_pipeline/main.py", sees="scores",
    )  # fmt: skip
    texts = [answer for _, answer in found]
    assert texts[0] == texts[1] == (
        "No answer: items are not shown in this experiment, only output and files are."
    )  # fmt: skip
    assert texts[2].startswith("Trial 2: ok, 0.")
    assert texts[2].endswith(". Output is kept only of trials that fail.")
    assert texts[3].startswith("Trial 3: crashed.\nIts error:\n```\n")
    assert "ZeroDivisionError" in texts[3]
    assert texts[3].endswith("It printed last:\n```\nto be seen\n```")
    assert texts[4].startswith("FILE: toy_pipeline/main.py\n```python\n")
    assert not cell.looks


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("output of trial 9", "there is no trial 9; the last one is 3"),
        ("items that experiment 9 broke", "there is no experiment 9; the last one is 3"),
        ("items that experiment 3 broke", "experiment 3 has no trial with a score"),
        ("file ../../etc/passwd", "there is no file '../../etc/passwd'"),
        ("file /etc/passwd", "there is no file '/etc/passwd'"),
        ("file task.py", "there is no file 'task.py'"),
        ("file toy_pipeline/mian.py", "did you mean toy_pipeline/main.py"),
        ('items where input matches "("', "the regular expression is not valid"),
        ('items where input matches "(?R)"', "the regular expression is not valid"),
        ("items wrong of kind nothing", "there is no kind 'nothing'; kinds: extra, number"),
    ],
)  # fmt: skip
def test_what_has_no_answer_says_why(bench: Bench, tmp_path: Path, line: str, told: str) -> None:
    ((_, text),) = asked(bench, tmp_path, line)[1]
    assert text.startswith("No answer: ")
    assert told in text


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|aa)+$", r"(x+x+)+y", r"(a|b|ab)*(a|bc|c)*$"])
def test_a_pattern_that_backtracks_without_end_is_given_up(
    pattern: str,
) -> None:
    with pytest.raises(Unusable, match="took longer than"):
        matching(
            pattern, dict.fromkeys("12345", f"{'a' * 3000}{'x' * 3000}{'abc' * 3000}!"), most_s=0.01
        )


@pytest.mark.parametrize(
    "pattern", ["((a{1000}){1000}){1000}", "a{1001}", "(?:a{0,60000})", "x{99999999999999}", "a{e<=3}"]
)  # fmt: skip
def test_a_pattern_that_would_take_all_memory_is_refused(pattern: str) -> None:
    with pytest.raises(Unusable, match=r"copies|brace"):
        matching(pattern, {"a": "aaa"})


def test_patterns_find_what_they_say() -> None:
    texts = {"a": "When was it?", "b": "how many", "c": "2024-01-05"}
    found: Callable[[str], list[str]] = lambda pattern: matching(pattern, texts)  # noqa: E731
    assert found("^when") == ["a"]
    assert found(r"\d{4}-\d{2}") == ["c"]
    assert found("a|b|c") == ["a", "b"]
    assert found(r"\{") == []
