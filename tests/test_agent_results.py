"""An agent's list of results is whole whenever its command starts, and at the end."""

from __future__ import annotations

from pathlib import Path

from agents import Searched, rows, search

from toolkit.bench.bench import Bench
from toolkit.testing import forget

SLOW = "sed -i '1i import time; time.sleep(0.4)' toy_pipeline/main.py\n"
LISTED = "say $(tail -n +2 results.tsv | cut -f 1)\n"
LEFT = """
if [ ! -e "$TMPDIR/left" ]; then
    touch "$TMPDIR/left"
    ./trial --set x=0.4 > /dev/null &
    while ./budget --json | grep -q '"spent": 0'; do sleep 0.05; done
    exit 0
fi
"""
"""a first round that ends while its trial runs"""


def numbers(found: Searched) -> list[int]:
    return [int(row["trial"]) for row in rows(found)]


def test_a_trial_that_a_kill_cut_off_is_listed_however_long_it_runs_again(
    bench: Bench, tmp_path: Path
) -> None:
    found = search(bench, tmp_path, SLOW + "try --set x=0.4; try --set x=0.5\n", budget=3)
    assert numbers(found) == [1, 2]
    forget(tmp_path / "run", 3)
    again = search(bench, tmp_path, LISTED + "try --set x=0.6\n", budget=3)
    assert again.said[2:] == ["1 2", "0"]
    assert numbers(again) == [1, 2, 3]


def test_a_trial_that_a_round_left_in_flight_is_listed_in_the_next(
    bench: Bench, tmp_path: Path
) -> None:
    found = search(bench, tmp_path, SLOW + LEFT + LISTED + "try --set x=0.6\n", budget=2, rounds=2)
    assert found.said == ["1", "0"]
    assert numbers(found) == [1, 2]


def test_an_agent_that_ends_before_its_only_trial_has_tried_something(
    bench: Bench, tmp_path: Path
) -> None:
    found = search(bench, tmp_path, SLOW + LEFT, budget=2)
    assert found.cell.ended["status"] == "finished"
    assert numbers(found) == [1]
