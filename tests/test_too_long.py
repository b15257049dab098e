"""Messages that a server finds too long: shorter ones are sent once, and counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llm_runs import quick
from scripted import Answer, ScriptedServer
from staged_runs import STOP, SURVEY, Script, Scripted, Silent, block, edit, staged

import toolkit
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.ledger.cell import CellState
from toolkit.ledger.ledger import Ledger
from toolkit.llm.provider import Reply, Request, TooLong
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan

LONG = "long " * 400
SAYS = "This model's maximum context length is 4096 tokens, and 9000 were sent"


class Asks:
    """Asks once, with shorter messages in reserve, then evaluates."""

    def __init__(self, *, reserve: bool = True) -> None:
        self.reserve = reserve

    def run(self, lab: toolkit.Lab) -> None:
        shorter = [{"role": "user", "content": "short"}] if self.reserve else None
        said = lab.complete([{"role": "user", "content": LONG}], shorter=shorter)
        while lab.budget.left >= 1:
            lab.evaluate(toolkit.Candidate(note=said))


@pytest.fixture
def ask(bench: Bench, tmp_path: Path) -> Callable[..., CellState]:
    """ask(budget, **options): one cell that asks once."""

    def run(budget: float = 1, **options: Any) -> CellState:
        channel, _ = quick()
        spec = CellSpec("asks", "asks", Asks, options, 0, channel.provider.name, True)
        plan = Plan([spec], Budget(budget), 1, 60, channel, search_only=True)
        with Ledger(tmp_path / "run", writer=True) as ledger:
            return Comparison(bench, ledger, plan).run().cells[spec.key]

    return run


REFUSED = Answer(SAYS, status=400)


def test_shorter_messages_are_sent_once_and_the_refused_ones_are_counted_in_tokens(
    serve: Callable[..., ScriptedServer], ask: Callable[..., CellState]
) -> None:
    server = serve(REFUSED, Answer("all right"))
    found = ask()
    assert server.prompts == [LONG, "short"]
    assert found.ended is not None and found.ended["status"] == "finished"
    (completion,) = found.completions.values()
    assert (completion.reply, completion.attempts) == ("all right", 2)
    assert completion.tokens_in == 1000 + len(LONG) // 4
    assert completion.estimated
    assert completion.usd is not None and completion.usd == pytest.approx(0.00021)  # as served
    more = ask(budget=2)  # which goes on, and asks nobody again
    assert len(server.prompts) == 2
    assert more.ended is not None and more.ended["mismatches"] == 0


def test_without_shorter_messages_the_cell_ends_with_the_servers_words(
    serve: Callable[..., ScriptedServer], ask: Callable[..., CellState]
) -> None:
    server = serve(REFUSED)
    found = ask(reserve=False)
    assert server.prompts == [LONG]
    assert found.ended is not None and SAYS in found.ended["detail"]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (413, "Payload too large"),
        (400, "prompt is too long: 210000 tokens > 200000 maximum"),
        (400, "the request exceeds the available context size. try increasing the context size"),
        (422, "Input is too long for requested model."),
    ],
)
def test_servers_say_it_in_many_ways(
    serve: Callable[..., ScriptedServer], ask: Callable[..., CellState], status: int, words: str
) -> None:
    serve(Answer(words, status=status), Answer("fine"))
    (completion,) = ask().completions.values()
    assert completion.reply == "fine"


def test_another_refusal_is_no_reason_to_send_less(
    serve: Callable[..., ScriptedServer], ask: Callable[..., CellState]
) -> None:
    server = serve(Answer("no such model", status=400))
    found = ask()
    assert len(server.prompts) == 1
    assert not found.completions


class Narrow(Scripted):
    """A model whose context holds so many characters."""

    def __init__(self, script: Script, room: int) -> None:
        super().__init__(script)
        self.room, self.refused = room, 0

    def complete(self, request: Request) -> Reply:
        if sum(len(message["content"]) for message in request.messages) > self.room:
            self.refused += 1
            raise TooLong("the context is full")
        return super().complete(request)


def test_the_staged_loop_goes_on_with_shorter_requests(bench: Bench, tmp_path: Path) -> None:
    replies = [SURVEY, edit(block("SCALE = 0.8", "SCALE = 0.95")), STOP]
    model = Narrow(replies, room=9600)
    found = staged(bench, tmp_path / "run", model)
    assert found.verdicts == ["1 kept"]
    assert model.refused
    assert all(len(prompt) <= 9600 for prompt in model.prompts)
    again = staged(bench, tmp_path / "run", Silent())
    assert again.cell.ended is not None and again.cell.ended["mismatches"] == 0


def test_a_model_that_holds_not_even_the_shorter_request_ends_the_cell(
    bench: Bench, tmp_path: Path
) -> None:
    found = staged(bench, tmp_path / "run", Narrow([SURVEY], room=500))
    assert found.cell.ended is not None
    assert "the context is full" in found.cell.ended["detail"]
