"""Floors that hurt: constants of each form of question, inputs without a context, and the gain
over the best of them, by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import sums
from conftest import ROOT

from toolkit.bench import fitted
from toolkit.bench.bench import Bench
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load as folded
from toolkit.report.summary import summarise
from toolkit.study import study as study_files

Cli = Callable[..., CompletedProcess[str]]

TASK = """
import toolkit

GOLD = {
    "s": {"when": "mon mon mon mon sun", "is": "yes yes yes no no", "where": "home home home away away",
          "why": "a b c d e", "who": "ann bob"},
    "t": {"when": "tue tue tue sun sun", "is": "yes no no no no", "where": "home away away away away",
          "why": "z z z z z", "who": "ann bob"},
    "u": {"when": "wed wed wed wed wed", "is": "yes yes yes yes yes", "where": "home home home home home",
          "why": "y y y y y", "who": "ann bob"},
}
DAYS = {"s": "mon", "t": "tue", "u": "wed"}


def score(gold, output):
    return float(output == gold.answer)


class Sums:
    wrong_context = True
    empty_context = {"lines": {}}

    def __init__(self, data):
        self.data = data

    def golds(self):
        return {
            f"{c}:{form} {n}": gold
            for c, forms in GOLD.items()
            for form, golds in forms.items()
            for n, gold in enumerate(golds.split())
        }

    def contexts(self):
        lines = {c: {} for c in GOLD}
        for name, gold in self.golds().items():
            lines[name[0]][name[2:]] = gold
        return {c: {"lines": lines[c]} for c in GOLD}

    def items(self):
        return [toolkit.Item(name, name[0], name[2:]) for name in self.golds()]

    def vault(self):
        gold = {name: toolkit.Gold(one) for name, one in self.golds().items()}
        return toolkit.Vault(gold, score)

    def floors(self):
        return {"yes": "yes", "no": "no"}

    def form(self, item):
        return item.input.split()[0]

    def guesses(self, item):
        return {"day": DAYS[item.cluster]}

    def as_output(self, gold):
        return gold.answer
"""
PROGRAM = """
def run(context, inputs, parameters, services):
    lines = context["lines"]
    if not lines:
        return ["yes" for _ in inputs]
    return [lines[one] if parameters["read"] else "?" for one in inputs]
"""
SPLITS = 'search = ["s"]\ntest = ["t", "u"]'
T1 = 12.7062  # 97.5 % of t with one degree of freedom


def write(folder: Path, task: str = TASK, more: str = "") -> Path:
    parameters = "read = { flag = true, default = false }"
    sums.write(folder, PROGRAM, splits=SPLITS, parameters=parameters, more=more)
    (folder / "task.py").write_text(task)
    return folder


def compared(cli: Cli, study: Path, out: Path, *more: str) -> Mapping[str, Any]:
    command = ("compare", study, "--budget", "6", "--searchers", "random", "--seeds", "1")
    found: Mapping[str, Any] = json.loads(cli(*map(str, command), "--out", str(out), *more).stdout)
    return found


@pytest.mark.slow
def test_floors_by_form_and_of_inputs_alone_are_scored(cli: Cli, tmp_path: Path) -> None:
    out, study = tmp_path / "run", write(tmp_path / "study")
    found = compared(cli, study, out, "--json")
    by_form = found["floors"]["fitted by form"]
    # the day is right 4 of 22 times on search, and stands for "when", for "why" (nothing is right
    # there, and a gold answer that occurs once is not tried) and for "who" (two questions only)
    assert by_form["output"] == "yes (is), home (where), else day"
    assert by_form["search"] == pytest.approx((4 + 3 + 3) / 22)
    assert by_form["test"] == pytest.approx((3 + 1 + 1 + 5 + 5 + 5) / 44)
    assert found["floors"]["yes"]["test"] == pytest.approx(6 / 44)  # the best constant on search
    assert "no" not in found["floors"]
    inputs = found["floors"]["input only"]
    assert (inputs["search"], inputs["test"]) == (pytest.approx(3 / 22), pytest.approx(6 / 44))
    assert inputs["output"] == ""

    cell = found["cells"][0]
    assert cell["test"] == 1.0
    assert cell["wrong_context"] == pytest.approx((1 + 1 + 2) * 2 / 44)
    over = cell["over_floor"]
    assert (over["floor"], over["level"]) == ("fitted by form", pytest.approx(20 / 44))
    assert over["gain"] == pytest.approx(24 / 44)
    reach = T1 * abs(17 / 22 - 7 / 22) / 2  # two clusters of one size
    assert over["interval"] == pytest.approx([24 / 44 - reach, 24 / 44 + reach], abs=1e-4)

    text = cli("report", str(out), "--full").stdout
    head = next(line for line in text.splitlines() if "searcher" in line)
    row = next(line for line in text.splitlines() if line.startswith(" random"))
    assert "wrong" in head
    assert "0.182" in row  # 8 of 44
    assert text.count("score on wrong contexts") == 1
    said = "Over the best floor (fitted by form, 0.455) the gain is +0.545 [-2.342, +3.433], which"
    assert said in " ".join(text.split())
    below = "baseline: 0.000 on test, no better than the floor 'fitted by form' (0.455)"
    assert below in text


@pytest.mark.slow
def test_searchers_that_are_tied_share_the_sentence_on_the_best_floor(
    cli: Cli, tmp_path: Path
) -> None:
    command = ("compare", write(tmp_path / "study"), "--budget", "6", "--seeds", "1", "--after")
    more = ("light", "--searchers", "random,optuna", "--json")
    verdict = json.loads(cli(*map(str, command), *more).stdout)["verdict"]
    spans = [f"+0.545 [-2.342, +3.433] ({name}), which is" for name in ("random", "optuna")]
    assert all(span in verdict for span in spans)
    assert verdict.count("Over the best floor") == 1


def test_floors_with_outputs_of_their_own_are_judged_by_every_view(
    cli: Cli, tmp_path: Path
) -> None:
    """By `letter` an answer counts where it has a letter of the gold's: `yes` has one of most."""
    letter = "lambda gold, output: float(bool({*output} & {*gold.answer}))"
    views = f'Vault(gold, score, views={{"letter": {letter}}})'
    task = TASK.replace("Vault(gold, score)", views)
    found = compared(cli, write(tmp_path / "study", task), tmp_path / "run", "--json")
    floors = found["views"]["floors"]
    # "tue" has a letter of "sun", too: 5 + 1 + 1 of t, and 5 + 5 + 5 of u
    assert floors["fitted by form"] == pytest.approx({"score": 20 / 44, "letter": 22 / 44})
    # t: 5 days, 1 yes, home and 4 away; u: all but the two names
    assert floors["input only"] == pytest.approx({"score": 6 / 44, "letter": 31 / 44})
    seen = found["cells"][0]["over_floor"]["by_view"]
    assert (seen["by"], seen["floor"], seen["level"]) == ("letter", "yes", pytest.approx(31 / 44))
    assert seen["gain"] == pytest.approx(13 / 44)
    reach = T1 * (11 / 22 - 2 / 22) / 2
    assert seen["interval"] == pytest.approx([13 / 44 - reach, 13 / 44 + reach], abs=1e-4)
    assert (seen["p_floor"], seen["decided"]) == (0.5, False)
    with Ledger(tmp_path / "run", writer=False) as ledger:
        older = folded(ledger)
    del older.viewed["floor:fitted by form", "test"]  # as a ledger of an older version has it
    assert "by_view" not in summarise(older)["cells"][0]["over_floor"]
    said = "which is not decided; by letter, over yes, it is +0.295 [-2.304, +2.894], which is not"
    assert said in found["verdict"]


def test_the_outputs_of_fitted_constants_are_on_record_and_not_fitted_again(
    cli: Cli, tmp_path: Path
) -> None:
    out, study = tmp_path / "run", write(tmp_path / "study")
    compared(cli, study, out, "--json", "--after", "light")
    with Ledger(out, writer=False) as ledger:
        state, before = folded(ledger), len(list(ledger.events()))
        outputs = ledger.get(state.outputs["floor:fitted by form", "test"])
    assert outputs["t:when 0"] == "tue"
    assert outputs["u:is 4"] == "yes"
    assert len(outputs) == 44
    assert ("floor:input only", "test") not in state.assessments  # a program would run for it
    compared(cli, study, out, "--json", "--after", "light")
    with Ledger(out, writer=False) as ledger:
        assert len(list(ledger.events())) == before


def test_a_task_without_forms_has_neither_floor_and_its_best_constant_as_before(
    cli: Cli, tmp_path: Path
) -> None:
    task = TASK[: TASK.index("    def form(")].replace("    empty_context = ", "    nothing = ")
    found = compared(cli, write(tmp_path / "study", task), tmp_path / "run", "--json")
    assert set(found["floors"]) == {"yes", "wrong context"}
    assert found["cells"][0]["over_floor"]["floor"] == "yes"


def test_nothing_is_fitted_to_an_objective_of_all_outputs(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    pooled = TASK.replace(
        "Vault(gold, score)", "Vault(gold, score, pool=lambda rows: float(len(rows)))"
    )
    study = study_files.load(
        write(tmp_path / "study", pooled, '[objective]\naggregate = "pooled"\n')
    )
    bench = Bench(study, evaluator)
    items = [item for call in bench.items["search"] for item in call]
    assert fitted.fit(bench.judge, bench.task, items, items) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("return item.input.split()[0]", "return 3", "form(item) gives 3; write `def form(self"),
        ("return item.input.split()[0]", "return item.text", "form(item) raised AttributeError"),
        ('return {"day": DAYS[item.cluster]}', 'return ["mon"]', "guesses(item) gives a list"),
        ("return gold.answer\n", "return {1, 2}\n", "as_output(gold) is no JSON value"),
        (
            "def form(self, item)",
            "def _form(self, item)",
            "guesses() is read where there is a form",
        ),
        ("def guesses(self, item)", "def guesses(self)", "Sums.guesses cannot be called"),
        ("def as_output", "def as_outputs", "as_outputs is no member of a task; did you mean"),
        (
            'empty_context = {"lines": {}}',
            "empty_context = {1, 2}",
            "empty_context is no JSON value",
        ),
    ],
)
def test_a_member_that_is_wrong_is_told_when_the_study_is_opened(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    assert old in TASK
    with pytest.raises(StudyError) as caught:
        study_files.load(write(tmp_path / "study", TASK.replace(old, new))).task()
    assert message in str(caught.value)


def test_a_conversation_with_nothing_to_read_keeps_the_dates_of_its_sessions() -> None:
    task: Any = study_files.load(ROOT / "studies" / "daybook").task()
    name, whole = next(iter(task.contexts().items()))
    empty = task.empty(whole)
    assert [one["date"] for one in empty["sessions"]] == [one["date"] for one in whole["sessions"]]
    assert empty["speakers"] == whole["speakers"]
    assert not any(one["turns"] for one in empty["sessions"])
    assert any(one["turns"] for one in whole["sessions"])
    item = next(one for one in task.items() if one.call == name)
    date = whole["sessions"][len(whole["sessions"]) // 2]["date"].split(" on ")[1]
    day, month, year = date.replace(",", "").split()
    told = {name: one["answer"] for name, one in task.guesses(item).items()}
    assert told == {
        "middle date": f"{day} {month} {year}",
        "middle month": f"{month} {year}",
        "middle year": year,
    }


@pytest.mark.parametrize(
    ("question", "form"),
    [
        ("When did Ada move?", "when"),
        ("Would Ada like it?", "yes/no"),
        ("  Has  she?", "yes/no"),
        ("How many cats has she?", "how many"),
        ("What's new?", "what's"),
        ("", ""),
    ],
)
def test_the_form_of_a_question_is_its_first_word(question: str, form: str) -> None:
    from studies import memory

    assert memory.form(question) == form
