"""Agents that misbehave: whatever they start is ended, and what they print and write is bounded."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import children, showing, wait_for
from stationed import Place, ended, lay

from toolkit.errors import UserError
from toolkit.outside import walls
from toolkit.outside.output import Output, plain
from toolkit.outside.station import end_leftovers

STUBBORN = """
import os, signal, sys, time
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
for way in ("child", "session", "double"):
    if os.fork() == 0:
        if way != "child":
            os.setsid()
        if way == "double" and os.fork():
            os._exit(0)
        os.execvp("sleep", ["sleep", sys.argv[1]])
print("ready", flush=True)
time.sleep(float(sys.argv[1]))
"""


@pytest.fixture(params=["behind walls", "as it is"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Afterwards nothing that it started is left."""
    walled = request.param == "behind walls"
    if walled and not walls.abi():
        pytest.skip("this machine has no Landlock")
    found = lay(tmp_path, tmp_path / "data", tmp_path / "work", veil=True if walled else None)
    yield found
    assert [pid for nap in found.naps for pid in showing(nap)] == []


def test_an_exit_status_comes_when_all_of_it_has_ended(place: Place) -> None:
    nap = place.nap()
    found = place.shell(f"setsid sleep {nap} & (sleep {nap} &); exit 3")
    assert (found.code, found.reason) == (3, "")
    assert showing(nap) == []


def test_no_fork_session_or_deaf_ear_outlives_its_end(place: Place) -> None:
    nap = place.nap()
    with place.start(sys.executable, "-I", "-S", "-c", STUBBORN, nap) as process:
        wait_for(lambda: "ready" in process.tail(10))
        wait_for(lambda: len(showing(nap)) == 4)
        process.end(0.1)
        assert showing(nap) == []
        assert process.poll() == -signal.SIGKILL


def test_a_polite_end_leaves_time_to_tidy(place: Place) -> None:
    """Also where a shell is between, which ends at once."""
    tidy = "trap 'sleep 0.2; echo tidied; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
    with place.start(
        "/bin/sh", "-c", f"/bin/sh -c '{tidy.replace(chr(39), chr(34))}'; :"
    ) as process:
        wait_for(lambda: "ready" in process.tail(10))
        process.end(10)
        assert "tidied" in process.tail(10)
        assert process.seconds < 8


def test_what_forks_without_end_is_ended(place: Place) -> None:
    nap = place.nap()
    bomb = f"""
        import os, time
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if os.fork() == 0:
                if os.fork() == 0 and os.fork() == 0:
                    os.setsid()
                time.sleep(0.02)
                if os.getpid() % 4:
                    os.execvp("sleep", ["sleep", "{nap}"][: 1 + bool(os.getpid() % 7)])
                os._exit(0)
            time.sleep(0.005)
        """
    with place.start(sys.executable, "-I", "-S", "-c", textwrap.dedent(bomb)) as process:
        wait_for(lambda: len(showing(nap)) > 5)
        process.end(0)
        assert showing(nap) == []


def test_a_stopped_process_is_ended(place: Place) -> None:
    nap = place.nap()
    with place.start("/bin/sh", "-c", f"sleep {nap} & kill -STOP $!; kill -STOP $$") as process:
        wait_for(lambda: len(showing(nap)) > 0)
        process.end(0.1)
    assert process.poll() is not None


def test_output_is_bounded_on_disk_and_read_whole(place: Place) -> None:
    lines = 120_000
    command = f"echo first; yes 'tokens: 7 and words of no use' | head -n {lines}; echo last"
    with place.start("/bin/sh", "-c", command) as process:
        read = ""
        while process.poll() is None:
            read += process.read_new()
        read += process.read_new()
        assert read.count("tokens: 7") == lines
        assert process.tail(5) == "last\n"
    kept = (place.station.folder / "output.txt").read_bytes()
    assert 1_999_000 < len(kept) < 2_000_100
    assert kept.startswith(b"first\ntokens")
    assert kept.endswith(b"last\n")
    assert b"bytes left out" in kept


@pytest.mark.slow
def test_a_flood_of_output_takes_no_room(place: Place) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with place.start("/bin/sh", "-c", "head -c 100000000 /dev/zero | tr '\\0' x") as process:
        read = 0
        while process.poll() is None:
            read += len(process.read_new())
        assert read + len(process.read_new()) == 100_000_000
    assert (place.station.folder / "output.txt").stat().st_size < 2_000_100
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 << 10


def test_nobody_has_to_read_the_output(tmp_path: Path) -> None:
    """Memory stays bounded, and the agent does not wait for ever."""
    output = Output()
    output.release()
    for _ in range(100):
        output.write(b"x" * (1 << 20))
    assert len(output.read_new()) < 10 << 20
    assert output.tail(4) == "xxxx"


def test_output_is_harmless_to_look_at() -> None:
    assert plain("\x1b[1;31mred\x1b[0m \x1b]0;title\x07x\x1b(B \x9b2J 10%\r20%\r\n") == (
        "red x \\x9b2J 10%\n20%\n"
    )
    output, read = Output(), ""
    for byte in "tokens \x1b[32m1\x1b[0mé2\r\n".encode():
        output.write(bytes([byte]))
        read += output.read_new()
    assert read == "tokens 1é2\n"


@pytest.mark.slow
def test_a_full_folder_ends_it_and_the_reason_says_so(place: Place) -> None:
    code = """
        import itertools, time
        for number in itertools.count():
            with open(f"part{number}", "wb") as file:
                file.write(bytes(1 << 20))
            time.sleep(0.05)  # a process that waits for the disk is deaf to SIGTERM
        """
    process = place.start(sys.executable, "-I", "-S", "-c", textwrap.dedent(code), scratch_mb=8)
    found = ended(process)
    assert "its folder takes more than 8 MB" in found.reason
    assert found.code == -signal.SIGTERM


def test_one_file_cannot_be_larger_than_the_folder_may(place: Place) -> None:
    code = "file = open('large', 'wb')\nwhile True: file.write(bytes(1 << 20)); file.flush()"
    process = place.start(sys.executable, "-I", "-S", "-c", code, scratch_mb=8)
    assert ended(process).code != 0
    assert (place.workspace / "large").stat().st_size <= 8 << 20


def test_an_agent_that_ends_its_parent_ends_itself(place: Place) -> None:
    """Behind walls it cannot: its keeper stands outside of them."""
    nap = place.nap()
    found = place.shell(
        f"(setsid sleep {nap} &); sleep 0.2; kill -KILL $PPID || exit 7; sleep {nap}"
    )
    ending = (7, "") if place.walls else (-signal.SIGKILL, "its keeper was ended from outside")
    assert (found.code, found.reason) == ending
    assert showing(nap) == []


def test_an_agent_that_ends_its_parent_at_once_leaves_nothing(tmp_path: Path) -> None:
    place = lay(tmp_path, tmp_path / "data", tmp_path / "work", veil=None)
    nap = place.nap()
    with contextlib.suppress(UserError):
        place.shell(f"setsid sleep {nap} & kill -KILL $PPID; sleep {nap}")
    assert showing(nap) == []


def test_a_program_that_is_not_there_is_told(place: Place) -> None:
    with pytest.raises(UserError, match="the agent cannot be started: no-such-agent"):
        place.start("no-such-agent")
    assert "no program 'no-such-agent'" in place.station.may_start(["no-such-agent"])
    assert place.station.may_start(["sh"]) == ""


HOST = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from stationed import lay
folder = Path(sys.argv[2])
place = lay(folder, folder / "data", folder / "work", veil=True if sys.argv[4] == "walls" else None)
process = place.start("/bin/sh", "-c", f"(setsid sleep {sys.argv[3]} &) ; sleep {sys.argv[3]}")
print(process._keeper.pid, flush=True)
sys.stdin.read()
"""


def host(place: Place, tmp_path: Path, nap: str) -> subprocess.Popen[str]:
    """A host in a process of its own, which prints the number of its keeper."""
    tests, level = str(Path(__file__).parent), "walls" if place.walls else "none"
    folder = tmp_path / "host"
    folder.mkdir()
    started = subprocess.Popen(
        [sys.executable, "-c", HOST, tests, str(folder), nap, level],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for(lambda: len([pid for pid in showing(nap) if "sleep" in command(pid)]) >= 2, most_s=30)
    return started


def command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def test_it_ends_with_its_host_however_that_is_killed(place: Place, tmp_path: Path) -> None:
    nap = place.nap()
    with host(place, tmp_path, nap) as started:
        started.kill()
    wait_for(lambda: showing(nap) == [], most_s=5)


def test_what_outlives_host_and_keeper_is_found_by_its_mark(place: Place, tmp_path: Path) -> None:
    nap = place.nap()
    with host(place, tmp_path, nap) as started:
        assert started.stdout
        keeper = int(started.stdout.readline())
        started.send_signal(signal.SIGSTOP)  # both at the same instant
        os.kill(keeper, signal.SIGKILL)
        started.kill()
    wait_for(lambda: all("sleep" in command(pid) for pid in showing(nap)))
    assert showing(nap) != []
    assert end_leftovers(tmp_path / "host/project/runs/other/agents") == 0
    assert end_leftovers(tmp_path / "host/project/runs/first/agents") >= 1
    assert showing(nap) == []


def test_its_keeper_is_no_child_of_anything_when_it_has_ended(place: Place) -> None:
    before = children(os.getpid())
    place.shell("true")
    assert children(os.getpid()) == before
