"""What an agent may reach, tried by real processes: with a view of its own, and by Landlock alone."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from stationed import READ, SECRET, WRITE, Place, lay

from toolkit.outside import walls

pytestmark = pytest.mark.skipif(not walls.abi(), reason="this machine has no Landlock")


@contextlib.contextmanager
def beside(*argv: str) -> Iterator[int]:
    """Another process of the host, with a secret in its environment."""
    environment = {**os.environ, "GOLD": SECRET}
    with subprocess.Popen([*argv], env=environment, cwd="/") as process:
        try:
            yield process.pid
        finally:
            process.kill()


def test_no_hidden_thing_can_be_read(walled: Place) -> None:
    found = walled.python(READ, *map(str, walled.hidden.values())).output
    gave = [what for what, path in walled.hidden.items() if f"{path} refused" not in found]
    assert gave == []


def test_without_walls_all_of_it_can_be_read(tmp_path: Path, work: Path) -> None:
    """Or the other tests would show nothing."""
    walled = lay(tmp_path, tmp_path / "data", work, veil=None)
    found = walled.python(READ, *map(str, walled.hidden.values())).output
    gave = [what for what, path in walled.hidden.items() if f"{path} gave 8" in found]
    assert gave == list(walled.hidden)
    assert walled.station.reach == "could read the data"


def test_no_hidden_thing_can_be_changed_or_taken_out(walled: Place) -> None:
    before = {what: path.read_bytes() for what, path in walled.hidden.items()}
    assert walled.python(WRITE, *map(str, walled.hidden.values())).output.strip() == "tried"
    assert {what: path.read_bytes() for what, path in walled.hidden.items()} == before


def test_links_lead_nowhere(walled: Place) -> None:
    """Also those that lay in the workspace before the agent was started."""
    (walled.workspace / "early").symlink_to(walled.hidden["answers"])
    found = walled.shell(
        f"ln -s {walled.hidden['answers']} soft; ln {walled.hidden['answers']} hard; "
        f"ln -s /proc/{os.getpid()}/root{walled.hidden['answers']} root; "
        "cat early soft hard root"
    ).output
    assert SECRET not in found
    assert not (walled.workspace / "hard").exists()


@pytest.mark.parametrize(
    "way", ["mount --bind {} .", "unshare -Urm cat {}", "unshare -Urm umount -a"]
)
def test_no_namespace_of_its_own_uncovers_anything(walled: Place, way: str) -> None:
    answers = walled.hidden["answers"]
    found = walled.shell(f"{way.format(answers.parent)}; cat answers.json; cat {answers}").output
    assert SECRET not in found


def test_memory_and_files_of_other_processes_are_shut(walled: Place) -> None:
    with beside("sleep", "60") as evaluator, open(walled.hidden["answers"], "rb") as file:
        asked = [
            f"/proc/{pid}/{name}"
            for pid in (os.getpid(), evaluator)
            for name in ("environ", "mem", "maps", f"root{walled.hidden['answers']}", "fd/0", "exe")
        ]
        asked.append(f"/proc/{os.getpid()}/fd/{file.fileno()}")
        found = walled.python(READ, *asked).output
    assert [path for path in asked if f"{path} refused" not in found] == []


def test_its_keeper_is_shut_too(walled: Place) -> None:
    found = walled.shell("cat /proc/$PPID/environ /proc/$PPID/mem | wc -c").output
    assert found.split()[-1] == "0"


def test_it_cannot_signal_its_keeper_its_host_or_anybody_else(walled: Place) -> None:
    with beside("sleep", "60") as other:
        found = walled.shell(
            f"for pid in $PPID {os.getpid()} {other} 1; do "
            "kill -KILL $pid 2>/dev/null && echo killed $pid; done; echo tried"
        )
        os.kill(other, 0)
    assert (found.output, found.code) == ("tried\n", 0)


def test_it_works_in_its_workspace_and_in_its_home(walled: Place) -> None:
    (walled.home / "settings").mkdir()
    found = walled.shell(
        "mkdir a && echo one >a/one && mv a/one two && cat two && ln two three && chmod +x three;"
        "printf '#!/bin/sh\necho runs' >run && chmod +x run && ./run;"
        "echo kept >~/settings/file && cat ~/settings/file; echo >/dev/null; ls; echo told >&2;"
        "echo again >/dev/stderr; git init -q sub && ls -d sub/.git"
    ).output
    assert found.split() == [
        "one", "runs", "kept", "a", "run", "three", "two", "told", "again", "sub/.git",
    ]  # fmt: skip
    assert (walled.home / "settings/file").read_text() == "kept\n"


def test_it_reaches_the_network(walled: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].sendall(b"hello"), daemon=True).start()
        code = (
            "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
            "print(s.recv(5)); socket.create_server(('127.0.0.1', 0))"
        )
        assert walled.python(code, str(server.getsockname()[1])).output == "b'hello'\n"


def test_new_files_beside_something_hidden_need_a_view_of_its_own(walled: Place) -> None:
    """Landlock alone cannot have both; docs/threat-model.md says so."""
    asked = walled.walls
    assert asked
    found = walled.shell(f"echo new >{walled.root}/new; ls {walled.root}")
    assert (walled.root / "new").exists() == asked().veil
    assert ("toy" in found.output.split()) == asked().veil


def test_a_hidden_folder_that_is_not_there_shuts_nothing(walled: Place) -> None:
    asked = walls.Walls([walled.home / "none/yet"], veil=bool(walled.walls and walled.walls().veil))
    walled.station._walls = lambda: asked
    assert walled.shell("echo new >~/new; cat ~/new").output == "new\n"


def test_code_that_host_and_programs_run_can_be_read_and_not_changed(walled: Place) -> None:
    package = Path(pytest.__file__).parent
    found = walled.python(WRITE, str(package / "__init__.py"), str(package / "planted.py"))
    assert found.output.strip() == "tried"
    code = "import pytest; print(pytest.__name__)"
    done = walled.shell(f"{sys.executable} -c '{code}'", PYTHONPATH=str(package.parent))
    assert done.output == "pytest\n"


def test_a_file_that_goes_while_it_is_looked_at_is_no_file_to_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Work folders of evaluations lie in what is hidden, and end when they like."""
    (tmp_path / "gone").write_text("x")
    monkeypatch.setattr(walls.os, "access", lambda path, mode: not Path(path).unlink())
    assert walls._file_in(str(tmp_path), {}) == ""
