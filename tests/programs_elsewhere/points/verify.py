import math


def verify(points):
    """Smallest distance between two of the twelve points."""
    assert len(points) == 12, "there must be twelve points"
    for x, y in points:
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError(f"({x}, {y}) lies outside the square")
    return min(math.dist(a, b) for i, a in enumerate(points) for b in points[:i])
