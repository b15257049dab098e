"""The page on tasks without Python: each sample is put into a study of its kind, and read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import evolved_programs
import kind_studies
import pytest
from conftest import ROOT

from toolkit.study import study as study_files
from toolkit.study.kinds import NAMES

PAGE = (ROOT / "docs" / "programs.md").read_text()
SECTION = PAGE.partition("## Tasks without Python")[2].partition("\n## ")[0]
SAMPLES = dict(re.findall(r"^### (\w+)\n\n```toml\n(.*?)^```", SECTION, re.M | re.S))


def evolved(folder: Path) -> Path:
    files = {
        "evaluator.py": evolved_programs.IMPORTING,
        "initial_program.py": evolved_programs.PROGRAM,
    }
    return kind_studies.write(folder, evolved_programs.STUDY, files)


MADE: dict[str, Callable[[Path], Path]] = {
    "table": kind_studies.homes,
    "ranking": kind_studies.notes,
    "validated": kind_studies.circles,
    "timed": kind_studies.sorting,
    "printed": kind_studies.bits,
    "evaluator": evolved,
}


def test_every_kind_has_a_row_and_a_sample_on_the_page() -> None:
    assert set(SAMPLES) == set(NAMES) - {"python"} == set(MADE)
    assert re.findall(r'^\| `"(\w+)"`', SECTION, re.M) == [*SAMPLES, "python"]


@pytest.mark.parametrize("kind", MADE)
def test_a_study_with_the_sample_of_its_kind_is_read(tmp_path: Path, kind: str) -> None:
    study = MADE[kind](tmp_path) / "study.toml"
    kept = re.split(r"^(?=\[)", study.read_text(), flags=re.M)
    others = [part for part in kept if not part.startswith("[task]")]
    study.write_text("".join(others) + "\n" + SAMPLES[kind])
    found = study_files.load(study)
    assert found.kind and found.kind.name == kind
    assert found.task().items()
    row = next(line for line in SECTION.splitlines() if line.startswith(f'| `"{kind}"`'))
    assert row.split("|")[3].strip().startswith(found.objective.evidence)
