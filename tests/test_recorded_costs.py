"""Seconds, tokens and dollars of replies: kept in a recording, unknown where nobody knows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.ledger.entries import Completion
from toolkit.llm.provider import LlmError, Reply, Request
from toolkit.llm.recorded import RecordedProvider, dump

HEADER = {"format": 1, "cell": {"searcher": "autoresearch", "options": {}, "seed": 0}, "model": "m"}
OLD = {
    "key": "k", "stage": "propose", "prompt": "p", "reply": "text", "model": "m",
    "provider": "inbox", "tokens_in": 8, "tokens_out": 2, "usd": 0.0, "wall_s": 174.2,
    "estimated": True,
}  # fmt: skip
LIVE = Completion("k", "propose", "p", "text", "m", "inbox", 8, 2, None, 12.5, estimated=True)


def replied(folder: Path, row: dict[str, Any]) -> Reply:
    path = folder / "r.jsonl"
    path.write_text(f"{json.dumps(HEADER)}\n{json.dumps(row)}\n")
    return RecordedProvider(str(path)).complete(Request("k", "", [], {}))


def exported(completion: Completion) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(dump(HEADER, [completion]).split("\n")[1])
    return row


def test_a_recorded_reply_holds_its_seconds_and_its_tokens() -> None:
    row = exported(LIVE)
    assert (row["seconds"], row["usd"]) == (12.5, None)
    assert (row["tokens_in"], row["tokens_out"], row["estimated"]) == (8, 2, True)


def test_a_replayed_reply_is_exported_with_the_seconds_of_its_recording() -> None:
    replayed = Completion(
        "k", "propose", "p", "text", "m", "recorded:r.jsonl", 8, 2, 0.25, 0.001,
        recorded=True, recorded_s=12.5,
    )  # fmt: skip
    assert exported(replayed)["seconds"] == 12.5


def test_what_is_exported_is_what_is_replied(tmp_path: Path) -> None:
    found = replied(tmp_path, exported(LIVE))
    assert (found.seconds, found.usd, found.estimated) == (12.5, None, True)


def test_an_older_recording_of_a_live_run_gives_the_seconds_of_that_run(tmp_path: Path) -> None:
    found = replied(tmp_path, OLD)
    assert (found.seconds, found.usd) == (174.2, None)


def test_an_older_recording_with_a_price_keeps_it(tmp_path: Path) -> None:
    assert replied(tmp_path, {**OLD, "usd": 0.5}).usd == 0.5


def test_an_older_recording_of_a_replay_does_not_know_its_seconds(tmp_path: Path) -> None:
    assert replied(tmp_path, {**OLD, "provider": "recorded:r.jsonl"}).seconds is None


def test_an_older_recording_without_seconds_still_replies(tmp_path: Path) -> None:
    row = {name: value for name, value in OLD.items() if name != "wall_s"}
    found = replied(tmp_path, row)
    assert (found.text, found.seconds) == ("text", None)


@pytest.mark.parametrize("seconds", [-1, "12", True, 1e13])
def test_seconds_that_cannot_be_are_refused(tmp_path: Path, seconds: Any) -> None:
    with pytest.raises(LlmError, match=r"'seconds' in line 2 must be a number from 0 on"):
        replied(tmp_path, {**OLD, "seconds": seconds})
