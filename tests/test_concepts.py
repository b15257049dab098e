"""Both solution concepts, their intervals and the composition of a gain, again by brute force.

What is checked here is computed anew from the scores in the ledger, by all permutations and by
textbook formulas, on toy champions of two to four parts: one enables another, one changes
nothing, one repairs what was planted.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats
from stepwise import steps

from toolkit.attribution.champions import attribute
from toolkit.attribution.concept import chance_unseen
from toolkit.attribution.measure import Measurements
from toolkit.attribution.values import Effort
from toolkit.bench.bench import Bench
from toolkit.edits.anatomy import Anatomy, take_apart
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.report.summary import summarise
from toolkit.report.tables import text
from toolkit.statistics import clustered_mean

Compare = Callable[..., State]
Needs = Mapping[int, set[int]]
MAIN, CURVE = "toy_pipeline/main.py", "toy_pipeline/curve.py"
HELPER = (CURVE, "def height", "HALF = 0.5\n\n\ndef height")
USING = (CURVE, "miss = (par", "miss = HALF * (par")
LOUDER = (MAIN, "SCALE = 0.8", "SCALE = 0.9")
IDLE = (MAIN, "SCALE = 0.8\n", "SCALE = 0.8\nSPARE = 1\n")

GAMES = {
    "one enables the other": [("architecture", [HELPER]), ("bug_fix", [USING])],
    "one is never pivotal": [
        ("data", [IDLE]), ("architecture", [HELPER]), ("bug_fix", [USING]), ("", [("y", 0.4)]),
    ],
    "one repairs what was planted": [
        ("bug_fix", [LOUDER]), ("", [("shape", "peaked")]), ("", [("x", 0.5)]),
    ],
}  # fmt: skip


class Game:
    """The champion of a run, by the ledger alone: scores of its subsets, and their needs."""

    def __init__(self, state: State) -> None:
        self.state = state
        (self.cell,) = state.cells.values()
        self.account = state.accounts[self.cell.key]
        self.anatomy: Anatomy = take_apart(state, self.cell)
        names = [part["part"] for part in self.account["parts"]]
        self.players = range(len(names))
        self.needs: Needs = {
            n: {names.index(one) for one in part["needs"]}
            for n, part in enumerate(self.account["parts"])
        }
        self.items = sorted(state.counted("test"))
        self.homes = state.rows("test")
        self.known = self._known()

    def _known(self) -> dict[str, dict[str, float]]:
        """{program: {item: score}}, of all that was ever scored on the test split."""
        found: dict[str, dict[str, float]] = {}
        for (program, _), one in self.state.measured.items():
            found.setdefault(program, {}).update(one.items)
        for (subject, split), one in self.state.assessments.items():
            if split == "test" and one.ok:
                found.setdefault(subject, {}).update(one.items)
        for trial in self.cell.trials.values():
            found[self._program(trial)] = found.get(trial.candidate.digest, {})
        found[self.anatomy.candidate(()).digest] = found["baseline"]
        return found

    def _program(self, trial: Any) -> str:
        whole = [n for n, part in enumerate(self.anatomy.parts) if part.trial <= trial.number]
        return self.anatomy.candidate(whole).digest

    def stands(self, chosen: frozenset[int]) -> frozenset[int]:
        """The largest part of a set in which nothing lacks what it needs, by taking away."""
        while True:
            left = frozenset(n for n in chosen if self.needs[n] <= chosen)
            if left == chosen:
                return left
            chosen = left

    def value(self, chosen: frozenset[int]) -> np.ndarray:
        scores = self.known[self.anatomy.candidate(chosen).digest]
        return np.array([scores[item] for item in self.items])

    def mean_over(self, orders: Sequence[tuple[int, ...]]) -> np.ndarray:
        found = np.zeros((len(self.players), len(self.items)))
        for order in orders:
            before = frozenset[int]()
            for player in order:
                after = before | {player}
                found[player] += self.value(self.stands(after)) - self.value(self.stands(before))
                before = after
        return found / len(orders)

    @property
    def ordered(self) -> np.ndarray:
        every = itertools.permutations(self.players)
        return self.mean_over(
            [o for o in every if all(self.needs[p] <= set(o[:n]) for n, p in enumerate(o))]
        )

    @property
    def enabling(self) -> np.ndarray:
        return self.mean_over(list(itertools.permutations(self.players)))

    def interval(self, row: np.ndarray) -> tuple[float, float]:
        """t interval over the means of clusters, which are of one size here."""
        homes = [self.homes[item] for item in self.items]
        means = [row[[h == home for h in homes]].mean() for home in sorted(set(homes))]
        half = stats.t.ppf(0.975, len(means) - 1) * np.std(means, ddof=1) / len(means) ** 0.5
        return float(np.mean(means) - half), float(np.mean(means) + half)


@pytest.mark.parametrize("name", GAMES)
def test_values_intervals_and_composition_follow_from_the_ledger(
    compare: Compare, name: str
) -> None:
    game = Game(compare({"steps": steps(*GAMES[name])}, budget=len(GAMES[name])))
    account = game.account
    assert account["method"] == "exact"
    for key, table in (("value", game.ordered), ("enabling", game.enabling)):
        for row, part in zip(table, account["parts"], strict=True):
            assert part[key]["mean"] == pytest.approx(row.mean(), abs=1e-12)
            told = (part[key]["low"], part[key]["high"])
            assert told == pytest.approx(game.interval(row), abs=1e-9)
            assert part[key]["by_orders"] == 0
        for label, row in account["labels"]["claimed"].items():
            mine = [
                n for n, p in enumerate(account["parts"]) if (p["label"] or "unlabelled") == label
            ]
            sums = row["sum" if key == "value" else key]
            if mine:
                assert sums["mean"] == pytest.approx(table[mine].sum(axis=0).mean(), abs=1e-12)
    _check_composition(game)


def _check_composition(game: Game) -> None:
    told, nothing = game.account["composition"], game.value(frozenset())
    whole = frozenset(game.players)
    first = last = np.zeros(len(game.items))
    for n in game.players:
        first = (
            first
            + game.value(frozenset(game.needs[n] | {n}))
            - game.value(frozenset(game.needs[n]))
        )
        last = last + game.value(whole) - game.value(game.stands(whole - {n}))
    gain = game.value(whole) - nothing
    for key, row in (("first_in", first), ("left_out", last), ("together", gain)):
        assert told[key]["mean"] == pytest.approx(row.mean(), abs=1e-12)
        assert (told[key]["low"], told[key]["high"]) == pytest.approx(game.interval(row), abs=1e-9)
    if told["only_together"]:
        only = (gain - first).mean() / gain.mean()
        assert told["only_together"]["mean"] == pytest.approx(only, abs=1e-9)


def test_what_enables_shares_in_what_it_makes_possible(compare: Compare) -> None:
    game = Game(compare({"steps": steps(*GAMES["one enables the other"])}, budget=2))
    helper, using = game.account["parts"]
    gain = game.account["gain"]["mean"]
    assert [helper["value"]["mean"], using["value"]["mean"]] == pytest.approx([0, gain])
    halves = [helper["enabling"]["mean"], using["enabling"]["mean"]]
    assert halves == pytest.approx([gain / 2, gain / 2])
    labels = game.account["labels"]["claimed"]
    assert labels["bug_fix"]["range"] == pytest.approx([0.5, 1])
    assert labels["architecture"]["range"] == pytest.approx([0, 0.5])
    assert labels["bug_fix"]["brings"] == ["edit 1"]  # an edit of another label
    assert labels["architecture"]["brings"] == []
    shown = " ".join(text(summarise(game.state)).split())
    assert "bug_fix 50-100%: ordered" in shown
    assert "architecture 0-50%: ordered" in shown
    assert "taken as one part with edit 1 of other labels, which it needs" in shown


def test_a_part_that_was_never_pivotal_has_an_interval_with_room(
    compare: Compare, bench: Bench, tmp_path: Any
) -> None:
    state = compare({"steps": steps(*GAMES["one is never pivotal"])}, budget=4)
    (cell,) = state.cells.values()
    with Ledger(tmp_path / "run", writer=True) as ledger:
        attribute(Measurements(bench, Journal(ledger, state)), [cell], Effort(4, "chains"))
    game = Game(state)
    account = game.account
    idle, helper, *_ = account["parts"]
    assert account["method"] == "chains"
    chance = chance_unseen(idle["value"]["orders"])
    assert chance == pytest.approx(1 - 0.05 ** (1 / account["chains"]))
    assert chance < 3 / account["chains"]
    for figure in (idle["value"], idle["enabling"]):
        assert figure["pivotal"] == 0
        assert figure["mean"] == pytest.approx(0, abs=0.02)
        assert figure["high"] - figure["low"] >= 2 * figure["unseen"] > 0
    # nothing is known of it to change anything: it may be as large as any part's effect
    swings = [np.abs(row).mean() for row in game.ordered]
    assert idle["value"]["unseen"] > chance * max(swings) / 2
    assert helper["value"]["pivotal"] == 0 < helper["enabling"]["pivotal"]
    assert helper["value"]["high"] > helper["value"]["low"]
    shown = " ".join(text(summarise(state)).split())
    assert "ordered: edit 1, edit 2 changed nothing in" in shown
    assert "the rule of three: largest known effect" in shown


def test_chains_tell_the_error_of_the_orders_from_that_of_the_data(
    compare: Compare, bench: Bench, tmp_path: Any
) -> None:
    state = compare({"steps": steps(*GAMES["one repairs what was planted"])}, budget=3)
    (cell,) = state.cells.values()
    with Ledger(tmp_path / "run", writer=True) as ledger:
        attribute(Measurements(bench, Journal(ledger, state)), [cell], Effort(4, "chains"))
    account = state.accounts[cell.key]
    assert account["rounds"] > 1
    for part in account["parts"]:
        both = np.hypot(part["value"]["by_orders"], part["value"]["by_data"])
        narrow = stats.t.ppf(0.975, 2) * both
        half = (part["value"]["high"] - part["value"]["low"]) / 2
        assert half >= narrow - 1e-9  # few orders in which it is pivotal make it wider
    assert set(account["unsettled"]) == {"ordered", "enabling"}


@pytest.mark.parametrize("chance", [0.02, 0.1, 0.3, 1.0])
def test_a_part_that_few_orders_show_is_covered_all_the_same(chance: float) -> None:
    """Twelve clusters, one order each: a t interval covers 20, 70, 92 and 95 % of these values."""
    rng, swing, covered, runs = np.random.default_rng(1), 0.1, 0, 150
    homes = {str(n): str(n) for n in range(12)}
    for _ in range(runs):
        adds = (rng.random(12) < chance) * swing * (1 + 0.3 * rng.normal(size=12))
        found = clustered_mean(dict(zip(homes, adds.tolist(), strict=True)), homes, tails=True)
        room = chance_unseen(12) * max(0.0, swing - np.abs(adds).max())
        covered += int(found.low - room <= chance * swing <= found.high + room)
    assert covered >= 0.92 * runs


def test_where_no_part_needs_another_both_concepts_are_one_column(compare: Compare) -> None:
    chain = steps(("bug_fix", [LOUDER]), ("", [("shape", "peaked")]), ("", [("x", 0.5)]))
    state = compare({"steps": chain}, budget=3)
    (account,) = state.accounts.values()
    assert all(part["value"] == part["enabling"] for part in account["parts"])
    shown = " ".join(text(summarise(state), width=120).split())
    assert "ordered and enabling [95 %]" in shown


@pytest.mark.slow
def test_the_table_shows_both_concepts_and_the_larger_value_first(compare: Compare) -> None:
    """The helper's ordered value is nothing; by enabling credit it is among the largest."""
    chain = steps(("data", [IDLE]), *GAMES["one enables the other"], ("", [("y", 0.3)]))
    state = compare({"steps": chain}, budget=4)
    (account,) = state.accounts.values()
    larger = {
        part["part"]: max(abs(part["value"]["mean"]), abs(part["enabling"]["mean"]))
        for part in account["parts"]
    }
    shown = text(summarise(state), width=120).partition("what the gain")[2]
    places = [shown.index(f" {name}") for name in sorted(larger, key=lambda n: -larger[n])]
    assert places == sorted(places)
    assert "ordered [95 %]" in shown
    assert "enabling [95 %]" in shown
