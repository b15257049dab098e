"""The staged loop on studies that have nothing to do with memories."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest
from programs_elsewhere_at import ELSEWHERE
from staged_runs import STOP, Staged, edit, staged
from standing_studies import bundled, running

from toolkit.study import study as study_files
from toolkit.study.study import Study

Cli = Callable[..., subprocess.CompletedProcess[str]]
LOOKS = "# LOOK\nitems wrong limit 2\nfile {path}\noutput of trial 0\n"
FOREIGN = re.compile(r"memories|locomo|conversation|planted", re.IGNORECASE)


def tuned(name: str, value: object) -> str:
    return edit(f"SET: {name} = {value}", label="hyperparameter", more="PREDICT: overall up\n")


def appended(path: str, text: str) -> str:
    """A whole new text of a file: the old one is asked for, and a line is added below."""
    return edit(f"FILE: {path}\n```python\n{text}\n```")


def played(study: Study, tmp_path: Path, path: str, edits: str, budget: float) -> Staged:
    """A search that looks, breaks a file by a name that nobody defines, mends that, and tunes."""
    source = study.sources[path]
    broken = appended(path, f"{source}\nTABLE = nobody_knows_this\n")
    mended = appended(path, f"{source}\nTABLE = 1\n")
    looks = LOOKS.format(path=path)
    with running(study) as bench:
        return staged(bench, tmp_path / "run", [looks, broken + edits, mended, STOP], budget)


def expect_in_order(found: Staged, tried: int) -> None:
    assert found.cell.ended is not None
    assert found.cell.ended["status"] == "finished", found.cell.ended["detail"]
    assert not found.cell.ended["diverged"]
    assert found.told("repair") == ["experiment 1: another edit"]
    assert len({one.split(" ")[0] for one in found.verdicts}) == tried
    assert not any(FOREIGN.search(prompt) for prompt in found.prompts)
    best = found.cell.trials.get(found.best.number, found.state.baseline)
    assert best.rank >= found.state.baseline.rank


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "path", "edits"),
    [
        ("digits", "network/main.py", tuned("label_smoothing", "0.05 | 0.1")),
        ("nanolm", "nanolm/main.py", tuned("learning_rate", 0.003)),
        ("packing", "packing/main.py", tuned("steps", 500) + tuned("shifted", "true")),
    ],
)
def test_it_runs_on_a_bundled_study_that_is_no_memory(
    name: str, path: str, edits: str, tmp_path: Path
) -> None:
    found = played(bundled(name), tmp_path, path, edits, 6)
    expect_in_order(found, 1 + edits.count("# EDIT"))


@pytest.mark.slow
def test_it_runs_on_a_code_base_that_toolkit_init_has_made_a_study_of(
    cli: Cli, tmp_path: Path
) -> None:
    copytree(ELSEWHERE / "boosting", tmp_path / "boosting")
    assert cli("init", "boosting", "--yes", "--runs", "0").returncode == 0
    study = study_files.load(tmp_path / "boosting")
    found = played(study, tmp_path, "train.py", edit("SET: max_iter = 80"), 4)
    expect_in_order(found, 2)
