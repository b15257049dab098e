"""Growing shares: nested, in proportion, paid once, and telling nobody a label."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import toolkit
from searchers.optuna_search import OptunaSearch
from toolkit.bench import shares
from toolkit.bench.bench import Bench
from toolkit.ledger.state import State
from toolkit.study.task import Item
from toolkit.testing import SearcherContract, forget

Compare = Callable[..., State]
KINDS = ("single", "multi", "adversarial")


@st.composite
def splits(draw: st.DrawFn) -> tuple[list[list[Item]], dict[str, str]]:
    """Conversations with questions of random kinds, the first one counted."""
    sizes = draw(st.lists(st.integers(1, 40), min_size=1, max_size=6))
    batches = [[Item(f"{c}:{n}", str(c), n) for n in range(size)] for c, size in enumerate(sizes)]
    kinds = {item.id: draw(st.sampled_from(KINDS)) for items in batches for item in items}
    return batches, kinds | {"0:0": "single"}


@given(splits(), st.integers(0, 99), st.floats(0.01, 1), st.floats(0.01, 1))
def test_shares_are_nested_whole_and_in_proportion(
    split: tuple[list[list[Item]], dict[str, str]], seed: int, one: float, two: float
) -> None:
    batches, kinds = split
    counted = {item for item, kind in kinds.items() if kind != "adversarial"}
    ordered = shares.order(batches, kinds, seed)
    small, large = (shares.head(batches, ordered, s, counted) for s in sorted((one, two)))
    ids = [{item.id for items in part for item in items} for part in (small, large)]
    assert ids[0] <= ids[1]
    assert ids[0] & counted
    assert shares.head(batches, ordered, 1.0, counted) == batches
    whole = {str(c): items for c, items in enumerate(batches)}
    cut = [items for items in large if len(items) < len(whole[items[0].cluster])]
    assert len(cut) <= 1  # whole conversations, then a part of one
    for items in cut:
        every = Counter(kinds[item.id] for item in whole[items[0].cluster])
        for kind, count in Counter(kinds[item.id] for item in items).items():
            expected = count_of(items, whole[items[0].cluster]) * every[kind]
            assert abs(count - expected) <= len(KINDS)
        # in the host's own order, which no program sees (test_shuffle.py)
        assert [item for item in whole[items[0].cluster] if item in items] == items


def ids(items: Iterable[Item]) -> list[str]:
    return [item.id for item in items]


def count_of(items: list[Item], whole: list[Item]) -> float:
    return len(items) / len(whole)


@pytest.mark.parametrize("share", [1 / 9, 1 / 3, 0.5, 1.0])
def test_a_share_is_the_same_for_all_and_hands_over_no_kind(bench: Bench, share: float) -> None:
    again = Bench(bench.study, bench.evaluator)
    chosen, other = bench.selection("search", share), again.selection("search", share)
    assert {frozenset(ids(items)) for items in chosen.batches} == {
        frozenset(ids(items)) for items in other.batches
    }
    again.follow("a secret")
    bench.follow("a secret")
    assert bench.selection("search", share) == again.selection("search", share)
    assert chosen.size == max(1, round(share * bench.full)) == bench.prices.of(share)
    calls = [json.loads(call) for call in chosen.calls]
    assert [len(questions) for _, questions in calls] == [len(items) for items in chosen.batches]
    assert not any(kind in b"".join(chosen.calls).decode() for kind in ("number", "extra"))


class Climbs:
    """Promotes one candidate rung by rung, then asks for what a careless searcher asks for."""

    def run(self, lab: toolkit.Lab) -> None:
        candidate = toolkit.Candidate({"x": 0.6})
        for share in toolkit.RUNGS:
            lab.evaluate(candidate, share=share)
        lab.evaluate(candidate)  # again: no promotion
        lab.evaluate(candidate, share=1 / 3)
        lab.evaluate(toolkit.Candidate({"x": 0.6}, note="the same program"))
        bad = toolkit.Candidate({"x": 7})
        lab.evaluate(bad, share=1 / 3)
        lab.evaluate(bad)  # what failed has paid for nothing more


def test_a_promotion_pays_the_increment_and_scores_as_if_alone(compare: Compare) -> None:
    state = compare({"climbs": Climbs}, budget=20)
    (cell,) = state.cells.values()
    paid = [cell.started[n].items for n in sorted(cell.started)]
    assert paid == [1, 3, 8, 12, 4, 8, 4, 12]
    assert cell.trials[3].items == cell.trials[4].items
    for low, high in ((1, 2), (2, 3)):
        assert cell.trials[low].items.items() <= cell.trials[high].items.items()
        assert all(cell.trials[n].score is not None for n in (low, high))


def test_a_cut_log_charges_promotions_as_before(compare: Compare, tmp_path: object) -> None:
    (whole,) = compare({"climbs": Climbs}, budget=20).cells.values()
    forget(tmp_path / "run", 5)  # type: ignore[operator]
    (again,) = compare({"climbs": Climbs}, budget=20).cells.values()
    assert again.charged == whole.charged
    assert {n: t.score for n, t in again.trials.items()} == {
        n: t.score for n, t in whole.trials.items()
    }


@pytest.mark.parametrize("share", [0, -1, 1.1, float("nan")])
def test_a_share_outside_its_range(compare: Compare, share: float) -> None:
    class Greedy:
        def run(self, lab: toolkit.Lab) -> None:
            lab.evaluate(toolkit.Candidate(), share=share)

    (cell,) = compare({"greedy": Greedy}, budget=2).cells.values()
    assert cell.ended["status"] == "failed"
    assert "share must be in (0, 1]" in cell.ended["detail"]
    assert not cell.started


@pytest.mark.slow
class TestHalving(SearcherContract):
    factory = OptunaSearch
    options = {"pruner": "successive_halving"}  # noqa: RUF012

    def test_spends_exactly_its_budget(self, tmp_path: object) -> None:
        """Or says what is left, which is less than the next rung costs."""
        cell = self._search(tmp_path / "run")  # type: ignore[operator]
        assert cell.charged <= self.budget * 12
        left = self.budget * 12 - cell.charged
        assert left < 8
        assert bool(left) == ("does not fit" in cell.ended["detail"])
        assert len({start.candidate.digest for start in cell.started.values()}) > self.budget
        assert {start.share for start in cell.started.values()} == set(toolkit.RUNGS)
