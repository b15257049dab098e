"""Proposals of toolkit init for the code of a test."""

from __future__ import annotations

import textwrap
import tomllib
from pathlib import Path
from typing import Any

from toolkit.scaffold import options, proposal, survey, writing
from toolkit.scaffold.answers import Answers
from toolkit.scaffold.proposal import Proposal


def proposed(root: Path, given: Answers = Answers()) -> Proposal:  # noqa: B008
    found = survey.read(root)
    return proposal.made(found, options.chosen(found, given), given)


def written(root: Path, given: Answers = Answers()) -> dict[str, Any]:  # noqa: B008
    return tomllib.loads(writing.text(proposed(root, given), writing.Measured(0.4, False)))


def code(tmp_path: Path, **files: str) -> Path:
    for stem, text in files.items():
        (tmp_path / f"{stem}.py").write_text(textwrap.dedent(text))
    return tmp_path
