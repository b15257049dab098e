"""The bundled recording still leads where it led when it was made."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest
from conftest import ROOT

RECORDING = ROOT / "studies" / "daybook" / "recorded" / "autoresearch.jsonl"
ANEW = (
    "the code under study, daybook or the searcher has changed since it was recorded: record anew "
    "with `toolkit compare daybook --budget 50 --searchers autoresearch --seeds 1 --llm inbox:DIR`, "
    "let a model answer that sees only the requests, then `toolkit export RUN --searcher "
    "autoresearch --recording studies/daybook/recorded/autoresearch.jsonl --model 'FAMILY, DATE'`"
)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_recording_leads_to_the_same_champion(
    cli: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    header = json.loads(RECORDING.read_text().split("\n")[0])
    done = cli(
        "compare", "daybook", "--budget", "50", "--searchers", "autoresearch", "--json",
        "--out", "again",
    )  # fmt: skip
    assert done.returncode == 0, f"{ANEW}\n{done.stderr}"
    (cell,) = json.loads(done.stdout)["cells"]
    assert cell["recorded"]
    assert cell["trials"] == header["trials"] == 50, ANEW
    assert cell["mismatches"] == 0, ANEW
    expected = header["champion"]
    assert cell["champion"] == expected["trial"], ANEW
    # another machine's linear algebra may move the last digits
    assert cell["search"] == pytest.approx(expected["search"], abs=1e-6), ANEW
    assert cell["test"] == pytest.approx(expected["test"], abs=1e-6), ANEW


def test_who_answered_is_on_record() -> None:
    header = json.loads(RECORDING.read_text().split("\n")[0])
    family, _, date = header["model"].partition(", ")
    assert family
    assert date.startswith("20")
    assert header["provider"] == "inbox"
