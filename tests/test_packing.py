"""The study packing: its check is exact, and its program can be bettered."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from standing_studies import bundled, level, running

from studies.packing.check import CIRCLES, check
from toolkit.bench.bench import Bench
from toolkit.patches import diff
from toolkit.records import Candidate
from toolkit.study.study import Study

Packing = list[list[Any]]
BEST_KNOWN = 2.6358
GOOD = {
    "margin": 0.0026,
    "rounds": 2,
    "shrink": 0.67,
    "step_size": 0.005,
    "steps": 6500,
    "temperature": 3e-4,
}
UNIT = 2.0**-54  # what halves of numbers below a quarter are told apart by


@pytest.fixture(scope="module")
def study() -> Study:
    return bundled("packing")


@pytest.fixture(scope="module")
def bench(study: Study) -> Iterator[Bench]:
    with running(study) as found:
        yield found


def packing(*circles: list[Any]) -> Packing:
    """Packing of these circles, filled up with circles of no size."""
    return [*circles, *([[0.5, 1.0, 0.0]] * (CIRCLES - len(circles)))]


def test_circles_that_touch_each_other_and_the_border_are_accepted() -> None:
    four = [[x, y, 0.25] for x in (0.25, 0.75) for y in (0.25, 0.75)]
    assert check(packing(*four)) == 1.0
    assert check(packing([0.5, 0.5, 0.5])[:1] + [[0.0, 0.0, 0.0]] * 25) == 0.5


def test_an_overlap_of_a_hundredth_of_a_rounding_error_is_refused() -> None:
    """1e-17, which the sum 0.25 + 0.25 in floats would not show."""
    left, right = [0.25, 0.5, 0.25], [0.75, 0.5, 0.25]
    assert check(packing(left, right)) == 0.5
    too_near = [0.75, 0.5, 0.25]
    between, least = [0.5, 1.0, 0.0], 1e-17
    assert 0.25 + least == 0.25
    assert Fraction(0.25) + Fraction(least) > Fraction(1, 4)
    tiny = packing([0.25, 0.5, 0.25], [0.5, 0.5, least])
    with pytest.raises(ValueError, match="circles 1 and 2 overlap"):
        check(tiny)
    assert check(packing(left, too_near, between)) == 0.5


def test_a_circle_that_leaves_the_square_by_the_least_float_is_refused() -> None:
    with pytest.raises(ValueError, match="circle 1 leaves the square"):
        check(packing([1e-17, 0.5, 1.1e-17]))
    assert check(packing([1e-17, 0.5, 1e-17])) == 1e-17
    with pytest.raises(ValueError, match="circle 1 leaves the square"):
        check(packing([1.0 - 2.0**-53, 0.5, 2.0**-52]))
    assert check(packing([1.0 - 2.0**-53, 0.5, 2.0**-53])) == 2.0**-53


def test_sums_are_not_rounded_on_the_way() -> None:
    row = [[0.05 + 0.1 * n, 0.5, 0.01] for n in range(10)]
    assert check(packing(*row)) == 0.1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, "a packing is a list of 26 circles"),
        ([], "a packing is a list of 26 circles"),
        (packing()[1:], "a packing is a list of 26 circles"),
        ([*packing(), [0.5, 0.5, 0.0]], "a packing is a list of 26 circles"),
        ({"circles": packing()}, "a packing is a list of 26 circles"),
        (packing([0.5, 0.5]), r"circle 1 is \[x, y, radius\], three finite numbers"),
        (packing([0.5, 0.5, "0.1"]), "three finite numbers"),
        (packing([0.5, 0.5, True]), "three finite numbers"),
        (packing([0.5, 0.5, float("nan")]), "three finite numbers"),
        (packing([0.5, 0.5, float("inf")]), "three finite numbers"),
        (packing([0.5, 0.5, -0.1]), "circle 1 has a negative radius"),
        (packing([0.5, 0.5, 0.1], [0.5, 0.5, 0.0]), "circles 1 and 2 overlap"),
    ],
)  # fmt: skip
def test_what_is_no_packing_is_refused_with_its_reason(given: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        check(given)


def test_points_may_lie_on_one_another() -> None:
    assert check([[0.5, 0.5, 0.0]] * CIRCLES) == 0.0


def test_the_defaults_are_far_from_the_best_that_is_known_and_tuning_comes_nearer(
    bench: Bench, study: Study
) -> None:
    assert study.kind
    assert study.kind.reference == BEST_KNOWN
    baseline = level(bench, {})
    assert 2.40 < baseline < 2.50
    assert baseline + 0.02 < level(bench, GOOD) < BEST_KNOWN


def test_a_program_that_returns_too_large_circles_is_invalid_and_says_which(
    bench: Bench, study: Study
) -> None:
    path = "packing/radii.py"
    text = study.sources[path].replace("return sizes * SAFE", "return sizes * 1.001")
    found = bench.run(Candidate({}, diff.make(study.sources, {**study.sources, path: text})))
    assert found.status == "invalid"
    assert found.detail.startswith("the check refuses it: circle")


def test_an_edit_of_the_check_reaches_no_program(study: Study) -> None:
    assert not [path for path in study.files if path.endswith("check.py")]
    assert study.claim == "none" or "test" not in study.splits
