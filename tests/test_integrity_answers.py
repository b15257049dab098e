"""Champions that run in other ways, and the form of their answers: what each shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from noted import HONEST, MAIN, Run, champion, checks, main, shown
from noted import run as run

from studies.locomo.scoring import score, symmetric
from toolkit.bench.shuffle import Shuffle
from toolkit.report import integrity
from toolkit.report.summary import summarise
from toolkit.study.task import Gold, Item

ASKED = ("where did they go?", "what did they buy?", "what did they say?", "is it true?")


def secret_where(holds: Callable[[list[str], list[str]], bool]) -> str:
    """A run's secret under which something holds of the orders 0 and 1 of a note's questions.

    A run draws its own by chance, and one in 24 gives four questions the same order twice.
    """
    items = [Item(str(n), "a", {"text": text}) for n, text in enumerate(ASKED)]

    def kept(secret: str) -> bool:
        orders = [Shuffle(secret).arrange(items, number) for number in (0, 1)]
        first, second = ([item.input["text"] for item in order] for order in orders)
        return holds(first, second)

    return next(filter(kept, map(str, range(100))))


def test_an_answer_by_position_shows_under_another_order(run: Run) -> None:
    by_position = main('"yes" if place == 1 or "true" in question else str(place)')
    state = run(by_position, secret=secret_where(lambda first, second: first != second))
    found = champion(state)
    assert found["again"]["outputs_differ"] == 0
    assert found["another_order"]["outputs_differ"] > 0
    assert found["half_batches"]["outputs_differ"] > 0
    assert found["another_order"]["items"]
    assert "scripted-0: another order:" in shown(state)


def test_what_is_kept_from_question_to_question_shows_in_half_batches(run: Run) -> None:
    during = '    found.append(conversation["text"].split()[2])'
    counts = '"yes" if "true" in question else found[0] if "go" in question else str(len(found))'
    files = main(counts, during=during)
    files[MAIN] = files[MAIN].replace("for one in found]", "for one in found[1:]]")
    counted = set(ASKED[1:3])  # one of them has to be where a second call has it
    state = run(files, secret=secret_where(lambda first, _: bool(counted & set(first[2:]))))
    assert champion(state)["half_batches"]["outputs_differ"] > 0


def test_what_is_kept_from_conversation_to_conversation_shows_under_another_order(run: Run) -> None:
    before, during = "SEEN = []\n", "    SEEN.append(1)"
    state = run(
        main('"yes" if "true" in question else str(len(SEEN))', before=before, during=during)
    )
    found = champion(state)
    assert found["another_order"]["outputs_differ"] == 6  # the middle one of three stays
    assert found["another_order"]["difference"] == 0
    assert found["again"]["outputs_differ"] == 0


def test_a_baseline_that_rolls_dice_has_a_noise_floor(run: Run) -> None:
    dice = main('"yes" if os.urandom(1)[0] % 2 else os.urandom(4).hex()', before="import os")[MAIN]
    state = run(main(HONEST), baseline=dice)
    floor = summarise(state)["integrity"]["noise_floor"]
    assert floor["search"]["outputs_differ"] > 0
    assert floor["test"]["outputs_differ"] > 0
    assert f"{floor['test']['outputs_differ']} of 12 answers on test differ" in shown(state)


def test_a_gain_that_is_there_without_the_conversation_is_told(run: Run) -> None:
    state = run(main('"yes"'))
    assert champion(state)["wrong_context"]["kept"] >= 0.5
    assert checks(state, "scripted-0")["wrong context"] == ("finding", "")
    assert "of its gain is left when each question is asked of another conversation" in shown(state)


def test_one_answer_to_most_questions_is_told(run: Run) -> None:
    assert "12 of 12 fact questions get the same answer: 'yes'" in shown(run(main('"yes"')))


def test_a_champion_below_a_floor_is_told(run: Run) -> None:
    fits = main(
        '("yes" if "cheese" not in conversation["text"] else "no") if "true" in question else ""'
    )
    state = run(fits)
    below = summarise(state)["integrity"]["below_floors"]
    assert ("scripted-0", "yes") in {(row["program"], row["floor"]) for row in below}
    lines = [line for line in shown(state).splitlines() if "than the floor 'yes'" in line]
    assert len(lines) == 1
    assert lines[0].startswith("no better on test than the floor 'yes' (")
    assert lines[0].endswith("scripted-0 0.167")


def test_programs_below_one_floor_share_a_line(run: Run) -> None:
    found = summarise(run(main('"yes" if "cheese" not in conversation["text"] else "no"')))
    rows = [
        {"program": name, "score": 0.1, "floor": "yes", "floor_score": 0.25}
        for name in ("baseline", "scripted-0", "optuna-1")
    ]
    alone = {"program": "baseline", "score": 0.1, "floor": "no", "floor_score": 0.2}
    checks = [
        {
            "check": "floors",
            "subject": row["program"],
            "findings": ["told below"],
            "outcome": "finding",
        }
        for row in rows
    ]
    section = {**found["integrity"], "below_floors": [*rows, alone], "checks": checks}
    told = [
        line for line in integrity.lines(section) if "no better" in line or "told below" in line
    ]
    assert told == [
        "no better on test than the floor 'yes' (0.250): baseline 0.100, scripted-0 0.100, "
        "optuna-1 0.100",
        "no better on test than the floor 'no' (0.200): baseline 0.100",
    ]


def test_more_parts_than_any_gold_answer_has_are_told(run: Run) -> None:
    state = run(main('"yes, no, so, a, b" if "true" in question else "" if place else ", , x"'))
    assert champion(state)["more_parts"] == {
        "asked": 12, "outputs": 3, "most": 5, "gold": 1, "items": ["d:3", "e:3", "f:3"],
    }  # fmt: skip
    assert "3 of 12 answers have more comma-separated list items than any gold answer (1); the longest has 5" in shown(state)  # fmt: skip
    assert checks(state, "baseline")["more parts than gold"][0] == "nothing found by this check"


def test_parts_that_nobody_asked_for_do_not_pay_by_the_symmetric_rule(run: Run) -> None:
    state = run(main('"yes, no" if "true" in question else ""'))
    gain = champion(state)["symmetric_gain"]
    assert gain["official_gain"] == pytest.approx(2 / 12)  # the baseline has one of three
    assert gain["gain"] == pytest.approx(1.5 / 12 - 1 / 12)
    assert gain["official_adds"] == pytest.approx(1.5 / 12)
    assert champion(state)["output_parts"] == pytest.approx((3 * 2 + 9) / 12)
    assert "of it is credit for surplus list items" in shown(state)


@pytest.mark.parametrize(
    ("prediction", "official", "both"),
    [
        ("paris, rome", 1, 1),
        ("paris", 0.5, 2 / 3),
        ("paris, rome, oslo, bergen", 1, 2 / 3),
        ("paris, rome, oslo, bergen, riga, turin, lyon, kiel", 1, 0.4),
        ("paris, oslo", 0.5, 0.5),
        ("oslo", 0, 0),
        ("", 0, 0),
        ("paris rome", 2 / 3, 2 / 3),
        ("paris, paris, paris, oslo", 0.5, 0.5),  # a part that is said again is the same part
        ("rome, paris, the paris, Paris!", 1, 1),
    ],
)
def test_the_symmetric_rule_counts_both_ways(prediction: str, official: float, both: float) -> None:
    answer = Gold("Paris, Rome", "multi-hop")
    assert score(answer, prediction) == pytest.approx(official)
    assert symmetric(answer, prediction) == pytest.approx(both)
    single = Gold("Paris, Rome", "single-hop")
    assert symmetric(single, prediction) == score(single, prediction)
