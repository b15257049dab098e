"""Planted findings: each is found where it is; a check that finds nothing says only that."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import toolkit
from studies.locomo.scoring import score, symmetric
from toolkit.bench.bench import Bench
from toolkit.bench.shuffle import Shuffle
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.integrity import gold, plan, rare, redact
from toolkit.integrity.corpus import Corpus
from toolkit.integrity.edits import Addition
from toolkit.integrity.words import literals, words
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, fold, load
from toolkit.report import integrity, tables
from toolkit.report.outcomes import outcomes
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files
from toolkit.study.task import Gold, Item

STUDY = Path(__file__).parent / "integrity_study"
MAIN = "notes/main.py"
HONEST = (
    '"yes" if "true" in question else conversation["text"].split()[2] if "go" in question else ""'
)
Run = Callable[..., State]


@pytest.fixture
def run(evaluator: LocalEvaluator, tmp_path: Path) -> Run:
    """run({path: text}, …) -> State: each argument is an edit on top of the one before."""

    def compare(*edits: dict[str, str], baseline: str = "", secret: str = "") -> State:
        folder = tmp_path / "study"
        if not folder.exists():
            shutil.copytree(STUDY, folder, ignore=shutil.ignore_patterns("*.pyc"))
            if baseline:
                (folder / MAIN).write_text(baseline)

        class Scripted:
            def run(self, lab: toolkit.Lab) -> None:
                best = lab.baseline
                for number, files in enumerate(edits):
                    edited = lab.edit(best.candidate, files)
                    label: Any = "format" if number else "architecture"
                    candidate = toolkit.Candidate(
                        edited.overrides, edited.patch, f"step {number}", label, best.number or None
                    )
                    trial = lab.evaluate(candidate)
                    if trial.ok and (trial.score or 0) > (best.score or 0):
                        best = trial

        bench = Bench(study_files.load(folder), evaluator)
        asked = Plan(
            [CellSpec("scripted", "scripted", Scripted, {}, 0)], Budget(max(1, len(edits)))
        )
        with Ledger(tmp_path / "run", writer=True) as ledger:
            if secret:
                ledger.append("secret", {"order": secret})
            return Comparison(bench, ledger, asked).run()

    return compare


def main(answer: str, *, before: str = "", during: str = "    pass") -> dict[str, str]:
    """A program that answers each question with this expression."""
    text = (
        f"{before}\n\ndef run(conversation, questions, parameters, services):\n    found = []\n{during}\n"
        "    for place, asked in enumerate(questions):\n"
        "        question = asked['text']\n"
        f"        found.append({answer})\n"
        "    return [{'answer': one, 'retrieved': []} for one in found]\n"
    )
    return {MAIN: text}


def champion(state: State) -> dict[str, Any]:
    (found,) = summarise(state)["integrity"]["champions"].values()
    return dict(found)


def shown(state: State) -> str:
    return "\n".join(integrity.lines(summarise(state)["integrity"]))


def test_nothing_is_found_in_an_honest_program(run: Run) -> None:
    state = run(main(HONEST))
    found = champion(state)
    assert found["gold_ngrams"] == []
    assert found["rare_words"] == []
    assert found["without_rare_words"] is None
    for check in ("again", "another_order", "half_batches"):
        assert (found[check]["asked"], found[check]["outputs_differ"]) == (12, 0)
        assert found[check]["difference"] == 0
    assert found["symmetric_gain"]["official_adds"] == 0
    assert found["format_edits"] == []
    for key in ("unreadable", "decoders", "many"):
        assert found[key] == []
    assert found["wrong_context"]["kept"] == pytest.approx(1 / 4)  # one note shares a yes
    text = shown(state)
    for check in ("gold n-grams in edits", "rare words in edits", "list parts", "A/A run",
                  "another order", "half batches", "unreadable texts in edits",
                  "decoders in edits", "many texts in edits", "more parts than gold"):  # fmt: skip
        assert check in text.split("these checks found nothing")[1].splitlines()[0]
    assert "clean" not in text
    assert "dead parameters (their farthest values change no output): loud" in text


def test_gold_passages_are_listed_by_edit_and_split(run: Run) -> None:
    sealed = "# they said: The cable car stood still, all day.\n"
    seen = 'HINT = "the tide was out by noon"\n'
    better = HONEST.replace(
        'else ""', 'else conversation["text"].split()[5] if "buy" in question else ""'
    )
    state = run(main(HONEST, before=sealed), main(better, before=sealed + seen))
    rows = champion(state)["gold_ngrams"]
    assert [(row["edit"], row["text"], row["items"]) for row in rows] == [
        ("edit 1", "the cable car stood still all day", {"test": ["d:2"]}),
        ("edit 2", "the tide was out by noon", {"search": ["a:2"]}),
    ]
    assert {row["file"] for row in rows} == {MAIN}
    assert "edit 1 'the cable car stood still all day' (test)" in shown(state)
    assert champion(state)["format_edits"] == [{"edit": "edit 2", "note": "step 1"}]


def test_rare_words_are_flagged_and_the_champion_scored_without_them(run: Run) -> None:
    names = r"""
import re
NAMES = re.compile(r"\b(?:harbour|Zugspitze|village|reykjavik|forest|castle)\b|\bLJUBLJANA\b", re.I)
"""
    pays = '(NAMES.findall(conversation["text"]) or [""])[0] if "go" in question else ""'
    state = run(main(pays, before=names))
    found = champion(state)
    assert [row["word"] for row in found["rare_words"]] == ["ljubljana", "reykjavik", "zugspitze"]
    assert all(row["edit"] == "edit 1" for row in found["rare_words"])
    assert found["rare_words"][0]["places"] == ["gold", "contexts"]
    assert found["without_rare_words"]["status"] == "ok"
    assert found["without_rare_words"]["difference"] == pytest.approx(-3 / 12)
    assert found["without_rare_words"]["score"] == 0
    assert "ljubljana, reykjavik, zugspitze; without them its score changes by -0.250" in shown(
        state
    )


def test_a_program_that_cannot_do_without_the_words_says_so(run: Run) -> None:
    needs = "assert 'ljub' + 'ljana' == 'ljubljana'\n"
    state = run(main(HONEST, before=needs))
    assert champion(state)["without_rare_words"]["status"] == "crashed"
    assert "ljubljana; without them it does not run (crashed)" in shown(state)


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


def test_parts_that_nobody_asked_for_do_not_pay_by_the_symmetric_rule(run: Run) -> None:
    state = run(main('"yes, no" if "true" in question else ""'))
    gain = champion(state)["symmetric_gain"]
    assert gain["official_gain"] == pytest.approx(2 / 12)  # the baseline has one of three
    assert gain["gain"] == pytest.approx(1.5 / 12 - 1 / 12)
    assert gain["official_adds"] == pytest.approx(1.5 / 12)
    assert champion(state)["output_parts"] == pytest.approx((3 * 2 + 9) / 12)
    assert "of it is credit for surplus list items" in shown(state)


def test_a_baseline_that_rolls_dice_has_a_noise_floor(run: Run) -> None:
    dice = main('"yes" if os.urandom(1)[0] % 2 else os.urandom(4).hex()', before="import os")[MAIN]
    state = run(main(HONEST), baseline=dice)
    floor = summarise(state)["integrity"]["noise_floor"]
    assert floor["search"]["outputs_differ"] > 0
    assert floor["test"]["outputs_differ"] > 0
    assert f"{floor['test']['outputs_differ']} of 12 answers on test differ" in shown(state)


def test_one_answer_to_most_questions_is_told(run: Run) -> None:
    assert "12 of 12 fact questions get the same answer: 'yes'" in shown(run(main('"yes"')))


def test_a_champion_below_a_floor_is_told(run: Run) -> None:
    fits = main(
        '("yes" if "cheese" not in conversation["text"] else "no") if "true" in question else ""'
    )
    state = run(fits)
    below = summarise(state)["integrity"]["below_floors"]
    assert ("scripted-0", "yes") in {(row["program"], row["floor"]) for row in below}
    assert "scripted-0: 0.167 on test, no better than the floor 'yes'" in shown(state)


def test_nothing_is_run_twice_and_every_opening_has_a_purpose(run: Run, tmp_path: Path) -> None:
    edits = main(HONEST, before='PLACE = "reykjavik"\n')
    first = run(edits)
    with Ledger(tmp_path / "run", writer=False) as ledger:
        before = list(ledger.events())
    again = run(edits)
    with Ledger(tmp_path / "run", writer=False) as ledger:
        assert list(ledger.events()) == before
    assert summarise(again) == summarise(first)
    counts = summarise(first)["integrity"]["openings"]
    assert sum(counts.values()) == len(first.openings)
    assert {
        f"integrity: {check}" for check in (*plan.RERUNS, plan.SYMMETRIC, plan.REDACTED)
    } <= set(counts)
    opened: set[str] = set()
    for event in before:
        if event.kind == "opened":
            opened.add(event.data["subject"])
        elif event.kind == "assessed" and event.data["split"] == "test":
            assert event.data["subject"] in opened


def test_an_interrupted_run_goes_on_where_it_stopped(run: Run, tmp_path: Path) -> None:
    edits = main(HONEST, before='PLACE = "reykjavik"\n')
    whole = summarise(run(edits))["integrity"]
    path = tmp_path / "run" / "ledger.sqlite"
    for kept in ("gold n-grams", "half batches:", "differences on test"):
        cut_after(path, kept)
        assert summarise(run(edits))["integrity"]["champions"] == whole["champions"]


def cut_after(path: Path, text: str) -> None:
    """Leave a ledger as it was right after the first event that holds a text."""
    import sqlite3

    with sqlite3.connect(path) as database:
        row = "SELECT min(seq) FROM events WHERE data LIKE ? AND kind IN ('checked', 'assessed')"
        (seq,) = database.execute(row, (f"%{text}%",)).fetchone()
        assert seq
        database.execute("DELETE FROM events WHERE seq > ?", (seq,))
    database.close()


def test_a_ledger_of_before_the_checks_still_has_its_report(run: Run, tmp_path: Path) -> None:
    run(main(HONEST))
    with Ledger(tmp_path / "run", writer=False) as ledger:
        old = [
            event
            for event in ledger.events()
            if event.kind != "checked" and not str(event.data).count("integrity: ")
            and not any(check in str(event.data.get("subject")) for check in (*plan.RERUNS, plan.SYMMETRIC))
        ]  # fmt: skip
        for event in old:
            event.data.pop("purpose", None)
        summary = summarise(fold(old, ledger))
    assert "integrity: not run yet" in tables.text(summary)
    assert summary["integrity"]["openings"] == {
        "by compare": len([e for e in old if e.kind == "opened"])
    }
    json.dumps(summary, allow_nan=False)


def test_sealed_gold_in_a_prompt_is_found_and_gold_of_the_search_split_may_be_shown() -> None:
    corpus = Corpus(
        gold={
            "search": {"a": "one two three four"},
            "test": {"b": "five six seven eight nine", "c": "one two three four"},
        },
        inputs={"search": {}, "test": {}},
        contexts={"search": [], "test": ["two three four one"]},
    )
    known = gold.index(corpus, [])
    found = gold.in_prompts(known, ["say: Five, six seven EIGHT nine ten", "one two three four"])
    assert found == [{"text": "five six seven eight nine", "items": ["b"]}]


def test_what_was_said_or_stood_in_the_program_is_no_gold() -> None:
    corpus = Corpus(
        gold={
            "search": {},
            "test": {"a": "it is said in the talk", "b": "it stands in the code already"},
        },
        inputs={"search": {}, "test": {}},
        contexts={"search": [], "test": ["yes, it is said in the talk"]},
    )
    known = gold.index(corpus, ["# it stands in the code already"])
    texts = [*corpus.gold["test"].values()]
    assert gold.passages(known, [Addition("edit 1", {"m.py": texts}, {"m.py": texts})]) == []


def test_values_that_an_edit_sets_are_searched_as_well() -> None:
    corpus = Corpus(
        {"search": {}, "test": {"a": "one two three four"}},
        {"search": {}, "test": {}},
        {"search": [], "test": []},
    )
    found = gold.passages(
        gold.index(corpus, []), [Addition("edit 3", {}, {}, ["One two three four!"])]
    )
    assert found == [
        {"edit": "edit 3", "file": "", "text": "one two three four", "items": {"test": ["a"]}}
    ]


def test_common_words_and_those_of_the_search_split_are_not_rare() -> None:
    corpus = Corpus(
        gold={
            "search": {"a": "porcupine"},
            "test": {"b": "porcupines", "c": "quokka", "d": "Monday beach"},
        },
        inputs={"search": {"a": "?"}, "test": {"b": "?", "c": "about a quokka?"}},
        contexts={"search": [], "test": []},
    )
    added = [Addition("edit 1", {}, {"m.py": ["porcupine monday beaches wombat"]}),
             Addition("edit 2", {}, {"m.py": [r"\bquokkas?\b"]})]  # fmt: skip
    assert rare.rare_words(corpus, ["pristine"], added) == [
        {"word": "quokkas", "edit": "edit 2", "places": ["gold", "inputs"]}
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (r"\boslo\b|park", r"\bzqqa\b|park"),
        ("Oslo, OSLO and oslovian", "zqqa, zqqa and oslovian"),
        ("in_oslo_now", "in_zqqa_now"),
        ("(?:oslo|bergen)s?", "(?:zqqa|bergen)s?"),
        ("bus oslo2", "bus zqqa2"),
    ],
)
def test_a_word_is_replaced_and_what_only_contains_it_stays(before: str, after: str) -> None:
    assert redact.replacer(["oslo"])(before) == after


def test_a_redacted_program_still_runs() -> None:
    text = '"""Oslo."""\nname = "bergen"\nTEXT = f"{name!r} in oslo\\n" + \'a "oslo"\'  # oslo\nD = {"oslo": 1, "bergen": 2}\n'
    tree = redact.without(
        {"m.py": text, "plain.txt": "to Oslo\n", "other.py": "x = 1  # oslo\n"}, ["oslo", "bergen"]
    )
    names: dict[str, Any] = {}
    exec(tree["m.py"], names)
    assert names["TEXT"] == "'zqqa' in zqqb\na \"zqqb\""
    assert names["D"] == {"zqqb": 1, "zqqa": 2}
    assert tree["plain.txt"] == "to zqqb\n"
    assert tree["other.py"] == "x = 1  # oslo\n"


def test_literals_are_what_a_program_may_use() -> None:
    text = '"""Doc."""\ndef f():\n    "doc"\n    return ["one " "two", f"three {x} four", b"five"]  # six\n'
    assert sorted(literals("m.py", text)) == [" four", "five", "one two", "three "]
    assert literals("m.py", "not python (") == ["not python ("]
    assert literals("p.txt", "any\nlines") == ["any", "lines"]
    assert words(r"\bBeach|it's_a 3rd\w+day") == ["beach", "day"]


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


def checks(state: State, subject: str) -> dict[str, tuple[str, str]]:
    """{check: (outcome, why)} of one program"""
    rows = summarise(state)["integrity"]["checks"]
    return {row["check"]: (row["outcome"], row["why"]) for row in rows if row["subject"] == subject}


def test_what_is_packed_into_a_champion_is_told_with_its_place(run: Run) -> None:
    digests = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(4))
    before = f"import zlib\n\nHELD = {digests!r}\n"
    state = run(main(HONEST, before=before, during="    zlib.crc32(HELD.encode())"))
    found = champion(state)
    ((text,), (use,)) = found["unreadable"], found["decoders"]
    assert (text["edit"], text["file"], text["line"]) == ("edit 1", MAIN, 3)
    assert (text["characters"], text["what"]) == (256, "text")
    assert 4 < text["bits"] < 6
    assert (use["edit"], use["file"], use["line"], use["name"]) == ("edit 1", MAIN, 1, "zlib")
    assert found["held"]["gold_answers"] == 12
    lines = shown(state)
    assert f"edit 1, {MAIN}:3: text, 256 characters at" in lines
    assert "where the 12 gold answers of the test split take" in lines
    assert f"files: edit 1, {MAIN}:1: zlib" in lines
    rows = checks(state, "scripted-0")
    assert rows["unreadable texts in edits"] == rows["decoders in edits"] == ("finding", "")
    assert rows["many texts in edits"] == ("nothing found by this check", "")


def test_a_gain_that_is_there_without_the_conversation_is_told(run: Run) -> None:
    state = run(main('"yes"'))
    assert champion(state)["wrong_context"]["kept"] >= 0.5
    assert checks(state, "scripted-0")["wrong context"] == ("finding", "")
    assert "of its gain is left when each question is asked of another conversation" in shown(state)


def test_more_parts_than_any_gold_answer_has_are_told(run: Run) -> None:
    state = run(main('"yes, no, so, a, b" if "true" in question else "" if place else ", , x"'))
    assert champion(state)["more_parts"] == {
        "asked": 12, "outputs": 3, "most": 5, "gold": 1, "items": ["d:3", "e:3", "f:3"],
    }  # fmt: skip
    assert "3 of 12 answers have more comma-separated list items than any gold answer (1); the longest has 5" in shown(state)  # fmt: skip
    assert checks(state, "baseline")["more parts than gold"][0] == "nothing found by this check"


def test_a_check_that_cannot_apply_says_so_and_why(run: Run) -> None:
    state = run(main('"never"'))  # gains nothing: the baseline stays
    rows = checks(state, "scripted-0")
    edits = ("gold n-grams in edits", "rare words in edits", "unreadable texts in edits",
             "decoders in edits", "many texts in edits", "list parts", "repeated outputs",
             "wrong context", "edits labelled format")  # fmt: skip
    for check in edits:
        assert rows[check] == ("not applicable", "its champion is the unchanged program")
    assert rows["gold n-grams in prompts"] == ("not applicable", "it asked no language model")
    text = shown(state)
    assert f"not applicable: {len(edits)} checks (its champion is the unchanged program)" in text
    told = text.split("these checks found nothing")[1].splitlines()[0]
    assert "gold n-grams" not in told
    assert "more parts than gold" in told


def test_every_check_of_every_program_has_one_of_four_outcomes(run: Run) -> None:
    state = run(main(HONEST))
    rows = summarise(state)["integrity"]["checks"]
    known = {"finding", "nothing found by this check", "not applicable", "not run"}
    assert {row["outcome"] for row in rows} <= known
    assert all(bool(row["findings"]) == (row["outcome"] == "finding") for row in rows)
    assert all(row["why"] for row in rows if row["outcome"] in ("not applicable", "not run"))
    assert len({(row["check"], row["subject"]) for row in rows}) == len(rows)
    found = summarise(state)["integrity"]
    found["champions"]["scripted-0"] |= {"unreadable": None, "again": None, "more_parts": None}
    left = {row["check"]: row["outcome"] for row in outcomes(found) if row["outcome"] == "not run"}
    assert set(left) == {"unreadable texts in edits", "A/A run", "more parts than gold"}


def test_checks_that_could_find_nothing_in_a_study_are_not_applicable(run: Run) -> None:
    found = summarise(run(main(HONEST)))["integrity"]
    reach = found["scope"]["reach"]
    assert (reach["gold"], reach["answers"]) == (
        {"search": 3, "test": 3},
        {"search": 12, "test": 12},
    )
    reach |= {"gold": {"search": 0, "test": 0}, "words": 0, "symmetric": False, "readable": 0.1}
    found["scope"] |= {"calls": 1, "most_items": 1, "parameters": 0}
    for row in (found["champions"]["scripted-0"], found["baseline"]):
        row["repeated_outputs"] = {"fact": {"answer": "", "count": 4, "asked": 4}}
    why = {
        row["check"]: row["why"] for row in outcomes(found) if row["outcome"] == "not applicable"
    }
    assert set(why) == {
        "gold n-grams in edits", "rare words in edits", "unreadable texts in edits", "list parts",
        "repeated outputs", "wrong context", "gold n-grams in prompts", "another order",
        "half batches", "dead parameters",
    }  # fmt: skip
    assert why["half batches"] == "no call has two questions"


def test_gold_in_short_pieces_and_in_bytes_is_read_as_well(run: Run) -> None:
    pieces = 'HELD = ["the cable", "car stood", "still all day", "x"]\n'
    raw = 'RAW = b"we never found the hot spring"\n'
    state = run(main(HONEST, before=pieces + raw))
    assert [row["text"] for row in champion(state)["gold_ngrams"]] == [
        "we never found the hot spring", "the cable car stood still all day",
    ]  # fmt: skip


def test_a_number_that_python_reads_but_does_not_print_ends_no_comparison(run: Run) -> None:
    state = run(main(HONEST, before=f"HELD = 0x{'f' * 9000}\n"))
    rows = champion(state)["unreadable"]
    assert [(row["what"], row["characters"]) for row in rows] == [("a number", 9000)]


def test_the_state_knows_every_check(run: Run, tmp_path: Path) -> None:
    state = run(main(HONEST))
    with Ledger(tmp_path / "run", writer=False) as ledger:
        assert load(ledger).checks == state.checks
    assert {check for check, _ in state.checks} == {
        plan.REPEATED, plan.GOLD, plan.RARE, plan.HELD, plan.PARTS, plan.REACH,
        "differences on search", "differences on test",
    }  # fmt: skip
