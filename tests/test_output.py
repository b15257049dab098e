"""Standard output is the result's alone, whatever is printed beside it and whoever reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOY, environment

from toolkit.report import tables
from toolkit.text import visible, visible_in, visible_json

Cli = Callable[..., subprocess.CompletedProcess[str]]
Install = Callable[..., Path]
TOOLKIT = [sys.executable, "-m", "toolkit.cli"]
NOISE = "print('by Python'); os.write(1, b'by number\\n'); subprocess.run(['echo', 'by a process'])"
LOUD = f"""
import os, subprocess, sys, threading, time
import toolkit
{NOISE}
def go_on():
    while True:
        print('by a thread that nobody ends')
        time.sleep(0.0005)
class Loud:
    def __init__(self):
        {NOISE}
    def run(self, lab):
        threading.Thread(target=go_on, daemon=True).start()
        {NOISE}
        while True:
            lab.evaluate(toolkit.Candidate({{"x": lab.rng.random()}}))
@toolkit.hookimpl
def register_searchers(register):
    {NOISE}
    register("loud", Loud, summary="prints")
"""
ORDER = "\x1b]0;owned\x07\x1b[2J\x9b31m[bold]x[/nope] :warning: \u202e\ud83d"
TELLS = """
import toolkit
CODE = '''--- a/toy_pipeline/main.py
+++ b/toy_pipeline/main.py
@@ -3,3 +3,3 @@
 from toy_pipeline.curve import height
 
-SCALE = 0.8
+SCALE = 1.0
'''
class Tells:
    def run(self, lab):
        lab.evaluate(toolkit.Candidate({{}}, CODE, {order!a}, "bug_fix"))
        lab.evaluate(toolkit.Candidate({{{order!a}: {order!a}}}))
        raise RuntimeError({order!a})
@toolkit.hookimpl
def register_searchers(register):
    register("tells", Tells, summary={order!a})
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    command = [*TOOLKIT, "compare", str(TOY), "--budget", "2", "--out", str(folder)]
    subprocess.run(command, env=environment(), check=True, capture_output=True)
    return folder


def again(folder: Path) -> list[str]:
    """The command of a run that has ended: it prints the table, and draws nothing."""
    return ["compare", str(TOY), "--budget", "2", "--out", str(folder)]


@pytest.mark.parametrize(
    "command",
    [
        ["compare", str(TOY), "--budget", "2", "--searchers", "loud", "--json"],
        ["plugins", "--json"],
        ["studies", "--json"],
        ["run", str(TOY), "--json"],
        ["data", "status", "--json"],
    ],
    ids=lambda command: command[0],
)
def test_json_is_json_whatever_a_plugin_prints(
    cli: Cli, install: Install, command: list[str]
) -> None:
    done = cli(*command, path=install("loud", LOUD))
    json.loads(done.stdout)
    for text in ("by Python", "by number", "by a process"):
        assert text in done.stderr


def test_a_shell_completes_names_only(cli: Cli, install: Install) -> None:
    site = install("loud", LOUD)
    words = {"COMP_WORDS": "toolkit compare --searchers lo", "COMP_CWORD": "3"}
    done = cli(path=site, _TOOLKIT_COMPLETE="bash_complete", **words)
    assert done.stdout == "plain,loud\n"


def test_help_and_version_are_results(cli: Cli) -> None:
    assert cli("--help").stdout.startswith("Usage: toolkit")
    assert cli("compare", "-h").stdout.startswith("Usage: toolkit compare")
    assert cli("--version").stdout.startswith("toolkit, version")


@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
@pytest.mark.parametrize("command", ["runs --folder FOLDER", "--help"])
def test_a_closed_stream_is_no_error(run: Path, command: str, streams: str) -> None:
    typed = f"{' '.join(TOOLKIT)} {command.replace('FOLDER', str(run.parent))} {streams}"
    done = subprocess.run(
        ["sh", "-c", typed], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_a_closed_stream_gives_its_number_to_no_file(tmp_path: Path, install: Install) -> None:
    """What a plugin prints by number would else stand in the ledger."""
    site = install("loud", LOUD)
    typed = f"{' '.join(TOOLKIT)} compare {TOY} --budget 2 --searchers loud --out here >&- 2>&-"
    done = subprocess.run(["sh", "-c", typed], env=environment(site), cwd=tmp_path, check=False)
    assert done.returncode == 0
    for path in (tmp_path / "here").glob("*"):
        assert b"by number" not in path.read_bytes()


def test_a_reader_that_has_seen_enough_ends_nothing(tmp_path: Path) -> None:
    typed = f"{' '.join(TOOLKIT)} studies daybook --items | head -1 >first; echo $? >&2"
    bash = f"set -o pipefail; {typed}"
    done = subprocess.run(
        ["bash", "-c", bash], env=environment(), cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stderr == "0\n"
    assert json.loads((tmp_path / "first").read_text())["item"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_a_report_is_one_line(run: Path) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*TOOLKIT, "runs", "--folder", str(run.parent)], env=environment(), stdout=full,
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "Error: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        pytest.param({"PYTHONIOENCODING": "gbk"}, marks=pytest.mark.slow),
        pytest.param({"PYTHONIOENCODING": "latin-1"}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_an_encoding_that_lacks_characters(
    cli: Cli, run: Path, toy_folder: Path, variables: dict[str, str]
) -> None:
    study = toy_folder / "study.toml"
    study.write_text(study.read_text().replace("A table with", "Größe … → \U0001f600 with"))
    encoding = variables.get("PYTHONIOENCODING", "ascii")
    for command in (again(run), ["studies", str(toy_folder)]):
        done = subprocess.run(
            [*TOOLKIT, *command], env=environment(**variables), capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        done.stdout.decode(encoding)
    shown = subprocess.run(
        [*TOOLKIT, "studies", str(toy_folder), "--json"],
        env=environment(**variables), capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert json.loads(shown.decode(encoding))["title"].startswith("Größe … → \U0001f600")


@pytest.mark.slow
def test_a_dash_stands_for_a_dash(cli: Cli, run: Path) -> None:
    assert cli(*again(run), PYTHONIOENCODING="ascii").stdout.startswith("toy - budget 2")


@pytest.mark.slow
def test_no_terminal_obeys_a_model_a_plugin_or_a_program(
    cli: Cli, install: Install, tmp_path: Path
) -> None:
    site = install("tells", TELLS.format(order=ORDER))
    command = ["compare", str(TOY), "--budget", "3", "--searchers", "tells", "--out", "here"]
    done = cli(*command, path=site, TOOLKIT_COMPARE_PLOTS="1")
    assert done.returncode == 1  # its searcher raised
    assert r"\x1b]0;owned" in done.stdout
    assert "[/nope] :warning:" in done.stdout
    listed = cli("plugins", path=site)
    as_json = cli("report", "here", "--json", path=site)
    assert r"\x1b[2J" in listed.stdout
    told = [done.stdout, done.stderr, listed.stdout, as_json.stdout]
    files = [*(tmp_path / "here").glob("*.txt"), *(tmp_path / "here").glob("**/*.svg")]
    files += [tmp_path / "here" / "summary.json"]
    assert len(files) > 4
    for text in told + [path.read_text() for path in files]:
        assert not [one for one in text if one in "\x1b\x07\x9b\u202e"]


def test_an_error_is_harmless_too(cli: Cli, tmp_path: Path) -> None:
    done = cli("score", str(TOY), "\x1b[31m.jsonl")
    assert done.returncode == 2
    assert r"\x1b[31m.jsonl" in done.stderr
    strange = os.fsdecode(b"caf\xe9.jsonl")
    (tmp_path / strange).write_text('{"item": "\\u001b[2J\\ud83d", "answer": "1"}\n')
    done = cli("score", str(TOY), strange)
    assert done.returncode == 2
    assert r"caf\udce9.jsonl" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_bug_keeps_its_traceback(cli: Cli, install: Install) -> None:
    code = "import toolkit\ntoolkit.cli_bug = 1\nfrom toolkit.ledger import ledger\n"
    code += (
        "def broken(*_, **__): raise TypeError('\\x1b[31mbug')\nledger.Ledger.__init__ = broken\n"
    )
    done = cli("compare", str(TOY), "--budget", "2", path=install("breaks", code))
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert r"TypeError: \x1b[31mbug" in done.stderr


def test_what_is_visible() -> None:
    assert visible("a\x1b[31m\r\nb\rc\td\x9b\u202e\ud83d\u2028") == (
        "a\\x1b[31m\nb\\rc\td\\x9b\\u202e\\ud83d\\u2028"
    )
    for harmless in ("größe 你好 \u05d0\u05d1", "👩\u200d🔬", "می\u200cخواهم", "plain\ntext"):
        assert visible(harmless) == harmless
    assert visible_in({"\x1b": ["\x07", ("\x00", 1, None)]}) == {
        "\\x1b": ["\\x07", ["\\x00", 1, None]]
    }
    text = json.dumps(ORDER + "\U000e0041", ensure_ascii=False)
    assert json.loads(visible_json(text)) == ORDER + "\U000e0041"
    assert visible_json(text).encode()


def test_a_table_is_the_same_whoever_reads_it(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = json.loads((run / "summary.json").read_text())
    expected = tables.text(summary)
    monkeypatch.setattr(sys, "stdout", None)
    assert tables.text(summary) == expected == (run / "table.txt").read_text()
