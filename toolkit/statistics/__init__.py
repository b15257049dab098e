"""Estimates with intervals that hold for few conversations, few seeds and unequal sizes.

Nothing here imports numpy or scipy before it is called.
"""

from .clusters import Estimate, clustered_mean, clustered_ratio
from .curves import anytime_mean, expected_validated
from .pairs import holm, interquartile_mean, mcnemar, probability_of_improvement, sign_flip
from .power import Components, Needed, components, detectable, needed
from .seeds import crossed_bootstrap, crossed_mean, optimism

__all__ = [
    "Components",
    "Estimate",
    "Needed",
    "anytime_mean",
    "clustered_mean",
    "clustered_ratio",
    "components",
    "crossed_bootstrap",
    "crossed_mean",
    "detectable",
    "expected_validated",
    "holm",
    "interquartile_mean",
    "mcnemar",
    "needed",
    "optimism",
    "probability_of_improvement",
    "sign_flip",
]
