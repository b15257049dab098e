"""Pack rectangles into a strip of width 100, as low as possible.

    python pack.py
"""

import random

WIDTH = 100


def rectangles():
    rng = random.Random(7)
    return [(rng.randint(5, 45), rng.randint(5, 45)) for _ in range(120)]


def key(w, h):
    # taller things first, wide ones a bit earlier than their height says
    return -(h + 0.3 * w)


def pack(rects):
    """Best fit on a skyline. Returns a list of (x, y, w, h)."""
    skyline = [0] * WIDTH
    placed = []
    for w, h in sorted(rects, key=lambda r: key(*r)):
        best = None
        for x in range(WIDTH - w + 1):
            y = max(skyline[x : x + w])
            waste = sum(y - s for s in skyline[x : x + w])
            score = y + 0.05 * waste / w + 0.01 * x
            if best is None or score < best[0]:
                best = (score, x, y)
        _, x, y = best
        skyline[x : x + w] = [y + h] * w
        placed.append((x, y, w, h))
    return placed


def main():
    placed = pack(rectangles())
    print("height", max(y + h for _, y, _, h in placed))


if __name__ == "__main__":
    main()
