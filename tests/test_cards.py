"""`[limits] gpus` as far as it can be tried without a card.

Without one, device files that every machine has stand for those of the cards.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from card_jobs import FULL, ONE, TERMINAL, TRY, script
from sandbox_jobs import SMALL, ends, job

from toolkit.errors import StudyError, UserError
from toolkit.evaluators import cards
from toolkit.evaluators.cached import CachedEvaluator
from toolkit.evaluators.cards import Pool
from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.machine import open_machine
from toolkit.evaluators.unconfined import UnconfinedEvaluator
from toolkit.jobs import Limits
from toolkit.study import study as study_files

Cli = Callable[..., subprocess.CompletedProcess[str]]


LISTING = """GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1a2b3c4d-0000-1111-2222-333344445555)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-9f8e7d6c-0000-1111-2222-333344445555)
  MIG 1g.10gb     Device  0: (UUID: MIG-77777777-0000-1111-2222-333344445555)
"""


@pytest.fixture(scope="module")
def with_cards() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(slots=2, cards=[FULL, TERMINAL]) as running:
        yield running


@pytest.fixture(scope="module")
def commands() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(slots=1, cards=[FULL], command=True) as running:
        yield running


def test_cards_are_read_from_the_drivers_listing_without_their_parts() -> None:
    first, second = cards.listed(LISTING, {"GPU-9f8e7d6c-0000-1111-2222-333344445555": 4})
    assert (first.index, first.title, first.node) == (0, "NVIDIA H100 80GB HBM3", "/dev/nvidia0")
    assert first.name == "GPU-1a2b3c4d-0000-1111-2222-333344445555"
    assert (second.index, second.node) == (1, "/dev/nvidia4")
    assert cards.listed("No devices were found\n", {}) == ()


@pytest.mark.parametrize(
    ("visible", "indices"),
    [(None, [0, 1]), ("1", [1]), ("1,0", [1, 0]), ("GPU-9f", [1]), ("", []), ("-1", []),
     ("0,7,1", [0]), ("0,0", [0]), ("MIG-77777777", []), ("GPU-", [])],
)  # fmt: skip
def test_cards_are_chosen_as_cuda_chooses_them(visible: str | None, indices: list[int]) -> None:
    found = cards.chosen(cards.listed(LISTING, {}), visible)
    assert [card.index for card in found] == indices


def test_no_more_evaluations_run_at_a_time_than_there_are_cards_for() -> None:
    three = [FULL, TERMINAL, FULL]
    assert (cards.enough(1, three), cards.enough(2, three)) == (3, 1)
    with pytest.raises(UserError, match=r"\[limits\] gpus = 2: .* has 1 of them"):
        cards.enough(2, [FULL])


def test_a_machine_without_a_card_is_told_in_one_line(
    tmp_path: Path, toy_folder: Path, cli: Cli
) -> None:
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("[limits]\n", "[limits]\ngpus = 1\n"))
    done = cli("run", str(toy_folder), CUDA_VISIBLE_DEVICES="")
    assert done.returncode == 2
    assert "[limits] gpus = 1: every evaluation needs 1 NVIDIA card(s)" in done.stderr
    assert "has none that programs may use" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_study_without_cards_asks_no_machine_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with pytest.raises(UserError, match="has none that programs may use"):
        open_machine(gpus=1)
    with open_machine(slots=3) as evaluator:
        assert (evaluator.slots, evaluator.isolation) == (3, "confined")


def test_doctor_tells_the_cards(cli: Cli) -> None:
    done = cli("doctor", CUDA_VISIBLE_DEVICES="")
    assert "cards: none (a study that says [limits] gpus = 1 needs one)" in done.stdout


def test_cards_enter_digests_and_keys_only_where_they_are_asked_for(
    toy_folder: Path, tmp_path: Path
) -> None:
    before = study_files.load(toy_folder).digest
    file = toy_folder / "study.toml"
    text = file.read_text()
    for number, same in ((0, True), (1, False)):
        file.write_text(text.replace("[limits]\n", f"[limits]\ngpus = {number}\n"))
        assert (study_files.load(toy_folder).digest == before) == same
    assert "gpus" not in SMALL.to_json()
    assert ONE.to_json()["gpus"] == 1
    assert Limits.from_json(ONE.to_json()) == ONE
    with LocalEvaluator() as inner, CachedEvaluator(inner, tmp_path) as cached:
        assert cached.key(job("x", limits=ONE)) != cached.key(job("x"))


def test_gpus_is_a_whole_number(toy_folder: Path) -> None:
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("[limits]\n", "[limits]\ngpus = 0.5\n"))
    with pytest.raises(StudyError, match=r"limits\.gpus"):
        study_files.load(toy_folder)


def test_a_card_is_lent_to_one_at_a_time_and_comes_back_after_an_error() -> None:
    pool, order = Pool([FULL, TERMINAL]), list[str]()

    def wait_for_two() -> None:
        with pool.lent(2) as both:
            order.append(",".join(card.uuid for card in both))

    with pool.lent(1) as first:
        waiting = threading.Thread(target=wait_for_two)
        waiting.start()
        with pytest.raises(ZeroDivisionError), pool.lent(1) as second:
            assert [*first, *second] == [FULL, TERMINAL]
            _ = 1 / 0
        order.append("first")
    waiting.join()
    assert order == ["first", "GPU-b,GPU-a"]
    with pytest.raises(ValueError, match="needs an evaluator that has as many"), pool.lent(3):
        pass


def test_evaluations_side_by_side_have_cards_of_their_own(with_cards: LocalEvaluator) -> None:
    body = "began = time.monotonic()\ntime.sleep(0.2)\nreturn [os.environ['CUDA_VISIBLE_DEVICES'], began, time.monotonic()]"
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: ends(with_cards, body, limits=ONE), range(4)))
    rows = [outcome.values[0] for outcome in found if outcome.values]
    assert len(rows) == 4 and {name for name, _, _ in rows} == {"GPU-a", "GPU-b"}
    for name in ("GPU-a", "GPU-b"):
        spans = sorted(row[1:] for row in rows if row[0] == name)
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


def test_a_program_without_a_card_of_its_own_is_told_of_none(with_cards: LocalEvaluator) -> None:
    assert ends(with_cards, "return os.environ.get('CUDA_VISIBLE_DEVICES')").values == [None]


def test_two_cards_for_one_evaluation(with_cards: LocalEvaluator) -> None:
    found = ends(
        with_cards, "return os.environ['CUDA_VISIBLE_DEVICES']", limits=replace(SMALL, gpus=2)
    )
    assert sorted(found.values[0].split(",")) == ["GPU-a", "GPU-b"]  # type: ignore[index]


def test_the_level_of_isolation_is_the_same_with_cards(
    with_cards: LocalEvaluator, commands: LocalEvaluator
) -> None:
    assert (with_cards.isolation, commands.isolation) == ("confined", "command")


OPEN = ("own card", "thread's name", "own name", "home", "devices", "stream", "packets")


def expected(opened: tuple[str, ...]) -> dict[str, str]:
    files = {
        "own card",
        "other card",
        "thread's name",
        "own name",
        "home",
        "devices",
        "host's names",
        "a parent",
    }
    names = [
        *OPEN,
        "other card",
        "datagrams",
        "connect",
        "internet",
        "netlink",
        "host's names",
        "a parent",
    ]
    return {
        name: "ok" if name in opened else "EACCES" if name in files else "EPERM" for name in names
    }


def test_a_function_with_a_card_gets_what_cuda_needs_and_no_more() -> None:
    with LocalEvaluator(cards=[FULL]) as evaluator:
        code = f"{TRY}\ndef run(x, p, services):\n    return found\n"
        found = evaluator.run(job(code, limits=ONE))
    assert found.values == [expected(OPEN)], found.detail


def test_a_script_with_a_card_gets_the_same(commands: LocalEvaluator) -> None:
    found = commands.run(script(f"{TRY}\nimport json\nprint(json.dumps(found))\n"))
    assert found.status == "ok", found.detail
    assert found.values is not None
    assert json.loads(found.values[0][0]["printed"]) == expected(OPEN)


def test_without_cards_nothing_of_it_is_open(evaluator: LocalEvaluator) -> None:
    limits = replace(SMALL, scratch_mb=1)
    found = evaluator.run(
        job(
            "import os\nos.environ['HOME'] = os.environ['TMPDIR']\n"
            + TRY
            + "\ndef run(x, p, services):\n    return found\n",
            limits=limits,
        )
    )
    assert found.values is not None, found.detail
    assert found.values[0] == expected(("home",))


RESERVE = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
def reserve(gigabytes):
    return libc.mmap(None, gigabytes << 30, 0, 0x4022, -1, 0) != ctypes.c_void_p(-1).value
"""


def test_addresses_are_not_limited_and_memory_is(
    with_cards: LocalEvaluator, evaluator: LocalEvaluator
) -> None:
    reserves = RESERVE + "\ndef run(x, p, services):\n    return reserve(64)\n"
    assert with_cards.run(job(reserves, limits=ONE)).values == [True]
    assert evaluator.run(job(reserves)).values == [False]
    found = ends(with_cards, "keep = bytearray(b'x') * (400 << 20)\ntime.sleep(10)", limits=ONE)
    assert found.status == "oom"
    assert "[limits] memory_mb allows no more" in found.detail
    kept = ends(
        with_cards, "keep = bytearray(b'x') * (64 << 20)\ntime.sleep(0.1)\nreturn 1", limits=ONE
    )
    assert kept.values == [1], kept.detail


def test_memory_that_is_shared_counts_as_well(with_cards: LocalEvaluator) -> None:
    body = "import mmap\nkeep = mmap.mmap(-1, 400 << 20)\nkeep.write(b'x' * (400 << 20))\ntime.sleep(10)"
    assert ends(with_cards, body, limits=ONE).status == "oom"


def test_the_memory_of_a_script_with_a_card_is_watched(commands: LocalEvaluator) -> None:
    reserves = commands.run(script(RESERVE + "\nprint(reserve(64))\n"))
    assert reserves.values is not None, reserves.detail
    assert reserves.values[0][0]["printed"] == "True\n"
    body = "import time\nkeep = bytearray(b'x') * (400 << 20)\ntime.sleep(10)\n"
    assert commands.run(script(body)).status == "oom"


def test_a_program_without_isolation_has_its_card_too() -> None:
    with UnconfinedEvaluator(cards=[FULL]) as evaluator:
        code = f"import os\n{RESERVE}\ndef run(x, p, services):\n"
        code += "    return [os.environ['CUDA_VISIBLE_DEVICES'], reserve(64), os.environ['HOME'] == os.environ['TMPDIR']]\n"
        found = evaluator.run(job(code, limits=ONE))
    assert found.values == [["GPU-a", True, True]], found.detail


def test_an_evaluator_that_takes_no_cards_is_refused(
    toy_folder: Path, cli: Cli, install: Callable[..., Path]
) -> None:
    code = """
import toolkit
from toolkit.evaluators.local import LocalEvaluator

@toolkit.hookimpl
def register_evaluators(register):
    register("plain", lambda *, slots=None: LocalEvaluator(slots=slots or 1))
"""
    path = install("plain-evaluator", code)
    file = toy_folder / "study.toml"
    file.write_text(file.read_text().replace("[limits]\n", "[limits]\ngpus = 1\n"))
    done = cli("run", str(toy_folder), "--evaluator", "plain", path=path)
    assert done.returncode == 2
    assert "--evaluator plain takes no cards, which this study's [limits] names" in done.stderr


def test_a_cluster_without_enough_cards_is_told_in_one_line() -> None:
    pytest.importorskip("ray")
    from toolkit.evaluators import ray_worker

    assert ray_worker.with_cards(2, 5) == 2
    with pytest.raises(UserError, match=r"\[limits\] gpus = 2: .* cluster has 1: add a node"):
        ray_worker.with_cards(2, 1)
