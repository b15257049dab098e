"""Programs as they are: what they are given, what they print and leave, and what hostile ones try."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from processes import wait_for

from toolkit.evaluators.cached import CachedEvaluator
from toolkit.evaluators.local import LocalEvaluator
from toolkit.evaluators.unconfined import UnconfinedEvaluator
from toolkit.jobs import Job, Limits, Outcome

SMALL = Limits(cpu_s=5, memory_mb=256, output_mb=1)
HEAD = "import os, pathlib, shutil, subprocess, sys, tempfile, time\n"
Evaluator = LocalEvaluator | UnconfinedEvaluator


@pytest.fixture(scope="module")
def confined() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(slots=2, command=True) as running:
        yield running


@pytest.fixture(scope="module", params=["confined", "unconfined"])
def each(request: pytest.FixtureRequest, confined: LocalEvaluator) -> Iterator[Evaluator]:
    if request.param == "confined":
        yield confined
        return
    with UnconfinedEvaluator(slots=2) as running:
        yield running


def script(
    body: str, *leaves: str, given: Mapping[str, object] | None = None, limits: Limits = SMALL,
    **more: object,
) -> Job:  # fmt: skip
    call = json.dumps({"files": given or {}}).encode()
    options: dict[str, object] = {"script": True, "writable": True, "leaves": leaves, **more}
    return Job(
        {"main.py": (HEAD + body).encode(), "old.txt": b"as it was", "sub/old.txt": b"the same"},
        "", {}, (call,), limits, 5, ("python", "main.py"), **options,
    )  # type: ignore[arg-type]  # fmt: skip


def told(found: Outcome) -> dict[str, object]:
    assert found.status == "ok", found.detail
    assert found.values is not None
    ((result,),) = found.values
    assert isinstance(result, dict)
    return result


def test_what_it_prints_is_text_and_what_it_leaves_is_handed_back(each: Evaluator) -> None:
    body = (
        "assert sys.stdin.read() == ''\n"
        "print('loss: 1.25', open('given.csv').read())\n"
        "print('careful', file=sys.stderr)\n"
        "os.makedirs('out/deep')\n"
        "pathlib.Path('out/deep/a.csv').write_text('1,2')\n"
        "pathlib.Path('raw.bin').write_bytes(bytes([255, 0]))\n"
    )
    found = told(each.run(script(body, "out/*.csv", "raw.bin", given={"given.csv": "x,y"})))
    assert found["printed"] == "loss: 1.25 x,y\n"
    assert found["errors"] == "careful\n"
    assert found["files"] == {
        "out/deep/a.csv": "1,2",
        "raw.bin": {"base64": base64.b64encode(bytes([255, 0])).decode()},
    }


def test_it_writes_where_programs_write(each: Evaluator) -> None:
    """In its folder, at home and in temporary folders; with moves, links, modes and times."""
    body = (
        "pathlib.Path.home().joinpath('.cache').mkdir()\n"
        "with tempfile.NamedTemporaryFile('w', delete=False) as f: f.write('done')\n"
        "os.replace(f.name, 'moved.txt')\n"
        "shutil.copy2('moved.txt', 'copied.txt')\n"
        "os.symlink('moved.txt', 'latest')\n"
        "pathlib.Path('main.py').write_text('gone')\n"
        "print(pathlib.Path('latest').read_text(), os.getcwd() in os.environ['HOME'])\n"
    )
    found = told(each.run(script(body, "moved.txt", "copied.txt")))
    assert found["printed"] == "done True\n"
    assert found["files"] == {"copied.txt": "done", "moved.txt": "done"}


def test_nothing_of_it_stays(each: Evaluator) -> None:
    body = "print(sorted(os.listdir()), open('old.txt').read())\nopen('old.txt', 'w').write('new')"
    job = script(body)
    assert told(each.run(job))["printed"] == told(each.run(job))["printed"]
    assert list(each._folder.iterdir()) == []


def test_a_file_that_the_host_laid_counts_only_where_it_was_written(each: Evaluator) -> None:
    """Or the predictions that lie in a repository would be scored for a program that made none."""
    assert told(each.run(script("pass", "old.txt", "sub")))["files"] == {}
    again = script("time.sleep(0.02); open('old.txt', 'w').write('as it was')", "*.txt")
    assert told(each.run(again))["files"] == {"old.txt": "as it was"}


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("sys.exit(3)", "crashed", "exited with 3"),
        ("print('half a result'); raise ValueError('boom')", "crashed", "ValueError: boom"),
        ("print('all is lost'); sys.stdout.flush(); os.abort()", "crashed", "SIGABRT"),
        ("x = bytearray(1 << 30)", "oom", "MemoryError"),
        ("for _ in range(2 << 10): print('x' * 1024)", "crashed", "its printed text is larger"),
        ("open('big', 'wb').write(bytes(3 << 20))\nfor n in range(9):\n"
         "  open(f'big{n}', 'wb').write(bytes(2 << 20)); time.sleep(0.1)", "crashed", "scratch_mb"),
    ],
)  # fmt: skip
def test_endings(each: Evaluator, body: str, status: str, reason: str) -> None:
    limits = Limits(cpu_s=5, memory_mb=256, output_mb=1, scratch_mb=4)
    found = each.run(script(body, limits=limits))
    assert (found.status, found.values, reason in found.detail) == (status, None, True), found


def test_what_it_printed_is_kept_where_it_says_nothing_else(each: Evaluator) -> None:
    found = each.run(script("print('step 7 of 9'); sys.exit(2)"))
    assert "step 7 of 9" in found.detail


HOSTILE = {
    "a link to the host's users": (
        "os.symlink('/etc/passwd', 'out.txt')", "must be a plain file, and no link",
    ),
    "a link to its own file": ("os.symlink('old.txt', 'out.txt')", "and no link"),
    "more than the cap": (
        "open('out.txt', 'w').write('x' * (2 << 20))", "larger than [limits] output_mb allows",
    ),
    "a hole larger than the cap": (
        "f = open('out.txt', 'w'); f.truncate(1 << 20 << 1)", "larger than [limits] output_mb",
    ),
    "a name that is no text": ("open(b'\\xff.txt', 'w').close()", "is no text in UTF-8"),
    "thousands of files": (
        "for n in range(1001): open(f'{n}.txt', 'w').close()", "files of [code] leaves: 1,000 are allowed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("trick", HOSTILE)
def test_a_hostile_leaf_is_refused(each: Evaluator, trick: str) -> None:
    body, reason = HOSTILE[trick]
    found = each.run(script(body, "*.txt"))
    assert (found.status, found.values) == ("crashed", None)
    assert reason in found.detail
    assert "root:" not in found.detail


def test_a_pipe_for_a_leaf_holds_nobody_up() -> None:
    """Confined it cannot be made at all."""
    with UnconfinedEvaluator() as plain:
        found = plain.run(script("os.mkfifo('out.txt')", "out.txt"))
    assert (found.status, "is no plain file" in found.detail) == ("crashed", True), found.detail


def test_a_folder_behind_a_link_is_not_read(each: Evaluator, tmp_path: Path) -> None:
    (tmp_path / "gold.txt").write_text("the answers")
    found = each.run(script(f"os.symlink({str(tmp_path)!r}, 'out')", "out/*", "out"))
    assert found.status == "crashed"
    assert "the answers" not in repr(found)


def test_a_name_with_orders_for_the_terminal_is_shown_harmless(each: Evaluator) -> None:
    found = each.run(script("os.symlink('x', '\\x1b[2J.txt')", "*.txt"))
    assert "\\x1b[2J.txt" in found.detail
    assert "\x1b" not in found.detail


def test_what_goes_on_in_the_background_ends_with_it(confined: LocalEvaluator) -> None:
    body = (
        "subprocess.Popen([sys.executable, '-c', 'import time\\nwhile True:\\n"
        ' open("out.txt", "a").write("x"); time.sleep(.001)\'], start_new_session=True)\n'
        "time.sleep(0.3)"
    )
    began = time.monotonic()
    found = told(confined.run(script(body, "out.txt")))
    assert time.monotonic() - began < 60
    assert set(found["files"]["out.txt"]) == {"x"}  # type: ignore[index]
    wait_for(lambda: list(confined._folder.iterdir()) == [])


@pytest.mark.parametrize("act", ["read", "write", "list"])
def test_a_study_is_out_of_reach(confined: LocalEvaluator, tmp_path: Path, act: str) -> None:
    gold = tmp_path / "gold.csv"
    gold.write_text("the answers")
    body = {
        "read": f"print(open({str(gold)!r}).read())",
        "write": f"open({str(tmp_path / 'new')!r}, 'w')",
        "list": f"print(os.listdir({str(tmp_path)!r}))",
    }[act]
    found = confined.run(script(body))
    assert (found.status, "PermissionError" in found.detail) == ("crashed", True)
    assert "belongs into [code] data; what is written belongs into its own folder" in found.detail
    assert not (tmp_path / "new").exists()


def test_a_mode_that_it_sets_elsewhere_is_not_set(confined: LocalEvaluator, tmp_path: Path) -> None:
    """It is told that it was: copies of files end with such a call."""
    file = tmp_path / "file"
    file.write_text("x")
    file.chmod(0o640)
    told(confined.run(script(f"os.chmod({str(file)!r}, 0o777); os.utime({str(file)!r}, (1, 1))")))
    assert file.stat().st_mode & 0o777 == 0o640
    assert file.stat().st_mtime > 1


NETWORK = (
    "import urllib.request; urllib.request.urlopen('http://example.org/x')",
    "import socket; socket.getaddrinfo('example.org', 80)",
    "sys.exit('curl: (6) Could not resolve host: example.org')",
    "class ConnectionError(OSError): pass\nraise ConnectionError('Max retries exceeded with url: /')",
)


@pytest.mark.parametrize("body", NETWORK)
def test_a_program_that_needs_the_network_is_told(confined: LocalEvaluator, body: str) -> None:
    found = confined.run(script(body))
    assert "the sandbox has no network: fetch before what the program downloads" in found.detail


def test_data_is_read_where_the_program_looks_for_it_and_stays(tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "big" / "corpus.txt").write_text("words")
    links = {"data": str(tmp_path / "big"), ".home/.cache/big": str(tmp_path / "big")}
    body = (
        "print(open('data/corpus.txt').read(), pathlib.Path.home().joinpath('.cache/big/corpus.txt').read_text())\n"
        f"print(open({str(tmp_path / 'big' / 'corpus.txt')!r}).read())\n"
        "for name in ('data/corpus.txt', 'data/new.txt'):\n"
        "    try: open(name, 'w')\n"
        "    except PermissionError: print('refused')\n"
    )
    with LocalEvaluator(command=True, readable=[tmp_path / "big"]) as reading:
        found = told(reading.run(script(body, "data", "data/*", links=links)))
    assert str(found["printed"]).split() == ["words", "words", "words", "refused", "refused"]
    assert found["files"] == {}
    assert (tmp_path / "big" / "corpus.txt").read_text() == "words"


def test_a_function_may_have_a_copy_to_write_in(evaluator: LocalEvaluator) -> None:
    code = b"import os\nos.makedirs('cache')\ndef f(x):\n    open('cache/a', 'w').write(x)\n    return os.listdir()\n"
    job = Job({"m.py": code}, "m:f", {}, (b'[null, ["x"]]',), SMALL, arguments="input")
    refused = evaluator.run(job)
    assert "needs [code] writable = true" in refused.detail or "scratch_mb" in refused.detail
    values = evaluator.run(Job(**{**vars(job), "writable": True})).values
    assert values is not None
    assert {"cache", "m.py"} <= set(values[0][0])


ARRAYS = b"""
class Array:
    def __init__(self, *values): self.values = values
    def tolist(self): return list(self.values)
def make(): return Array(1, 2.5), {"a": Array(Array(3))}
def double(x): return (2 * x,)
"""


def test_functions_that_know_nothing_of_calls(each: Evaluator) -> None:
    plain = LocalEvaluator() if isinstance(each, LocalEvaluator) else UnconfinedEvaluator()
    call = (b"[null, [1, 2]]", b"[null, [3]]")
    with plain as functions:
        made = functions.run(Job({"m.py": ARRAYS}, "m:make", {}, call, SMALL, arguments="none"))
        asked = functions.run(Job({"m.py": ARRAYS}, "m:double", {}, call, SMALL, arguments="input"))
    one = [[1, 2.5], {"a": [[3]]}]
    assert made.values == [[one, one], [one]], made.detail
    assert asked.values == [[[2], [4]], [[6]]], asked.detail


def test_variables_reach_functions_and_scripts(each: Evaluator) -> None:
    found = told(each.run(script("print(os.environ['LR'])", environment={"LR": "0.1"})))
    assert found["printed"] == "0.1\n"


def test_what_a_result_depends_on_is_in_its_key(confined: LocalEvaluator, tmp_path: Path) -> None:
    job = script("print(1)")
    others = {
        "leaves": ("a",), "environment": {"A": "1"}, "writable": False, "script": False,
        "arguments": "input", "links": {"data": "/x"}, "calls": (b'{"files": {"a": "b"}}',),
    }  # fmt: skip
    with CachedEvaluator(confined, tmp_path) as cached:
        keys = [cached.key(Job(**{**vars(job), name: value})) for name, value in others.items()]
        keys.append(cached.key(job))
        assert told(cached.run(job)) == told(again := cached.run(job))
        assert again.cached
    (tmp_path / "other").mkdir()
    with CachedEvaluator(confined, tmp_path / "other", python="/x/python") as elsewhere:
        keys.append(elsewhere.key(job))
    assert len(set(keys)) == len(keys)


def test_the_folder_of_the_host_is_not_in_what_it_printed(each: Evaluator) -> None:
    found = told(
        each.run(script("print(os.path.abspath('x'), file=sys.stderr); print(os.getcwd())"))
    )
    assert (found["printed"], found["errors"]) == (".\n", "x\n")
    assert os.sep not in str(found["printed"])
