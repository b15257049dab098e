"""Fixtures: a toy study on disk, an evaluator, and plugins installed into a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from forked import Origin
from scripted import Answer, ScriptedServer
from stationed import Place, lay

import toolkit
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.workcopy import WORK
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import State
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files
from toolkit.study.study import Study

TOY = Path(toolkit.__file__).parent / "toy"
ROOT = Path(__file__).parent.parent
AT_THE_START = ("PYTHON", "LC_", "LANG")  # variables that Python reads when it starts


@pytest.fixture
def toy_folder(tmp_path: Path) -> Path:
    """A copy of the toy study that a test may change."""
    return Path(shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("*.pyc")))


@pytest.fixture
def toy(toy_folder: Path) -> Study:
    return study_files.load(toy_folder)


@pytest.fixture(scope="session")
def evaluator() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(slots=2) as running:
        yield running


@pytest.fixture
def bench(toy: Study, evaluator: LocalEvaluator) -> Bench:
    return Bench(toy, evaluator)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=2) as threads:
        yield threads


@pytest.fixture
def compare(bench: Bench, tmp_path: Path) -> Callable[..., State]:
    """compare({alias: factory}, budget=…, folder=…) -> State, on the toy study.

    search_only: without what only a report needs, which takes more programs than a short search.
    """

    def run(
        factories: dict[str, Callable[..., object]],
        *,
        budget: float = 10,
        seeds: int = 1,
        slots: int = 1,
        folder: Path = tmp_path / "run",
        max_seconds: float | None = None,
        stall_s: float = 20,
        search_only: bool = False,
    ) -> State:
        cells = [
            CellSpec(alias, alias, factory, {}, seed)
            for alias, factory in factories.items()
            for seed in range(seeds)
        ]
        plan = Plan(cells, Budget(budget, max_seconds), slots, stall_s, search_only=search_only)
        with Ledger(folder, writer=True) as ledger:
            return Comparison(bench, ledger, plan).run()

    return run


@pytest.fixture
def search(compare: Callable[..., State]) -> Callable[..., State]:
    """The same, only as far as the cells."""
    return partial(compare, search_only=True)


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., Path]:
    """install(name, code) puts a distribution with one plugin into a folder; returns the folder."""
    folder = tmp_path / "site"

    def add(name: str, code: str, *, point: str | None = None) -> Path:
        module = name.replace("-", "_")
        info = folder / f"{module}-1.0.dist-info"
        info.mkdir(parents=True)
        (folder / f"{module}.py").write_text(code)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[toolkit]\n{point or name} = {module}\n")
        return folder

    return add


@pytest.fixture(scope="session")
def origin() -> Iterator[Origin]:
    """The process that commands are forked from."""
    with Origin(environment()) as running:
        yield running


@pytest.fixture
def work() -> Iterator[Path]:
    """A folder as evaluators make them."""
    folder = Path(tempfile.mkdtemp(prefix=WORK))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=["view", "landlock"])
def walled(
    request: pytest.FixtureRequest, tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    """A place behind walls: with a view of its own, and by Landlock alone."""
    monkeypatch.setenv("TOOLKIT_DATA_DIR", str(tmp_path / "data"))
    found = lay(tmp_path, tmp_path / "data", work, veil=request.param == "view")
    if request.param == "view":
        with found.start("true") as process:
            if process.unveiled:
                pytest.skip(f"no namespace of mounts here: {process.unveiled}")
    return found


@pytest.fixture
def cli(tmp_path: Path, origin: Origin) -> Callable[..., subprocess.CompletedProcess[str]]:
    """cli("compare", …) in tmp_path, in a process of its own, without the caller's TOOLKIT_*.

    started: by a Python of its own, where a test asks something of the start.
    """

    def run(
        *arguments: str, path: Path | None = None, started: bool = False, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        around = environment(path, **variables)
        if not started and not any(name.startswith(AT_THE_START) for name in variables):
            return origin.run(arguments, tmp_path, around)
        return subprocess.run(
            [sys.executable, "-m", "toolkit.cli", *arguments],
            cwd=tmp_path,
            env=around,
            capture_output=True,
            text=True,
            timeout=600,  # the test has its own, shorter one
            check=False,
        )

    return run


@pytest.fixture
def asked(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[ScriptedServer], ScriptedServer]]:
    """asked(server): requests go to it from here on, and it is closed at the end."""
    running: list[ScriptedServer] = []

    def start(server: ScriptedServer) -> ScriptedServer:
        running.append(server)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        return server

    yield start
    for server in running:
        server.close()


@pytest.fixture
def serve(asked: Callable[[ScriptedServer], ScriptedServer]) -> Callable[..., ScriptedServer]:
    """serve(answer, answer, …): the last one is given again and again."""

    def start(*answers: Answer) -> ScriptedServer:
        return asked(ScriptedServer(lambda number, _: answers[min(number, len(answers) - 1)]))

    return start


def environment(path: Path | None = None, **variables: str) -> dict[str, str]:
    """This process's environment without TOOLKIT_*, no plots, a folder of plugins on the path."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TOOLKIT_")}
    clean["PYTHONPATH"] = os.pathsep.join(str(p) for p in (path, ROOT) if p)
    # pictures take longer than most runs here; the tests of pictures ask for them
    return clean | {"TOOLKIT_COMPARE_PLOTS": "0"} | variables


def install_into(distribution: Path, site: Path) -> None:
    """Really install a distribution into a folder, without the network."""
    command = ["-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run(
        [sys.executable, *command, "--target", str(site), str(distribution)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip


def expect_contract(distribution: Path, site: Path) -> None:
    """Install a distribution into a folder, and expect its searcher to keep the contract."""
    install_into(distribution, site)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", str(distribution)], env=environment(site),
        capture_output=True, text=True, cwd=distribution, check=False,
    )  # fmt: skip
    assert "7 passed" in done.stdout, done.stdout
