"""How often 95 % intervals hold a known difference, and how often nothing is decided.

`pytest tests/bench/test_verdicts.py -n 0 -s -m '' -o addopts='' -o timeout=3600` prints the tables of
docs/statistics.md; those are from TOOLKIT_BENCH_RUNS=1000 and 2000 in the environment.
"""

from __future__ import annotations

import os

import pytest
from games import DAYBOOK, LOCOMO
from refereed import CASES, share
from repeated import STUDIES, Noisy, chosen, decided, forecast_and_power
from simulated import (
    POOLED,
    equal_sizes,
    falsely_decided_over_seeds,
    falsely_decided_under_noise,
    pooled_figures,
    unequal_sizes,
)

RUNS = int(os.environ.get("TOOLKIT_BENCH_RUNS", "50"))
CLUSTERS = (5, 10, 20, 50)
SEEDS_DIFFER = (
    (0.0, 0.05, 0.1),
    (0.02, 0.05, 0.1),
    (0.05, 0.05, 0.1),
    (0.05, 0.05, 0.02),
    (0.1, 0.05, 0.05),
)
"""deviations of a seed, of a cluster and of a cell"""
SIZES = {"equal": equal_sizes, "unequal": unequal_sizes}


@pytest.mark.parametrize("sizes", SIZES)
def test_pooled_objectives(sizes: str) -> None:
    print(f"\n| {sizes} sizes | {' | '.join(map(str, CLUSTERS))} | nothing | something |")
    print("| --- " * (len(CLUSTERS) + 3) + "|")
    for name, drawn in POOLED.items():
        found = [pooled_figures(drawn, n, RUNS, sizes=SIZES[sizes]) for n in CLUSTERS]
        zero = [pooled_figures(drawn, n, RUNS, sizes=SIZES[sizes], differs=False) for n in CLUSTERS]
        cells = [f"{one.covered:.3f} ({one.plain:.3f})" for one in found]
        false = ", ".join(f"{one.decided:.3f}" for one in zero)
        power = ", ".join(f"{one.decided:.2f}" for one in found)
        print(f"| {name} | {' | '.join(cells)} | {false} | {power} |")


def test_pooled_objectives_under_noise() -> None:
    for name, drawn in POOLED.items():
        found = falsely_decided_under_noise(drawn, 12, RUNS)
        print(f"\n{name}, 12 clusters, 5 replicates: nothing decided {found:.3f}")


def test_noise() -> None:
    ways = ("clusters alone", "widened", "crossed", "crossed, paired")
    print(f"\n| nothing decided | R | {' | '.join(ways)} | crossed, gain of 0.1 |")
    print("| --- " * (len(ways) + 3) + "|")
    for name, study in STUDIES.items():
        for replicates in (2, 5, 10):
            found = decided(study, replicates, RUNS)
            power = decided(study, replicates, RUNS // 2, gain=0.1)["crossed"]
            cells = [f"{found[way]:.3f}" for way in ways]
            print(f"| {name} | {replicates} | {' | '.join(cells)} | {power:.2f} |")


def test_means_and_choices() -> None:
    for sizes in (LOCOMO, DAYBOOK):
        study = Noisy(sizes, differ=0.05, each=0.3)
        found = [decided(study, 1, RUNS, gain)["crossed"] for gain in (0.0, 0.05, 0.1)]
        print(f"\nmean of items, {len(sizes)} clusters, gain 0, 0.05, 0.1: {found}")
    for gain in (0.0, 1.0, 2.0, 3.0):
        print(f"best of 20, gain of {gain:g} deviations of a run:", chosen(10 * RUNS, gain=gain))


def test_seeds_by_clusters() -> None:
    print("\n| seeds | 5 clusters | 12 clusters | 50 clusters |")
    print("| --- | --- | --- | --- |")
    for seeds in (2, 3, 5, 10):
        cells = []
        for clusters in (5, 12, 50):
            found = [
                falsely_decided_over_seeds(seeds, clusters, one, 10 * RUNS) for one in SEEDS_DIFFER
            ]
            cells.append(f"{100 * min(found):.1f} to {100 * max(found):.1f} %")
        print(f"| {seeds} | {' | '.join(cells)} |")


def test_smallest_gain() -> None:
    for likeness, noise in ((0.2, 0.0), (0.5, 0.0), (0.8, 0.0), (0.5, 0.03), (0.5, 0.1)):
        gain, power = forecast_and_power(
            RUNS, likeness=likeness, noise=noise, replicates=5 if noise else 1
        )
        print(f"\nlikeness {likeness}, noise {noise}: forecast {gain:.3f}, power there {power:.2f}")


def test_through_the_verdict() -> None:
    print("\n| study | nothing decided | gains decided |")
    print("| --- | --- | --- |")
    for name, case in CASES.items():
        powers = {gain: share(name, gain, RUNS // 2) for gain in case.gains}
        told = ", ".join(f"{gain:g}: {power:.2f}" for gain, power in powers.items())
        print(f"| {name} | {share(name, 0.0, RUNS):.3f} | {told} |")
