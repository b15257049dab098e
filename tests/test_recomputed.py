"""A finished ledger, computed anew by brute force: no statistics of the toolkit have a part in it.

Scores are read from the recorded outputs, values from all orders of the parts one by one, intervals
from matrices, and p from all signs.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from orders import extensions
from scipy import stats
from stepwise import steps
from toy_edits import CURVE, MAIN

from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.edits.anatomy import take_apart
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load
from toolkit.report.summary import summarise
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

Scores = dict[str, float]
"""{item: score}"""
SEARCH, TEST = "abc", "defghijkl"
STEPS = (
    ("data", [(CURVE, "def height", "HALF = 0.5\n\n\ndef height")]),
    ("bug_fix", [(CURVE, "miss = (par", "miss = HALF * (par")]),
    ("architecture", [(MAIN, "SCALE = 0.8", "SCALE = 0.9")]),
    ("", [(MAIN, '- context["offset"]', '+ 2 * context["offset"] ** 2')]),
    ("", [(MAIN, '{value:.6f}"} for _ in inputs',
           '{value + int(one[\'text\'][-1]) / 40:.6f}"} for one in inputs')]),
    ("hyperparameter", [("shape", "peaked")]),
)  # fmt: skip
"""six parts: the second needs the first, the rest need nothing, but they do not simply add up"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recomputed")


@pytest.fixture(scope="module")
def record(folder: Path, evaluator: LocalEvaluator) -> Record:
    """A run of twelve conversations of unequal sizes: one champion of six parts, one of values."""
    study = study_files.load(_study(folder / "study"))
    values = steps(("", [("x", 0.3)]), ("", [("y", 0.2)]))
    cells = [CellSpec("edits", "edits", steps(*STEPS), {}, 0)]
    cells += [CellSpec("values", "values", values, {}, 0)]
    cells += [CellSpec("climbs", "climbs", _climbs(seed), {}, seed) for seed in range(3)]
    with Ledger(folder / "run", writer=True) as ledger:
        plan = Plan(cells, Budget(6), slots=2, after="full")
        Comparison(Bench(study, evaluator), ledger, plan).run()
    return Record.read(folder / "run")


def _study(folder: Path) -> Path:
    """The toy with nine conversations to decide on, the later ones with more questions."""
    toy = Path(study_files.__file__).parents[1] / "toy"
    for path in toy.rglob("*"):
        if path.suffix in {".py", ".toml"}:
            copy = folder / path.relative_to(toy)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(path.read_text())
    task, file = folder / "task.py", folder / "study.toml"
    text = task.read_text().replace('"abcdef"', f'"{SEARCH}{TEST}"')
    assert "range(QUESTIONS)" in text
    text = text.replace("range(QUESTIONS)", "range(QUESTIONS + CLUSTERS.index(cluster) % 5)")
    task.write_text(text)
    test = json.dumps(list(TEST))
    file.write_text(file.read_text().replace('test = ["d", "e", "f"]', f"test = {test}"))
    return folder


def _climbs(seed: int) -> Any:
    """A searcher whose champions differ from seed to seed."""
    return steps(("", [("x", 0.15 + seed / 10)]), ("", [("steps", 3 + seed)]))


@dataclass
class Record:
    """Facts of a ledger, as they stand there."""

    rows: Mapping[str, str]
    """{counted item of the test split: conversation}"""
    base: Mapping[str, Scores]
    """{split: scores of the unchanged program}"""
    trials: dict[str, dict[int, tuple[str, Scores]]] = field(default_factory=dict)
    """{cell: {trial: (program, scores on the search split)}}"""
    tests: dict[str, Scores] = field(default_factory=dict)
    """{program: scores on the test split}, of programs that were scored as a whole"""
    measured: dict[str, Scores] = field(default_factory=dict)
    """the same of programs that an attribution ran, maybe on some conversations"""
    accounts: dict[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    anatomy: Any = None

    @classmethod
    def read(cls, folder: Path) -> Record:
        with Ledger(folder, writer=False) as ledger:
            state = load(ledger)
            (study,) = (e.data for e in ledger.events() if e.kind == "study")
            rows = {item: home for item, home in study["items"]["test"].items()
                    if study["kinds"][item] in study["counted"]}  # fmt: skip
            found = cls(rows, {}, summary=summarise(state))
            base: dict[str, Scores] = {}
            started: dict[tuple[str, int], str] = {}
            for event in ledger.events():
                data, cell = event.data, event.cell
                if event.kind == "assessed" and data["subject"] == "baseline":
                    base[data["split"]] = _scored(ledger.get(data["outputs"]))
                elif event.kind == "assessed" and data["split"] == "test" and data["outputs"]:
                    found.tests[data["subject"]] = _scored(ledger.get(data["outputs"]))
                elif event.kind == "started":
                    started[cell, data["number"]] = data["candidate"]
                elif event.kind == "finished":
                    outputs = ledger.get(data["outputs"])
                    trials = found.trials.setdefault(cell.rpartition("-")[0], {})
                    program = state.cells[cell].trials[data["number"]].candidate.digest
                    trials[data["number"]] = program, _scored(outputs)
                elif event.kind == "measured":
                    found.measured.setdefault(data["program"], {}).update(data["items"])
                elif event.kind == "attributed":
                    found.accounts[cell.rpartition("-")[0]] = ledger.get(data["account"])
            found.base = base
            (edits,) = (cell for cell in state.cells.values() if cell.alias == "edits")
            found.anatomy = take_apart(state, edits)
            return found

    def champion(self, cell: str) -> tuple[str, Scores]:
        """(program, its scores on the search split): the best mean, the earliest of equals."""
        return max(self.trials[cell].values(), key=lambda trial: fmean(trial[1].values()))

    def gains(self, cell: str) -> Scores:
        """Gain of a cell's champion on each counted item of the test split."""
        after, before = self.tests[self.champion(cell)[0]], self.base["test"]
        return {item: after[item] - before[item] for item in self.rows}

    def scores(self, chosen: frozenset[int]) -> Scores:
        """Scores on the test split of the program of some parts."""
        program = self.anatomy.candidate(chosen).digest
        if not chosen:
            return {item: self.base["test"][item] for item in self.rows}
        found = self.tests.get(program) or self.measured[program]
        return {item: found[item] for item in self.rows}


def _scored(outputs: Mapping[str, Any]) -> Scores:
    """Scores by the toy's rule, of what counts: one less the distance from 1, at least 0."""
    return {item: max(0.0, 1 - abs(float(one["answer"]) - 1)) for item, one in outputs.items()
            if not item.endswith("3")}  # fmt: skip


def interval(values: Scores, homes: Mapping[str, str]) -> tuple[float, float, float, float]:
    """(mean, low, high, p) of a mean over clusters by Bell and McCaffrey, with matrices.

    One regressor, a constant; residuals of a cluster are multiplied by (I - H)^(-1/2).
    """
    items = list(values)
    y, ones = np.array([values[item] for item in items]), np.ones(len(items))
    mean, n = float(y.mean()), len(items)
    hat = np.eye(n) - np.outer(ones, ones) / n
    columns, variance = [], 0.0
    for home in dict.fromkeys(homes[item] for item in items):
        inside = np.array([homes[item] == home for item in items])
        size = int(inside.sum())
        roots, vectors = np.linalg.eigh(np.eye(size) - np.ones((size, size)) / n)
        adjusted = vectors @ np.diag(roots**-0.5) @ vectors.T @ np.ones(size) / n
        variance += float(adjusted @ (hat @ y)[inside]) ** 2
        columns.append(hat[:, inside] @ adjusted)
    gram = np.stack(columns) @ np.stack(columns).T
    df = np.trace(gram) ** 2 / (gram**2).sum()
    reach = stats.t.ppf(0.975, df) * variance**0.5
    p = 2 * stats.t.sf(abs(mean) / variance**0.5, df) if variance else float(mean == 0)
    return mean, mean - reach, mean + reach, float(p)


def flips(totals: Sequence[float]) -> float:
    """Fraction of all signs whose sum is as large as what was seen, up to rounding."""
    seen = abs(sum(totals)) * (1 - 1e-9)
    signs = list(itertools.product((1, -1), repeat=len(totals)))
    hits = sum(abs(sum(s * t for s, t in zip(one, totals, strict=True))) >= seen for one in signs)
    return hits / len(signs)


def totals(values: Scores, homes: Mapping[str, str]) -> list[float]:
    found: dict[str, float] = {}
    for item, value in values.items():
        found[homes[item]] = found.get(homes[item], 0.0) + value
    return list(found.values())


def crossed(runs: Sequence[Scores], homes: Mapping[str, str]) -> tuple[float, float, float, float]:
    """(mean, low, high, p) over seeds and clusters: Cameron, Gelbach and Miller, written out."""
    mean = fmean(value for run in runs for value in run.values())
    total = len(runs) * len(homes)
    clusters = list(dict.fromkeys(homes.values()))
    off = {(seed, c): sum(run[i] - mean for i in homes if homes[i] == c) / total
           for seed, run in enumerate(runs) for c in clusters}  # fmt: skip
    seeds, cells = len(runs), len(off)
    size = {c: sum(home == c for home in homes.values()) / len(homes) for c in clusters}
    by_seed = sum(sum(off[s, c] for c in clusters) ** 2 for s in range(seeds)) * seeds / (seeds - 1)
    by_cluster = sum(sum(off[s, c] for s in range(seeds)) ** 2 / (1 - size[c]) for c in clusters)
    both = sum(one**2 for one in off.values()) * cells / (cells - 1)
    variance = max(by_seed + by_cluster - both, by_seed, by_cluster)
    df = variance**2 / (by_seed**2 / (seeds - 1) + by_cluster**2 / (len(clusters) - 1))
    found = [(stats.t.ppf(0.975, free) * square**0.5, 2 * stats.t.sf(abs(mean) / square**0.5, free))
             for square, free in ((variance, df), (by_seed, seeds - 1))]  # fmt: skip
    reach, p = max(one[0] for one in found), max(one[1] for one in found)
    summed = [sum(run[i] for run in runs for i in homes if homes[i] == c) for c in clusters]
    return mean, mean - reach, mean + reach, max(float(p), flips(summed))


def holm(ps: Sequence[float]) -> list[float]:
    """The smallest p times the number of tests, the next times one less, and none below another."""
    found, least = [0.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda n: ps[n])):
        least = max(least, min(1.0, ps[place] * (len(ps) - rank)))
        found[place] = least
    return found


def ordered(record: Record, needs: Mapping[int, list[int]], parts: int) -> list[Scores]:
    """Mean of what each part adds, over every order in which it comes after what it needs."""
    return _averaged(record, extensions(parts, needs), needs, parts)


def enabling(record: Record, needs: Mapping[int, list[int]], parts: int) -> list[Scores]:
    """Mean of what each part adds, over every order: a part counts once it has what it needs."""
    return _averaged(record, list(itertools.permutations(range(parts))), needs, parts)


def _averaged(
    record: Record, orders: Sequence[tuple[int, ...]], needs: Mapping[int, list[int]], parts: int
) -> list[Scores]:
    found = [dict.fromkeys(record.rows, 0.0) for _ in range(parts)]
    known: dict[frozenset[int], Scores] = {}

    def standing(come: frozenset[int]) -> frozenset[int]:
        left = frozenset(n for n in come if set(needs.get(n, ())) <= come)
        return left if left == come else standing(left)

    def scores(come: frozenset[int]) -> Scores:
        if come not in known:
            known[come] = record.scores(standing(come))
        return known[come]

    for order in orders:
        for place, part in enumerate(order):
            before, after = scores(frozenset(order[:place])), scores(frozenset(order[: place + 1]))
            for item in record.rows:
                found[part][item] += (after[item] - before[item]) / len(orders)
    return found


def games(record: Record) -> tuple[list[Mapping[str, Any]], dict[int, list[int]]]:
    """(parts of the account, {part: those that it needs})."""
    parts = record.accounts["edits-0"]["parts"]
    names = [part["part"] for part in parts]
    return parts, {n: [names.index(one) for one in part["needs"]] for n, part in enumerate(parts)}


def expect(told: Mapping[str, Any], values: Scores, homes: Mapping[str, str]) -> None:
    mean, low, high, _ = interval(values, homes)
    assert (told["mean"], told["low"], told["high"]) == pytest.approx((mean, low, high), abs=1e-9)


def test_scores_in_the_ledger_are_those_of_the_outputs(record: Record, folder: Path) -> None:
    compared = 0
    with Ledger(folder / "run", writer=False) as ledger:
        for event in ledger.events():
            if event.kind in {"finished", "assessed"} and event.data.get("outputs"):
                if event.kind == "assessed" and ":" in event.data["subject"]:
                    continue  # asked in other ways
                found = _scored(ledger.get(event.data["outputs"]))
                known = {item: event.data["items"][item] for item in found}
                assert found == pytest.approx(known)
                assert event.data["score"] == pytest.approx(fmean(found.values()))
                compared += 1
    assert compared > 10


def test_value_and_interval_of_each_part_over_all_linear_extensions(record: Record) -> None:
    parts, needs = games(record)
    assert len(parts) == 6
    assert record.accounts["edits-0"]["method"] == "exact"
    assert len(extensions(6, needs)) == record.accounts["edits-0"]["order"]["extensions"] < 720
    for part, values in zip(parts, ordered(record, needs, 6), strict=True):
        expect(part["value"], values, record.rows)


def test_enabling_credit_over_all_permutations(record: Record) -> None:
    parts, needs = games(record)
    found = enabling(record, needs, 6)
    for part, values in zip(parts, found, strict=True):
        expect(part["enabling"], values, record.rows)
    assert fmean(found[0].values()) > 0.01  # what another part needs has a share in it
    assert parts[0]["value"]["mean"] == pytest.approx(0.0, abs=1e-12)


def test_both_concepts_add_up_to_the_gain_item_by_item(record: Record) -> None:
    _, needs = games(record)
    gains = record.gains("edits-0")
    for concept in (ordered, enabling):
        found = concept(record, needs, 6)
        sums = {item: sum(one[item] for one in found) for item in record.rows}
        assert sums == pytest.approx(gains)
    expect(record.accounts["edits-0"]["gain"], gains, record.rows)


def test_gains_first_in_and_left_out_by_hand(record: Record) -> None:
    parts, needs = games(record)
    everything = frozenset(range(6))
    whole, nothing = record.scores(everything), record.scores(frozenset())
    for n, part in enumerate(parts):
        before = record.scores(frozenset(needs[n]))
        alone = record.scores(frozenset({n, *needs[n]}))
        expect(part["first_in"], {i: alone[i] - before[i] for i in record.rows}, record.rows)
        dependants = {m for m in range(6) if n in needs[m]}
        rest = record.scores(everything - {n} - dependants)
        expect(part["left_out"], {i: whole[i] - rest[i] for i in record.rows}, record.rows)
    composed = record.accounts["edits-0"]["composition"]
    gain = {i: whole[i] - nothing[i] for i in record.rows}
    expect(composed["together"], gain, record.rows)
    first = sum(part["first_in"]["mean"] for part in parts)
    assert composed["only_together"]["mean"] == pytest.approx(1 - first / fmean(gain.values()))


def test_intervals_of_gains(record: Record) -> None:
    for cell in record.summary["cells"]:
        mean, low, high, _ = interval(record.gains(f"{cell['alias']}-{cell['seed']}"), record.rows)
        assert (cell["gain"], *cell["interval"]) == pytest.approx((mean, low, high), abs=1e-9)


def test_the_verdicts_differences_intervals_and_p(record: Record) -> None:
    """One run against the baseline and against another; three seeds against either."""
    gains = {name: [record.gains(f"{name}-{seed}") for seed in seeds]
             for name, seeds in (("edits", [0]), ("values", [0]), ("climbs", range(3)))}  # fmt: skip
    gains["baseline"] = [dict.fromkeys(record.rows, 0.0)]
    raw, told = [], record.summary["pairs"]
    for pair in told:
        one, two = gains[pair["better"]], gains[pair["worse"]]
        runs = [{i: one[n % len(one)][i] - two[n % len(two)][i] for i in record.rows}
                for n in range(max(len(one), len(two)))]  # fmt: skip
        if len(runs) == 1:
            mean, low, high, p = interval(runs[0], record.rows)
            p = max(p, flips(totals(runs[0], record.rows)))
        else:
            mean, low, high, p = crossed(runs, record.rows)
        raw.append(p)
        assert (pair["gap"], *pair["interval"]) == pytest.approx((mean, low, high), abs=1e-9)
    adjusted = [max(p, 2.0 ** (1 - len(TEST))) for p in holm(raw)]
    assert [pair["p"] for pair in told] == pytest.approx(adjusted)
    assert [pair["decided"] for pair in told] == [p < 0.05 for p in adjusted]
    assert {pair["seeds"] for pair in told} == {1, 3}
    assert len(told) == 6


def test_gain_on_search_is_gain_on_test_and_the_gap(record: Record) -> None:
    for cell in record.summary["cells"]:
        name = f"{cell['alias']}-{cell['seed']}"
        program, scores = record.champion(name)
        base = fmean(record.base["search"].values())
        searched = fmean(scores.values()) - base
        tested = fmean(record.gains(name).values())
        assert cell["search"] == pytest.approx(fmean(scores.values()))
        assert record.trials[name][cell["champion"]][0] == program
        assert cell["gap"] == pytest.approx(searched - tested, abs=1e-12)
        assert isclose(cell["gain"] + cell["gap"], searched, abs_tol=1e-12)


def test_the_brute_force_tells_a_wrong_interval(record: Record) -> None:
    """The check has teeth: items taken for independent, or a part's needs left out, differ."""
    gains = record.gains("edits-0")
    apart = interval(gains, {item: item for item in gains})
    together = interval(gains, record.rows)
    assert apart[2] - apart[1] < 0.8 * (together[2] - together[1])
    parts, needs = games(record)
    assert parts[0]["enabling"]["mean"] != pytest.approx(parts[0]["value"]["mean"], abs=1e-3)
    assert needs[1] == [0]
