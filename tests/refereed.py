"""Made studies of every claim with a known gain, and what the printed verdict makes of them.

A run is folded from its facts as a ledger's is, and the verdict is the one that a report prints.
Effects are drawn anew in each run, so that a gain of nothing is one over all data and seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from games import DAYBOOK, LOCOMO
from made_runs import Made, Program, seeds_of
from simulated import POOLED, Drawn, rows_of, unequal_sizes

from toolkit.report.summary import reported
from toolkit.report.verdict import verdict
from toolkit.report.wording import wording
from toolkit.study.objective import Objective

Rng = np.random.Generator
TRIALS = 20
LOSS = Objective("loss", direction="minimize", evidence="reported")


@dataclass(frozen=True)
class Case:
    """A study that is drawn for a gain; gains: those whose power is told."""

    draw: Callable[[Rng, float], Made]
    gains: Sequence[float] = ()


def sealed(
    sizes: Sequence[int], *, seeds: int = 1, differ: float = 0.05, method: float = 0.0,
    shift: float = 0.0, replicates: int = 1,
) -> Callable[[Rng, float], Made]:  # fmt: skip
    """Means of item scores. differ: deviation of a cluster's effect; method: of a seed's.

    shift: of a whole run of a program, which replicates measure.
    """
    place = np.repeat(np.arange(len(sizes)), sizes)
    clusters = {f"i{n}": f"c{cluster}" for n, cluster in enumerate(place.tolist())}

    def program(rng: Rng, scores: np.ndarray, search: float) -> Program:
        moves = rng.normal(0, shift, replicates)
        levels = dict(zip(clusters, (scores + moves.mean()).tolist(), strict=True))
        runs = (scores.mean() + moves).tolist() if replicates > 1 else ()
        return Program(search, levels, runs)

    def draw(rng: Rng, gain: float) -> Made:
        base = rng.uniform(0.2, 0.8, len(place))
        shared = rng.normal(0, differ, len(sizes))  # what the method does to a cluster
        cells = []
        for _ in range(seeds):
            own = rng.normal(0, method) + rng.normal(0, method, len(sizes)) if seeds > 1 else 0.0
            effects = gain + (shared + own)[place] + rng.normal(0, 0.3, len(place))
            cells.append([program(rng, base + effects, 0.6)])
        return Made(program(rng, base, 0.5), {"climb": cells}, clusters=clusters)

    return draw


def pooled(drawn: Drawn, objective: Objective) -> Callable[[Rng, float], Made]:
    """An objective of all outputs, 12 clusters of unequal sizes; a gain of 1 is that of `drawn`.

    Where less is better the first program of a pair is the worse one: the baseline.
    """

    def draw(rng: Rng, gain: float) -> Made:
        pair = drawn(rng, unequal_sizes(rng, 12), bool(gain))
        names = {f"i{n}": str(cluster) for n, cluster in enumerate(pair.place.tolist())}

        def program(given: np.ndarray, search: float) -> Program:
            rows = rows_of(pair, given)
            return Program(search, {name: objective.sign * row for name, row in rows.items()})

        best, base = (pair.one, pair.two)[:: objective.sign]
        searchers = {"climb": [[program(best, objective.sign * 1.0)]]}
        return Made(program(base, 0.0), searchers, objective, clusters=names)

    return draw


def chosen(
    claim: str, *, times: int = 5, seeds: int = 1, common: float = 0.0
) -> Callable[[Rng, float], Made]:
    """The best of 20 programs, a number a run of deviation 1, chosen under that noise.

    claim "replicates": it runs again under five fresh seeds. "reported": the mean over so many
    replicates that it was chosen by is all that there is. common: the part of a run's noise that a
    seed brings to every program alike.
    """

    def numbers(rng: Rng, shared: np.ndarray, level: float) -> list[float]:
        own = rng.normal(0, (1 - common**2) ** 0.5, times)
        return (level + common * shared + own).tolist()

    def program(rng: Rng, shared: np.ndarray, level: float) -> Program:
        runs = numbers(rng, shared, level)
        return Program(-float(np.mean(runs)), replicates=[-x for x in runs] if times > 1 else ())

    def draw(rng: Rng, gain: float) -> Made:
        shared, final = rng.normal(size=times), rng.normal(size=5)
        base, cells = program(rng, shared, 0.0), []
        for _ in range(seeds):
            trials = [program(rng, shared, gain) for _ in range(TRIALS)]
            if claim == "replicates":
                best = min(range(TRIALS), key=lambda n: trials[n].search)
                trials[best] = replace(trials[best], final=fresh(rng, final, gain))
            cells.append(trials)
        if claim == "replicates":
            base = replace(base, final=fresh(rng, final, 0.0))
        return Made(base, {"climb": cells}, LOSS, claim)

    def fresh(rng: Rng, final: np.ndarray, gain: float) -> dict[str, float]:
        own = rng.normal(0, (1 - common**2) ** 0.5, 5)
        return seeds_of(*(-(gain + common * final + own)).tolist())

    return draw


RMSE = Objective("RMSE", direction="minimize", aggregate="pooled")
CASES: Mapping[str, Case] = {
    "sealed, mean, 12 clusters": Case(sealed(DAYBOOK), (0.05, 0.1)),
    "sealed, mean, 5 clusters": Case(sealed(LOCOMO), (0.05, 0.1)),
    "sealed, RMSE, 12 clusters": Case(pooled(POOLED["RMSE"], RMSE), (1.0,)),
    "sealed, RMSE, heavy tails": Case(pooled(POOLED["RMSE, heavy tails"], RMSE), (1.0,)),
    "sealed, AUC, 12 clusters": Case(
        pooled(POOLED["AUC"], Objective("AUC", aggregate="pooled")), (1.0,)
    ),
    "sealed, runs move, final = 3": Case(sealed(DAYBOOK, shift=0.03, replicates=3), (0.1, 0.2)),
    "sealed, runs move most, final = 3": Case(
        sealed(DAYBOOK, differ=0.02, shift=0.08, replicates=3), (0.2, 0.4)
    ),
    "sealed, runs move, final = 5": Case(sealed(DAYBOOK, shift=0.03, replicates=5), (0.1, 0.2)),
    "sealed, 3 seeds": Case(sealed(DAYBOOK, seeds=3, method=0.03), (0.1, 0.2)),
    "sealed, 5 seeds, 5 clusters": Case(sealed(LOCOMO, seeds=5, method=0.03), (0.1, 0.2)),
    "sealed, 3 seeds, runs move, final = 3": Case(
        sealed(DAYBOOK, seeds=3, method=0.03, shift=0.03, replicates=3), (0.1, 0.2)
    ),
    "replicates, best of 20": Case(chosen("replicates"), (2.0, 3.0)),
    "replicates, seeds draw alike": Case(chosen("replicates", common=0.9), (1.0, 2.0)),
    "replicates, 3 searcher's seeds": Case(chosen("replicates", seeds=3), (2.0, 3.0)),
    "reported, best of 20, search = 5": Case(chosen("reported"), (2.0, 4.0)),
    "reported, 3 searcher's seeds, search = 5": Case(chosen("reported", seeds=3), (2.0, 4.0)),
    "reported, search = 1": Case(chosen("reported", times=1), (4.0,)),
    "reported, 5 searcher's seeds, search = 1": Case(chosen("reported", times=1, seeds=5), (4.0,)),
}


def refereed(made: Made) -> bool:
    """Whether the verdict calls the champion's difference from the baseline decided.

    The sentence and the row of the table must say the same.
    """
    state = made.state()
    cells = reported(state)
    found = verdict(state, cells, {}, wording(state, cells))
    decided = found["pairs"][0]["decided"]
    one, text = len(cells) == 1, found["text"]
    told = "not decided" not in text and "Nobody beat the baseline at" not in text
    assert told == decided or (state.final == "search" and not one), text
    return bool(decided)


def share(case: str, gain: float, runs: int, seed: int = 0) -> float:
    """Share of drawn studies whose verdict is decided."""
    rng = np.random.default_rng(seed)
    return sum(refereed(CASES[case].draw(rng, gain)) for _ in range(runs)) / runs
