import random

import pytest

from toolkit.statistics import clustered_mean


def test_by_hand() -> None:
    values = {"a1": 1.0, "a2": 1.0, "b1": 0.0, "b2": 0.0}
    clusters = {"a1": "a", "a2": "a", "b1": "b", "b2": "b"}
    found = clustered_mean(values, clusters)
    # two clusters: sums of deviations are +1 and -1, se = sqrt(2/1 * 2) / 4 = 0.5, t(1) = 12.706
    assert found.mean == 0.5
    assert found.high == pytest.approx(0.5 + 12.7062 * 0.5, abs=1e-3)
    assert not found.decided


def test_one_cluster_has_no_interval() -> None:
    found = clustered_mean({"a": 1.0, "b": 0.0}, {"a": "c", "b": "c"})
    assert found.low is None
    assert not found.decided


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
