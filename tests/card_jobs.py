"""Stand-ins for cards, and programs that try what a card of theirs opens."""

from __future__ import annotations

from dataclasses import replace

from sandbox_jobs import SMALL

from toolkit.evaluators.cards import Card
from toolkit.jobs import Job, Limits

FULL, TERMINAL = Card(0, "GPU-a", "full", "/dev/full"), Card(1, "GPU-b", "terminal", "/dev/ptmx")


ONE = replace(SMALL, gpus=1)


def script(code: str, limits: Limits = ONE) -> Job:
    """Job of a script of one file, with a card unless its limits say otherwise."""
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
