"""Kind "printed": the number that counts is found, or the trial says what was there instead."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import kind_studies
import pytest
from kind_studies import PRINTED, TRAIN, told

from toolkit.bench.bench import Bench
from toolkit.evaluators.local import LocalEvaluator
from toolkit.records import Candidate, Scored
from toolkit.study import study as study_files
from toolkit.study.kinds.printed import Source, in_file, printed

BPB = r"val_bpb:\s*(\S+)"


@pytest.fixture(scope="module")
def scripts() -> Iterator[LocalEvaluator]:
    with LocalEvaluator(command=True) as running:
        yield running


def run(folder: Path, evaluator: LocalEvaluator, study: str, program: str) -> Scored:
    bench = Bench(study_files.load(kind_studies.bits(folder, study, program)), evaluator)
    return bench.run(Candidate())


def test_the_last_match_is_the_score(tmp_path: Path, scripts: LocalEvaluator) -> None:
    found = run(tmp_path, scripts, PRINTED, TRAIN)
    assert (found.status, found.score) == ("ok", -1.5), found.detail
    study = study_files.load(tmp_path)
    assert (study.objective.evidence, study.claim) == ("reported", "reported")
    assert study.objective.name == "val_bpb"


def test_a_program_that_prints_no_number_fails_and_says_what_it_printed(
    tmp_path: Path, scripts: LocalEvaluator
) -> None:
    found = run(tmp_path, scripts, PRINTED, 'print("loss 3")\n')
    assert found.status == "crashed"
    assert "matches 'val_bpb:" in found.detail
    assert "(its last line is 'loss 3')" in found.detail


FILE = PRINTED.replace("pattern = 'val_bpb:\\s*(\\S+)'", 'file = "out/m.json"\nkey = "val.bpb"')


def test_a_number_in_a_file_that_the_program_leaves_is_the_score(
    tmp_path: Path, scripts: LocalEvaluator
) -> None:
    program = (
        "import json, pathlib\npathlib.Path('out').mkdir()\n"
        "pathlib.Path('out/m.json').write_text(json.dumps({'val': {'bpb': 1.25}}))\n"
    )
    found = run(tmp_path, scripts, FILE, program)
    assert (found.status, found.score) == ("ok", -1.25), found.detail
    nothing = run(tmp_path, scripts, FILE, "")
    assert "it left no out/m.json with the number val.bpb" in nothing.detail


@pytest.mark.parametrize(
    ("text", "patterns", "message"),
    [
        ("", [BPB], r"\(it printed nothing\)"),
        ("val_bpb: 1 val_bpb: 2\n", [BPB], "matches 2 times in one line, 'val_bpb: 1 val_bpb: 2'"),
        ("val_bpb: 1\nloss: 2\n", [BPB, r"loss: (\d)"], "both match what it printed"),
        ("val_bpb: nan\n", [BPB], "it printed 'val_bpb: nan': nan is no finite number"),
        ("val_bpb: inf", [BPB], "inf is no finite number"),
        ("val_bpb: low\n", [BPB], "'low' is no number"),
    ],
)
def test_what_is_no_one_number_is_told(text: str, patterns: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        printed(text, patterns)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1, which it left, is no JSON"),
        ('{"val": {"bpc": 1}}', r"holds no val.bpb; did you mean 'bpc'\? \(it holds bpc\)"),
        ('{"val": {"bpb": "1"}}', "val.bpb is '1', and no number"),
        ('{"val": {"bpb": NaN}}', "val.bpb is nan, and no finite number"),
        ('{"val": {"bpb": true}}', "val.bpb is True, and no number"),
        ("[1]", r"it holds no keys"),
    ],
)
def test_a_file_without_the_number_is_told(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        in_file(text, Source((), "m.json", "val.bpb"))


def test_of_json_lines_the_last_counts_and_a_key_may_hold_a_dot() -> None:
    assert in_file('{"a.b": 1}\n{"a.b": 2}\n', Source((), "log.jsonl", "a.b")) == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pattern = 'val_bpb:\\s*(\\S+)'", "", "task.pattern: is missing: write pattern ="),
        ("(\\S+)", "\\S+", "has 0 groups; one pair of parentheses stands around the number"),
        ("(\\S+)", "(\\S)(\\S)", "has 2 groups"),
        ("(\\S+)", "(\\S+", "is no regular expression"),
        ('kind = "printed"', 'kind = "printed"\nfile = "m.json"', "task.key: is missing"),
        ('kind = "printed"', 'kind = "printed"\npatern = "x"', "did you mean 'pattern'"),
        ('direction = "minimize"', "", "objective.direction: is missing: nobody can see whether"),
        ('direction = "minimize"', 'direction = "minimize"\nevidence = "judged"',
         'the score of kind "printed" passes through the program, which can write any'),
        ("script =", "command =", 'task.kind: is "printed", of a program as it is: write [code]'),
    ],
)  # fmt: skip
def test_wrong_keys_are_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert message in told(kind_studies.bits(tmp_path, PRINTED.replace(old, new)))


@pytest.mark.slow
def test_a_reported_score_is_called_so_in_table_verdict_and_files(
    tmp_path: Path, cli: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    kind_studies.bits(tmp_path, PRINTED + "\n[parameters]\nx = { int = [1, 9], default = 1 }\n")
    done = cli("compare", ".", "--budget", "2", "--searchers", "random")
    assert done.returncode == 0, done.stderr
    assert "reported by the program: an edit can forge it" in done.stdout
    (summary,) = tmp_path.glob("runs/*/summary.json")
    assert "reported by the program: an edit can forge it" in summary.read_text()
