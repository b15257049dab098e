"""Names on the command line to studies and run folders, with completion."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import click

from ..errors import PluginError, UserError, unknown
from ..ledger.ledger import FILENAME, Ledger
from ..ledger.state import State, load
from ..plugins import PluginKind, Registry, installed
from ..study import study as study_files
from ..study import transfer
from ..study.study import Study
from . import output

RUNS = Path("runs")


def study(name: str | None, registry: Registry) -> Study:
    """A study by name, by path, or the default one, with those that it names for a transfer.

    Raises UserError with near misses.
    """
    return transfer.with_others(_study(name, registry), partial(_study, registry=registry))


def _study(name: str | None, registry: Registry) -> Study:
    if name is None:
        return study_files.load(registry.default_study().value)
    looks_like_path = name.endswith(".toml") or "/" in name or Path(name).exists()
    if name not in registry.known("study") and looks_like_path:
        return study_files.load(Path(name))
    try:
        return study_files.load(registry.find("study", name).value)
    except PluginError as error:
        if registry.problem("study", name):
            raise
        raise UserError(f"{error}; or give the path of a study.toml") from error


def open_data(found: Study) -> None:
    """Read the study's data, and tell what is to be known of them. Raises StudyError."""
    found.task()
    for text in found.notes:
        output.note(f"{found.name}: {text}")


def run_folder(name: str) -> Path:
    """A run by its directory or by its name below ./runs; raises UserError."""
    for folder in (Path(name), RUNS / name):
        if (folder / FILENAME).is_file():
            return folder
    known = [path.parent.name for path in RUNS.glob(f"*/{FILENAME}")]
    if named := _study_named(name):
        raise UserError(_runs_of(name, named))
    raise UserError(unknown("run", name, known, more="; give a folder or a name below ./runs"))


def _study_named(name: str) -> str:
    """Name of the study that somebody gave in place of a run; "" where it is none."""
    with contextlib.suppress(UserError):
        return study(name, installed()).name
    return ""


def _runs_of(given: str, name: str) -> str:
    """Sentence on a study in place of a run, with its latest run to type instead."""
    context = click.get_current_context(silent=True)
    command = f"toolkit {context.info_name if context else 'report'}"
    found = sorted(RUNS.glob(f"{name}-*/{FILENAME}"), key=lambda path: path.stat().st_mtime)
    if not found:
        return (
            f"{given} is a study, and this command is about a run of one; there is none of it "
            f"below {RUNS}: `toolkit compare {given}` makes one"
        )
    latest = found[-1].parent.name
    more = f" (of {len(found)} there)" if len(found) > 1 else ""
    return (
        f"{given} is a study, and this command is about a run of one: type `{command} {latest}` "
        f"for its latest run{more}"
    )


def reportable(folder: Path) -> State:
    """The state of a run that has something to report; raises UserError where it has not."""
    with Ledger(folder, writer=False) as ledger:
        state = load(ledger)
    if not state.has_comparison:
        raise UserError(
            f"{folder} has no comparison yet; type `toolkit compare` to start or resume"
        )
    return state


def read_text(path: Path) -> str:
    """A file as it is, line ends included, without a byte order mark.

    Raises UserError where it is no text in UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as a text in UTF-8: {error}") from error


def complete_study(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in _offered("study") if name.startswith(incomplete)]


def complete_searcher(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    typed, comma, last = incomplete.rpartition(",")
    names = _offered("searcher")
    return [typed + comma + name for name in names if name.startswith(last)]


def complete_evaluator(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in _offered("evaluator") if name.startswith(incomplete)]


def _offered(kind: PluginKind) -> Iterable[str]:
    """Names for a shell, which reads stdout: nothing that a plugin prints may be among them."""
    with contextlib.redirect_stdout(sys.stderr):
        return installed().known(kind)


def complete_run(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    names = [path.parent.name for path in RUNS.glob(f"*/{FILENAME}")]
    return [name for name in names if name.startswith(incomplete)]
