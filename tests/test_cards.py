"""`[limits] gpus`: what can be tried without a card, and, marked `gpu`, what needs one.

Without one, device files that every machine has stand for those of the cards.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sandbox_jobs import SMALL, ends, job

from toolkit.bench.bench import Bench
from toolkit.bench.tally import HOST
from toolkit.errors import StudyError, UserError
from toolkit.evaluators import bundled, cards
from toolkit.evaluators.cached import CachedEvaluator
from toolkit.evaluators.cards import Card, Pool
from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.machine import open_machine
from toolkit.evaluators.unconfined import UnconfinedEvaluator
from toolkit.jobs import Job, Limits
from toolkit.records import Candidate, Usage
from toolkit.study import study as study_files
from toolkit.study.study import Study

Cli = Callable[..., subprocess.CompletedProcess[str]]

LISTING = """GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-1a2b3c4d-0000-1111-2222-333344445555)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-9f8e7d6c-0000-1111-2222-333344445555)
  MIG 1g.10gb     Device  0: (UUID: MIG-77777777-0000-1111-2222-333344445555)
"""
FULL, TERMINAL = Card(0, "GPU-a", "full", "/dev/full"), Card(1, "GPU-b", "terminal", "/dev/ptmx")
ONE = replace(SMALL, gpus=1)


@pytest.fixture(scope="module")
def with_cards() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(slots=2, cards=[FULL, TERMINAL]) as running:
        yield running


@pytest.fixture(scope="module")
def commands() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(slots=1, cards=[FULL], command=True) as running:
        yield running


def script(code: str, limits: Limits = ONE) -> Job:
    calls = (b'{"files": {}}',)
    command = ("python", "main.py")
    return Job(
        {"main.py": code.encode()},
        "",
        {},
        calls,
        limits,
        command=command,
        script=True,
        writable=True,
    )


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


TRY = """
import errno, fcntl, os, socket, threading
def tried(act):
    try:
        act()
        return "ok"
    except OSError as error:
        return errno.errorcode[error.errno]
def listens(kind):
    one = socket.socket(socket.AF_UNIX, kind)
    one.bind("\\0toolkit-test-%d" % os.getpid())
    one.listen(1)
def named():
    with open("/proc/self/task/%d/comm" % threading.get_native_id(), "w") as file:
        file.write("worker")
def made():
    with open(os.path.join(os.environ["HOME"], "cache"), "w") as file:
        file.write("x")
ACTS = {
    "own card": lambda: os.close(os.open("/dev/full", os.O_RDWR)),
    "other card": lambda: os.close(os.open("/dev/ptmx", os.O_RDWR)),
    "thread's name": named,
    "own name": lambda: open("/proc/self/comm", "w").write("main"),
    "home": made,
    "devices": lambda: open("/proc/devices").close(),
    "stream": lambda: listens(socket.SOCK_STREAM),
    "packets": lambda: listens(socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC),
    "datagrams": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM),
    "connect": lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect("/run/any"),
    "internet": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
    "netlink": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    "host's names": lambda: open("/etc/passwd").close(),
    "a parent": lambda: open("/proc/%d/comm" % os.getppid(), "w").close(),
}
found = {name: tried(act) for name, act in ACTS.items()}
"""  # fmt: skip
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


LENT = """
import toolkit
from toolkit.evaluators.cards import Card
from toolkit.evaluators.local import LocalEvaluator

@toolkit.hookimpl
def register_evaluators(register):
    full = Card(0, "GPU-a", "full", "/dev/full")
    register("lent", lambda *, slots=None, gpus=0: LocalEvaluator(slots=1, cards=[full] * gpus))
"""


def asking(folder: Path, number: int, objective: str = "") -> Path:
    """The toy study, whose evaluations hold so many cards."""
    file = folder / "study.toml"
    text = file.read_text().replace("[limits]\n", f"{objective}[limits]\ngpus = {number}\n")
    file.write_text(text)
    return file


@pytest.mark.parametrize("number", [1, 2])
def test_seconds_of_cards_are_those_for_which_they_were_held(toy_folder: Path, number: int) -> None:
    study = study_files.load(asking(toy_folder, number))
    with LocalEvaluator(cards=[FULL, TERMINAL]) as evaluator:
        found = Bench(study, evaluator).run(Candidate(), "search", by=HOST)
    assert found.ok, found.detail
    assert found.usage.gpu_s == number * found.usage.wall_s > 0


def test_seconds_of_cards_stand_on_no_record_without_cards(toy: Study) -> None:
    with LocalEvaluator(cards=[FULL]) as evaluator:
        found = Bench(toy, evaluator).run(Candidate(), "search", by=HOST)
    assert found.usage.gpu_s == 0
    assert "gpu_s" not in found.usage.to_json()
    held = found.usage.with_cards(2)
    assert Usage.from_json(held.to_json()) == held
    assert (held + held + found.usage).gpu_s == 4 * found.usage.wall_s


def test_run_and_the_table_show_seconds_of_cards_where_there_are_any(
    toy_folder: Path, cli: Cli, install: Callable[..., Path]
) -> None:
    path = install("lent-evaluator", LENT)
    options = ("--evaluator", "lent")
    assert "time on cards" not in cli("run", str(toy_folder), *options, path=path).stdout
    asking(toy_folder, 1)
    assert "time on cards" in cli("run", str(toy_folder), *options, path=path).stdout
    search = ("--budget", "2", "--searchers", "random", "--after", "none", "--no-plots")
    done = cli("compare", str(toy_folder), *search, *options, "--out", "run", path=path)
    assert "card s" in done.stdout, done.stderr
    (cell,) = json.loads((toy_folder.parent / "run" / "summary.json").read_text())["cells"]
    assert cell["usage"]["gpu_s"] == cell["usage"]["wall_s"] > 0


def test_an_objective_of_seconds_of_cards_needs_cards(toy_folder: Path) -> None:
    measured = """[objective]\nevidence = "measured"\nmetric = "gpu_s"\n\n"""
    replicates = 'search = ["a", "b", "c"]\ntest = "replicates"'
    file = asking(toy_folder, 0, measured)
    text = file.read_text().replace('search = ["a", "b", "c"]\ntest = ["d", "e", "f"]', replicates)
    file.write_text(text)
    with pytest.raises(StudyError, match=r"names gpu_s, .* write gpus = 1 under \[limits\]"):
        study_files.load(file)
    file.write_text(text.replace("gpus = 0", "gpus = 1"))
    study = study_files.load(file)
    with LocalEvaluator(cards=[FULL]) as evaluator:
        found = Bench(study, evaluator).run(Candidate(), "search", by=HOST)
    assert found.score == pytest.approx(-found.usage.gpu_s / len(found.replicates or [0]), rel=0.5)


# What follows was written without a card to run it on.

MULTIPLY = """
import os, torch
one = torch.ones(1024, 1024, device="cuda")
found = [float((one @ one).sum()), torch.cuda.device_count()]
"""


@pytest.fixture
def gpu_place() -> dict[str, object]:
    """Settings of an evaluator that has a card, and an interpreter with torch."""
    if not cards.present():
        pytest.skip("this machine has no NVIDIA card")
    python = os.environ.get("TOOLKIT_GPU_PYTHON", "")
    if not python:
        pytest.importorskip("torch", reason="TOOLKIT_GPU_PYTHON names an interpreter with torch")
    return {"gpus": 1, "slots": 1, "python": python}


ROOMY = Limits(cpu_s=120, memory_mb=16384, output_mb=8, scratch_mb=1024, gpus=1)


@pytest.mark.gpu
@pytest.mark.timeout(300)
def test_a_function_multiplies_matrices_on_its_card(gpu_place: dict[str, object]) -> None:
    with bundled.local(**gpu_place) as evaluator:  # type: ignore[arg-type]
        assert evaluator.isolation == "confined"
        code = MULTIPLY + "\ndef run(x, p, services):\n    return found\n"
        found = evaluator.run(job(code, limits=ROOMY))
    assert found.values == [[1024.0**3, 1]], found.detail


@pytest.mark.gpu
@pytest.mark.timeout(300)
def test_a_script_multiplies_matrices_on_its_card(gpu_place: dict[str, object]) -> None:
    with bundled.local(**gpu_place, command=True) as evaluator:  # type: ignore[arg-type]
        assert evaluator.isolation == "command"
        found = evaluator.run(script(MULTIPLY + "print(found)\n", ROOMY))
    assert found.values is not None, found.detail
    assert found.values[0][0]["printed"].strip() == f"[{1024.0**3}, 1]"


@pytest.mark.gpu
@pytest.mark.timeout(300)
def test_a_program_on_a_card_has_no_network(gpu_place: dict[str, object]) -> None:
    code = (
        TRY
        + MULTIPLY.replace("found =", "made =")
        + "\ndef run(x, p, services):\n    return found\n"
    )
    with bundled.local(**gpu_place) as evaluator:  # type: ignore[arg-type]
        found = evaluator.run(job(code, limits=ROOMY))
    assert found.values is not None, found.detail
    assert [found.values[0][name] for name in ("internet", "datagrams", "connect")] == ["EPERM"] * 3
