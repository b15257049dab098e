"""The gateway and its provider: waits, servers that are down or slow, keys, limits in dollars."""

from __future__ import annotations

import email.utils
import json
import math
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import TOY
from llm_runs import CRASH, SERIES, outcomes, quick
from llm_runs import search as search
from scripted import MODEL, Answer, ScriptedServer

from toolkit.errors import UserError
from toolkit.ledger.cell import CellState
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.notebook import Scribe
from toolkit.ledger.state import State
from toolkit.llm import openai as openai_provider
from toolkit.llm.attempts import ATTEMPTS
from toolkit.llm.gateway import Channel, Gateway
from toolkit.llm.openai import OpenAiProvider
from toolkit.llm.prices import Prices, parse
from toolkit.llm.provider import Provider, Reply, Request, TransportError

Cli = Callable[..., subprocess.CompletedProcess[str]]

ENDPOINTS = {
    "401": (Answer("bad key", status=401), "check OPENAI_API_KEY", 1),
    "404": (Answer("no such model", status=404), "check the model's name", 1),
    "quota": (Answer(body=b'{"error": {"message": "No.", "code": "insufficient_quota"}}', status=429),
              "quota is used up", 1),
    "429": (Answer("slow down", status=429), "after 6 attempts", ATTEMPTS),
    "500": (Answer("oh", status=500), "after 6 attempts", ATTEMPTS),
    "html": (Answer(body=b"<html>login</html>", headers={"content-type": "text/html"}),
             "after 6 attempts", ATTEMPTS),
    "cut": (Answer("text", cut=40), "after 6 attempts", ATTEMPTS),
    "no choices": (Answer(body=b'{"choices": []}'), "after 6 attempts", ATTEMPTS),
    "cut JSON": (Answer(body=b'{"choices": [{"mess'), "after 6 attempts", ATTEMPTS),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_endpoint_that_fails_ends_the_cell_with_advice(
    name: str, serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    answer, told, requests = ENDPOINTS[name]
    server = serve(Answer(SERIES), answer)
    channel, waits = quick()
    cell = search(channel, budget=10)
    assert cell.ended is not None
    assert cell.ended["status"] == "failed"
    assert told in cell.ended["detail"]
    assert "\n" not in cell.ended["detail"], "no traceback of what is no fault of the searcher"
    assert len(server.prompts) == 1 + requests
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0][: requests - 1]
    assert len(cell.trials) == 3, "what was tried before stays"
    assert (cell.requested, len(cell.completions)) == (2, 1)
    server.close()
    serve(Answer(SERIES))
    again = search(quick()[0], budget=10)
    assert len(again.trials) == 10, "the same command goes on"


def test_waits_as_long_as_the_server_asks(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    serve(
        Answer("slow down", status=429, headers={"retry-after": "7"}),
        Answer("slow down", status=429, headers={"retry-after": "3600"}),
        Answer("slow down", status=503, headers={"retry-after": "soon"}),
        Answer("slow down", status=503, headers={"retry-after-ms": "250"}),
        Answer("slow down", status=503, headers={"retry-after": at(45)}),
        Answer(SERIES),
    )
    told: list[str] = []
    channel, waits = quick(note=told.append)
    cell = search(channel)
    assert waits[:4] == [7.0, 60.0, 4.0, 0.25]
    assert 40 < waits[4] < 46
    assert [one.attempts for one in cell.completions.values()] == [6]
    assert len(cell.trials) == 3
    assert told[0].startswith("a-0: http://127.0.0.1:")
    assert told[0].endswith("answered 429: slow down; asking again in 7 s (2 of 6 attempts)")
    assert "(it asks to wait 3600 s); asking again in 60 s (3 of 6" in told[1]


def at(seconds: float) -> str:
    """An HTTP date, so many seconds from now."""
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


class Failing(Provider):
    """Asks for waits that cannot be, as a plugin may."""

    name, price_free = "failing", True

    def __init__(self, *waits: float) -> None:
        self.waits = iter(waits)

    def complete(self, request: Request) -> Reply:
        for wait in self.waits:
            raise TransportError("not yet", wait)
        return Reply(SERIES, "m", 1, 1)


def test_a_wait_that_cannot_be_is_no_wait_that_is_asked_for(
    search: Callable[..., CellState],
) -> None:
    waits: list[float] = []
    cell = search(Channel(Failing(-1.0, math.nan, math.inf, 0.0), sleep=waits.append))
    assert waits == [1.0, 2.0, 4.0, 8.0]
    assert len(cell.trials) == 3


def test_half_a_character_in_a_prompt_reaches_the_server_as_a_question_mark(
    serve: Callable[..., ScriptedServer], tmp_path: Path
) -> None:
    server = serve(Answer("text"))
    cell = CellState("a-0", "a", "a", {}, 0, MODEL)
    state = State(cells={cell.key: cell})
    with (
        Ledger(tmp_path / "run", writer=True) as ledger,
        Scribe(Journal(ledger, state)) as scribe,
    ):
        gateway = Gateway(quick()[0], scribe.notebook(cell.key), cell)
        said = [{"role": "user", "content": "what \ud800 is"}]
        assert gateway.complete(said, [], "propose", {})[0] == "text"
    assert server.prompts == ["what ? is"]


def test_an_answer_that_comes_drop_by_drop_has_an_end(
    serve: Callable[..., ScriptedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_provider, "LONGEST_S", 0.0)
    serve(Answer(SERIES))
    request = Request("k", "t", [{"role": "user", "content": "?"}], {})
    with pytest.raises(TransportError, match="did not end its answer in 0 s"):
        OpenAiProvider(MODEL).complete(request)


def test_a_server_that_is_down(
    search: Callable[..., CellState], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
    channel, waits = quick()
    cell = search(channel)
    assert cell.ended is not None
    assert "Connection error" in cell.ended["detail"]
    assert len(waits) == ATTEMPTS - 1
    assert not cell.trials


def test_a_server_that_is_slow(
    serve: Callable[..., ScriptedServer],
    search: Callable[..., CellState],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openai_provider, "TIMEOUT_S", 0.3)
    never = threading.Event()
    serve(Answer(SERIES, wait=never), Answer(SERIES))
    channel, waits = quick()
    cell = search(channel)
    never.set()
    assert waits == [1.0]
    assert len(cell.trials) == 3


def test_a_key_in_the_environment_never_starts_spending(
    serve: Callable[..., ScriptedServer], cli: Cli
) -> None:
    server = serve(Answer(SERIES))
    done = cli(
        "compare", str(TOY), "--searchers", "autoresearch,random", "--budget", "3",
        OPENAI_BASE_URL=server.url, OPENAI_API_KEY="sk-real",
    )  # fmt: skip
    assert done.returncode == 1
    assert not server.prompts
    assert "FILE. The others go on" in " ".join(done.stderr.split())
    for way in ("--llm openai:MODEL", "--llm inbox:DIR", "--llm recorded:FILE"):
        assert way in " ".join((done.stderr + done.stdout).split())
    assert "random" in done.stdout


def test_no_key_reaches_the_program(
    serve: Callable[..., ScriptedServer],
    search: Callable[..., CellState],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dump = "__import__('os').environ"
    edit = CRASH.replace('__import__("json").loads("no JSON")', f"raise ValueError(dict({dump}))")
    server = serve(Answer(edit))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    cell = search(quick()[0], budget=1)
    (outcome,) = outcomes(cell)
    assert outcome[0] == "crashed"
    assert "ValueError" in outcome[1]
    assert "OPENAI" not in outcome[1]
    assert server.url not in outcome[1]
    assert "sk-secret" not in outcome[1]


def test_the_limit_in_dollars_ends_the_cell(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    serve(Answer(SERIES))
    cell = search(quick(max_usd=0.0003)[0], budget=30)
    assert cell.ended is not None
    assert cell.ended["status"] == "finished"
    assert len(cell.completions) == 2, "0.00021 dollars each"
    assert cell.ended["detail"] == "$0.00042 of $0.0003 are spent"


def test_a_limit_needs_a_price(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    server = serve(Answer(body=Answer(SERIES).payload().replace(MODEL.encode(), b"mystery")))
    cell = search(Channel(OpenAiProvider("gpt-5-pro"), max_usd=1.0))
    assert cell.ended is not None
    assert "--price gpt-5-pro=IN/OUT" in cell.ended["detail"]
    assert not server.prompts, "refused before it is paid for"
    prices = Prices({"gpt-5-pro": (1.0, 10.0)})
    priced = search(Channel(OpenAiProvider("gpt-5-pro"), max_usd=1.0, prices=prices))
    assert priced.usage.usd == pytest.approx((1000 * 1 + 100 * 10) / 1e6)


def test_counts_and_texts_as_some_servers_give_them(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    body = json.loads(Answer(SERIES).payload())
    body["usage"] = {"prompt_tokens": None}
    body["choices"][0]["message"]["content"] = [{"type": "text", "text": SERIES}]
    serve(Answer(body=json.dumps(body).encode()))
    cell = search(quick()[0])
    assert len(cell.trials) == 3
    assert all(one.estimated and one.tokens_in > 100 for one in cell.completions.values())


@pytest.mark.parametrize(
    "text",
    ["", "m", "m=1", "m=1/x", "m=-1/2", "=1/2", " =1/2", "m=nan/nan", "m=inf/1", "m=1e308/1e308"],
)
def test_a_price_is_model_in_out(text: str) -> None:
    with pytest.raises(UserError, match="MODEL=IN/OUT"):
        parse(text)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("openai", "needs a model's name"),
        ("openai:m", "OPENAI_API_KEY is not set"),
        ("inbox", "needs a folder"),
        ("recorded:none.jsonl", "cannot be read"),
        ("recorded", "has no recording of its own"),
        ("opnai:m", "did you mean"),
    ],
)
def test_a_wrong_model_stops_before_anything_is_spent(cli: Cli, spec: str, told: str) -> None:
    done = cli("compare", str(TOY), "--searchers", "autoresearch", "--llm", spec, "--budget", "2",
               OPENAI_API_KEY="", OPENAI_BASE_URL="")  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_show_llm_prints_both_sides(serve: Callable[..., ScriptedServer], cli: Cli) -> None:
    server = serve(Answer(SERIES))
    done = cli(
        "compare", str(TOY), "--searchers", "autoresearch", "--budget", "2", "--show-llm",
        "--llm", f"openai:{MODEL}", OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none",
    )  # fmt: skip
    assert "x is far from the peak" in done.stderr
    assert "What to answer" in done.stderr
