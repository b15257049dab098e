"""Ways around an agent's wall: daemons, terminals, disks, what root may do, other mounts."""

from __future__ import annotations

import contextlib
import os
import shutil
import site
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from stationed import READ, SECRET, WRITE, Place

from toolkit.errors import UserError
from toolkit.outside import walls
from toolkit.outside.mounts import Mount, _aliases
from toolkit.outside.process import Process

pytestmark = pytest.mark.skipif(not walls.abi(), reason="this machine has no Landlock")
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root could do it")
NOBODY = 65534


def test_abstract_sockets_of_others_are_shut(walled: Place) -> None:
    name = f"\0toolkit-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        code = "import socket, sys; socket.socket(socket.AF_UNIX).connect('\\0' + sys.argv[1])"
        assert "PermissionError" in walled.python(code, name[1:]).output


def test_a_daemon_that_would_read_for_it_is_out_of_reach_in_a_view_of_its_own(
    walled: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Landlock alone leaves it open; docs/threat-model.md says so."""
    runtime = Path(tempfile.mkdtemp(prefix="rt"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    known = runtime.parent / f"{runtime.name}.sock"
    reached = []
    try:
        with serving(known), serving(runtime / "bus"):
            for path in (known, runtime / "bus"):
                code = (
                    "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                    "print(s.recv(99))"
                )
                reached.append(SECRET in walled.python(code, str(path)).output)
    finally:
        shutil.rmtree(runtime)
        known.unlink()
    assert walled.walls
    assert reached == [not walled.walls().veil] * 2


@contextlib.contextmanager
def serving(path: Path) -> Iterator[None]:
    """A daemon that tells the answer to whoever asks."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    server.accept()[0].sendall(SECRET.encode())

        threading.Thread(target=answer, daemon=True).start()
        yield
        server.shutdown(socket.SHUT_RDWR)


@root_only
def test_root_is_a_user_like_any_other(walled: Place) -> None:
    system = ["/etc/planted", "/usr/lib/planted", "/var/spool/planted", "/run/planted"]
    kernel = ["/proc/sys/kernel/core_pattern"]
    opening = WRITE.partition("    for act")[0] + "print('tried')"
    assert walled.python(opening, *system, *kernel).output == "tried\n"
    found = walled.shell("grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status").output
    assert found.split() == ["CapEff:", "0" * 16, "NoNewPrivs:", "1"]


@root_only
def test_no_disk_can_be_read_past_its_file_system(walled: Place) -> None:
    disks = [str(path) for path in Path("/dev").iterdir() if path.is_block_device()]
    assert " gave 8" not in walled.python(READ, *disks).output


def test_a_wall_that_does_not_hold_starts_nobody(walled: Place) -> None:
    """Whatever a kernel promises: it is tried in the agent's own process, before the agent."""
    assert walled.walls
    open_file = walled.home / "open"
    open_file.write_text("x")
    asked = {
        "argv": ["true"], "cwd": "/", "environment": {}, "output": str(walled.home / "out"),
        "output_bytes": 100, "folder": str(walled.home), "scratch_mb": 0,
        "wall": {**walled.walls().around([walled.workspace]), "unreadable": [str(open_file)]},
    }  # fmt: skip
    with pytest.raises(UserError, match="the wall does not hold: an agent could read"):
        Process(asked, "none")


def test_data_of_the_program_is_readable_inside_what_is_hidden(walled: Place) -> None:
    table = walled.root / "toy/data/table.csv"
    table.parent.mkdir()
    table.write_text("rows")
    asked = walls.Walls(
        [walled.root], [table.parent], veil=bool(walled.walls and walled.walls().veil)
    )
    walled.station._walls = lambda: asked
    found = walled.python(READ, str(table), str(walled.hidden["answers"])).output
    assert f"{table} gave 4" in found
    assert f"{walled.hidden['answers']} refused" in found
    assert walled.python(WRITE, str(table)).output.strip() == "tried"


def test_an_agent_that_lies_in_what_is_hidden_is_told_so(walled: Place) -> None:
    program = walled.root / "toy/bin/agent"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert f"{program} lies in {walled.root}/toy" in walled.station.may_start(
        ["agent"], str(program.parent)
    )
    assert walled.station.may_start([sys.executable]) == ""


def test_a_view_has_terminals_of_its_own(walled: Place) -> None:
    controller, terminal = os.openpty()
    try:
        code = "import os, sys; print(os.ttyname(os.openpty()[1])); print(os.listdir('/dev/pts'))"
        found = walled.python(code).output
        assert found.startswith("/dev/pts/")
        if walled.walls and walled.walls().veil:
            assert found.splitlines() == ["/dev/pts/0", "['0', 'ptmx']"]
    finally:
        os.close(controller)
        os.close(terminal)


def test_variables_that_lead_to_data_or_daemons_are_left_out(walled: Place) -> None:
    found = walled.shell(
        "env", TOOLKIT_DATA_DIR="/data", DBUS_SESSION_BUS_ADDRESS="unix:path=/x", KEY="mine"
    ).output
    assert "KEY=mine" in found.split()
    assert "TOOLKIT_DATA_DIR" not in found
    assert "DBUS" not in found


@pytest.mark.slow
@pytest.mark.timeout(300)
@root_only
def test_it_holds_for_another_user_too(tmp_path: Path) -> None:
    """Who is not root has a view of its own in a namespace of users, where the machine allows it."""
    home, tests = Path(tempfile.mkdtemp()), Path(__file__).parent
    os.chown(home, NOBODY, NOBODY)
    paths = [str(tests.parent), str(tests), *site.getsitepackages()]
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(home),
        "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    files = [str(path) for path in tests.glob("test_walls*.py")] + [str(tests / "test_outside.py")]
    more = ["-n", "0", "-p", "no:cacheprovider", "-c", str(tests.parent / "pyproject.toml")]
    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info[1]}"):
        run = partial(
            subprocess.run, user=NOBODY, group=NOBODY, extra_groups=[], env=environment, cwd=home,
            capture_output=True, text=True, check=False, timeout=280,
        )  # fmt: skip
        with contextlib.suppress(OSError):
            if run([python, "-c", "import toolkit, pytest"]).returncode == 0:
                break
    else:
        pytest.skip("no Python here that another user can run")
    done = run([python, "-m", "pytest", *more, *files])
    shutil.rmtree(home)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


def test_files_are_hidden_under_every_path_that_they_are_mounted_at() -> None:
    mounts = [
        Mount("8:1", "/", "/"),
        Mount("8:2", "/", "/home"),
        Mount("8:2", "/", "/sysroot/home"),
        Mount("8:2", "/me/project/study", "/srv/study"),
        Mount("8:2", "/you", "/srv/you"),
    ]
    found = set(map(str, _aliases("/home/me/project", mounts)))
    assert found == {"/sysroot/home/me/project", "/srv/study"}
