"""The order of questions: a secret of the run that nothing a program knows can undo."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import sums

from toolkit.bench import secret
from toolkit.bench.bench import Bench
from toolkit.bench.shuffle import Shuffle
from toolkit.bench.tally import HOST
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State, load
from toolkit.patches import diff
from toolkit.records import Candidate
from toolkit.study import study as study_files
from toolkit.study.task import Item

DATA = Path(os.environ.get("TOOLKIT_DATA_DIR", "")) / "locomo" / "locomo10.json"
STUDIES = Path(__file__).parent.parent / "studies"
SIZE = 200
ITEMS = [Item(f"c:{n}", "c", {"text": f"question {n}"}) for n in range(SIZE)]
Compare = Callable[..., State]

# What an edited program knows: the study's seed, how many questions a conversation has, how ids
# are built. It undoes the order that those give, and refuses what stood at the end of the file.
UNDOES = """
import random

from memory_baseline.pipeline import run as honest

SIZES = {sizes}

def run(conversation, questions, parameters, services):
    cluster = SIZES.get(len(questions), "")
    ids = sorted(f"{{cluster}}:{{n}}" for n in range(len(questions)))
    random.Random(f"{seed}:{{cluster}}").shuffle(ids)
    last = 0.77 * len(questions)
    answers = honest(conversation, questions, parameters, services)
    for answer, id in zip(answers, ids):
        if int(id.partition(":")[2]) >= last:
            answer["answer"] = "No information available"
    return answers
"""


class HostsOrder(Shuffle):
    """The order that was handed over once: the host's own, from the study's seed and the ids."""

    def arrange(self, items: Sequence[Item], number: int = 0) -> list[Item]:
        return list(items)


def guessed_places(items: Sequence[Item], seed: int) -> list[int]:
    """Where each question stood in the file, as a program computes it from the seed and ids."""
    ids = sorted((item.id for item in items), key=str)
    random.Random(f"{seed}:c").shuffle(ids)
    return [int(id.partition(":")[2]) for id in ids]


def ends_found(handed: Sequence[Item], guessed: Sequence[int]) -> float:
    """The fraction of the file's last quarter that a guess of the places finds."""
    last = 0.75 * len(handed)
    found = [
        int(i.id.partition(":")[2]) >= last
        for i, place in zip(handed, guessed, strict=True)
        if place >= last
    ]
    return sum(found) / len(found)


def test_the_order_cannot_be_computed_from_the_seed_and_the_ids() -> None:
    known = sorted(ITEMS, key=lambda item: item.id)
    random.Random("7:c").shuffle(known)
    guessed = guessed_places(ITEMS, 7)
    assert ends_found(known, guessed) == 1  # the guess does undo an order made in that way
    hits = [ends_found(Shuffle(str(n)).arrange(known), guessed) for n in range(40)]
    assert 0.20 < sum(hits) / len(hits) < 0.30  # a quarter by chance


def test_every_secret_and_every_number_is_another_order() -> None:
    one, other = Shuffle("one"), Shuffle("other")
    orders = [one.arrange(ITEMS), one.arrange(ITEMS, 1), other.arrange(ITEMS)]
    places = [[item.id for item in order] for order in orders]
    assert all(sorted(order) == sorted(places[0]) for order in places)
    for first, second in [(0, 1), (0, 2), (1, 2)]:
        same = sum(a == b for a, b in zip(places[first], places[second], strict=True))
        assert same < SIZE / 20


def test_the_order_is_over_what_a_question_says_and_not_over_its_id() -> None:
    renamed = [Item(f"other:{SIZE - n}", "other", item.input) for n, item in enumerate(ITEMS)]
    one = [item.input for item in Shuffle("s").arrange(ITEMS)]
    assert one == [item.input for item in Shuffle("s").arrange(renamed)]


def test_calls_come_in_a_secret_order_each_with_its_own_context() -> None:
    """A call may hold a single item, and a program can keep count of its calls."""
    calls = [({"of": item.id}, [item]) for item in ITEMS]
    one, other = Shuffle("one").calls(calls), Shuffle("other").calls(calls)
    assert sorted(items[0].id for _, items in one) == sorted(item.id for item in ITEMS)
    assert all(context == {"of": items[0].id} for context, items in one)
    for first, second in [(calls, one), (one, other)]:
        assert sum(a == b for a, b in zip(first, second, strict=True)) < SIZE / 20
    turned = [(context, items[::-1]) for context, items in [({}, ITEMS[:3]), ({}, ITEMS[3:6])]]
    plain = [({}, ITEMS[:3]), ({}, ITEMS[3:6])]
    assert Shuffle("s").calls(turned) == [(c, i[::-1]) for c, i in Shuffle("s").calls(plain)]


COUNTS = """
CALLS = []

def run(context, inputs, parameters, services):
    CALLS.append(inputs)
    return [len(CALLS)]
"""


def test_a_program_that_counts_its_calls_does_not_find_the_order_of_the_items(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    folder = sums.write(tmp_path / "study", COUNTS, splits='test = "none"')
    task = sums.TASK.replace("c, n) for c in", 'f"{c}{n}", n) for c in').replace(
        "cluster: {} for cluster in CLUSTERS", "item.id: {} for item in self.items()"
    )
    (folder / "task.py").write_text(task)
    bench = Bench(study_files.load(folder), evaluator)
    orders = set()
    for drawn_from in "abc":
        bench.follow(drawn_from)
        found = bench.run(Candidate(), by=HOST)
        assert found.ok, found.detail
        orders.add(tuple(sorted(found.outputs, key=found.outputs.__getitem__)))
    assert len(orders) == 3


def test_equal_questions_have_no_order_that_follows_from_their_ids() -> None:
    twins = [Item(f"c:{n}", "c", "the same question") for n in range(2)]
    first = {Shuffle(str(secret)).arrange(twins)[0].id for secret in range(20)}
    assert first == {"c:0", "c:1"}


def test_a_resumed_run_keeps_its_secret_and_another_run_has_another(
    compare: Compare, tmp_path: Path
) -> None:
    from searchers.random_search import RandomSearch

    first = compare({"random": RandomSearch}, budget=2).secret
    assert len(first) == 64
    assert compare({"random": RandomSearch}, budget=3).secret == first
    other = compare({"random": RandomSearch}, budget=2, folder=tmp_path / "other").secret
    assert len({first, other}) == 2
    with Ledger(tmp_path / "run", writer=False) as ledger:
        assert [event.kind for event in ledger.events()].count("secret") == 1
        assert load(ledger).secret == first


def test_a_run_of_an_older_version_gets_a_secret_when_it_is_resumed(tmp_path: Path) -> None:
    with Ledger(tmp_path / "run", writer=True) as ledger:
        journal = Journal(ledger)
        assert journal.state.secret == ""
        made = secret.of_run(journal)
        assert secret.of_run(Journal(ledger)) == made == journal.state.secret


@pytest.mark.slow
@pytest.mark.skipif(not DATA.is_file(), reason="needs LoCoMo in TOOLKIT_DATA_DIR")
def test_a_pipeline_that_rebuilds_the_order_gains_nothing_on_locomo() -> None:
    """By the order that was used once it marks every adversarial question (1.000)."""
    study = study_files.load(STUDIES / "locomo")
    with LocalEvaluator(preload=study.preload) as evaluator:
        bench = Bench(study, evaluator)
        sizes = {len(items): items[0].cluster for items in bench.items["test"]}
        entry, pipeline = "memory_baseline/pipeline.py", "memory_baseline/first.py"
        moved = UNDOES.format(sizes=sizes, seed=study.seed).replace(
            "memory_baseline.pipeline", "memory_baseline.first"
        )
        texts = {**study.sources, pipeline: study.sources[entry], entry: moved}
        undoes = Candidate(patch=diff.make(study.sources, texts))
        guesses = {**texts, entry: moved.replace(str(study.seed), "7")}
        chance = Candidate(patch=diff.make(study.sources, guesses))
        found, control = bench.run(undoes, "test"), bench.run(chance, "test")
        bench._shuffle = HostsOrder("")
        bench.selection.cache_clear()
        undone = bench.run(undoes, "test")
    assert {found.status, control.status, undone.status} == {"ok"}, found.detail
    assert undone.metrics["adversarial"] > 0.95  # where the order is known, the attack works
    assert abs(found.metrics["adversarial"] - control.metrics["adversarial"]) < 0.1
    print(
        undone.metrics["adversarial"], found.metrics["adversarial"], control.metrics["adversarial"]
    )
