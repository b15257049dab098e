"""Sockets of daemons that would start a process for whoever asks: outside of the agent's wall."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_FOLDERS = ("tmux-{user}", "screens", ".X11-unix", "emacs{user}")
"""below the temporary folder; new sockets of the same kind come to lie there too"""
_KEPT = (
    # names of hosts and users, and the log: they start nothing
    "/run/systemd/resolve", "/run/nscd", "/run/systemd/journal", "/run/systemd/userdb", "/dev/log",
)  # fmt: skip
VARIABLES = ("DBUS_SESSION_BUS_ADDRESS", "TMUX", "DOCKER_HOST", "STY", "VSCODE_IPC_HOOK_CLI")
"""they lead to such a socket"""


def veiled() -> list[str]:
    """Folders of sockets, and all sockets with a path that this user could connect to.

    That of SSH_AUTH_SOCK stays: it signs, and an agent may need it to fetch or push.
    """
    found = dict.fromkeys(map(str, folders()))
    kept = (*_KEPT, os.environ.get("SSH_AUTH_SOCK") or _KEPT[0])
    for path in _bound():
        inside = any(path.startswith(folder + "/") for folder in found)
        if not inside and not path.startswith(kept):
            found[path] = None
    return list(found)


def folders() -> Iterator[Path]:
    user = os.getuid()
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{user}")
    temporary = {Path("/tmp"), Path(tempfile.gettempdir())}
    names = [name.format(user=user) for name in _FOLDERS]
    for path in (runtime, *(folder / name for folder in temporary for name in names)):
        real = path.resolve()
        if real.is_dir() and real != Path("/"):
            yield real


def _bound() -> Iterator[str]:
    """Sockets that are bound to a path here, as the kernel lists them."""
    with contextlib.suppress(OSError):
        for row in Path("/proc/net/unix").read_text(errors="replace").splitlines()[1:]:
            name = row.split(maxsplit=7)[7] if " /" in row else ""
            with contextlib.suppress(OSError, ValueError):
                if name and Path(name).is_socket() and os.access(name, os.W_OK):
                    yield os.path.realpath(name)
