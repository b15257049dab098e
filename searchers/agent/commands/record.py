"""Record of a trial in the workspace: a commit, its tag, a line of results.tsv."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import time

TYPE_CHECKING = False  # `typing` takes long to import
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

WAIT_S = 10.0
COLUMNS = ("trial", "score", "gain", "status", "label", "hypothesis", "set", "problem")
PROBLEM_CHARS = 200
SCRIPT = """
git add -A . && git commit -q --allow-empty --no-verify -m "$TOOLKIT_MESSAGE" && git rev-parse HEAD
"""


class Lock:
    """Held while the working tree is read and committed, so that two trials do not mix.

    Whoever holds it too long (stopped in the middle) is not waited for.
    """

    def __init__(self, tools: str) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
        try:
            self._file = os.open(os.path.join(tools, "lock"), flags, 0o600)
        except OSError:
            self._file = -1
            return
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:
                time.sleep(0.005)

    def release(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Commit:
    """Commit of everything in the workspace, made beside the evaluation."""

    def __init__(self, folder: str, message: str) -> None:
        self._git = os.path.join(folder, ".git")
        environment = {
            **os.environ,
            # never another repository, around this folder
            "GIT_DIR": self._git,
            "GIT_WORK_TREE": folder,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_AUTHOR_NAME": "agent", "GIT_AUTHOR_EMAIL": "agent@localhost",
            "GIT_COMMITTER_NAME": "agent", "GIT_COMMITTER_EMAIL": "agent@localhost",
            "TOOLKIT_MESSAGE": message,
        }  # fmt: skip
        self._out, write = os.pipe()
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, write, 1),
            (os.POSIX_SPAWN_DUP2, write, 2),
        ]
        here = os.getcwd()
        os.chdir(folder)
        self._process = os.posix_spawn(
            "/bin/sh", ["sh", "-c", SCRIPT], environment, file_actions=actions
        )
        os.chdir(here)
        os.close(write)

    def wait(self) -> None:
        """Until it is made."""
        with open(self._out, encoding="utf-8", errors="replace") as stream:
            said = stream.read().strip()
        made = os.waitpid(self._process, 0)[1] == 0
        self.name = said.rpartition("\n")[2] if made else ""
        self.problem = "" if made else said.partition("\n")[0]

    def tag(self, tag: str) -> None:
        """Name the commit after its trial; written as git writes it, without a process."""
        if not self.name:
            return
        try:
            folder = os.path.join(self._git, "refs", "tags")
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, tag), "w", encoding="ascii") as file:
                file.write(f"{self.name}\n")
        except OSError as error:
            self.problem = f"no tag {tag}: {error.strerror}"


def settings(overrides: Mapping[str, Any]) -> str:
    """`width=64 shift=true`, as --set takes them: no commit holds them."""
    return " ".join(
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in overrides.items()
    )


def problem(detail: str) -> str:
    """The line of a trial's detail that says most: the last one, as tracebacks end."""
    line = detail.rstrip().rpartition("\n")[2].strip()[:PROBLEM_CHARS]
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in line)


def add_line(path: str, cells: list[str]) -> str:
    """Append a line to a table of the workspace; what is wrong where that cannot be."""
    line = "\t".join(" ".join(cell.split()) for cell in cells)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        file = os.open(path, flags, 0o644)
    except OSError as error:
        return f"{os.path.basename(path)} was not written: {error.strerror}"
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return f"{os.path.basename(path)} was not written: it is no regular file"
        os.write(file, f"{line}\n".encode(errors="backslashreplace"))
    finally:
        os.close(file)
    return ""
