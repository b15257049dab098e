"""Time the sort: python bench.py"""

import random
import time

from fastsort import sort

SIZE = 200_000

rng = random.Random(1)
data = [rng.randint(0, 10**9) for _ in range(SIZE)]

start = time.perf_counter()
result = sort(data)
elapsed = time.perf_counter() - start

print("correct:", result == sorted(data))
print("checksum:", sum(i * x for i, x in enumerate(result)) % 1_000_003)
print(f"time: {elapsed:.4f} s")
