"""The one folder that a program may write in: private, bounded, gone afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.workcopy import remove
from toolkit.jobs import Job, Limits, Outcome

pytestmark = pytest.mark.slow

LIMITS = Limits(cpu_s=5, memory_mb=256, output_mb=1, scratch_mb=2)
HEAD = "import json, os, shutil, sys, tempfile, time\n"
READ = "job = json.load(sys.stdin)\n"


@pytest.fixture(scope="module", params=[False, True], ids=["function", "command"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[LocalEvaluator]:
    with LocalEvaluator(command=request.param) as running:
        yield running


def ends(sandbox: LocalEvaluator, body: str, limits: Limits = LIMITS) -> Outcome:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    code = f"{HEAD}def run(*_):\n{lines}"
    if sandbox.command:
        code += f"if __name__ == '__main__':\n    {READ}    print(json.dumps([run()]))\n"
    command = ("python", "main.py") if sandbox.command else ()
    files = {"main.py": code.encode()}
    return sandbox.run(Job(files, "main:run", {}, (b"[]",), limits, command=command))


def test_temporary_files_work(sandbox: LocalEvaluator) -> None:
    body = (
        "with tempfile.NamedTemporaryFile('w+') as named, tempfile.TemporaryFile() as nameless,"
        " tempfile.TemporaryDirectory() as folder:\n"
        "    named.write('x' * 1000); named.flush(); nameless.write(b'y')\n"
        "    path = os.path.join(folder, 'a'); open(path, 'w').write('1'); open(path, 'w').write('22')\n"
        "    os.rename(path, path + 'b'); shutil.copyfile(path + 'b', path)\n"
        "    return [open(named.name).read() == 'x' * 1000, open(path).read(), "
        "named.name.startswith(os.environ['TMPDIR']), tempfile.gettempdir() == os.environ['TMPDIR']]"
    )
    found = ends(sandbox, body)
    assert found.status == "ok", found.detail
    assert found.values == [[True, "22", True, True]]
    assert list(sandbox._folder.iterdir()) == []


def test_without_one_there_is_none(sandbox: LocalEvaluator) -> None:
    limits = Limits(cpu_s=5, memory_mb=256, output_mb=1)
    found = ends(sandbox, "return tempfile.TemporaryFile()", limits)
    assert (found.status, "No usable temporary directory" in found.detail) == ("crashed", True)


@pytest.mark.parametrize(
    "body",
    [
        # one file, many files, files without a name, empty files, folders
        "f = open(t + '/a', 'wb')\nwhile True: f.write(bytes(100_000)); f.flush()",
        "for n in range(100): open(f'{t}/{n}', 'wb').write(bytes(100_000))\ntime.sleep(5)",
        "fs = [tempfile.TemporaryFile() for _ in range(30)]\n"
        "for f in fs: f.write(bytes(100_000)); f.flush()\ntime.sleep(5)",
        "for n in range(100_000): open(f'{t}/{n}', 'wb').close()\ntime.sleep(5)",
        "for n in range(100_000): os.mkdir(f'{t}/{n}')\ntime.sleep(5)",
        # ended before anybody looked
        "for n in range(30): open(f'{t}/{n}', 'wb').write(bytes(100_000))\nreturn 1",
        # deeper than a path can be long
        "os.chdir(t)\nfor _ in range(3000): os.mkdir('d' * 50); os.chdir('d' * 50)\ntime.sleep(5)",
    ],
)
def test_outgrowing_it_is_the_end(sandbox: LocalEvaluator, body: str) -> None:
    found = ends(sandbox, f"t = os.environ['TMPDIR']\n{body}")
    assert (found.status, found.values) == ("crashed", None)
    assert "scratch folder is larger than 2 MB" in found.detail or "too large" in found.detail
    assert list(sandbox._folder.iterdir()) == []


def test_what_fits_may_be_written_again_and_again(sandbox: LocalEvaluator) -> None:
    body = (
        "for n in range(20):\n"
        "    with tempfile.TemporaryFile() as f: f.write(bytes(1 << 20)); f.flush()\n"
        "return 1"
    )
    assert ends(sandbox, body).values == [1]


@pytest.mark.parametrize(
    "body",
    [
        "os.symlink('/etc', t + '/a')",
        "os.mkfifo(t + '/a')",
        "os.mknod(t + '/a', 0o600 | 0o10000)",
        "os.link('main.py', t + '/a')",
        "os.chmod(t, 0o777)",
        "open(os.path.dirname(t) + '/other', 'w')",
        "os.rename(t, t + '2')",
        "open('main.py', 'w')",
    ],
)
def test_no_more_than_files_and_folders_in_it(sandbox: LocalEvaluator, body: str) -> None:
    found = ends(sandbox, f"t = os.environ['TMPDIR']\n{body}\nreturn 'HARM'")
    assert found.status == "crashed"
    assert "PermissionError" in found.detail or "Errno 18" in found.detail  # another folder's


def test_the_next_program_finds_nothing_of_it(sandbox: LocalEvaluator) -> None:
    body = "t = os.environ['TMPDIR']\nopen(t + '/a', 'w').write('x')\nreturn t"
    (one,), (two,) = ends(sandbox, body).values or "?", ends(sandbox, body).values or "?"
    assert one != two
    assert not Path(one).exists()
    assert not Path(two).exists()


def test_a_folder_that_was_shut_is_removed(sandbox: LocalEvaluator) -> None:
    body = "os.makedirs(os.environ['TMPDIR'] + '/a/b')\nos.umask(0o777)\n"
    body += "os.mkdir(os.environ['TMPDIR'] + '/a/c')\nreturn 1"
    ends(sandbox, body)
    assert list(sandbox._folder.iterdir()) == []


def test_remove_takes_what_python_does_not(tmp_path: Path) -> None:
    """Nested deeper than its recursion goes, and with a folder shut to its owner."""
    top = tmp_path / "top"
    top.mkdir()
    here = os.open(top, os.O_RDONLY)
    for _ in range(2000):
        os.mkdir("d", dir_fd=here)
        there = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(here)
    (top / "shut").mkdir()
    (top / "shut" / "file").write_text("x")
    (top / "shut").chmod(0)
    remove(top)
    assert not top.exists()
