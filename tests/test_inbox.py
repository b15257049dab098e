"""A folder as a language model: what is taken, what is sent back, what a resumed run finds."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from toolkit.llm.inbox import InboxProvider, page
from toolkit.llm.provider import LlmError, Request

REQUEST = Request("k" * 32, "a-0, propose, after 0 trials", [{"role": "user", "content": "?"}], {})


CRLF = Request("k" * 32, "title", [{"role": "user", "content": "a\r\nb\rc\n"}], {})


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked for more often than a person needs."""
    monkeypatch.setattr("toolkit.llm.inbox.POLL_S", 0.1)


def ask(inbox: InboxProvider) -> tuple[threading.Thread, list[str]]:
    got: list[str] = []
    thread = threading.Thread(target=lambda: got.append(inbox.complete(REQUEST).text), daemon=True)
    thread.start()
    return thread, got


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert path.exists()


@pytest.mark.parametrize(
    ("bad", "told"),
    [(b" \n", "empty"), (b"\xff\xfe", "UTF-8"), (b"x" * 4_000_001, "larger than 4")],
)
def test_the_inbox_says_what_is_wrong_and_asks_again(tmp_path: Path, bad: bytes, told: str) -> None:
    inbox = InboxProvider(str(tmp_path))
    thread, got = ask(inbox)
    question = tmp_path / f"0001-{'k' * 12}.md"
    wait_for(question)
    assert question.with_suffix(".answer.md").name in question.read_text()
    question.with_suffix(".answer.md").write_bytes(bad)
    problem = tmp_path / f"0001-{'k' * 12}.problem.md"
    wait_for(problem)
    assert told in problem.read_text()
    question.with_suffix(".answer.md").write_text("better")
    thread.join(20)
    assert got == ["better"]
    assert not problem.exists()
    assert (tmp_path / f"0001-{'k' * 12}.rejected-1.md").read_bytes() == bad


def test_another_prompt_under_the_same_key_gets_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / f"0001-{'k' * 12}.md").write_text("another study asked this")
    (tmp_path / f"0001-{'k' * 12}.answer.md").write_text("an answer to that")
    thread, got = ask(InboxProvider(str(tmp_path)))
    wait_for(tmp_path / f"0002-{'k' * 12}.md")
    (tmp_path / f"0002-{'k' * 12}.answer.md").write_text("mine")
    thread.join(20)
    assert got == ["mine"]


def test_what_else_lies_in_the_folder_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / f"0001-{'k' * 12}.md").write_bytes(b"\xff\xfe no UTF-8")
    (tmp_path / f"0002-{'k' * 12}.md").mkdir()
    thread, got = ask(InboxProvider(str(tmp_path)))
    wait_for(tmp_path / f"0003-{'k' * 12}.md")
    (tmp_path / f"0003-{'k' * 12}.answer.md").write_text("mine")
    thread.join(20)
    assert got == ["mine"]


def test_an_answer_of_a_time_to_come_is_taken(tmp_path: Path) -> None:
    asked = tmp_path / f"0001-{'k' * 12}.md"
    asked.write_text(page(REQUEST, asked))
    answer = tmp_path / f"0001-{'k' * 12}.answer.md"
    answer.write_text("from a machine whose clock is ahead")
    later = time.time() + 3600
    os.utime(answer, (later, later))
    thread, got = ask(InboxProvider(str(tmp_path)))
    thread.join(20)
    assert got == ["from a machine whose clock is ahead"]


def test_an_answer_that_cannot_be_read_is_told_and_waited_for(tmp_path: Path) -> None:
    thread, got = ask(InboxProvider(str(tmp_path)))
    question = tmp_path / f"0001-{'k' * 12}.md"
    wait_for(question)
    answer = question.with_suffix(".answer.md")
    answer.mkdir()
    problem = question.with_suffix(".problem.md")
    wait_for(problem)
    assert "it cannot be read (Is a directory)" in problem.read_text()
    answer.rmdir()
    answer.write_text("better")
    thread.join(20)
    assert got == ["better"]
    assert not problem.exists()


def test_an_inbox_that_goes_away_is_a_clear_line(tmp_path: Path) -> None:
    inbox = InboxProvider(str(tmp_path / "in"))
    (tmp_path / "in").rmdir()
    with pytest.raises(LlmError, match=r"the inbox .* failed: No such file or directory; mend it"):
        inbox.complete(REQUEST)


def test_a_resumed_run_finds_its_request_and_an_answer_given_meanwhile(tmp_path: Path) -> None:
    asked = tmp_path / f"0004-{'k' * 12}.md"
    asked.write_text(page(REQUEST, asked))
    (tmp_path / f"0004-{'k' * 12}.answer.md").write_text("given meanwhile")
    thread, got = ask(InboxProvider(str(tmp_path)))
    thread.join(20)
    assert got == ["given meanwhile"]
    assert not list(tmp_path.glob("0005*"))


def test_a_prompt_with_other_line_ends_is_found_again(tmp_path: Path) -> None:
    inbox = InboxProvider(str(tmp_path))
    first = inbox._page_of(CRLF)
    assert b"a\r\nb\rc\n" in first.read_bytes()
    assert inbox._page_of(CRLF) == first
    assert len(list(tmp_path.iterdir())) == 1


def test_who_waits_is_told_for_which_file_and_why_an_answer_was_not_taken(tmp_path: Path) -> None:
    inbox, told = InboxProvider(str(tmp_path)), []
    inbox.note = told.append
    thread, got = ask(inbox)
    wait_for(question := tmp_path / f"0001-{'k' * 12}.md")
    answer = question.with_suffix(".answer.md")
    answer.write_text(" ")
    wait_for(question.with_suffix(".problem.md"))
    answer.write_text("yes")
    thread.join(20)
    assert got == ["yes"]
    assert told[0] == f"the request {question} waits for its answer in {answer}"
    assert "The answer was not taken: it is empty" in told[1]


def test_of_a_conversation_each_part_says_whose_it_is(tmp_path: Path) -> None:
    texts = [("user", "Write no edits yet."), ("assistant", "# NOTES"), ("user", "Write edits.")]
    messages = [{"role": role, "content": text} for role, text in texts]
    told = page(Request("k" * 32, "title", messages, {}), tmp_path / "0001-k.md")
    assert told.split("\n\n")[1:] == [
        "<!-- part 1 of 3: an earlier request -->",
        "Write no edits yet.",
        "<!-- part 2 of 3: your answer to it -->",
        "# NOTES",
        "<!-- part 3 of 3: the request that you answer now -->",
        "Write edits.\n",
    ]


def test_a_single_request_has_no_parts(tmp_path: Path) -> None:
    assert page(REQUEST, tmp_path / "0001-k.md").endswith("in one go. -->\n\n?\n")
