"""No hostile program does harm, and each ends with the right status."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import children

import toolkit
from hostile.corpus import ATTACKS, Attack, code
from hostile.targets import KEY, Targets, leaked, sandboxed
from hostile.targets import victim as victim
from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Job, Limits
from toolkit.study import study

LIMITS = Limits(cpu_s=0.5, memory_mb=256, output_mb=1, wall_s=2)
NOBODY = 65534
TOY = Path(toolkit.__file__).parent / "toy"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[LocalEvaluator]:
    with sandboxed() as running:
        yield running


def job(attack: Attack, victim: Targets) -> Job:
    return Job({"main.py": code(attack)}, "main:run", victim.told(), (b"[{}, [{}]]",), LIMITS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_no_harm_is_done(attack: Attack, victim: Targets, sandbox: LocalEvaluator) -> None:
    assert sandbox.isolation == "confined", sandbox.confinement.reason
    outcome = sandbox.run(job(attack, victim))
    assert outcome.status in attack.statuses, outcome.detail
    assert attack.reason in outcome.detail
    assert not leaked(outcome.values, outcome.detail), outcome
    assert "\x1b" not in outcome.detail.encode("utf-8").decode()
    assert not victim.harm()
    assert children(sandbox._live_server().pid) == []


@pytest.mark.parametrize(
    "result",
    [
        "[]", "[{'answer': 'x', 'retrieved': []}] * 2", "'x'", "{'answer': 'x'}", "None",
        "['x']", "[{'answer': 1}]", "[{'answer': None}]", "[{'answer': ['x']}]",
        "[{'retrieved': []}]", "[[{'answer': 'x'}]]", "[{'score': 1.0}]",
    ],
)  # fmt: skip
def test_wrong_counts_and_types_are_no_outputs(result: str, sandbox: LocalEvaluator) -> None:
    bench = Bench(study.load(TOY), sandbox)
    tree = {"main.py": f"def run(*_): return {result}".encode()}
    outcome = sandbox.run(Job(tree, "main:run", {}, (b"[{}, [{}]]",), LIMITS))
    assert outcome.status == "ok", outcome.detail
    judged = bench.judged([bench.items["search"][0][:1]], outcome)
    assert (judged.status, judged.score, judged.items) == ("crashed", None, {})
    assert judged.detail


def test_the_corpus_is_large_and_has_no_doubles() -> None:
    assert len(ATTACKS) >= 50
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


def test_a_plain_subprocess_would_not_have_held(tmp_path: Path, victim: Targets) -> None:
    """The corpus bites: outside the sandbox the same programs read what they look for."""
    spied = []
    for name in ("reads gold", "reads /etc/passwd", "environment", "tcp", "fork", "shm file"):
        (attack,) = (one for one in ATTACKS if one.name == name)
        (tmp_path / "main.py").write_bytes(code(attack))
        told = {**victim.told(), "port": victim.listeners[1].getsockname()[1]}
        done = subprocess.run(
            [sys.executable, "-c", f"import main; print(main.run({{}}, [], {told!r}, {{}}))"],
            cwd=tmp_path, env={**os.environ, "OPENAI_API_KEY": KEY}, capture_output=True,
            text=True, check=False, timeout=30,
        )  # fmt: skip
        spied += [name] if leaked(done.stdout, "") else []
    victim.listeners[0].accept()[0].close()
    Path("/dev/shm/hostile").unlink(missing_ok=True)
    assert spied == ["reads gold", "reads /etc/passwd", "environment", "tcp", "fork", "shm file"]
    assert not victim.harm()


HONEST = b"""
import asyncio, concurrent.futures, threading
import faiss
import numpy as np


def run(conversation, questions, parameters, services):
    from sklearn.cluster import KMeans  # a lazy import
    rows = np.random.default_rng(0).normal(size=(200, 8)).astype("float32")
    index = faiss.IndexFlatIP(8)
    index.add(rows)
    groups = KMeans(n_clusters=3, n_init=2, random_state=0).fit_predict(rows)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        total = sum(pool.map(int, groups))
    async def nothing():
        await asyncio.sleep(0)
        return "done"
    return [{"answer": f"{asyncio.run(nothing())} {total} {index.ntotal}", "retrieved": []}]
"""


@pytest.mark.parametrize("preload", [(), ("numpy", "faiss", "sklearn.cluster")])
def test_an_honest_program_passes(preload: tuple[str, ...]) -> None:
    limits = Limits(cpu_s=30, memory_mb=1024, output_mb=1)
    with LocalEvaluator(preload=preload) as sandbox:
        found = sandbox.run(Job({"main.py": HONEST}, "main:run", {}, (b"[{}, [{}]]",), limits))
    assert found.status == "ok", found.detail
    assert found.values is not None
    assert found.values[0][0]["answer"].startswith("done ")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Anybody may enter and write; pytest's own folders are for their owner alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("corpus", ["test_hostile.py", "test_commands.py"])
def test_as_an_unprivileged_user(open_folder: Path, corpus: str) -> None:
    """The whole corpus once more, by a user who owns nothing."""
    if os.getuid() != 0:
        pytest.skip("already runs as an unprivileged user")
    tests = Path(__file__).parent.parent
    home = open_folder
    shutil.copytree(tests / "hostile", home / "hostile", ignore=shutil.ignore_patterns("*.pyc"))
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-c",
               os.devnull, "--rootdir", str(home), "--basetemp", str(home / "tmp"),
               "--deselect", "hostile/test_hostile.py::test_a_plain_subprocess_would_not_have_held",
               str(home / "hostile" / corpus)]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{home}:{tests}:{tests.parent}",
                   "HOME": str(home), "TMPDIR": str(home), "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip
    shell = ["/bin/sh", "-c", f"{sys.executable} -c 'import toolkit, pytest'"]
    probe = subprocess.run(
        shell, user=NOBODY, group=NOBODY, extra_groups=[], env=environment, cwd="/",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if probe.returncode:
        pytest.skip(f"another user cannot run this Python: {probe.stderr[-200:]}")
    done = subprocess.run(
        command, user=NOBODY, group=NOBODY, extra_groups=[], env=environment, cwd=home,
        capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
