"""A plan for a cluster: how many workers a comparison can keep busy, by a small simulation.

    python tests/bench/queueing.py [--service 0.5] [--driver 0.062] [--ray 0.003]

One driver hands out jobs one after the other (hashing, packing, judging and the durable row: the
driver's seconds an evaluation); a job then takes Ray's seconds and its service time, exponentially
spread, on one of the workers. Closed loop: each of `cells x parallel` evaluations in flight is
followed by the next of its cell.
"""

from __future__ import annotations

import argparse
import heapq
import random

WORKERS = (1, 2, 8, 32, 100, 300, 1000)
JOBS = 20_000


def simulate(workers: int, flying: int, service_s: float, driver_s: float, ray_s: float) -> float:
    """Evaluations per second over a long run."""
    rng = random.Random(1)
    ready = [0.0] * flying  # when each evaluation in flight may ask the driver for its next
    free = [0.0] * workers
    heapq.heapify(free)
    driver = end = 0.0
    for _ in range(JOBS):
        asked = heapq.heappop(ready)
        driver = max(driver, asked) + driver_s
        start = max(driver, heapq.heappop(free))
        end = start + ray_s + rng.expovariate(1 / service_s)
        heapq.heappush(free, end)
        heapq.heappush(ready, end)
    return JOBS / max(ready)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--service", type=float, default=0.5, help="seconds of one evaluation")
    parser.add_argument("--driver", type=float, default=0.062, help="driver's seconds of each")
    parser.add_argument("--ray", type=float, default=0.003, help="seconds that Ray adds to each")
    given = parser.parse_args()
    print(f"service {given.service} s, driver {given.driver} s, Ray {given.ray} s")
    print(f"{'workers':>8} {'in flight':>10} {'per s':>8} {'busy':>6}  9 cells x 50 trials")
    for workers in WORKERS:
        for flying in sorted({min(9, workers), workers}):
            rate = simulate(workers, flying, given.service, given.driver, given.ray)
            busy = rate * given.service / workers
            print(f"{workers:8} {flying:10} {rate:8.2f} {busy:6.0%}  {450 / rate:8.0f} s")


if __name__ == "__main__":
    main()
