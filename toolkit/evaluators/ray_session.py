"""This process's one connection to Ray: a cluster by its address, or a Ray of its own."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..study import data
from . import cards

HEAD = Path(__file__).parent / "ray_head.py"
REACH_S = 5
STOP_S = 20
AUTO = "auto"


class Session:
    """Connected once, shared by all that use Ray in this process, closed at its end."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._head: subprocess.Popen[str] | None = None
        self._connected = False
        self.address: str | None = None
        self.folder: Path | None = None

    def open(self, address: str | None = None, *, slots: int | None = None) -> bool:
        """Connect to a cluster (HOST:PORT, or `auto` for the one that runs on this machine).

        Without an address one is started for this process alone, where none is open yet.
        slots: its CPUs. Returns whether this call opened the connection. Raises UserError.
        """
        with self._lock:
            if self._connected:
                if address not in {None, self.address}:
                    raise UserError(
                        f"--ray-address {address}: this process is connected to "
                        f"{self.address or 'a Ray of its own'} already"
                    )
                return False
            if address is not None:
                check_address(address)
                self._connect(address, {})
            else:
                self._start(slots or len(os.sched_getaffinity(0)))
            self.address, self._connected = address, True
            return True

    def _start(self, slots: int) -> None:
        folder = Path(tempfile.mkdtemp(prefix="toolkit-ray-"))
        self.folder = folder
        token = secrets.token_hex(32)
        with open(os.open(folder / "token", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(token)
        secured = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(folder / "token")}
        settings = json.dumps({"slots": slots, "folder": str(folder)})
        with open(folder / "stderr", "w") as errors:
            self._head = subprocess.Popen(
                [sys.executable, "-s", "-P", str(HEAD), settings],
                env=environment(folder) | secured, cwd="/", text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
            )  # fmt: skip
        atexit.register(self.close)
        told = self._head.stdout.readline() if self._head.stdout else ""
        if not told:
            self.close()
            raise UserError("Ray did not start on this machine; `ray start --head` may say why")
        self._connect(json.loads(told)["address"], secured)

    def _connect(self, address: str, secured: Mapping[str, str]) -> None:
        with variables(secured):
            import ray

            never_by_itself()
            logging.getLogger("ray").setLevel(logging.ERROR)  # it warns of being in a thread
            try:
                _read_environment_again()
                ray.init(address=address, log_to_driver=False, configure_logging=False)
            except Exception as error:  # Ray raises many kinds here, all of them about the address
                self.close()
                raise UserError(f"--ray-address {address}: {explanation(error)}") from error

    def close(self) -> None:
        """Disconnect, and stop what this process started."""
        with self._lock:
            if "ray" in sys.modules:
                with contextlib.suppress(Exception):  # a cluster that is gone is left all the same
                    sys.modules["ray"].shutdown()
            self._connected, self.address, self.folder = False, None, None
            head, self._head = self._head, None
            if head is None:
                return
            if head.stdin:
                with contextlib.suppress(OSError):
                    head.stdin.close()
            try:
                head.wait(STOP_S)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(head.pid, signal.SIGKILL)
                head.wait()


SESSION = Session()
_changes = contextlib.ExitStack()
_users = 0
_counting = threading.Lock()


@contextlib.contextmanager
def ray_connection(changes: Mapping[str, str | None]) -> Iterator[Path | None]:
    """Ray for a searcher: what is connected already, else one of this process's own.

    Yields the folder that goes with a Ray of our own, whatever ends it; None on a cluster.

    changes: environment variables while anyone is inside; None hides one. Ray stays until the
    process ends, for the next cell.
    """
    global _users
    SESSION.open()
    with _counting:
        if not _users:
            _changes.enter_context(variables(changes))
        _users += 1
    try:
        yield SESSION.folder
    finally:
        with _counting:
            _users -= 1
            if not _users:
                _changes.close()


def environment(folder: Path) -> dict[str, str]:
    """Environment of the processes of a Ray of our own: built from nothing, without keys."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
        "TOOLKIT_DATA_DIR": str(data.root()),  # so that a node's sandbox hides it
        **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")},
        **cards.environment(),  # by which Ray finds the cards
        # those that this process was given, and no others
        **{name: os.environ[name] for name in [cards.VARIABLE] if name in os.environ},
    }


@contextlib.contextmanager
def variables(changes: Mapping[str, str | None]) -> Iterator[None]:
    """Environment variables for a while; None takes one away. What Ray adds goes again too."""
    before = dict(os.environ)
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    try:
        yield
    finally:
        for name in set(os.environ) - set(before):
            if name.startswith(("RAY_", "TUNE_", "PYTHONBREAKPOINT")):
                del os.environ[name]
        os.environ.update({name: before[name] for name in set(changes) & set(before)})


def never_by_itself() -> None:
    """Make later calls of Ray fail, so that none starts a Ray in the host's environment."""
    with contextlib.suppress(ImportError):
        importlib.import_module("ray._private.auto_init_hook").enable_auto_connect = False  # type: ignore[attr-defined]


def _read_environment_again() -> None:
    """Ray's core reads the mode of authentication once per process, before we know it."""
    with contextlib.suppress(ImportError, AttributeError):
        core = importlib.import_module("ray._raylet")
        core.Config.initialize("")
        core.AuthenticationTokenLoader.instance().reset_cache()


def check_address(address: str) -> None:
    """Raises UserError where nobody listens; Ray itself would try for half a minute."""
    if address == AUTO:
        return
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdigit() or "/" in host:
        raise UserError(
            f"--ray-address {address!r} must be auto or HOST:PORT of a cluster's head "
            "(Ray Client's ray:// is not supported: run the command on a node of the cluster)"
        )
    try:
        socket.create_connection((host, int(port)), timeout=REACH_S).close()
    except (OSError, OverflowError) as error:
        raise UserError(
            f"--ray-address {address} cannot be reached: {error}; `ray status --address {address}` "
            "on the head shows whether it runs, and docs/scale.md how to start one"
        ) from error


def explanation(error: BaseException) -> str:
    """Message of Ray in one line, with advice where there is some."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    text = " ".join(" ".join(map(str, chain)).split())
    if "ersion mismatch" in text:
        start = text.index("ersion mismatch") - 1
        return f"{text[start : start + 300]}; install the same versions on every node"
    if "Could not find any running Ray" in text:
        return "no Ray runs on this machine; type `ray start --head` first, or leave the option out"
    if "uthentication" in text:
        return "the cluster wants a token: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN_PATH=FILE"
    return text[:300]


def details() -> Mapping[str, Any]:
    """{resource: amount} of the whole cluster, as Ray counts them now."""
    import ray

    found: Mapping[str, Any] = ray.cluster_resources()
    return found
