"""Sign flips: what so few clusters can say against a difference of nothing, whatever its tails.

If a difference were nothing but luck, each cluster's could as well have had the other sign. A t
tail of 1e-8 from twelve clusters is a statement on the normal distribution, not on the clusters:
their signs can be as they are by luck once in 2,048 times.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST = 8
"""clusters; fewer of them could decide nothing once several comparisons are adjusted for"""
MOST = 16
"""clusters whose signs are all tried; among more the t tail is as good"""


def floor(clusters: int) -> float:
    """The smallest two-sided p that signs of so many clusters can give."""
    return 2.0 ** (1 - clusters)


def flipped(p: float, totals: Sequence[float]) -> float:
    """p of a t test, raised to that of a sign-flip test of the clusters' totals.

    Below FEWEST clusters flips could decide nothing, and p rests on the t interval alone. In no
    case is it 0, as that of clusters which are all equal would be.
    """
    count = len(totals)
    if FEWEST <= count <= MOST:
        return max(p, sign_flips(totals))
    return max(p, floor(count)) if count > MOST or not p else p


def sign_flips(totals: Sequence[float]) -> float:
    """Two-sided p over all signs of the totals (Fisher's paired permutation test)."""
    import numpy as np

    values = np.array(totals)
    sums = np.abs(_signs(len(totals)) @ values)
    least = abs(values.sum()) - 1e-9 * np.abs(values).sum()  # equal sums differ by rounding
    return float((sums >= least).mean())


@lru_cache(maxsize=16)
def _signs(count: int) -> NDArray[np.float64]:
    """Every choice of signs but for one that all have: the opposite ones give the same sums."""
    import numpy as np

    bits = np.arange(2 ** (count - 1))[:, None] >> np.arange(count) & 1
    signs: NDArray[np.float64] = 1.0 - 2.0 * bits.astype(float)
    return signs
