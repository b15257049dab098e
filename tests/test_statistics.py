import random
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
import scipy.stats
from games import DAYBOOK, LOCOMO

from toolkit.bench.blame import LARGEST
from toolkit.statistics import (
    Spread,
    clustered_mean,
    clustered_ratio,
    components,
    crossed_mean,
    detectable,
    holm,
    needed,
    optimism,
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
