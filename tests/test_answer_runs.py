"""Comparisons whose programs ask a language model: told before, limited, resumed, reported."""

from __future__ import annotations

import email.utils
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asking import EACH, Echo, Paid, Wavering, asking, body, compared, lay
from conftest import environment
from killing import start, state_of
from scripted import MODEL, Answer, ScriptedServer

from searchers.random_search import RandomSearch as Random
from toolkit.errors import UserError
from toolkit.intervals import noise_of_answers
from toolkit.ledger.ledger import Ledger
from toolkit.llm.openai import OpenAiProvider
from toolkit.records import Candidate
from toolkit.report.summary import summarise
from toolkit.report.tables import text
from toolkit.search.cells import Observer

Cli = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., ScriptedServer]
PRICED = "gpt-4o-mini"


class Notes(Observer):
    """Keeps the lines for a person."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def http_date(seconds: float) -> str:
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


TROUBLES = {
    "429 in seconds": (Answer("slow", status=429, headers={"retry-after": "7"}), 7.0),
    "429 by a date": (Answer("slow", status=429, headers={"retry-after": "in 40 s"}), 40.0),
    "500": (Answer("oh", status=500), 1.0),
    "garbage": (Answer(body=b"<html>"), 1.0),
    "a dropped connection": (Answer("text", cut=40), 1.0),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_of_a_server_is_waited_out_and_charged_once(
    serve: Serve, tmp_path: Path, trouble: str
) -> None:
    answer, asked_to_wait = TROUBLES[trouble]
    if "date" in trouble:
        answer.headers["retry-after"] = http_date(asked_to_wait)
    server, waits = serve(answer, Answer("a0 a1 a2 a3 a4 a5 b0 b1 b2 b3 b4 b5")), list[float]()
    folder = lay(tmp_path / "study", body("return [ask('all') for x in inputs]"))
    with asking(folder, OpenAiProvider(PRICED), sleep=waits.append, slots=1) as bench:
        found = bench.run(Candidate())
    assert (found.status, found.score) == ("ok", 1.0), found.detail
    assert len(server.prompts) == 2
    assert waits == [pytest.approx(asked_to_wait, abs=6)]
    used = found.usage.answers
    assert used is not None
    assert (used.calls, used.known, used.tokens_in) == (12, 11, 12_000)
    assert used.usd == pytest.approx(12 * used.paid_usd)


def test_a_server_that_is_down_ends_the_cell_after_three_trials(tmp_path: Path) -> None:
    class Down(Paid):
        down = False

        def complete(self, request: Any) -> Any:
            if self.down:
                from toolkit.llm.provider import TransportError

                raise TransportError("502 from the server")
            return super().complete(request)

    class Falling(Random):
        """The server goes down as the search begins."""

        def run(self, lab: Any) -> None:
            provider.down = True
            super().run(lab)

    provider, folder, waits = Down(), lay(tmp_path / "study"), list[float]()
    made: dict[str, Callable[..., object]] = {"random": Falling}
    state, _ = compared(folder, provider, tmp_path / "run", made, budget=8, sleep=waits.append)
    (cell,) = state.cells.values()
    assert [one.status for one in cell.trials.values()] == ["unanswered"] * 3
    assert cell.ended is not None
    assert cell.ended["status"] == "failed"
    assert "no answer after 6 attempts: 502 from the server" in cell.ended["detail"]
    assert "Traceback" not in cell.ended["detail"]
    state, _ = compared(folder, Paid(), tmp_path / "run", {"random": Random}, budget=8)
    (cell,) = state.cells.values()
    assert [one.status for one in cell.trials.values()] == ["unanswered"] * 3 + ["ok"] * 5


def test_a_limit_of_dollars_ends_the_cell_and_more_goes_on(tmp_path: Path) -> None:
    folder, provider, run = lay(tmp_path / "study"), Paid(), tmp_path / "run"
    whole, _ = compared(folder, Paid(), tmp_path / "whole", {"random": Random})
    state, _ = compared(folder, provider, run, {"random": Random}, max_usd=0.37, slots=1)
    (cell,) = state.cells.values()
    assert [one.status for one in cell.trials.values()] == ["ok", "answer_limit"]
    cut = cell.trials[2]
    assert (cut.score, dict(cut.items)) == (None, {})
    assert cell.ended is not None
    assert cell.ended["status"] == "failed"
    assert "--answer-max-usd 0.37 are spent on answers" in cell.ended["detail"]
    for max_usd in (0.4, 0.43, 5.0):  # a trial may be cut off again and again
        state, _ = compared(folder, provider, run, {"random": Random}, max_usd=max_usd, slots=1)
    (cell,) = state.cells.values()
    (other,) = whole.cells.values()
    assert cell.ended is not None
    assert cell.ended["status"] == "finished"
    assert {n: one.score for n, one in cell.trials.items()} == {
        n: one.score for n, one in other.trials.items()
    }
    assert len({one.key for one in provider.asked}) == len(provider.asked), "nothing asked twice"
    assert cell.log == other.log


def test_what_follows_a_search_is_not_scored_half(tmp_path: Path) -> None:
    folder, notes = lay(tmp_path / "study"), Notes()
    # the baseline asks 12 + 6 times, and the run that looks whether x has an effect is cut off
    state, comparison = compared(
        folder, Paid(), tmp_path / "run", {"random": Random}, budget=2, observer=notes,
        search_only=False, max_usd=0.2, slots=1,
    )  # fmt: skip
    assert "of --answer-max-usd 0.2 are spent" in comparison.cut_short
    assert "what is left of this comparison was not run" in notes.text
    assert all(one.ok for one in state.assessments.values())


def test_a_bill_is_told_before_the_first_question(tmp_path: Path) -> None:
    folder, notes, provider = lay(tmp_path / "study"), Notes(), Paid()
    compared(
        folder, provider, tmp_path / "run", {"random": Random}, budget=2, observer=notes,
        search_only=False,
    )  # fmt: skip
    assert "one evaluation of the unchanged program asks paid 12 questions: " in notes.lines[0]
    assert "192 tokens out" in notes.lines[0], "12 answers of at most 16 tokens"
    assert "nothing is paid for them; 7.5 s if an answer takes 1 s" in notes.lines[1]
    before = len(notes.lines)
    compared(
        folder, provider, tmp_path / "run", {"random": Random}, budget=2, observer=notes,
        search_only=False,
    )  # fmt: skip
    assert not any("asks paid" in line for line in notes.lines[before:]), "a resumed run was told"


def test_a_bill_forecasts_no_wait_for_a_model_that_answers_at_once(tmp_path: Path) -> None:
    folder, notes, provider = lay(tmp_path / "study"), Notes(), Paid()
    provider.instant = True
    compared(
        folder, provider, tmp_path / "run", {"random": Random}, budget=2, observer=notes,
        search_only=False,
    )  # fmt: skip
    assert "nothing is paid for them; less, since" in notes.lines[1]


def test_a_bill_above_the_limit_is_refused_with_the_number_to_type(
    serve: Serve, tmp_path: Path
) -> None:
    server, folder = serve(Answer("a0")), lay(tmp_path / "study")
    options: Any = {"budget": 500, "search_only": False}

    def tried(max_usd: float) -> str:
        with pytest.raises(UserError) as caught:
            compared(
                folder, OpenAiProvider(PRICED), tmp_path / "run", {"random": Random},
                max_usd=max_usd, **options,
            )  # fmt: skip
        return str(caught.value)

    told = tried(0.001)
    assert "--answer-max-usd 0.001 does not cover the answers" in told
    number = float(told.rpartition("give --answer-max-usd ")[2].partition(",")[0])
    assert server.prompts == []
    assert f"--answer-max-usd {0.9 * number:g} does not cover" in tried(0.9 * number)
    found, _ = compared(
        lay(tmp_path / "study"), OpenAiProvider(PRICED), tmp_path / "run", {"random": Random},
        max_usd=number, budget=1, search_only=True,
    )  # fmt: skip
    assert found.cells


def test_how_far_answers_differ_is_measured_once_and_widens_intervals(tmp_path: Path) -> None:
    folder, notes, provider = lay(tmp_path / "study"), Notes(), Wavering()
    options: Any = {"budget": 1, "search_only": False, "observer": notes}
    state, _ = compared(folder, provider, tmp_path / "run", {"random": Random}, **options)
    found = state.findings["answer_noise"]
    assert 0 < found["moved"] < found["outputs"] == 12
    assert found["at_a_time"] == 8
    assert "wavering was asked everything twice, 8 questions at a time: " in notes.text
    noise = noise_of_answers(state, [1.0, -1.0])
    assert noise is not None
    items = [found["moved"] / 12, 0.0]  # scores are 0 or 1: each output that moved moved by 1
    assert noise.error == pytest.approx((items[0] / 2) ** 0.5 / 6**0.5 * 2**0.5)
    asked = len(provider.asked)
    compared(folder, provider, tmp_path / "run", {"random": Random}, **options)
    assert len(provider.asked) == asked
    summary = summarise(state_of(tmp_path / "run"))
    assert summary["answers"]["noise"] == found
    assert "no interval is narrower than this noise" in text(summary)


def test_a_model_that_says_it_is_deterministic_is_not_asked_twice(tmp_path: Path) -> None:
    provider = Echo()
    state, _ = compared(
        lay(tmp_path / "study"), provider, tmp_path / "run", {"random": Random}, budget=1,
        search_only=False,
    )  # fmt: skip
    assert "answer_noise" not in state.findings
    assert len({one.key for one in provider.asked}) == len(provider.asked)


def test_reports_tell_searcher_and_reader_apart(tmp_path: Path) -> None:
    state, _ = compared(lay(tmp_path / "study"), Paid(), tmp_path / "run", {"random": Random})
    (cell,) = summarise(state)["cells"]
    assert (cell["usage"]["tokens"], cell["usage"]["usd"]) == (0, 0.0)
    answers = cell["usage"]["answers"]
    assert (answers["calls"], answers["tokens_in"]) == (48, 4800)
    assert "random (seed 0): its programs got 48 answers" in text(summarise(state))


@pytest.mark.slow
def test_another_model_is_not_taken_into_a_run(serve: Serve, cli: Cli, tmp_path: Path) -> None:
    serve(Answer("a0"))
    folder = str(lay(tmp_path / "study", EACH, 'llm = "openai:one"'))
    command = ("compare", folder, "--budget", "1", "--searchers", "random", "--after", "none")
    assert cli(*command, "--out", "run").returncode == 0
    other = cli(*command, "--out", "run", "--answer-llm", "openai:other")
    assert other.returncode == 2
    assert "were answered by openai:one" in other.stderr


def test_a_run_goes_on_with_its_own_model_where_none_is_named(cli: Cli, tmp_path: Path) -> None:
    folder = str(lay(tmp_path / "study"))
    command = ("compare", folder, "--searchers", "random", "--after", "none", "--out", "run")
    assert cli(*command, "--budget", "1", "--answer-llm", "reader").returncode == 0
    done = cli(*command, "--budget", "2")
    assert done.returncode == 0, done.stderr
    assert "answers: reader goes on, which answered this run's programs before" in done.stderr


def test_a_study_without_a_model_says_what_to_add(cli: Cli, tmp_path: Path) -> None:
    done = cli("run", str(lay(tmp_path / "study")))
    assert done.returncode == 2
    assert "add --answer-llm openai:MODEL, or another of inbox, openai, reader" in done.stderr
    shown = cli("studies", str(tmp_path / "study")).stdout
    assert "answers: a language model, which --answer-llm has to name\n" in shown
    done = cli("run", str(lay(tmp_path / "other", table=False)), "--answer-llm", "openai:x")
    assert "the program of study 'asking' asks no language model" in done.stderr


def test_ray_is_refused(serve: Serve, cli: Cli, tmp_path: Path) -> None:
    serve(Answer("a0"))
    done = cli(
        "run", str(lay(tmp_path / "study")), "--answer-llm", "openai:x", "--evaluator", "ray"
    )
    assert done.returncode == 2
    assert "--evaluator ray takes no questions of a program" in done.stderr


def test_a_limit_without_a_price_is_refused(serve: Serve, cli: Cli, tmp_path: Path) -> None:
    serve(Answer("a0 a1 a2 a3 a4 a5 b0 b1 b2 b3 b4 b5"))
    command = ("run", str(lay(tmp_path / "study")), "--answer-llm", "openai:mine", "--json")
    limited = (*command, "--answer-max-usd", "1")
    refused = cli(*limited)
    assert "give it: --answer-price mine=IN/OUT" in refused.stderr
    done = cli(*limited, "--answer-price", "mine=1/2", "--answer-price", f"{MODEL}=1/2")
    usage = json.loads(done.stdout)["usage"]
    assert usage["answers"]["usd"] == pytest.approx(12 * (1000 * 1 + 100 * 2) / 1e6)


@pytest.mark.slow
@pytest.mark.parametrize("questions", [11, 36])
def test_kill_9_in_the_middle_of_a_batch_pays_for_nothing_twice(
    serve: Serve, tmp_path: Path, questions: int
) -> None:
    """questions: after which the host is killed: in the baseline, and in the first trial."""
    server = ScriptedServer(lambda number, prompt: Answer(prompt, headers={"x": str(pause())}))
    folder, run = lay(tmp_path / "study"), tmp_path / "run"
    command = [
        sys.executable, "-m", "toolkit.cli", "compare", str(folder), "--budget", "3",
        "--searchers", "random", "--out", str(run), "--after", "none", "--answer-llm",
        f"openai:{PRICED}",
    ]  # fmt: skip
    variables = environment(OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none")
    process = start(command, variables)
    while len(server.prompts) < questions:
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()
    recorded = kept(run)
    before = list(server.prompts)
    subprocess.run(command, env=variables, check=True, capture_output=True, timeout=60)
    after = server.prompts[len(before) :]
    known = {json.loads(one)["text"] for one in recorded}
    # the measurement of noise asks once more what the baseline asked, and nothing else does
    assert max(map(after.count, known)) <= 1
    assert len(set(after) & known) <= 12
    assert len(kept(run)) == len(set(server.prompts)) + 12
    server.close()
    (cell,) = state_of(run).cells.values()
    assert [one.status for one in cell.trials.values()] == ["ok"] * 3


def pause() -> float:
    time.sleep(0.02)
    return 0.02


def kept(run: Path) -> list[str]:
    """Answers on record."""
    with Ledger(run, writer=False) as ledger:
        rows = ledger._db.execute("SELECT data FROM answers").fetchall()
    return [row[0] for row in rows]


def test_a_server_that_finds_the_messages_too_long_is_heard_by_the_program(
    serve: Serve, tmp_path: Path
) -> None:
    told = "This model's maximum context length is 4096 tokens. However, you requested 9000."
    serve(Answer(told, status=400), Answer("a0 a1 a2 a3 a4 a5 b0 b1 b2 b3 b4 b5"))
    lines = (
        "try:\n    first = ask('much')\nexcept complete.TooLong:\n    first = ask('less')\n"
        "return [first] * len(inputs)"
    )
    with asking(lay(tmp_path / "study", body(lines)), OpenAiProvider(PRICED)) as bench:
        assert bench.run(Candidate()).score == 1.0


def test_a_model_that_refuses_options_is_asked_without_them(serve: Serve, tmp_path: Path) -> None:
    refusals = (
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
        "'max_completion_tokens' instead.",
        "Unsupported value: 'temperature' does not support 0 with this model.",
    )
    server = serve(
        *(Answer(told, status=400) for told in refusals),
        Answer("a0 a1 a2 a3 a4 a5 b0 b1 b2 b3 b4 b5"),
    )
    folder = lay(tmp_path / "study", body("return [ask(x) for x in inputs]"))
    with asking(folder, OpenAiProvider(PRICED), slots=1) as bench:
        assert bench.run(Candidate()).score == 1.0
    assert len(server.prompts) == 12 + len(refusals)


def test_all_that_was_paid_is_told_and_not_only_what_trials_used(
    serve: Serve, cli: Cli, tmp_path: Path
) -> None:
    server = serve(Answer("a0 a1 a2 a3 a4 a5 b0 b1 b2 b3 b4 b5 c0 c1 c2 c3 c4 c5"))
    run = tmp_path / "run"
    done = cli(
        "compare", str(lay(tmp_path / "study")), "--searchers", "random", "--budget", "3", "--after",
        "light", "--out", str(run), "--answer-llm", f"openai:{PRICED}", "--json",
    )  # fmt: skip
    found = json.loads(done.stdout)["answers"]
    asked = len(server.prompts)
    assert found["kept"] == {
        "answers": asked, "tokens_in": 1000 * asked, "tokens_out": 100 * asked,
        "usd": pytest.approx(asked * (1000 * 0.15 + 100 * 0.6) / 1e6),
    }  # fmt: skip
    assert found["usage"]["paid_usd"] < found["kept"]["usd"], "the noise is in no trial"
    assert f"asked for in this run in all: {asked} answers, {asked:,},000 tokens in" in (
        run / "table.txt"
    ).read_text().replace("\n", " ").replace("  ", " ")
