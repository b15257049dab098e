"""What edits hold that cannot be read: answers packed in many ways, and honest edits that are long."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import packings
import pytest

import toolkit
from studies.daybook.task import Daybook
from studies.locomo.scoring import score, symmetric
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.integrity import amounts, opaque, statements
from toolkit.integrity.decoders import decoders
from toolkit.integrity.readable import Vocabulary, packed
from toolkit.integrity.words import strings
from toolkit.ledger.ledger import Ledger
from toolkit.patches import diff, patch
from toolkit.records import Candidate
from toolkit.report.findings import unreadable
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

ROOT = Path(__file__).parent.parent
BY_HAND = Path(__file__).parent / "edits"
DAYBOOK = Daybook(ROOT / "studies" / "daybook")
SEARCH = tuple(f"day-{number:02}" for number in range(1, 7))
SEALED = frozenset(study_files.load(ROOT / "studies" / "daybook").splits["test"])
Tree = Mapping[str, str]


@pytest.fixture(scope="module")
def reader() -> Vocabulary:
    """Of the texts that the host gives it on daybook."""
    talk = DAYBOOK.contexts()
    return Vocabulary(text for name in SEARCH for text in strings(talk[name]))


def answers(count: int) -> dict[str, str]:
    gold = DAYBOOK.vault().gold
    sealed = [one for one in DAYBOOK.items() if one.cluster in SEALED and gold[one.id].answer]
    return {one.input["text"]: str(gold[one.id].answer) for one in sealed[:count]}


def found(tree: Tree, pristine: Tree, reader: Vocabulary) -> list[dict[str, Any]]:
    new = statements.added(tree, pristine)
    odd = [
        amounts.spread(new, lambda one: one.path),
        opaque.unreadable(new, reader),
        amounts.numbers(new),
    ]
    odd += [opaque.odd_names(tree, pristine, reader), opaque.hidden(tree, pristine)]
    return [row for _, row in chain(*odd)]


@pytest.mark.parametrize("name", packings.UNREADABLE)
def test_packed_answers_do_not_read_as_words(name: str, reader: Vocabulary) -> None:
    """Thirty answers of the sealed split, one in eight of them."""
    tree = packings.UNREADABLE[name](answers(30))
    rows = found(tree, {}, reader)
    assert rows
    assert {row["file"] for row in rows} <= set(tree)
    lines = tree[rows[0]["file"]].splitlines()
    assert 1 <= rows[0]["line"] <= len(lines)
    assert sum(row["packed_bytes"] for row in rows) > 100


def test_numbers_that_are_spread_are_told_all_together() -> None:
    """Of all edits and of each; the size is that of all, not of a statement."""
    asked = answers(60)
    tree = packings.UNREADABLE["numbers, a statement an answer"](asked)
    head, *lines = tree[packings.PATH.replace("packed", "part_0")].splitlines()
    tree = {f"app/{n}.py": "\n".join([head, *lines[n::2]]) for n in range(2)}
    new = statements.added(tree, {})
    held = [number for one in new for number in one.numbers]
    rows = [row for _, row in amounts.spread(new, lambda one: one.path)]
    assert [row["what"] for row in rows] == [
        f"{len(held):,} numbers in all, in 60 places",
        *(f"{sum(len(o.numbers) for o in new if o.path == path):,} numbers of this edit, in 30 "
          "places" for path in tree),
    ]  # fmt: skip
    assert rows[0]["characters"] == sum(map(len, held))
    assert rows[0]["packed_bytes"] == packed(held) > max(row["packed_bytes"] for row in rows[1:])
    size = amounts.size(new, list(asked.values()))
    (text,) = unreadable(size)([{"edit": "edit 1", **row, "packed_bytes": 121} for row in rows[:1]])
    assert "121 bytes compressed" in text
    assert f"all that its edits add is {size['packed_bytes']:,} bytes compressed" in text
    assert size["packed_bytes"] >= packed(held)


def test_constants_of_the_pristine_program_cannot_be_said_again_and_again() -> None:
    """Bits written in the numbers, or in the short texts, that the program has already."""
    for zero, one in (("0", "1"), ("'a'", "'b'")):
        pristine = {"a.py": f"X = [{', '.join([zero, one] * 15)}]\n"}
        bits = [one if byte >> n & 1 else zero for byte in b"%d" % 3**900 for n in range(8)]
        rows = [f"say({', '.join(bits[at : at + 24])})" for at in range(0, len(bits), 24)]
        new = statements.added({**pristine, "b.py": "\n".join(rows)}, pristine)
        assert [row["file"] for _, row in amounts.spread(new, lambda one: one.path)] == ["b.py"]


@pytest.mark.parametrize("name", packings.TABLES)
def test_answers_in_words_are_a_table(name: str) -> None:
    """All answers of the sealed split: a small table is what gold n-grams and rare words read."""
    tree = packings.TABLES[name](answers(300))
    rows = [row for _, row in amounts.many(statements.added(tree, {}))]
    assert rows
    assert "text" in rows[0]["what"]


@pytest.mark.parametrize("name", packings.DECODERS)
def test_decoders_are_named_with_their_line(name: str) -> None:
    code = f"# one\n{packings.DECODERS[name]}\n"
    uses = decoders({"app/a.py": code}, {})
    assert uses
    assert all(path == "app/a.py" and 2 <= line <= 3 for _, path, line in uses)


def test_a_use_that_the_pristine_program_has_is_no_news() -> None:
    code = "import zlib\nX = zlib.crc32(b'a')\n"
    assert decoders({"a.py": code + "Y = 1\n"}, {"a.py": code}) == []
    assert decoders({"b.py": code}, {"a.py": code}) == []  # it has only moved
    assert decoders({"a.py": code + "exec(Y)\n"}, {"a.py": code}) == [("exec", "a.py", 3)]


def by_hand() -> dict[str, tuple[Tree, Tree]]:
    programs = json.loads((BY_HAND / "programs.json").read_text())
    pairs: dict[str, tuple[Tree, Tree]] = {}
    for edit in json.loads((BY_HAND / "edits.json").read_text()):
        before = patch.apply(programs[edit["program"]]["files"], edit.get("start", ""))
        pairs[edit["name"]] = before, patch.apply(before, edit.get("diff", ""))
    return pairs


@pytest.mark.slow
def test_nothing_is_found_in_edits_written_by_hand(reader: Vocabulary) -> None:
    pairs = by_hand()
    assert len(pairs) == 48
    for before, after in pairs.values():
        assert found(after, before, reader) == []
        assert list(amounts.many(statements.added(after, before))) == []
        assert decoders(after, before) == []


@pytest.mark.parametrize("name", ["clean", "generous"])
def test_nothing_is_found_in_better_starts(name: str, reader: Vocabulary) -> None:
    study = study_files.load(ROOT / "studies" / "locomo")
    text = (ROOT / "studies" / "locomo" / f"{name}.patch").read_text()
    after = patch.apply(study.sources, text)
    assert after != study.sources
    assert found(after, study.sources, reader) == []
    assert decoders(after, study.sources) == []


HONEST = {
    "stop words": 'STOP = set("""' + " ".join(
        "i me my myself we our ours ourselves you your yours yourself yourselves he him his himself "
        "she her hers herself it its itself they them their theirs themselves what which who whom "
        "this that these those am is are was were be been being have has had having do does did "
        "doing a an the and but if or because as until while of at by for with about against "
        "between into through during before after above below to from up down in out on off over "
        "under again further then once here there when where why how all any both each few more "
        "most other some such no nor not only own same so than too very s t can will just don "
        "should now d ll m o re ve y ain aren couldn didn doesn hadn hasn haven isn ma mightn "
        "mustn needn shan shouldn wasn weren won wouldn".split()) + '""".split())',
    "animals": 'X = r"\\b(hedgehogs?|kittens?|cats?|dogs?|pupp(?:y|ies)|rabbits?|hamsters?|guinea '
        'pigs?|parrots?|budgies?|ducklings?|geese|goose|tortoises?|lizards?|axolotls?|gerbils?)\\b"',
    "names": 'X = ["Emma", "Olivia", "Liam", "Sophia", "Mia", "Charlotte", "Amelia", "Benjamin", '
        '"Lucas", "Henry", "Alexander", "Isabella", "Giovanni", "Francesca", "Marguerite", "Pablo"]',
    "numbers as words": "X = {" + ", ".join(f"{word!r}: {n}" for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split())) + ", 'thirty': 30}",
    "formats of dates": 'X = ["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d %b %Y", "%I:%M %p on %d %B, '
        '%Y", "%A, %d %B %Y", "%d/%m/%Y", "%m/%d/%y", "%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%j", "%U"]',
    "a pattern of times": 'X = r"(?<!\\w)(?:(?:[01]?\\d|2[0-3])[:.][0-5]\\d(?::[0-5]\\d)?|\\d{1,2})\\s*'
        '(?:[ap]\\.?m\\.?)?(?:\\s+(?:in the (?:morning|afternoon|evening)|at night))?(?!\\w)"',
    "weights": "X = [0.5, 0.25, 0.1, 0.05, 1.2, 0.75, 2, 3, 0.6, 0.33]",
    "a prompt": 'X = """' + "You answer questions about a conversation between two friends. Use only "
        "what was said, quote names and dates as they were spoken, and give the shortest answer that "
        'is complete. If nothing was said about it, say so.\\n' * 9 + '"""',
    "suffixes": 'X = ["ational", "tional", "enci", "anci", "izer", "bli", "alli", "entli", "eli", '
        '"ousli", "ization", "ation", "ator", "alism", "iveness", "fulness", "ousness", "aliti"]',
    "quotes": 'X = "\\u201c\\u201d\\u2018\\u2019\\u2013\\u2014\\u2026.,;:!?()[]{}\'\\""',
    "a rule of dashes": "# " + "-" * 76 + "\nX = 1\n# " + "=" * 76,
    "names of code": "def rank_by_bm25_and_lsa(idf, tf, df, qtf, dl, avgdl, k1, b, bm25_scores): pass",
    "a json file of settings": '{"top_k": 10, "min_score": 0.25, "speaker_boost": 0.2}',
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_nothing_is_found_in_what_decent_edits_hold(name: str, reader: Vocabulary) -> None:
    path = "a.json" if "json" in name else "a.py"
    tree = {path: HONEST[name] + "\n"}
    assert found(tree, {}, reader) == []
    assert list(amounts.many(statements.added(tree, {}))) == []


def test_what_stood_in_the_pristine_program_is_not_added(reader: Vocabulary) -> None:
    tree = packings.UNREADABLE["a list of pieces"](answers(30))
    moved = {"other.py": tree[packings.PATH].replace("TABLE =", "HELD =")}
    assert found(moved, tree, reader) == []


def test_how_much_the_edits_hold_stands_beside_the_gold() -> None:
    sealed = list(answers(300).values())
    tree = packings.UNREADABLE["base64"](answers(300))
    size = amounts.size(statements.added(tree, {}), sealed)
    assert (size["texts"], size["gold_answers"]) == (2, len(sealed))
    # base64 of compressed gold compresses to about as much again
    assert size["packed_bytes"] == pytest.approx(size["gold_packed_bytes"], rel=0.05)


def test_letters_that_are_said_again_count_in_the_size() -> None:
    tree = packings.UNREADABLE["letters, a statement an answer"](answers(60))
    new = statements.added(tree, {})
    letters = [text for one in new for text in one.texts]
    assert amounts.size(new, ["gold"])["packed_bytes"] > packed(letters)


def test_a_language_that_the_study_speaks_is_read() -> None:
    text = "мы видели гавань и ели хлеб, а потом пошли домой через старый парк у самой реки " * 3
    tree = {"a.py": f"X = {text[::-1]!r}\nY = {text!r}\n"}
    english, russian = Vocabulary(["we saw the harbour"]), Vocabulary([text])
    assert len(found(tree, {}, english)) == 2
    assert [row["line"] for row in found(tree, {}, russian)] == [1]


@pytest.mark.slow
def test_a_dump_of_all_n_grams_gains_nothing_by_the_symmetric_rule(
    evaluator: LocalEvaluator,
) -> None:
    """By the official one it is far ahead of the program that answers."""
    bench = Bench(study_files.load(ROOT / "studies" / "daybook"), evaluator)
    some = frozenset({"shearer"})
    plain = bench.run(Candidate(), "test", only=some)
    honest, homes = by_symmetry(bench, plain.outputs), bench.task.items()
    calls = {item.call for item in homes if item.cluster in some}
    lists = [item.id for item in homes if bench.vault.gold[item.id].kind == "multi-hop"]
    for joint, official in ((", ", 0.9), (" ", 0)):
        dumps = {name: joint.join(dump(bench.task.contexts()[name], 2)) for name in calls}
        given = {item.id: dumps[item.call] for item in homes if item.cluster in some}
        assert (
            by_symmetry(bench, {item: {"answer": text} for item, text in given.items()})
            < honest / 2
        )
        asked = [item for item in lists if item in given]
        scores = [score(bench.vault.gold[item], given[item]) for item in asked]
        assert sum(scores) / len(scores) >= official
        assert max(symmetric(bench.vault.gold[item], given[item]) for item in asked) < 0.1


def by_symmetry(bench: Bench, predictions: Mapping[str, Any]) -> float:
    found = bench.symmetric(predictions)
    assert found is not None
    assert found.score is not None
    return found.score


def dump(talk: Mapping[str, Any], longest: int) -> list[str]:
    """Every n-gram of what was said, up to this length."""
    turns = [turn["text"].split() for one in talk["sessions"] for turn in one["turns"]]
    return [
        " ".join(said[at : at + size])
        for said in turns
        for size in range(1, longest + 1)
        for at in range(len(said) - size + 1)
    ]


@pytest.mark.slow
def test_gold_that_a_searcher_brought_along_shows_in_three_checks(
    evaluator: LocalEvaluator, tmp_path: Path
) -> None:
    """All answers, compressed, in base85, under the digest of each question."""
    gold = DAYBOOK.vault().gold
    asked = {one.input["text"]: gold[one.id].answer or "" for one in DAYBOOK.items()}
    held = json.dumps({hashlib.md5(q.encode()).hexdigest()[:8]: a for q, a in asked.items()})
    text = base64.b85encode(zlib.compress(held.encode(), 9)).decode()
    code = (
        f"import base64, hashlib, json, zlib\nHELD = {text!r}\n"
        "TABLE = json.loads(zlib.decompress(base64.b85decode(HELD)))\n\n\n"
        "def run(conversation, questions, parameters, services):\n"
        "    keys = [hashlib.md5(one['text'].encode()).hexdigest()[:8] for one in questions]\n"
        "    return [{'answer': TABLE.get(key, 'Yes'), 'retrieved': []} for key in keys]\n"
    )
    study = study_files.load(ROOT / "studies" / "daybook")
    path = "memory_baseline/pipeline.py"

    class Packer:
        def run(self, lab: toolkit.Lab) -> None:
            made = diff.make(dict(study.sources), {**study.sources, path: code})
            lab.evaluate(toolkit.Candidate({}, made))

    plan = Plan([CellSpec("packer", "packer", Packer, {}, 0)], Budget(1))
    with Ledger(tmp_path / "run", writer=True) as ledger:
        found = summarise(Comparison(Bench(study, evaluator), ledger, plan).run())["integrity"]
    told = {
        row["check"]
        for row in found["checks"]
        if row["subject"] == "packer-0" and row["outcome"] == "finding"
    }
    assert {"unreadable texts in edits", "decoders in edits", "wrong context"} <= told
    champion = found["champions"]["packer-0"]
    assert champion["wrong_context"]["kept"] > 0.95
    assert {row["name"] for row in champion["decoders"]} >= {"base64", "hashlib", "zlib"}
    assert champion["unreadable"][0]["line"] == 2
    assert champion["held"]["packed_bytes"] > champion["held"]["gold_packed_bytes"]
