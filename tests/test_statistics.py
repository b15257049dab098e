import random

import pytest

from toolkit.statistics import clustered_mean, holm


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
