"""What an agent may reach, tried by real processes: with a view of its own, and by Landlock alone."""

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
from stationed import SECRET, Place, lay

from toolkit.errors import UserError
from toolkit.evaluators.workcopy import WORK
from toolkit.outside import walls
from toolkit.outside.mounts import Mount, _aliases
from toolkit.outside.process import Process

pytestmark = pytest.mark.skipif(not walls.abi(), reason="this machine has no Landlock")
NOBODY = 65534
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root could do it")
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


@pytest.fixture
def work() -> Iterator[Path]:
    """A folder as evaluators make them."""
    folder = Path(tempfile.mkdtemp(prefix=WORK))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(params=["view", "landlock"])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    monkeypatch.setenv("TOOLKIT_DATA_DIR", str(tmp_path / "data"))
    found = lay(tmp_path, tmp_path / "data", work, veil=request.param == "view")
    if request.param == "view":
        with found.start("true") as process:
            if process.unveiled:
                pytest.skip(f"no namespace of mounts here: {process.unveiled}")
    return found


@contextlib.contextmanager
def beside(*argv: str) -> Iterator[int]:
    """Another process of the host, with a secret in its environment."""
    environment = {**os.environ, "GOLD": SECRET}
    with subprocess.Popen([*argv], env=environment, cwd="/") as process:
        try:
            yield process.pid
        finally:
            process.kill()


def test_no_hidden_thing_can_be_read(place: Place) -> None:
    found = place.python(READ, *map(str, place.hidden.values())).output
    gave = [what for what, path in place.hidden.items() if f"{path} refused" not in found]
    assert gave == []


def test_without_walls_all_of_it_can_be_read(tmp_path: Path, work: Path) -> None:
    """Or the other tests would show nothing."""
    place = lay(tmp_path, tmp_path / "data", work, veil=None)
    found = place.python(READ, *map(str, place.hidden.values())).output
    gave = [what for what, path in place.hidden.items() if f"{path} gave 8" in found]
    assert gave == list(place.hidden)
    assert place.station.reach == "could read the data"


def test_no_hidden_thing_can_be_changed_or_taken_out(place: Place) -> None:
    before = {what: path.read_bytes() for what, path in place.hidden.items()}
    assert place.python(WRITE, *map(str, place.hidden.values())).output.strip() == "tried"
    assert {what: path.read_bytes() for what, path in place.hidden.items()} == before


def test_links_lead_nowhere(place: Place) -> None:
    """Also those that lay in the workspace before the agent was started."""
    (place.workspace / "early").symlink_to(place.hidden["answers"])
    found = place.shell(
        f"ln -s {place.hidden['answers']} soft; ln {place.hidden['answers']} hard; "
        f"ln -s /proc/{os.getpid()}/root{place.hidden['answers']} root; "
        "cat early soft hard root"
    ).output
    assert SECRET not in found
    assert not (place.workspace / "hard").exists()


@pytest.mark.parametrize(
    "way", ["mount --bind {} .", "unshare -Urm cat {}", "unshare -Urm umount -a"]
)
def test_no_namespace_of_its_own_uncovers_anything(place: Place, way: str) -> None:
    answers = place.hidden["answers"]
    found = place.shell(f"{way.format(answers.parent)}; cat answers.json; cat {answers}").output
    assert SECRET not in found


def test_memory_and_files_of_other_processes_are_shut(place: Place) -> None:
    with beside("sleep", "60") as evaluator, open(place.hidden["answers"], "rb") as file:
        asked = [
            f"/proc/{pid}/{name}"
            for pid in (os.getpid(), evaluator)
            for name in ("environ", "mem", "maps", f"root{place.hidden['answers']}", "fd/0", "exe")
        ]
        asked.append(f"/proc/{os.getpid()}/fd/{file.fileno()}")
        found = place.python(READ, *asked).output
    assert [path for path in asked if f"{path} refused" not in found] == []


def test_its_keeper_is_shut_too(place: Place) -> None:
    found = place.shell("cat /proc/$PPID/environ /proc/$PPID/mem | wc -c").output
    assert found.split()[-1] == "0"


def test_it_cannot_signal_its_keeper_its_host_or_anybody_else(place: Place) -> None:
    with beside("sleep", "60") as other:
        found = place.shell(
            f"for pid in $PPID {os.getpid()} {other} 1; do "
            "kill -KILL $pid 2>/dev/null && echo killed $pid; done; echo tried"
        )
        os.kill(other, 0)
    assert (found.output, found.code) == ("tried\n", 0)


def test_it_works_in_its_workspace_and_in_its_home(place: Place) -> None:
    (place.home / "settings").mkdir()
    found = place.shell(
        "mkdir a && echo one >a/one && mv a/one two && cat two && ln two three && chmod +x three;"
        "printf '#!/bin/sh\necho runs' >run && chmod +x run && ./run;"
        "echo kept >~/settings/file && cat ~/settings/file; echo >/dev/null; ls; echo told >&2;"
        "echo again >/dev/stderr; git init -q sub && ls -d sub/.git"
    ).output
    assert found.split() == [
        "one", "runs", "kept", "a", "run", "three", "two", "told", "again", "sub/.git",
    ]  # fmt: skip
    assert (place.home / "settings/file").read_text() == "kept\n"


def test_it_reaches_the_network(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].sendall(b"hello"), daemon=True).start()
        code = (
            "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
            "print(s.recv(5)); socket.create_server(('127.0.0.1', 0))"
        )
        assert place.python(code, str(server.getsockname()[1])).output == "b'hello'\n"


def test_new_files_beside_something_hidden_need_a_view_of_its_own(place: Place) -> None:
    """Landlock alone cannot have both; docs/threat-model.md says so."""
    asked = place.walls
    assert asked
    found = place.shell(f"echo new >{place.root}/new; ls {place.root}")
    assert (place.root / "new").exists() == asked().veil
    assert ("toy" in found.output.split()) == asked().veil


def test_a_hidden_folder_that_is_not_there_shuts_nothing(place: Place) -> None:
    asked = walls.Walls([place.home / "none/yet"], veil=bool(place.walls and place.walls().veil))
    place.station._walls = lambda: asked
    assert place.shell("echo new >~/new; cat ~/new").output == "new\n"


def test_code_that_host_and_programs_run_can_be_read_and_not_changed(place: Place) -> None:
    package = Path(pytest.__file__).parent
    found = place.python(WRITE, str(package / "__init__.py"), str(package / "planted.py"))
    assert found.output.strip() == "tried"
    code = "import pytest; print(pytest.__name__)"
    done = place.shell(f"{sys.executable} -c '{code}'", PYTHONPATH=str(package.parent))
    assert done.output == "pytest\n"


def test_abstract_sockets_of_others_are_shut(place: Place) -> None:
    name = f"\0toolkit-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        code = "import socket, sys; socket.socket(socket.AF_UNIX).connect('\\0' + sys.argv[1])"
        assert "PermissionError" in place.python(code, name[1:]).output


def test_a_daemon_that_would_read_for_it_is_out_of_reach_in_a_view_of_its_own(
    place: Place, monkeypatch: pytest.MonkeyPatch
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
                reached.append(SECRET in place.python(code, str(path)).output)
    finally:
        shutil.rmtree(runtime)
        known.unlink()
    assert place.walls
    assert reached == [not place.walls().veil] * 2


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
def test_root_is_a_user_like_any_other(place: Place) -> None:
    system = ["/etc/planted", "/usr/lib/planted", "/var/spool/planted", "/run/planted"]
    kernel = ["/proc/sys/kernel/core_pattern"]
    opening = WRITE.partition("    for act")[0] + "print('tried')"
    assert place.python(opening, *system, *kernel).output == "tried\n"
    found = place.shell("grep CapEff /proc/self/status; grep NoNewPrivs /proc/self/status").output
    assert found.split() == ["CapEff:", "0" * 16, "NoNewPrivs:", "1"]


@root_only
def test_no_disk_can_be_read_past_its_file_system(place: Place) -> None:
    disks = [str(path) for path in Path("/dev").iterdir() if path.is_block_device()]
    assert " gave 8" not in place.python(READ, *disks).output


def test_a_wall_that_does_not_hold_starts_nobody(place: Place) -> None:
    """Whatever a kernel promises: it is tried in the agent's own process, before the agent."""
    assert place.walls
    open_file = place.home / "open"
    open_file.write_text("x")
    asked = {
        "argv": ["true"], "cwd": "/", "environment": {}, "output": str(place.home / "out"),
        "output_bytes": 100, "folder": str(place.home), "scratch_mb": 0,
        "wall": {**place.walls().around([place.workspace]), "unreadable": [str(open_file)]},
    }  # fmt: skip
    with pytest.raises(UserError, match="the wall does not hold: an agent could read"):
        Process(asked, "none")


def test_data_of_the_program_is_readable_inside_what_is_hidden(place: Place) -> None:
    table = place.root / "toy/data/table.csv"
    table.parent.mkdir()
    table.write_text("rows")
    asked = walls.Walls([place.root], [table.parent], veil=bool(place.walls and place.walls().veil))
    place.station._walls = lambda: asked
    found = place.python(READ, str(table), str(place.hidden["answers"])).output
    assert f"{table} gave 4" in found
    assert f"{place.hidden['answers']} refused" in found
    assert place.python(WRITE, str(table)).output.strip() == "tried"


def test_an_agent_that_lies_in_what_is_hidden_is_told_so(place: Place) -> None:
    program = place.root / "toy/bin/agent"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert f"{program} lies in {place.root}/toy" in place.station.may_start(
        ["agent"], str(program.parent)
    )
    assert place.station.may_start([sys.executable]) == ""


def test_a_view_has_terminals_of_its_own(place: Place) -> None:
    controller, terminal = os.openpty()
    try:
        code = "import os, sys; print(os.ttyname(os.openpty()[1])); print(os.listdir('/dev/pts'))"
        found = place.python(code).output
        assert found.startswith("/dev/pts/")
        if place.walls and place.walls().veil:
            assert found.splitlines() == ["/dev/pts/0", "['0', 'ptmx']"]
    finally:
        os.close(controller)
        os.close(terminal)


def test_variables_that_lead_to_data_or_daemons_are_left_out(place: Place) -> None:
    found = place.shell(
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
    files = [str(tests / "test_walls.py"), str(tests / "test_outside.py")]
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
