"""Bad input gets a clear message and exit code 2; good input does what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOY, environment

from toolkit.cli.main import COMMANDS
from toolkit.patches import diff

Cli = Callable[..., subprocess.CompletedProcess[str]]

HEAVY = "optuna pandas ray openai seaborn matplotlib sklearn faiss scipy numpy nltk rich jinja2"


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom toolkit.cli.main import cli\n"
        "cli(['--help'], standalone_mode=False)\n"
        f"print('LOADED', [m for m in {HEAVY.split()!r} if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True
    )
    assert "LOADED []" in done.stdout
    assert "compare" in done.stdout


@pytest.mark.parametrize(
    "command",
    ["", "compare", "run", "score", "report", "export", "runs", "plugins", "studies", "data",
     "data fetch", "doctor", "completion"],
)  # fmt: skip
def test_h_everywhere(command: str) -> None:
    from click.testing import CliRunner

    from toolkit.cli.main import cli

    found = CliRunner().invoke(cli, [*command.split(), "-h"])
    assert found.exit_code == 0
    assert "Usage:" in found.output


@pytest.mark.slow  # other tests fork their commands from a process that has imported everything
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_starts_by_itself(cli: Cli, command: str) -> None:
    done = cli(command, "--help", started=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: toolkit {command} " in done.stdout


# fmt: off
BAD_INPUT = [
    (["comapre"], ["no such command 'comapre'", "did you mean 'compare'"]),
    (["compare", "locomoo"], ["unknown study 'locomoo'", "did you mean 'locomo'"]),
    (["compare", "no/such/study.toml"], ["no study file at no/such/study.toml"]),
    (["compare", "TOY", "--searchers", "optina"], ["unknown searcher 'optina'", "'optuna'"]),
    (["compare", "TOY", "--searchers", "random,random"], ["named twice"]),
    (["compare", "TOY", "--searchers", "a b=random"], ["ALIAS=NAME"]),
    (["compare", "TOY", "--searchers", "optuna", "-o", "optuna.samplr=tpe"],
     ["searcher 'optuna': unknown option 'samplr'", "did you mean 'sampler'"]),
    (["compare", "TOY", "--searchers", "optuna", "-o", "optuna.sampler=grid"],
     ["must be one of tpe, cmaes"]),
    (["compare", "TOY", "-o", "optuna.sampler=tpe"], ["not among the searchers"]),
    (["compare", "TOY", "-o", "sampler"], ["SEARCHER.OPTION=VALUE"]),
    (["compare", "TOY", "--searchers", "random", "-o", "random.parallel=0"],
     ["at least 1, got 0"]),
    (["compare", "TOY", "--searchers", "anneal=random", "-o", "aneal.parallel=2"],
     ["not among the searchers", "did you mean 'anneal'"]),
    (["studies", "nowhere/"], ["there is no study file at nowhere; type `toolkit studies` for"]),
    (["studies", "bad.json"], ["bad.json is not valid TOML"]),
    (["compare", "TOY", "--searchers", ""], ["'' is not NAME or ALIAS=NAME"]),
    (["compare", "TOY", "--price", "x"], ["--price 'x' is not MODEL=IN/OUT"]),
    (["compare", "TOY", "--recording", "empty.jsonl"], ["--recording: no searcher"]),
    (["compare", "TOY", "--searchers", "autoresearch", "--llm", "recorded:empty.jsonl"],
     ["empty.jsonl is not a recording: it is empty", "toolkit export RUN"]),
    (["compare", "TOY", "--budget", "0"], ["--budget must be at least 1 trial, got 0"]),
    (["compare", "TOY", "--budget", "inf"], ["at least 1 trial, got inf"]),
    (["compare", "TOY", "--budget", "many"], ["'many' is not a valid float"]),
    (["compare", "TOY", "--seeds", "-1"], ["--seeds must be above 0"]),
    (["run", "TOY", "--set", "stpes=3"], ["unknown parameter 'stpes'", "'steps'"]),
    (["run", "TOY", "--set", "steps=99"], ["must be an integer in [1, 8], got 99"]),
    (["run", "TOY", "--set", "steps"], ["NAME=VALUE"]),
    (["run", "TOY", "--candidate", "bad.json"], ["bad.json must be JSON"]),
    (["run", "TOY", "--candidate", "list.json"], ["list.json must be JSON", "not a list"]),
    (["run", "TOY", "--candidate", "key.json"], ["unknown key 'override'", "'overrides'"]),
    (["run", "TOY", "--set", "unused=maybe"], ["must be true or false, got 'maybe'"]),
    (["run", "TOY", "--patch", "prefix.patch"], ["did you mean 'toy_pipeline/main.py'?"]),
    (["run", "TOY", "--patch", "stale.patch"], ["toy_pipeline/main.py", "hunk"]),
    (["run", "TOY", "--patch", "protected.patch"], ["task.py"]),
    (["run", "TOY", "--patch", "escape.patch"], ["../outside.py"]),
    (["run", "TOY", "--patch", "delete.patch"], ["toy_pipeline/main.py"]),
    (["score", "TOY", "unknown.jsonl"], ["line 1: unknown item 'a:9'", "line 2: is not an object",
      "line 3: is not JSON"]),
    (["score", "TOY", "form.jsonl"], ['each answer must be {"answer": text}']),
    (["plugins", "new", "é"], ["lower-case letters a-z"]),
    (["plugins", "new", "a_"], ["lower-case letters a-z"]),
    (["plugins", "new", "class"], ["a word of Python's own"]),
    (["plugins", "new", "none"], ["a word of Python's own"]),
    (["plugins", "new", "random"], ["taken by an installed plugin"]),
    (["score", "TOY", "deep.jsonl"], ["line 1: is not JSON (it is nested more than 100 deep)",
      "line 2: is not JSON (it is nested more than 100 deep)", "line 3: unknown item"]),
    (["run", "TOY", "--candidate", "deep.json"], ["deep.json must be JSON", "100 deep"]),
    (["run", "TOY", "--set", f"x={'[' * 100_000}"], ["parameter 'x' must be a number"]),
    (["run", "TOY", "--set", "x=[[[0.5]]]"], ["must be a number in [0, 1], got [[[0.5]]]"]),
    (["run", "TOY", "--patch", "half.patch"], ["half.patch cannot be read as a text in UTF-8"]),
    (["run", "TOY", "--candidate", "half.json"], ["can't encode character", "surrogates"]),
    (["compare", "TOY", "--searchers", "autoresearch", "--llm", "recorded:deep.json"],
     ["deep.json is not a recording: line 1 cannot be read: it is nested more than 100 deep"]),
    (["plot", "nowhere"], ["unknown run 'nowhere'"]),
    (["studies", "TOY", "--code", "bad.json/x"], ["bad.json/x", "Not a directory"]),
    (["report", "nowhere"], ["unknown run 'nowhere'"]),
    (["export", "nowhere", "--searcher", "random"], ["unknown run"]),
]

@pytest.mark.parametrize(("arguments", "messages"), BAD_INPUT)
def test_bad_input(cli: Cli, tmp_path: Path, arguments: list[str], messages: list[str]) -> None:
    write_inputs(tmp_path)
    done = cli(*[str(TOY) if word == "TOY" else word for word in arguments])
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    for message in messages:
        assert message in " ".join(done.stderr.split()), done.stderr
    assert not (tmp_path / "runs").exists()
    assert not list(tmp_path.glob("toolkit-*"))

def write_inputs(folder: Path) -> None:
    (folder / "bad.json").write_text("{")
    (folder / "list.json").write_text("[]")
    (folder / "key.json").write_text('{"override": {}}')
    (folder / "empty.jsonl").write_text("")
    (folder / "deep.jsonl").write_text(
        f'{"[" * 100_000}\n{"[" * 500 + "]" * 500}\n{{"item": "\\ud83d", "answer": "1"}}\n'
    )
    (folder / "deep.json").write_text('{"overrides": ' * 100_000)
    (folder / "half.patch").write_bytes("+ \ud83d".encode(errors="surrogatepass"))
    (folder / "half.json").write_text(
        '{"patch": "--- /dev/null\\n+++ b/toy_pipeline/new.py\\n@@ -0,0 +1 @@\\n+\\ud83d\\n"}'
    )
    (folder / "unknown.jsonl").write_text(
        '{"item": "a:9", "answer": "1"}\n[1]\nnone\n'
    )
    (folder / "form.jsonl").write_text('{"item": "a:1", "text": "1"}\n')
    head = "--- a/{0}\n+++ b/{0}\n"
    change = "@@ -1 +1 @@\n-not what stands there\n+new\n"
    (folder / "prefix.patch").write_text(head.format("main.py") + change)
    (folder / "stale.patch").write_text(head.format("toy_pipeline/main.py") + change)
    (folder / "protected.patch").write_text(
        "--- /dev/null\n+++ b/task.py\n@@ -0,0 +1 @@\n+print('gold')\n"
    )
    (folder / "escape.patch").write_text(
        "--- /dev/null\n+++ b/../outside.py\n@@ -0,0 +1 @@\n+print('gold')\n"
    )
    lines = (TOY / "toy_pipeline" / "main.py").read_text().splitlines(keepends=True)
    body = "".join(f"-{line}" for line in lines)
    (folder / "delete.patch").write_text(
        "diff --git a/toy_pipeline/main.py b/toy_pipeline/main.py\ndeleted file mode 100644\n"
        f"--- a/toy_pipeline/main.py\n+++ /dev/null\n@@ -1,{len(lines)} +0,0 @@\n{body}"
    )

def test_missing_data_says_both_ways_out(cli: Cli, tmp_path: Path) -> None:
    done = cli("compare", "locomo", "--budget", "1", TOOLKIT_DATA_DIR=str(tmp_path / "empty"))
    assert done.returncode == 2
    assert "toolkit data fetch locomo" in done.stderr
    assert "TOOLKIT_DATA_DIR" in done.stderr
    assert not (tmp_path / "runs").exists()

@pytest.mark.slow
def test_corrupted_data_is_told_from_missing(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data" / "locomo").mkdir(parents=True)
    (tmp_path / "data" / "locomo" / "locomo10.json").write_text("[]")
    done = cli("run", "locomo", TOOLKIT_DATA_DIR=str(tmp_path / "data"))
    assert done.returncode == 2
    assert "not the published file" in done.stderr
    assert cli("data", "status", TOOLKIT_DATA_DIR=str(tmp_path / "data")).returncode == 1

def test_compare_report_export_run_score(cli: Cli, tmp_path: Path) -> None:
    done = cli(
        "compare", str(TOY), "--searchers", "tpe=optuna,random", "--seeds", "2",
        "-o", "tpe.sampler=tpe", TOOLKIT_COMPARE_BUDGET="6",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "baseline" in done.stdout
    (run,) = (tmp_path / "runs").iterdir()
    summary = json.loads((run / "summary.json").read_text())
    assert summary["budget"] == 6
    assert {cell["alias"] for cell in summary["cells"]} == {"tpe", "random"}
    again = cli("report", run.name, "--json")
    assert json.loads(again.stdout) == summary
    unnamed = cli("export", run.name)
    assert unnamed.returncode == 2
    assert "--searcher is missing; the run has champions of: tpe, random" in unnamed.stderr
    (listed,) = json.loads(cli("runs", "--json").stdout)
    assert listed["searchers"] == ["tpe", "random"]
    assert listed["best"] == max(cell["search"] for cell in summary["cells"])
    shown = cli("runs").stdout
    assert shown.startswith(f"{run.name}  20")
    assert "4 of 4 cells ended" in shown
    assert "tpe, random" in shown
    cli("export", run.name, "--searcher", "tpe", "--seed", "1", "--out", "chosen")
    one = cli("run", str(TOY), "--candidate", "chosen/champion-tpe-1.json", "--json")
    cell = next(c for c in summary["cells"] if c["alias"] == "tpe" and c["seed"] == 1)
    assert json.loads(one.stdout)["score"] == pytest.approx(cell["search"], abs=1e-12)
    rows = [{"item": f"a:{n}", "answer": "0.5"} for n in range(4)]
    (tmp_path / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8-sig")
    scored = cli("score", str(TOY), "mine.jsonl", "--json")
    assert json.loads(scored.stdout)["overall"] == 0.5
    assert "have no answer" in scored.stderr

def test_outputs_of_a_run_score_alike(cli: Cli, tmp_path: Path) -> None:
    ran = json.loads(cli("run", str(TOY), "--outputs", "mine.jsonl", "--json").stdout)
    scored = json.loads(cli("score", str(TOY), "mine.jsonl", "--json").stdout)
    assert scored["objective"] == pytest.approx(ran["score"], abs=1e-12)
    assert len(scored["items"]) == 12

@pytest.mark.parametrize(
    "text",
    [
        '{"s1:0": 0.0, "s1:1": 2.0}',
        '{"item": "s1:0", "output": 0.0}\n{"item": "s1:1", "output": 2.0}\n',
    ],
)
def test_outputs_of_any_form_are_scored_in_the_words_of_the_study(
    text: str, cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "mine.jsonl").write_text(text)
    study = str(Path(__file__).parent / "output_studies" / "stations")
    done = cli("score", study, "mine.jsonl")
    assert done.stdout == "RMSE       0.8839 K\n", done.stderr
    assert "22 of 24 readings have no forecast" in done.stderr
    (tmp_path / "mine.jsonl").write_text(text.replace("2.0", '"two"'))
    refused = cli("score", study, "mine.jsonl")
    assert (refused.returncode, refused.stderr.count("a forecast is a number")) == (2, 1)

def test_a_study_shows_its_code_and_its_questions(cli: Cli, tmp_path: Path) -> None:
    assert f"code: {TOY / 'toy_pipeline'}\n" in cli("studies", str(TOY)).stdout
    rows = [json.loads(row) for row in cli("studies", str(TOY), "--items").stdout.splitlines()]
    assert len(rows) == 24
    assert rows[0] == {
        "item": "a:0", "cluster": "a", "split": "search", "input": {"text": "question 0"},
    }  # fmt: skip
    stormy = str(TOY / "stormy.toml")
    assert "and a starting patch" in cli("studies", stormy).stdout
    assert cli("studies", stormy, "--code", "tree").returncode == 0
    assert "a storm at x" in (tmp_path / "tree" / "toy_pipeline" / "main.py").read_text()
    again = cli("studies", stormy, "--code", "tree")
    assert again.returncode == 2
    assert "tree is not empty" in again.stderr
    assert cli("studies", "--items").returncode == 2

def test_one_run_has_one_writer(cli: Cli, tmp_path: Path) -> None:
    from toolkit.ledger.ledger import Ledger

    with Ledger(tmp_path / "here", writer=True):
        done = cli("compare", str(TOY), "--budget", "2", "--out", "here")
    assert done.returncode == 2
    assert "another process is writing" in done.stderr

def test_run_applies_settings_and_patch(cli: Cli, tmp_path: Path) -> None:
    plain = json.loads(cli("run", str(TOY), "--json").stdout)
    tuned = json.loads(cli("run", str(TOY), "--set", "shape=peaked", "--json").stdout)
    source = (TOY / "toy_pipeline" / "main.py").read_text()
    text = diff.make(
        {"toy_pipeline/main.py": source},
        {"toy_pipeline/main.py": source.replace("SCALE = 0.8", "SCALE = 1.0")},
    )
    (tmp_path / "scale.patch").write_text(text)
    patched = json.loads(cli("run", str(TOY), "--patch", "scale.patch", "--json").stdout)
    assert plain["score"] < tuned["score"]
    assert plain["score"] < patched["score"]
    assert json.loads(cli("run", str(TOY), "--set", "unused=yes", "--json").stdout)["score"]
    test = cli("run", str(TOY), "--split", "test", "--json")
    assert json.loads(test.stdout)["split"] == "test"
    assert "logged" in test.stderr
