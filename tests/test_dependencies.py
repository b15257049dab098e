"""The order among a champion's parts: eight real edits whose hidden dependencies are known."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from conftest import ROOT

from toolkit.attribution.dependencies import closure, find, random_ideals, verify
from toolkit.attribution.measure import Measurements
from toolkit.bench.bench import Bench
from toolkit.edits.anatomy import Anatomy, Part
from toolkit.edits.names import problems
from toolkit.edits.weave import Weave
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Ledger
from toolkit.study.study import load as load_study

INGEST, INDEX, READ = (f"memory_baseline/{name}.py" for name in ("ingest", "index", "read"))
CAPTIONS, DATES, HELPER, CALLS_IT, UNIT, YEAR, BRIEF, REFINES = range(8)
# (file, search, replacement), each on top of those before it
EDITS = [
    [(INGEST, 'if not isinstance(raw.get("img_url"), str):', 'if not raw.get("img_url"):')],
    [(INGEST, "%d %B %Y", "%d %B, %Y")],
    [(INDEX, "def split_words", 'def clean(text: str) -> str:\n    return "".join('
      'c.lower() if c.isalnum() else " " for c in text)\n\n\ndef split_words')],
    [(INDEX, "return text.split()", "return clean(text).split()")],
    [(INDEX, "        return np.ascontiguousarray(weights @ self.axes, dtype=np.float32)",
      "        found = np.ascontiguousarray(weights @ self.axes, dtype=np.float32)\n"
      "        faiss.normalize_L2(found)\n        return found")],
    [(READ, "    answer = \" \".join(quote(turn)",
      "    if \"what year\" in question.lower() or turns[0].date.year < 0:\n"
      "        return str(turns[0].date.year)\n    answer = \" \".join(quote(turn)")],
    [(READ, 'f"I remember that {turn.speaker} said: {turn.content}"', "turn.content")],
    [(READ, '"what year" in question.lower()', '"which year" in question.lower()')],
]  # fmt: skip
NEEDS: dict[int, frozenset[int]] = {
    **{n: frozenset() for n in range(8)},
    CALLS_IT: frozenset({HELPER}),
    YEAR: frozenset({DATES}),  # without a date there is no year: it crashes
    REFINES: frozenset({YEAR, DATES}),
}


@pytest.fixture(scope="module")
def measurements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measurements]:
    study = load_study(ROOT / "studies" / "daybook")
    folder: Path = tmp_path_factory.mktemp("run")
    with LocalEvaluator(preload=study.preload) as evaluator, Ledger(folder, writer=True) as ledger:
        bench = Bench(study, evaluator)
        ledger.append("study", bench.description())
        yield Measurements(bench, Journal(ledger))


@pytest.fixture(scope="module")
def anatomy(measurements: Measurements) -> Anatomy:
    pristine = dict(measurements.bench.study.sources)
    weave, tree, parts = Weave(pristine), dict(pristine), []
    for n, edit in enumerate(EDITS):
        for path, search, replacement in edit:
            assert tree[path].count(search) == 1
            tree[path] = tree[path].replace(search, replacement)
        parts.append(Part(f"edit {n}", "edit", "", {}, blocks=tuple(weave.step(tree))))
    found = Anatomy(pristine, measurements.state.study["defaults"], weave, tuple(parts))
    assert found.tree(found.everything) == tree
    return found


def builds(anatomy: Anatomy, measurements: Measurements, chosen: frozenset[int]) -> bool:
    return anatomy.fits(chosen) and not measurements.problem(anatomy.candidate(chosen))


@pytest.mark.slow
def test_the_order_is_recovered_exactly(anatomy: Anatomy, measurements: Measurements) -> None:
    found = find(8, lambda chosen: builds(anatomy, measurements, chosen), anatomy.needs)
    assert found == NEEDS
    verified = verify(8, found, lambda chosen: builds(anatomy, measurements, chosen), 20, seed=1)
    assert (verified.tried, verified.failed, verified.requires) == (20, 0, NEEDS)


@pytest.mark.slow
def test_an_edge_that_is_missing_is_found_in_random_down_sets(
    anatomy: Anatomy, measurements: Measurements
) -> None:
    blind = {n: frozenset[int]() for n in range(8)}
    verified = verify(8, blind, lambda chosen: builds(anatomy, measurements, chosen), 30, seed=2)
    assert verified.failed > 0
    assert verified.requires == NEEDS


@pytest.mark.slow
def test_every_valid_subset_builds_and_no_other(
    anatomy: Anatomy, measurements: Measurements
) -> None:
    subsets = [frozenset(some) for size in range(9) for some in combinations(range(8), size)]
    valid = {some for some in subsets if closure(some, NEEDS) == some}
    assert len(valid) == 96
    assert {s for s in subsets if builds(anatomy, measurements, s)} == valid


def test_random_down_sets_hold_what_they_need() -> None:
    drawn = list(random_ideals(8, NEEDS, 200, seed=3))
    assert all(closure(ideal, NEEDS) == ideal for ideal in drawn)
    assert {len(ideal) for ideal in drawn} == set(range(9))


@pytest.mark.parametrize("odd", ["\r", "\x0c", "\u2028", "\x1c"])
def test_only_a_changed_line_is_a_block_whatever_its_neighbours_hold(odd: str) -> None:
    before = f"a = 1{odd}c\nb = 2\nd = 3\r\n"
    blocks = Weave({"x": before}).step({"x": before.replace("b = 2", "b = 3")})
    assert [(block.removed, block.added) for block in blocks] == [("b = 2\n", "b = 3\n")]


def test_a_chain_that_compiles_but_is_too_long_to_look_up_its_names_has_no_faults() -> None:
    for text in (
        f"x = {'-' * 2500}1\n",
        f"x = 1{' + 1' * 2500}\n",
        "if 1: pass\n" + "elif 1: pass\n" * 900,
    ):
        assert problems({"m.py": text}) == frozenset(), text[:20]
