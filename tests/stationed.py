"""A project on disk with a study, runs and answers, and an agent's station in one of its runs."""

from __future__ import annotations

import dataclasses
import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import toolkit
from toolkit.ledger.ledger import FILENAME
from toolkit.outside.process import Process
from toolkit.outside.station import Station
from toolkit.outside.walls import Walls
from toolkit.search.stations import Premises, walls
from toolkit.study import study as study_files

TOY = Path(toolkit.__file__).parent / "toy"
SECRET = "the-answer-is-forty-two"
READ = """
import sys
for path in sys.argv[1:]:
    try:
        with open(path, "rb", buffering=0) as file:
            print(path, "gave", len(file.read(8) or b""))
    except OSError as error:
        print(path, "refused", error.errno)
"""
WRITE = """
import os, sys
for path in sys.argv[1:]:
    for flags in (os.O_WRONLY, os.O_WRONLY | os.O_TRUNC, os.O_WRONLY | os.O_CREAT | os.O_EXCL):
        try:
            os.close(os.open(path, flags))
            print(path, "opened")
        except OSError:
            pass
    for act in (os.unlink, lambda one: os.rename(one, "mine"), lambda one: os.link(one, "mine")):
        try:
            act(path)
            print(path, "gone")
        except OSError:
            pass
print("tried")
"""


@dataclass(frozen=True)
class Ended:
    """An agent that has ended: its exit status, what it printed, and why it was ended."""

    code: int | None
    output: str
    reason: str


@dataclass
class Place:
    """root: of the project, which is under git. home: of the user."""

    root: Path
    home: Path
    station: Station
    hidden: Mapping[str, Path]
    walls: Callable[[], Walls] | None
    naps: list[str] = field(default_factory=list)

    @property
    def workspace(self) -> Path:
        path = self.station.folder / "workspace"
        path.mkdir(exist_ok=True)
        return path

    def start(self, *argv: str, scratch_mb: float = 500, **environment: str) -> Process:
        known = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return self.station.start(
            argv, cwd=self.workspace, environment={**known, "HOME": str(self.home), **environment},
            writable=[self.workspace], output=self.station.folder / "output.txt",
            scratch_mb=scratch_mb,
        )  # fmt: skip

    def shell(self, command: str, **more: str) -> Ended:
        return ended(self.start("/bin/sh", "-c", command, **more))

    def python(self, code: str, *arguments: str) -> Ended:
        return ended(self.start(sys.executable, "-I", "-S", "-c", code, *arguments))

    def nap(self) -> str:
        """Seconds to sleep that no other process sleeps: its command line can be found by them."""
        self.naps.append(f"86397.{secrets.randbelow(10**12):012}")
        return self.naps[-1]


def ended(process: Process) -> Ended:
    with process:
        deadline = time.monotonic() + 60
        while process.poll() is None:
            assert time.monotonic() < deadline, process.tail(2000)
            time.sleep(0.01)
    return Ended(process.poll(), process.tail(100_000), process.reason)


def lay(folder: Path, data: Path, work: Path, *, veil: bool | None = True) -> Place:
    """veil: None for a station without walls. data: of benchmarks; work: where programs run."""
    root, home = folder / "project", folder / "home"
    shutil.copytree(TOY, root / "toy", ignore=shutil.ignore_patterns("*.pyc", "__pycache__"))
    home.mkdir()
    run = root / "runs/first"
    hidden = {
        "the study": root / "toy/study.toml",
        "the task": root / "toy/task.py",
        "answers": root / "toy/answers.json",
        "the program's folder": root / "toy/toy_pipeline/main.py",
        "the history": root / ".git/objects/ab/cdef",
        "the ledger": run / FILENAME,
        "another cell": run / "agents/other-0-11111111/workspace/notes",
        "its own mark": run / "agents/mine-0-00000000/mark",
        "another run": root / "runs/second" / FILENAME,
        "a benchmark": data / "benchmark/gold.json",
        "a program at work": work / "tmpabc/main.py",
        "the toolkit": Path(toolkit.__file__),
    }
    for path in hidden.values():
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{SECRET}-{secrets.token_hex(8)}")  # equal marks end one another
    study = study_files.load(root / "toy")

    def own() -> Walls:
        return dataclasses.replace(walls(Premises.of(study), run), veil=bool(veil))

    asked = None if veil is None else own
    station = Station(run / "agents/mine-0-00000000", asked)
    return Place(root, home, station, hidden, asked)
