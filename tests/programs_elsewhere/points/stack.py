"""Points in the unit square, as far from each other as can be."""

import math

TURN = 2.4
SPREAD = 0.45


def construct():
    return [
        [0.5 + SPREAD * math.sqrt(i / 12) * math.cos(TURN * i), 0.5 + SPREAD * math.sqrt(i / 12) * math.sin(TURN * i)]
        for i in range(12)
    ]
