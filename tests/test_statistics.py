import itertools
import random
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import scipy.stats
from games import DAYBOOK, LOCOMO
from hypothesis import given
from hypothesis import strategies as st

from toolkit.bench.blame import LARGEST
from toolkit.statistics import (
    Components,
    Spread,
    anytime_mean,
    clustered_mean,
    clustered_ratio,
    components,
    crossed_mean,
    detectable,
    expected_validated,
    holm,
    interquartile_mean,
    needed,
    optimism,
    probability_of_improvement,
    sign_flip,
    smallest_gain,
)
from toolkit.statistics.clusters import freedom, tailed


def test_by_hand() -> None:
    values = {"a1": 1.0, "a2": 1.0, "b1": 0.0, "b2": 0.0}
    clusters = {"a1": "a", "a2": "a", "b1": "b", "b2": "b"}
    found = clustered_mean(values, clusters)
    # two clusters: sums of deviations are +1 and -1, se = sqrt(2/1 * 2) / 4 = 0.5, t(1) = 12.706
    assert found.mean == 0.5
    assert found.high == pytest.approx(0.5 + 12.7062 * 0.5, abs=1e-3)
    assert 0.3 < found.p < 0.7  # t = 1 with one degree of freedom: p = 0.5


def test_one_cluster_has_no_interval() -> None:
    found = clustered_mean({"a": 1.0, "b": 0.0}, {"a": "c", "b": "c"})
    assert found.low is None
    assert found.p == 1


def test_covers_with_five_clusters_of_unequal_size() -> None:
    """LoCoMo's own cluster sizes; a percentile bootstrap covers 83-86 % here."""
    rng, sizes, hits, runs = random.Random(3), [158, 190, 239, 196, 204], 0, 400
    for _ in range(runs):
        values, clusters = {}, {}
        for cluster, size in enumerate(sizes):
            shift = rng.gauss(0, 0.05)
            for i in range(size):
                values[f"{cluster}:{i}"] = shift + rng.gauss(0, 0.3)
                clusters[f"{cluster}:{i}"] = str(cluster)
        found = clustered_mean(values, clusters)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0 <= found.high
    assert 0.92 <= hits / runs <= 0.98


def test_no_difference_at_all_is_not_decided() -> None:
    found = clustered_mean({"a": 0.0, "b": 0.0}, {"a": "c", "b": "d"})
    assert (found.mean, found.p) == (0, 1)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


def test_one_family_of_comparisons_keeps_its_error() -> None:
    """Six searchers without any difference: 45 % false decisions uncorrected, about 5 % with."""
    rng, runs, uncorrected, corrected = random.Random(5), 200, 0, 0
    clusters = {f"{c}:{i}": str(c) for c in range(5) for i in range(40)}
    for _ in range(runs):
        p_values = []
        scores = [{item: rng.gauss(0, 1) for item in clusters} for _ in range(5)]
        for one in range(5):
            for two in range(one):
                gap = {item: scores[one][item] - scores[two][item] for item in clusters}
                p_values.append(clustered_mean(gap, clusters).p)
        uncorrected += min(p_values) < 0.05
        corrected += min(holm(p_values)) < 0.05
    assert corrected / runs < 0.12 < uncorrected / runs


def test_unequal_clusters_have_fewer_degrees_of_freedom() -> None:
    """CR2 with Satterthwaite's degrees of freedom against their definition by matrices."""
    sizes = [40, 80, 300, 100, 20]
    n, shares = sum(sizes), np.array(sizes) / sum(sizes)
    covariance = np.diag(sizes) - np.outer(sizes, sizes) / n
    scale = np.diag((1 - shares) ** -0.5)
    m = scale @ covariance @ scale
    assert freedom(sizes) == pytest.approx(np.trace(m) ** 2 / np.trace(m @ m))
    assert freedom([7] * 6) == pytest.approx(5)


def coverage(sizes: Sequence[int], runs: int, between: float = 0.05) -> float:
    rng, hits = np.random.default_rng(3), 0
    clusters = {f"{c}:{i}": str(c) for c, size in enumerate(sizes) for i in range(size)}
    place = np.repeat(np.arange(len(sizes)), sizes)
    for _ in range(runs):
        values = rng.normal(0, between, len(sizes))[place] + rng.normal(0, 0.3, len(place))
        found = clustered_mean(dict(zip(clusters, values.tolist(), strict=True)), clusters)
        hits += found.low <= 0 <= found.high
    return hits / runs


@pytest.mark.slow
@pytest.mark.parametrize(
    "sizes",
    [LOCOMO, DAYBOOK, (30, 20, 21, 37, 32), (7, 13, 10, 13, 7), (40, 80, 300, 100, 20)],
    ids=["locomo", "daybook", "category 1", "category 3", "one holds half"],
)
def test_intervals_cover(sizes: Sequence[int]) -> None:
    share = coverage(sizes, runs=2000)
    print(f"\n{sizes}: {share:.3f}")
    assert 0.93 <= share <= 0.97


def test_a_share_by_hand() -> None:
    """Fieller: the ends are the ratios at which part - r whole is just not different from zero."""
    clusters = {str(i): "abcdef"[i % 6] for i in range(60)}
    rng = random.Random(1)
    whole = {item: 0.4 + rng.gauss(0, 0.3) for item in clusters}
    part = {item: 0.5 * value + rng.gauss(0, 0.1) for item, value in whole.items()}
    found = clustered_ratio(part, whole, clusters)
    assert found is not None
    assert found.mean == pytest.approx(sum(part.values()) / sum(whole.values()))
    for end in (found.low, found.high):
        left = {item: part[item] - end * whole[item] for item in clusters}
        assert clustered_mean(left, clusters).p == pytest.approx(0.05)
    assert found.low < 0.5 < found.high


def test_a_share_of_nothing_is_no_share() -> None:
    clusters = {str(i): str(i % 5) for i in range(50)}
    rng = random.Random(1)
    whole = {item: rng.gauss(0, 0.3) for item in clusters}
    assert clustered_ratio(dict.fromkeys(clusters, 0.1), whole, clusters) is None
    assert clustered_ratio({"a": 1.0}, {"a": 1.0}, {"a": "c"}) is None


def test_a_share_of_itself_is_one() -> None:
    clusters = {str(i): str(i % 5) for i in range(50)}
    whole = {item: 0.5 + 0.01 * int(item) for item in clusters}
    found = clustered_ratio(whole, whole, clusters)
    assert (found.low, found.mean, found.high) == pytest.approx((1, 1, 1), abs=1e-6)


def crossed(rng: np.random.Generator, seeds: int, sizes: Sequence[int]) -> list[dict[str, float]]:
    """Seeds differ by 2 points, conversations by 3, questions by 30, and each pair of them."""
    place = np.repeat(np.arange(len(sizes)), sizes)
    shared = rng.normal(0, 0.03, len(sizes))[place] + rng.normal(0, 0.2, len(place))
    return [
        dict(enumerate_items(shared + rng.normal(0, 0.02) + rng.normal(0, 0.2, len(place))))
        for _ in range(seeds)
    ]


def enumerate_items(values: np.ndarray) -> list[tuple[str, float]]:
    return [(str(n), float(value)) for n, value in enumerate(values)]


@pytest.mark.slow
@pytest.mark.parametrize("sizes", [LOCOMO, DAYBOOK], ids=["locomo", "daybook"])
@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_seeds_and_conversations_together_cover(sizes: Sequence[int], seeds: int) -> None:
    rng, runs, hits = np.random.default_rng(seeds), 400, 0
    clusters = {
        str(n): str(c) for n, c in enumerate(c for c, size in enumerate(sizes) for _ in range(size))
    }
    for _ in range(runs):
        found = crossed(rng, seeds, sizes)
        estimate = crossed_mean(found, clusters)
        hits += estimate.low <= 0 <= estimate.high
    print(f"\n{len(sizes)} conversations, {seeds} seeds: {hits / runs}")
    assert 0.92 <= hits / runs <= 0.98


def test_two_seeds_that_differ_are_no_more_than_two_numbers() -> None:
    """Fifty clusters that agree make no fifty seeds: t(1) times the error of the seeds' means."""
    clusters = {str(n): str(n) for n in range(50)}
    runs = [{n: 0.1 + int(n) / 1000 for n in clusters}, {n: 0.2 + int(n) / 1000 for n in clusters}]
    found = crossed_mean(runs, clusters)
    assert found.mean == pytest.approx(0.1745)
    assert found.high - found.mean == pytest.approx(12.7062 * 0.05, rel=1e-4)
    assert found.p == pytest.approx(0.178, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [2, 3])
def test_few_seeds_and_many_clusters_decide_nothing_too_often(seeds: int) -> None:
    rng, runs, decided = np.random.default_rng(seeds), 2000, 0
    clusters = {str(n): str(n) for n in range(50)}
    for _ in range(runs):
        table = 0.05 * rng.normal(size=(seeds, 1)) + 0.05 * rng.normal(size=50)
        table = table + 0.02 * rng.normal(size=(seeds, 50))
        decided += (
            crossed_mean([dict(zip(clusters, row, strict=True)) for row in table], clusters).p
            < 0.05
        )
    print(f"\n{seeds} seeds, 50 clusters: {decided / runs} of nothing decided")
    assert decided / runs <= 0.065  # 5 % and three standard errors; 11 % without the seeds' own


def test_one_seed_is_that_runs_own_interval() -> None:
    run = {"a": 1.0, "b": 0.0, "c": 0.5}
    clusters = {"a": "x", "b": "y", "c": "z"}
    assert crossed_mean([run], clusters) == clustered_mean(run, clusters)


def test_seeds_must_have_seen_the_same_questions() -> None:
    with pytest.raises(ValueError, match="same items"):
        crossed_mean([{"a": 1.0}, {"b": 1.0}], {"a": "x", "b": "y"})


def test_optimism() -> None:
    found = optimism([0.5, 0.6, 0.7], [0.4, 0.4, 0.4])
    assert found.mean == pytest.approx(0.2)
    assert found.high == pytest.approx(0.2 + 4.3027 * 0.1 / 3**0.5, abs=1e-4)
    assert optimism([0.5], [0.4]).low is None


def test_sign_flips_by_hand() -> None:
    values = {"a": 1.0, "b": 2.0, "c": 3.0, "d": -0.5, "e": 2.0}
    clusters = {item: item for item in values}
    # 7.5 of at most 8.5 is reached by these signs, by all plus, and by both from behind
    assert sign_flip(values, clusters) == pytest.approx(4 / 32)
    assert sign_flip(dict.fromkeys(values, 1.0), clusters) == 0.0625
    assert sign_flip(dict.fromkeys(values, 0.0), clusters) == 1


def test_sign_flips_of_many_clusters_are_drawn() -> None:
    rng = random.Random(1)
    values = {str(n): rng.gauss(0.35, 1) for n in range(40)}
    clusters = {item: item for item in values}
    expected = scipy.stats.ttest_1samp(list(values.values()), 0).pvalue
    assert sign_flip(values, clusters) == pytest.approx(expected, abs=0.02)


@given(st.lists(st.floats(-5, 5), min_size=1), st.lists(st.floats(-5, 5), min_size=1))
def test_probability_of_improvement_is_mann_whitney(one: list[float], two: list[float]) -> None:
    u = scipy.stats.mannwhitneyu(one, two).statistic
    assert probability_of_improvement(one, two) == pytest.approx(u / (len(one) * len(two)))


@given(st.lists(st.floats(-5, 5), min_size=1))
def test_interquartile_mean_is_a_trimmed_mean(values: list[float]) -> None:
    assert interquartile_mean(values) == pytest.approx(scipy.stats.trim_mean(values, 0.25))


def test_area_under_a_step_curve() -> None:
    steps = [(0, 0.1), (2, 0.3), (8, 0.5)]
    assert anytime_mean(steps, 10) == pytest.approx((2 * 0.1 + 6 * 0.3 + 2 * 0.5) / 10)
    assert anytime_mean(steps, 5) == pytest.approx((2 * 0.1 + 3 * 0.3) / 5)
    found = anytime_mean(steps, 16, since=1, scale="log")
    assert found == pytest.approx((1 * 0.1 + 2 * 0.3 + 1 * 0.5) / 4)  # in doublings
    assert anytime_mean([(0, 0.4)], 7) == pytest.approx(0.4)
    with pytest.raises(ValueError, match="above zero"):
        anytime_mean(steps, 10, scale="log")
    with pytest.raises(ValueError, match="start there"):
        anytime_mean([(3, 0.1)], 10)


def test_expected_best_of_fewer_trials_is_the_mean_over_all_subsets() -> None:
    search = [0.3, 0.1, 0.9, 0.4, 0.5]
    for trials in range(1, 6):
        subsets = list(itertools.combinations(range(5), trials))
        best = [max(search[place] for place in subset) for subset in subsets]
        assert expected_validated(search, trials) == pytest.approx(sum(best) / len(best))
    with pytest.raises(ValueError, match="1 to 5"):
        expected_validated(search, 6)


def test_expected_best_of_many_trials_rises_to_the_best_of_all() -> None:
    scores = np.random.default_rng(0).random(3000).tolist()
    found = [expected_validated(scores, trials) for trials in (1, 10, 100, 1000, 3000)]
    assert found[0] == pytest.approx(np.mean(scores))
    assert found[1] == pytest.approx(10 / 11, abs=0.01)  # of uniform draws
    assert found == sorted(found)
    assert found[-1] == max(scores)


def test_what_a_thousand_questions_detect() -> None:
    """2.80 sqrt(d / Q), d the share of questions that differ: 4.0 points at d = 0.2."""
    found = Components(0, 0, 0.2, seeds=1, clusters=1000, items=1000)
    assert detectable(found) == pytest.approx(2.80 * (0.2 / 1000) ** 0.5, rel=0.01)
    assert detectable(Components(0, 0, 0.2, 1, 1, 1000)) is None


def test_what_would_decide_a_gap() -> None:
    found = Components(seed=4e-4, cluster=9e-4, item=0.1, seeds=3, clusters=5, items=800)
    gap = 0.066
    assert detectable(found) > gap
    more = needed(gap, found)
    assert more.clusters > 5
    enough = replace(found, clusters=more.clusters, items=160 * more.clusters)
    short = replace(found, clusters=more.clusters - 1, items=160 * (more.clusters - 1))
    assert detectable(enough) <= gap < detectable(short)
    assert needed(0.01, found).items is None  # five conversations differ too much by themselves
    assert needed(0.01, found).seeds is None
    assert needed(0.5, found).clusters == 5  # decided already
    times = needed(0.01, found).times
    assert times

    def many(k: int) -> Components:
        return replace(found, seeds=k * found.seeds, clusters=k * 5, items=k * found.items)

    assert detectable(many(times)) <= 0.01 < detectable(many(times - 1))
    assert needed(0.01, found, level=0.99).times > times  # as one of several comparisons
    assert needed(gap, replace(found, seed=0, seeds=1)).seeds is None


def test_smallest_gain_by_hand() -> None:
    """At a likeness of one half differences vary as the scores do."""
    found = Components(0, 9e-4, 0.1, seeds=1, clusters=12, items=276)
    assert smallest_gain(found) == pytest.approx(detectable(found))
    assert smallest_gain(found, likeness=0.92) == pytest.approx(0.4 * detectable(found))
    assert smallest_gain(found, level=0.99) > smallest_gain(found)
    assert smallest_gain(found, power=0.5) < smallest_gain(found)


def test_smallest_gain_under_noise_by_hand() -> None:
    # 5 replicates each, 4 degrees of freedom: (2.776 + 0.941) sqrt(2 / 5) deviations of one run
    noise = Spread(0.01, 4)
    alone = smallest_gain(None, noise=noise, replicates=(5, 5))
    assert alone == pytest.approx((2.7764 + 0.9410) * 0.01 * 0.4**0.5, rel=1e-3)
    assert smallest_gain(None, noise=noise) > alone
    found = Components(0, 9e-4, 0.1, seeds=1, clusters=12, items=276)
    assert smallest_gain(found, noise=noise, replicates=(5, 5)) > smallest_gain(found)
    assert smallest_gain(None) is None
    assert smallest_gain(replace(found, clusters=1)) is None


def test_heavy_tails_have_fewer_degrees_of_freedom() -> None:
    rows = [0.3, -1.2, 4.0, 0.1, -0.8, -0.9, 1.1, -2.6]
    kurtosis = scipy.stats.kurtosis(rows, bias=False)
    deviations = [row - np.mean(rows) for row in rows]
    assert kurtosis > 0
    assert tailed(7, deviations) == pytest.approx(2 / (2 / 7 + kurtosis / 8))
    assert tailed(3, [1.0, 1.0, -1.0, -1.0]) == 3  # flatter than normal: no gain from that
    assert tailed(2, [1.0, 1.0, -2.0]) == 2
    assert tailed(4, [0.0] * 5) == 4
    assert tailed(4, [1e-100, -1e-100, 2e-100, 0.0, -2e-100]) == 4
    assert 1 < tailed(49, [49.0] + [-1.0] * 49) < 2  # one cluster holds everything


def test_an_interval_with_tails_is_the_same_where_there_are_none() -> None:
    values = {str(n): float(n % 2) for n in range(12)}
    names = {item: item for item in values}
    assert clustered_mean(values, names, tails=True) == clustered_mean(values, names)
    values["0"] = 9.0
    wide, narrow = clustered_mean(values, names, tails=True), clustered_mean(values, names)
    assert wide.mean == narrow.mean
    assert wide.low < narrow.low
    assert wide.p > narrow.p
    runs = [values, {item: value + 0.01 for item, value in values.items()}]
    assert crossed_mean(runs, names, tails=True).low < crossed_mean(runs, names).low


def test_every_estimate_is_finite_up_to_the_largest_score() -> None:
    rng = random.Random(1)
    clusters = {f"{c}:{n}": str(c) for c in range(12) for n in range(3)}
    runs = [{item: rng.choice((-1, 1)) * LARGEST for item in clusters} for _ in range(2)]
    found, noise = components(runs, clusters), Spread(LARGEST, 4)
    assert clustered_mean(runs[0], clusters, tails=True).high < 2 * LARGEST
    assert crossed_mean(runs, clusters).high < 2 * LARGEST
    assert 0 < detectable(found) < 4 * LARGEST
    assert 0 < smallest_gain(found, noise=noise, replicates=(5, 5)) < 9 * LARGEST
    assert needed(LARGEST, found).clusters > 0


def test_components_are_recovered() -> None:
    rng = np.random.default_rng(1)
    place = np.repeat(np.arange(60), 30)
    shared = rng.normal(0, 0.1, 60)[place] + rng.normal(0, 0.3, len(place))
    offsets = rng.normal(0, 0.05, 40)
    runs = [
        dict(enumerate_items(shared + offset + rng.normal(0, 0.1, len(place))))
        for offset in offsets
    ]
    found = components(runs, {str(n): str(c) for n, c in enumerate(place)})
    assert found.seed == pytest.approx(offsets.var(ddof=1), rel=0.1)
    assert found.cluster == pytest.approx(0.1**2, rel=0.4)
    assert found.item == pytest.approx(0.3**2 + 0.1**2 / 40, rel=0.1)
    assert (found.seeds, found.clusters, found.items) == (40, 60, 1800)


def test_intervals_do_not_wait_for_numpy() -> None:
    code = "import sys, toolkit.statistics; assert not {'numpy', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_p_of_few_clusters_is_that_of_their_signs() -> None:
    """Twelve clusters that agree closely: the t tail says 1e-12, their signs once in 2,048."""
    rows = {str(n): 0.3 + 0.001 * n for n in range(12)}
    found = clustered_mean(rows, {name: name for name in rows})
    assert found.p == 2**-11
    assert found.low > 0.29  # the interval is what it was
    one_against = {**rows, "0": -0.001}  # 12 of the 2,048 sums are as large
    assert clustered_mean(one_against, {n: n for n in rows}).p == pytest.approx(2 / 2**11, rel=0.5)


@pytest.mark.parametrize("clusters", [2, 3, 5, 8, 12, 16, 20])
def test_equal_clusters_have_the_p_of_their_number_and_never_0(clusters: int) -> None:
    rows = {str(n): 0.25 for n in range(clusters)}
    homes = {name: name for name in rows}
    assert clustered_mean(rows, homes).p == 2.0 ** (1 - clusters)
    assert crossed_mean([rows, rows], homes).p >= 2.0 ** (1 - clusters)
    assert clustered_mean(dict.fromkeys(rows, 0.0), homes).p == 1


def test_fewer_than_eight_clusters_rest_on_the_t_interval() -> None:
    rows = {str(n): 0.3 + 0.02 * n for n in range(5)}
    found = clustered_mean(rows, {name: name for name in rows})
    assert 0 < found.p < 0.001  # signs could not say less than .0625


def test_signs_and_t_say_nearly_the_same_of_a_difference_at_the_edge() -> None:
    rows = {str(n): 0.1 * (n - 3) for n in range(12)}
    homes = {name: name for name in rows}
    assert clustered_mean(rows, homes).p == pytest.approx(sign_flip(rows, homes), abs=0.02)
