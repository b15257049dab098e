"""Estimates with intervals that hold for few clusters, few seeds, unequal sizes and noise.

Nothing here imports numpy or scipy before it is called.
"""

from .clusters import Estimate, clustered_mean, clustered_ratio
from .curves import anytime_mean, expected_validated
from .matched import matched
from .noise import Noise, Spread, added, apart, exact, lowered, mean_noise, spread, widened
from .pairs import holm, interquartile_mean, probability_of_improvement, sign_flip
from .pooled import Pool, doubt, largest_share, pseudo_values
from .power import Components, Needed, components, detectable, needed, smallest_gain
from .rates import Rate, clopper_pearson, rate
from .replicates import crossed_difference, replicate_difference, replicate_mean
from .seeds import crossed_mean, optimism

LEVEL = 0.05
"""of decisions: the share of false ones that is allowed where nothing is there"""

__all__ = [
    "LEVEL",
    "Components",
    "Estimate",
    "Needed",
    "Noise",
    "Pool",
    "Rate",
    "Spread",
    "added",
    "anytime_mean",
    "apart",
    "clopper_pearson",
    "clustered_mean",
    "clustered_ratio",
    "components",
    "crossed_difference",
    "crossed_mean",
    "detectable",
    "doubt",
    "exact",
    "expected_validated",
    "holm",
    "interquartile_mean",
    "largest_share",
    "lowered",
    "matched",
    "mean_noise",
    "needed",
    "optimism",
    "probability_of_improvement",
    "pseudo_values",
    "rate",
    "replicate_difference",
    "replicate_mean",
    "sign_flip",
    "smallest_gain",
    "spread",
    "widened",
]
