"""Questions that are too many, that nobody waits for any more, or that no server takes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from asking import HEAD, Echo, Paid, asking, body, lay
from scripted import Answer, ScriptedServer

from studies.reader.provider import ReaderProvider
from toolkit.evaluators.pipes import Exchange
from toolkit.evaluators.questions import MOST_WAITING_BYTES
from toolkit.evaluators.sandbox.talk import HEADER_BYTES, KIND_AT, QUESTION, STAMP_BYTES
from toolkit.jobs import Job, Limits, Outcome
from toolkit.llm.openai import OpenAiProvider
from toolkit.llm.provider import Reply
from toolkit.records import Candidate

Serve = Callable[..., ScriptedServer]
ALL = Answer("a0 a1 a2 a3 a4 a5 b0 b1 b2 b3 b4 b5")


class Silent:
    """Takes questions and answers none until it is told to."""

    identity, waited_s = "silent", 0.0

    def __init__(self) -> None:
        self.waits: Callable[[bool], None] = lambda on: None
        self.told: list[Callable[[Mapping[str, Any]], None]] = []
        self.wanted: list[Callable[[], bool]] = []

    def ask(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, told: Any, wanted: Any
    ) -> None:
        self.told.append(told)
        self.wanted.append(wanted)

    def settled(self, outcome: Outcome) -> Outcome:
        return outcome


class Talk:
    """A host's end of a program's pipes, and the program's own ends in the hands of a test."""

    def __init__(self, answering: Silent) -> None:
        self.calls, host_calls = os.pipe()
        host_result, self.result = os.pipe()
        job = Job({}, "a:b", {}, (b"[1]",), Limits(), answers=answering)
        self.host = Exchange(host_calls, host_result, job, 8 << 20, lambda what: None)
        self.stamp = os.read(self.calls, 1 << 16)[:STAMP_BYTES]
        os.set_blocking(self.result, False)

    def question(self, text: str, number: int = 1) -> bytes:
        asked = '{"ask": %d, "messages": [{"role": "user", "content": "%s"}], "max_tokens": 9}'
        data = (asked % (number, text)).encode()
        size = len(data) + (QUESTION << KIND_AT)
        return self.stamp + size.to_bytes(HEADER_BYTES - STAMP_BYTES, "big") + data

    def send(self, data: bytes, until_stuck_s: float = 0.5) -> int:
        """Number of bytes that the host takes; it has stopped where it takes none for so long."""
        sent, last = 0, time.monotonic()
        while sent < len(data) and time.monotonic() - last < until_stuck_s:
            try:
                sent += os.write(self.result, data[sent : sent + (1 << 16)])
                last = time.monotonic()
            except BlockingIOError:
                time.sleep(0.001)
        return sent

    def end(self) -> None:
        os.close(self.result)
        self.host.join(10)
        os.close(self.calls)
        assert not self.host.is_alive()


def test_long_questions_wait_in_the_program_and_not_in_the_hosts_memory() -> None:
    silent = Silent()
    talk = Talk(silent)
    data = talk.question("x" * (4 << 20)) * 20
    sent = talk.send(data)
    assert MOST_WAITING_BYTES <= sent < MOST_WAITING_BYTES + (6 << 20)
    waiting = len(silent.told)
    for told in silent.told:
        told({"text": "yes"})
    assert talk.send(data[sent:]) > 4 << 20, "it is heard again once it was answered"
    assert len(silent.told) > waiting
    talk.end()


def test_a_program_that_takes_no_answer_is_heard_no_further() -> None:
    class Refusing(Silent):
        asked = 0

        def ask(self, messages: Any, max_tokens: int, told: Any, wanted: Any) -> None:
            self.asked += 1
            told({"error": "no more than so many"})

    refusing = Refusing()
    talk = Talk(refusing)
    talk.send(talk.question("x") * 50_000)
    assert refusing.asked < 10_000
    talk.end()


def test_an_end_is_heard_while_questions_wait_and_then_they_are_not_wanted() -> None:
    silent = Silent()
    talk = Talk(silent)
    talk.send(talk.question("x" * (4 << 20)) * 20)
    assert all(wanted() for wanted in silent.wanted)
    talk.end()
    assert not any(wanted() for wanted in silent.wanted)


@pytest.mark.parametrize("end", ["import os; os._exit(3)", "return inputs"])
def test_nothing_is_paid_for_questions_of_a_program_that_has_ended(
    tmp_path: Path, end: str
) -> None:
    program = body(
        "def one(n):\n"
        "    try: ask(f'{context}{n}')\n"
        "    except RuntimeError: pass\n"
        f"for n in range(100): threading.Thread(target=one, args=(n,)).start()\n{end}"
    )
    provider = Paid(wait_s=0.1)
    with asking(lay(tmp_path / "study", program), provider, slots=2) as bench:
        found = bench.run(Candidate(), by="a cell")
    assert found.status == ("ok" if "return" in end else "crashed"), found.detail
    assert len(provider.asked) < 50
    assert found.usage.answers is not None
    assert found.usage.answers.paid_usd == pytest.approx(0.01 * len(provider.asked))


def test_half_a_surrogate_pair_in_a_question_is_no_fault_of_the_host(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(ALL)
    program = body("return [ask('half \\ud83d pair')] * len(inputs)")
    with asking(lay(tmp_path / "study", program), OpenAiProvider("gpt-4o-mini")) as bench:
        assert bench.run(Candidate()).score == 1.0
    assert server.prompts == ["half ? pair"]


def test_a_role_that_is_none_reaches_no_server(serve: Serve, tmp_path: Path) -> None:
    """A server quotes it, and what a refusal names is left out of every later request."""
    server = serve(Answer("Invalid value: 'unsupported temperature'", status=400), ALL)
    program = (
        f"{HEAD}\ndef run(context, inputs, parameters, services):\n"
        "    asked = [{'role': 'unsupported temperature', 'content': 'x'}]\n"
        "    return [services['complete'](asked)]\n"
    )
    with asking(lay(tmp_path / "study", program), OpenAiProvider("gpt-4o-mini")) as bench:
        found = bench.run(Candidate())
    assert (found.status, "TypeError: messages are a list of" in found.detail) == ("crashed", True)
    assert not server.prompts


def test_what_is_too_long_for_the_bundled_reader_is_the_programs_own_to_shorten(
    tmp_path: Path,
) -> None:
    lines = "try:\n    ask('long ' * 9000)\nexcept complete.TooLong:\n    return inputs"
    with asking(lay(tmp_path / "study", body(lines)), ReaderProvider()) as bench:
        assert bench.run(Candidate()).score == 1.0


class Yes(Echo):
    """Answers with a word, however long the question."""

    def reply(self, text: str) -> Reply:
        return super().reply("yes")


def test_threads_that_ask_much_at_once_are_all_answered(tmp_path: Path) -> None:
    program = body(
        "with ThreadPoolExecutor(30) as pool:\n"
        "    list(pool.map(lambda n: ask(f'{n} ' * 500_000), range(60)))\nreturn inputs"
    )
    provider = Yes()
    with asking(lay(tmp_path / "study", program), provider) as bench:
        found = bench.run(Candidate())
    assert (found.score, len(provider.asked)) == (1.0, 60), found.detail
