"""The stations of a run: the place of each cell's agent, and what no agent may read."""

from __future__ import annotations

import inspect
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..evaluators.hidden import hidden_paths
from ..evaluators.workcopy import WORK
from ..ledger.ledger import FILENAME
from ..outside.station import Station, end_leftovers
from ..outside.walls import Walls
from ..study.study import Study

FOLDER = "agents"


@dataclass(frozen=True)
class Premises:
    """Places of a study, by which its walls go: a lab leads to paths, and never to a study.

    own: the folders of the study and of its program. hidden: what else no agent may read. python:
    the interpreter of programs, "" for ours. readable: data beside the program.
    """

    own: frozenset[Path]
    hidden: frozenset[Path]
    python: str
    readable: tuple[Path, ...]

    @classmethod
    def of(cls, study: Study) -> Premises:
        return cls(
            frozenset({study.folder, study.tree} - {Path()}),  # of a study that names no code
            frozenset({*study.hidden, *_code(study)}),
            study.python,
            tuple(study.readable),
        )


class Stations:
    """Stations of one run, by cell."""

    def __init__(self, run: Path, study: Study, *, weak: bool = False) -> None:
        """weak: agents run as they are, and could read the data."""
        self._run, self._weak = run.resolve(), weak
        self._premises = Premises.of(study)

    def of(self, key: str) -> Station:
        """The station of a cell; nothing is on disk before an agent needs it."""
        folder = self._run / FOLDER / key
        return Station(folder, None if self._weak else partial(walls, self._premises, self._run))

    def clear(self) -> int:
        """End what agents of an earlier command have left running; number of processes."""
        return end_leftovers(self._run / FOLDER)


def walls(study: Premises, run: Path) -> Walls:
    """Walls of a run's agents.

    The study, the files that its task is made of, the program's own folder (agents work on a copy
    that holds what may be seen), the history of both, benchmarks, the toolkit with all that plugs
    into it, this run and those beside it, and programs at work.
    """
    hidden = {*study.own, *study.hidden, *map(Path, hidden_paths())}
    for folder in study.own:
        hidden |= set(_histories(folder))
    hidden |= {run, *_runs_beside(run), *Path(tempfile.gettempdir()).glob(f"{WORK}*")}
    # often in the program's own folder, where an agent that lies there could not be started
    inside = [one for one in _environments() if any(one.is_relative_to(top) for top in hidden)]
    return Walls(sorted(hidden), (*_interpreter(study.python), *inside, *study.readable))


def _code(study: Study) -> Iterator[Path]:
    """Files of the classes that a task is made of, wherever they lie."""
    for made in study.task_class.__mro__[:-1] if study.task_class else ():
        try:
            yield Path(inspect.getfile(made))
        except (OSError, TypeError):  # built in
            continue


def _histories(folder: Path) -> Iterator[Path]:
    """History that git keeps of a folder: earlier versions may hold the answers."""
    for parent in (folder, *folder.resolve().parents):
        kept = parent / ".git"
        if not kept.exists():
            continue
        yield kept
        if kept.is_file():  # of a linked work tree or a submodule: it names the place
            named = kept.read_text(errors="replace").partition("gitdir:")[2].strip()
            place = (parent / named).resolve()
            yield place
            if place.parent.name == "worktrees":
                yield place.parent.parent


def _runs_beside(run: Path) -> list[Path]:
    """Other runs; the folder around them where it holds nothing else, as some may begin later."""
    runs = [path.parent for path in run.parent.glob(f"*/{FILENAME}")]
    return [run.parent] if {*run.parent.iterdir()} <= {*runs, run} else runs


def _interpreter(python: str) -> Iterator[Path]:
    """Interpreter of the study's programs, and the folders that it takes code from.

    A folder that only has a link to Python in its `bin`, such as somebody's home, is none.
    """
    for path in (Path(python), Path(python).resolve()) if python else ():
        yield path
        folder = path.parent.resolve().parent
        if any(folder.glob("lib*/python3*")):
            yield folder


def _environments() -> Iterator[Path]:
    """Environments of Python in which an agent may be installed, by the variables of this one."""
    named = [os.environ.get(name) for name in ("VIRTUAL_ENV", "CONDA_PREFIX")]
    for one in os.environ.get("PATH", "").split(os.pathsep):
        named.append(str(Path(one).resolve().parent) if one else None)
    for folder in map(Path, filter(None, dict.fromkeys(named))):
        if (folder / "pyvenv.cfg").is_file() or (folder / "conda-meta").is_dir():
            yield folder
