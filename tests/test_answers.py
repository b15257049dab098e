"""Answers of a language model to programs in the sandbox: by their pipe, and charged once."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from asking import EACH, HEAD, Echo, Paid, asking, body, lay
from programs import FRAMED

from toolkit.bench.bench import Bench
from toolkit.errors import NotAnswered, StudyError
from toolkit.evaluators import bundled
from toolkit.evaluators.forkserver import Evaluation
from toolkit.llm.answers import AnswerModel, Memory
from toolkit.llm.provider import LlmError, Reply, Request, TooLong, TransportError
from toolkit.records import Candidate, Usage
from toolkit.study import study as study_files


@pytest.mark.parametrize("weak", [False, True], ids=["confined", "unconfined"])
def test_a_program_is_answered_by_many_threads_at_a_time(tmp_path: Path, weak: bool) -> None:
    provider = Echo(wait_s=0.02)
    with asking(lay(tmp_path / "study"), provider, weak=weak, slots=6) as bench:
        found = bench.run(Candidate())
    assert (found.status, found.score) == ("ok", 1.0), found.detail
    assert found.outputs["b3"] == "repeat b3 0.5"
    assert len(provider.asked) == 12
    assert 2 <= provider.most_at_once <= 6
    assert dict(provider.asked[0].options) == {"temperature": 0, "max_tokens": 16}


def test_each_thread_gets_the_answer_to_its_own_question(tmp_path: Path) -> None:
    program = body(
        "with ThreadPoolExecutor(30) as pool:\n"
        "    found = list(pool.map(ask, [f'q{n}' for n in range(300)]))\n"
        "wrong = [n for n in range(300) if found[n] != f'q{n}']\n"
        "return inputs if not wrong else wrong"
    )
    with asking(lay(tmp_path / "study", program), Echo()) as bench:
        found = bench.run(Candidate())
    assert (found.status, found.score) == ("ok", 1.0), found.detail


def test_without_the_table_a_program_can_ask_nobody(tmp_path: Path) -> None:
    program = f"{HEAD}\ndef run(c, inputs, p, services): return [sorted(services)] * len(inputs)"
    study = study_files.load(lay(tmp_path / "study", program, table=False))
    with bundled.local(slots=1) as evaluator:
        found = Bench(study, evaluator).run(Candidate())
    assert set(map(str, found.outputs.values())) == {"['seed']"}
    assert "answers" not in found.usage.to_json()


def test_answers_are_metered_apart_and_an_identical_question_is_asked_once(tmp_path: Path) -> None:
    provider = Paid()
    program = body("return [ask(x[0]) + x for x in inputs]")
    with asking(lay(tmp_path / "study", program), provider) as bench:
        first, second = bench.run(Candidate()), bench.run(Candidate())
    used, again = first.usage.answers, second.usage.answers
    assert used is not None
    assert again is not None
    assert (used.calls, used.known, len(provider.asked)) == (12, 10, 2)
    assert (used.tokens_in, used.tokens_out) == (1200, 120)
    assert (used.usd, used.paid_usd) == pytest.approx((0.12, 0.02))
    assert (again.calls, again.known, again.paid_usd) == (12, 12, 0.0)
    assert again.usd == pytest.approx(0.12), "what a trial uses does not depend on who came first"
    assert (first.usage.tokens, first.usage.usd) == (0, 0.0), "those are a searcher's"
    assert Usage.from_json(json.loads(json.dumps(first.usage.to_json()))) == first.usage


@pytest.mark.parametrize("weak", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_waiting_for_answers_takes_none_of_the_programs_time(tmp_path: Path, weak: bool) -> None:
    folder = lay(tmp_path / "study", body("return [ask(x) for x in inputs[:2]] + inputs[2:]"))
    text = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(text.replace("cpu_s = 5", "cpu_s = 5\nwall_s = 0.6"))
    with asking(folder, Echo(wait_s=0.3), weak=weak) as bench:
        found = bench.run(Candidate())
    assert found.status == "ok", found.detail
    assert found.usage.wall_s > 1.0
    assert found.usage.own_s < 0.6


def test_its_own_time_still_ends_a_program_that_asks(tmp_path: Path) -> None:
    folder = lay(tmp_path / "study", body("ask('a')\ntime.sleep(30)\nreturn inputs"))
    text = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(text.replace("cpu_s = 5", "cpu_s = 5\nwall_s = 0.5"))
    with asking(folder, Echo(wait_s=0.2)) as bench:
        found = bench.run(Candidate())
    assert (found.status, "wall_s allows no more" in found.detail) == ("timeout", True)


FORGED = 'framed(b\'{"ok": true, "value": ["forged"] * 6}\')'
QUESTION = (
    "def question(body):\n    frame = framed(body)\n    return frame[:8] + bytes([1]) + frame[9:]\n"
)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        # a result that was written under the stamp of the first call, while the second is out
        (f"if inputs[0][0] == KEPT[0][0]:\n    KEPT.append({FORGED})\nelse:\n    "
         "os.write(3, KEPT[1])\n    ask('b')\nreturn inputs", "not one frame a call"),
        # a question that is none
        ("os.write(3, question(b'[]'))\ntime.sleep(0.2)\nreturn inputs", "not one frame a call"),
        ("os.write(3, question(b'{\"ask\": 1, \"messages\": [1], \"max_tokens\": 1}'))\n"
         "time.sleep(0.2)\nreturn inputs", "not one frame a call"),
        # a question of the first call, while the second is out
        ("if inputs[0][0] == KEPT[0][0]:\n    KEPT.append(question(b'{\"ask\": 7, \"messages\": "
         "[{\"role\": \"user\", \"content\": \"a\"}], \"max_tokens\": 1}'))\nelse:\n    "
         "os.write(3, KEPT[1])\n    time.sleep(0.2)\nreturn inputs", "not one frame a call"),
        # a kind of message that there is not
        ("f = framed(b'{}')\nos.write(3, f[:8] + bytes([2]) + f[9:])\ntime.sleep(0.2)\n"
         "return inputs", "larger than"),
    ],
    ids=["an old result", "no object", "no message", "an old question", "another kind"],
)  # fmt: skip
def test_nothing_is_believed_out_of_turn(tmp_path: Path, lines: str, reason: str) -> None:
    program = body(f"KEPT or KEPT.append(inputs[0])\nask('a')\n{lines}")
    program = f"import os, sys\n{FRAMED}\n{QUESTION}\n{program}"
    with asking(lay(tmp_path / "study", program), Echo()) as bench:
        found = bench.run(Candidate())
    assert (found.status, reason in found.detail) == ("crashed", True), found.detail


def test_a_thread_that_is_left_behind_gets_no_answer_in_the_next_call(tmp_path: Path) -> None:
    lines = (
        "def later():\n"
        "    try:\n"
        "        KEPT.append(ask('slow'))\n"
        "    except RuntimeError as error:\n"
        "        KEPT.append(str(error))\n"
        "if not KEPT:\n"
        "    KEPT.append('first')\n"
        "    threading.Thread(target=later).start()\n"
        "    time.sleep(0.05)\n"
        "    return inputs\n"
        "ask('b')\n"
        "while len(KEPT) < 2: time.sleep(0.01)\n"
        "return [KEPT[1]] * len(inputs)"
    )
    with asking(lay(tmp_path / "study", body(lines)), Echo(wait_s=0.3)) as bench:
        found = bench.run(Candidate())
    assert found.status == "ok", found.detail
    assert "the call that asked has returned" in found.outputs.values()


class Refusing(Echo):
    """Refuses what is long, and everything else where it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error

    def complete(self, request: Request) -> Reply:
        found = super().complete(request)
        if len(found.text) > 100:
            raise TooLong("400: this model's maximum context length is 25 tokens")
        if self.error:
            raise self.error
        return found


def test_a_program_may_shorten_what_is_too_long_and_go_on(tmp_path: Path) -> None:
    lines = (
        "try:\n    ask('long ' * 100)\nexcept complete.TooLong as error:\n"
        "    assert isinstance(error, RuntimeError) and 'maximum context' in str(error)\n"
        "    return [ask(x) for x in inputs]"
    )
    with asking(lay(tmp_path / "study", body(lines)), Refusing()) as bench:
        assert bench.run(Candidate()).score == 1.0
    left = lay(tmp_path / "other", body("return [ask('long ' * 100)]"))
    with asking(left, Refusing()) as bench:
        found = bench.run(Candidate())
    assert found.status == "crashed"
    assert "TooLong: 400: this model's maximum context length" in found.detail


SWALLOW = (
    "def quiet(x):\n    try:\n        return ask(x)\n    except Exception:\n        return x\n"
    "return [quiet(x) for x in inputs]"
)


def test_a_program_that_swallows_a_refusal_has_no_score(tmp_path: Path) -> None:
    provider = Refusing(LlmError("echo answered 401: no such key"))
    with asking(lay(tmp_path / "study", body(SWALLOW)), provider) as bench:
        found = bench.run(Candidate(), by="a cell")
        with pytest.raises(NotAnswered, match="401: no such key"):
            bench.run(Candidate(), by="host")
    assert (found.status, found.score, dict(found.outputs)) == ("unanswered", None, {})
    assert found.detail.startswith("echo answered 401: no such key")
    assert len(provider.asked) == 2, "after a refusal for good nothing more is asked"


def test_a_program_that_swallows_the_limit_of_dollars_has_no_score(tmp_path: Path) -> None:
    provider, record = Paid(), Memory()
    with asking(lay(tmp_path / "study", body(SWALLOW)), provider, record, max_usd=0.05) as bench:
        found = bench.run(Candidate(), by="a cell")
    assert (found.status, found.score, len(provider.asked)) == ("answer_limit", None, 5)
    assert "of --answer-max-usd 0.05 are spent on answers" in found.detail
    assert found.detail.endswith("and it asks everything anew"), "the memory ends with the command"
    assert found.usage.answers is not None
    assert found.usage.answers.paid_usd == pytest.approx(0.05)
    with asking(tmp_path / "study", provider, record, max_usd=1.0) as bench:
        assert bench.run(Candidate()).score == 1.0
    assert len(provider.asked) == 12, "what was answered before is not asked again"


def test_a_question_is_asked_again_as_a_searchers_is(tmp_path: Path) -> None:
    provider, waits = Refusing(TransportError("503", 7.0)), list[float]()
    with asking(lay(tmp_path / "study", body(SWALLOW)), provider, sleep=waits.append) as bench:
        found = bench.run(Candidate(), by="a cell")
    assert (found.status, waits) == ("unanswered", [7.0] * 5)
    assert "no answer after 6 attempts: 503" in found.detail


def test_what_all_questions_wait_for_is_said_once_an_attempt(tmp_path: Path) -> None:
    provider, told = Refusing(TransportError("503")), list[str]()
    with asking(
        lay(tmp_path / "study"), provider, sleep=lambda seconds: time.sleep(0.05), note=told.append
    ) as bench:
        assert bench.run(Candidate(), by="a cell").status == "unanswered"
    assert len(provider.asked) > 6, "several questions were out at a time"
    assert [line.partition("; ")[2] for line in told] == [
        f"asking again in {2**wait} s ({wait + 2} of 6 attempts)" for wait in range(5)
    ]


def test_no_more_is_asked_than_the_study_allows(tmp_path: Path) -> None:
    with asking(lay(tmp_path / "study", EACH, "calls = 3"), Echo()) as bench:
        found = bench.run(Candidate())
    assert (found.status, "[answers] calls allows no more" in found.detail) == ("crashed", True)
    provider = Echo()
    with asking(lay(tmp_path / "other", EACH, "max_tokens = 5"), provider) as bench:
        bench.run(Candidate())
    assert {one.options["max_tokens"] for one in provider.asked} == {5}


def test_what_is_no_message_is_the_programs_own_error(tmp_path: Path) -> None:
    with asking(lay(tmp_path / "study", body("return complete('hello')")), Echo()) as bench:
        found = bench.run(Candidate())
    assert (found.status, "TypeError: messages are a list of" in found.detail) == ("crashed", True)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ("calls = 0", "answers.calls: must be at least 1"),
        ("max_token = 1", "answers.max_token: is not a known key; did you mean"),
        ("concurrency = 500", "answers.concurrency: must be at most 200"),
    ],
)
def test_a_wrong_table_is_told(tmp_path: Path, answers: str, told: str) -> None:
    with pytest.raises(StudyError) as caught:
        study_files.load(lay(tmp_path / "study", EACH, answers))
    assert told in str(caught.value)


def test_a_command_cannot_have_answers(tmp_path: Path) -> None:
    folder = lay(tmp_path / "study")
    text = (folder / "study.toml").read_text()
    (folder / "study.toml").write_text(
        text.replace('entry = "prog:run"', 'command = ["python", "prog.py"]')
    )
    with pytest.raises(StudyError, match="answers: is for a function that gets services"):
        study_files.load(folder)


def test_the_table_is_in_the_digest_as_far_as_scores_depend_on_it(tmp_path: Path) -> None:
    lines = ("", "concurrency = 2", 'llm = "echo"', "calls = 9", "max_tokens = 9")
    usual, slow, named, few, short = (
        study_files.load(lay(tmp_path / "study", EACH, line)).digest for line in lines
    )
    assert usual == slow == named
    assert len({usual, few, short}) == 3


def test_an_answer_is_on_record_before_a_program_gets_it(tmp_path: Path) -> None:
    class Watched(Memory):
        kept = 0

        def keep_answers(self, rows: Mapping[str, Any]) -> None:
            super().keep_answers(rows)
            self.kept += len(rows)

    study = study_files.load(lay(tmp_path / "study"))
    record = Watched()
    assert study.answers is not None
    with AnswerModel(Echo(), study.answers, record) as model:
        for number in range(3):
            found, known = model.answer([{"role": "user", "content": f"q{number}"}], 9)
            assert (found["text"], known, record.kept) == (f"q{number}", False, number + 1)


def test_a_report_is_read_though_its_server_closed_with_a_message_unread() -> None:
    evaluation = Evaluation(1000)
    with evaluation:
        evaluation.status.send(b"g")  # the program goes on: nobody reads it
        server = evaluation._theirs
        server.send(b"report")
        server.close()
        assert evaluation._status(1.0) == b"report"
