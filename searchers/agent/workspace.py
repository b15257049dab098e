"""Workspace of an agent: a git repository of the pristine program, a brief, four commands.

The agent may have changed anything in it. So the host runs git there only before the agent has
begun, and follows no link when it writes the commands again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import toolkit

from .commands.record import COLUMNS
from .inside import Inside, opened

COMMANDS = ("trial", "look", "budget", "done")
RESULTS = "results.tsv"
OWN = ("PROGRAM.md", RESULTS, *COMMANDS, ".toolkit")
EXCLUDED = (*(f"/{name}" for name in OWN), ".*", "__pycache__/", "*.pyc")
LOCKS = ("index.lock", "HEAD.lock")
SOURCES = Path(__file__).with_name("commands")
SHEBANG_BYTES = 127  # what every Linux reads of a first line
IDENTITY = {
    "GIT_AUTHOR_NAME": "toolkit", "GIT_AUTHOR_EMAIL": "toolkit@localhost",
    "GIT_COMMITTER_NAME": "toolkit", "GIT_COMMITTER_EMAIL": "toolkit@localhost",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
}  # fmt: skip
LAUNCHER = """import os, sys
folder = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(folder, ".toolkit"))
from commands.client import main
sys.exit(main({command!r}, sys.argv[1:], folder))
"""


@dataclass(frozen=True)
class Contents:
    """Contents of a workspace. tree: the pristine files. editable: those that may be changed.

    new: patterns of paths that may be added. objective: its name. brief: the text of PROGRAM.md.
    """

    tree: Mapping[str, bytes]
    editable: frozenset[str]
    new: Sequence[str]
    objective: str
    brief: str

    def check(self) -> None:
        """Raises UserError where the program has a file that bears the name of one of ours."""
        taken = sorted({path.partition("/")[0] for path in self.tree} & {*OWN, ".git"})
        if taken:
            raise toolkit.UserError(
                f"the program has {taken[0]!r} at its root, which is the name of a file that the "
                "workspace of an agent needs: rename it, or let [code] path be a folder below"
            )

    def manifest(self) -> bytes:
        """Facts of the program that the commands know."""
        files = {path: hashlib.sha256(data).hexdigest() for path, data in self.tree.items()}
        known = {
            "files": files, "editable": list(self.new), "own": list(OWN),
            "objective": self.objective,
        }  # fmt: skip
        return json.dumps(known, ensure_ascii=False).encode()


def lay(folder: Path, contents: Contents) -> None:
    """Make a workspace if there is none: it is there as a whole or not at all."""
    if os.path.lexists(folder):
        return
    contents.check()
    beside = folder.with_name(f"{folder.name}-{secrets.token_hex(4)}")
    beside.mkdir(0o700)
    for path, data in contents.tree.items():
        file = beside / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        file.chmod(0o644 if path in contents.editable else 0o444)
    _commit(beside)
    beside.rename(folder)


def furnish(
    folder: Path, contents: Contents, server: tuple[str, int, str], results: Sequence[Sequence[str]]
) -> None:
    """Write the brief, the commands and the list of results, also over what an agent left there.

    server: host, port and token. results: a row for each trial so far.
    """
    try:
        with opened(folder) as inside:
            inside.write("PROGRAM.md", contents.brief.encode())
            inside.write(RESULTS, _table(results))
            for command in COMMANDS:
                inside.write(command, launcher(command, sys.executable).encode(), 0o755)
            with inside.folder(".toolkit") as tools:
                _write_tools(tools, contents, server)
    except OSError as error:
        raise toolkit.UserError(
            f"the workspace {folder} cannot be written ({error.strerror}): give it back "
            "its rights, or remove it and let the command make a new one"
        ) from None
    _unlock(folder)


def list_results(folder: Path, results: Sequence[Sequence[str]]) -> None:
    """Write the list of results once more; as when a trial adds its line, no score hangs on it."""
    with contextlib.suppress(OSError), opened(folder) as inside:
        inside.write(RESULTS, _table(results))


def launcher(command: str, python: str) -> str:
    """Text of a command: what starts the client as fast as Python starts."""
    first = f"#!{python} -IS"
    if " " in python or len(os.fsencode(first)) > SHEBANG_BYTES:  # no first line can name it
        first = f"#!/bin/sh\n'''exec' \"{python}\" -IS \"$0\" \"$@\"\n' '''"
    return f"{first}\n{LAUNCHER.format(command=command)}"


def check_git() -> None:
    """Raises UserError where git is not installed."""
    if not shutil.which("git"):
        raise toolkit.UserError(
            "the searcher agent needs git, which is not installed: its workspace is a repository"
        )


def _write_tools(tools: Inside, contents: Contents, server: tuple[str, int, str]) -> None:
    tools.write("server", "\n".join(map(str, server)).encode(), 0o600)
    tools.write("manifest.json", contents.manifest())
    with tools.folder("commands") as commands:
        for file in sorted(SOURCES.glob("*.py")):
            commands.write(file.name, file.read_bytes())


def _table(rows: Sequence[Sequence[str]]) -> bytes:
    lines = ("\t".join(" ".join(cell.split()) for cell in row) for row in [COLUMNS, *rows])
    return "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace")


def _commit(folder: Path) -> None:
    """The pristine program as the first commit of a new repository, tagged `pristine`."""
    steps = [
        ["init", "-q", "--template=", "-b", "main"],
        ["config", "user.name", "agent"],  # tools that commit ask for one
        ["config", "user.email", "agent@localhost"],
        ["add", "-A", "-f", "."],
        ["commit", "-q", "--allow-empty", "-m", "The pristine program"],
        ["tag", "pristine"],
    ]
    for step in steps:
        _git(folder, *step)
    info = folder / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "exclude").write_text("".join(f"{name}\n" for name in EXCLUDED))


def _git(folder: Path, *arguments: str) -> None:
    environment = {n: v for n, v in os.environ.items() if not n.startswith("GIT_")}
    done = subprocess.run(
        ["git", "-c", "gc.auto=0", *arguments], cwd=folder, env={**environment, **IDENTITY},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.returncode:
        raise toolkit.UserError(f"git {arguments[0]} failed in {folder}: {done.stderr.strip()}")


def _unlock(folder: Path) -> None:
    """Remove the locks of a git that was killed, so that the next one works."""
    try:
        with opened(folder) as inside, inside.folder(".git") as git:
            for name in LOCKS:
                git.remove(name)
            with git.folder("refs") as refs, refs.folder("heads") as heads:
                heads.remove("main.lock")
    except OSError:  # an agent that took its repository away goes on without
        return
