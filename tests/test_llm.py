"""The gateway, its providers, and the code-editing searcher on a scripted server."""

from __future__ import annotations

import email.utils
import json
import math
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import TOY, environment
from scripted import MODEL, Answer, ScriptedServer

from searchers.autoresearcher import Autoresearch
from toolkit.bench.bench import Bench
from toolkit.compare import Comparison
from toolkit.errors import UserError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.cell import CellState
from toolkit.ledger.journal import Journal
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.notebook import Scribe
from toolkit.ledger.state import State
from toolkit.llm import openai as openai_provider
from toolkit.llm.gateway import ATTEMPTS, Channel, Gateway
from toolkit.llm.openai import OpenAiProvider
from toolkit.llm.prices import Prices, parse
from toolkit.llm.provider import LlmError, Provider, Reply, Request, TransportError
from toolkit.llm.recorded import RecordedProvider, dump
from toolkit.search.budget import Budget
from toolkit.search.cells import CellSpec, Plan
from toolkit.study import study as study_files

Cli = Callable[..., subprocess.CompletedProcess[str]]
SERIES = """Some thoughts first.

# EDIT
LABEL: hyperparameter
HYPOTHESIS: x is far from the peak
SET: x = 0.3

# EDIT
LABEL: bug_fix
HYPOTHESIS: the scale loses a fifth
FILE: toy_pipeline/main.py
<<<<<<< SEARCH
SCALE = 0.8
=======
SCALE = 0.95
>>>>>>> REPLACE

# EDIT
LABEL: data
HYPOTHESIS: a worse value of y
SET: y = 1.0
"""
CRASH = """# EDIT
LABEL: architecture
HYPOTHESIS: parse something
FILE: toy_pipeline/main.py
<<<<<<< SEARCH
    value = SCALE * height(parameters) - context["offset"]
=======
    __import__("json").loads("no JSON")
    value = SCALE * height(parameters) - context["offset"]
>>>>>>> REPLACE
"""


@pytest.fixture
def search(bench: Bench, tmp_path: Path) -> Callable[..., CellState]:
    """search(channel, budget, **options): one cell of the code editor on the toy study."""

    def run(channel: Channel, budget: float = 3, **options: Any) -> CellState:
        spec = CellSpec("a", "autoresearch", Autoresearch, options, 0, channel.provider.name, True)
        plan = Plan([spec], Budget(budget), 1, 60, channel, search_only=True)
        with Ledger(tmp_path / "run", writer=True) as ledger:
            return Comparison(bench, ledger, plan).run().cells[spec.key]

    return run


def quick(**options: Any) -> tuple[Channel, list[float]]:
    """A channel to the scripted server that does not wait, and the waits it was asked for."""
    waits: list[float] = []
    return Channel(OpenAiProvider(MODEL), sleep=waits.append, **options), waits


def outcomes(cell: CellState) -> list[tuple[str, str]]:
    return [(trial.status, trial.detail) for _, trial in sorted(cell.trials.items())]


def compare(cli: Cli, *arguments: str, out: str = "run", **variables: str) -> dict[str, Any]:
    done = cli(
        "compare", str(TOY), "--searchers", "autoresearch", "--out", out, "--json", *arguments,
        **variables,
    )  # fmt: skip
    assert done.stdout, done.stderr
    summary: dict[str, Any] = json.loads(done.stdout)
    return summary


def test_one_reply_feeds_several_trials_each_with_one_cause(
    serve: Callable[..., ScriptedServer], cli: Cli
) -> None:
    server = serve(Answer(SERIES))
    summary = compare(
        cli, "--budget", "4", "--llm", f"openai:{MODEL}",
        OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none",
    )  # fmt: skip
    cell = summary["cells"][0]
    assert cell["trials"] == 4
    assert cell["completions"] == 2
    assert cell["models"] == [MODEL]
    assert not cell["recorded"]
    assert cell["usage"]["tokens"] == 2 * 1100
    # the longest name that fits is gpt-4o-mini: 0.15 and 0.60 dollars per million
    assert cell["usage"]["usd"] == pytest.approx(2 * (1000 * 0.15 + 100 * 0.60) / 1e6)
    parts = summary["attribution"]["cells"]["autoresearch-0"]["parts"]
    assert [(part["label"], part["sets"]) for part in parts] == [
        ("hyperparameter", {"x": 0.3}),
        ("bug_fix", {}),
    ]
    assert cell["search"] > summary["baseline"]["search"]
    assert "kept" in server.prompts[1]
    assert "taken back" in server.prompts[1]


REPLIES = {
    "prose": ("I would look at the retrieval first.", "section; it begins"),
    "empty": ("", "section; it begins"),
    "refusal": ("I cannot help with that.", "section; it begins"),
    "other language": ("请先检查检索部分。", "section; it begins"),
    "two megabytes": ("x" * 2_000_000, "section; it begins"),
    "truncated": (SERIES[: SERIES.index("=======")].split("# EDIT")[2].join(["# EDIT", ""]), "cut off"),
    "no label": ("# EDIT\nHYPOTHESIS: h\nSET: x = 0.4\n", "LABEL must be one of"),
    "no change": ("# EDIT\nLABEL: data\nHYPOTHESIS: h\n", "changes nothing"),
    "default again": ("# EDIT\nLABEL: data\nSET: x = 0.1\n", "leaves the program as it is"),
    "unknown parameter": ("# EDIT\nLABEL: data\nSET: z = 1\n", "z"),
    "out of range": ("# EDIT\nLABEL: data\nSET: x = 7\n", "x"),
    "unchanged code": (
        "# EDIT\nLABEL: data\nFILE: toy_pipeline/main.py\n<<<<<<< SEARCH\nSCALE = 0.8\n=======\n"
        "SCALE = 0.8\n>>>>>>> REPLACE\n",
        "leaves the program as it is",
    ),
    "block that fits nowhere": (
        "# EDIT\nLABEL: data\nFILE: toy_pipeline/main.py\n<<<<<<< SEARCH\nSCALE = 9\n=======\n"
        "SCALE = 1\n>>>>>>> REPLACE\n",
        "stands 0 times",
    ),
    "no such file": (
        "# EDIT\nLABEL: data\nFILE: toy_pipeline/none.py\n<<<<<<< SEARCH\na\n=======\nb\n"
        ">>>>>>> REPLACE\n",
        "there is no file",
    ),
    "path out of the tree": (
        "# EDIT\nLABEL: data\nFILE: ../../evil.py\n```\nx = 1\n```\n", "evil.py",
    ),
    "absolute path": ("# EDIT\nLABEL: data\nFILE: /tmp/evil.py\n```\nx = 1\n```\n", "evil.py"),
    "protected file": ("# EDIT\nLABEL: data\nFILE: task.py\n```\nx = 1\n```\n", "task.py"),
    "entry point deleted": ("# EDIT\nLABEL: data\nDELETE: toy_pipeline/main.py\n", "main.py"),
    "syntax error": (
        "# EDIT\nLABEL: data\nFILE: toy_pipeline/main.py\n```python\ndef run(:\n```\n", "SyntaxError"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPLIES)
def test_every_reply_is_charged_and_says_what_was_wrong(
    name: str, serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    text, told = REPLIES[name]
    server = serve(Answer(text))
    cell = search(quick()[0], budget=2)
    assert len(cell.trials) == 2
    assert len(server.prompts) == 2
    for status, detail in outcomes(cell):
        assert status == ("crashed" if name == "syntax error" else "invalid"), detail
        assert told in detail
    assert told in server.prompts[1]


ENDPOINTS = {
    "401": (Answer("bad key", status=401), "check OPENAI_API_KEY", 1),
    "404": (Answer("no such model", status=404), "check the model's name", 1),
    "context": (Answer("maximum context length is 8192 tokens", status=400), "context length", 1),
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


def test_the_control_may_only_set_parameters(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    server = serve(Answer(SERIES))
    cell = search(quick()[0], scope="parameters")
    assert [status for status, _ in outcomes(cell)] == ["ok", "invalid", "ok"]
    assert "only SET is allowed" in outcomes(cell)[1][1]
    assert "You may only set its declared parameters" in server.prompts[0]
    assert "<<<<<<< SEARCH" not in server.prompts[0]


def test_the_control_that_sees_scores_only(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState], tmp_path: Path
) -> None:
    server = serve(Answer(SERIES))
    search(quick()[0], sees="scores")
    assert "the truth of" not in server.prompts[0]
    assert "objective" in server.prompts[0]


def test_failures_are_of_the_search_split(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    server = serve(Answer(SERIES))
    search(quick()[0])
    assert "the truth of a" in server.prompts[0]
    for sealed in "def":
        assert f"the truth of {sealed}" not in server.prompts[0]


def test_prompts_hold_nothing_of_the_machine(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState], tmp_path: Path
) -> None:
    server = serve(Answer(CRASH))
    cell = search(quick()[0], budget=2)
    assert "<python>" in outcomes(cell)[0][1], "the report keeps the library's frames"
    told = server.prompts[1]
    assert 'File "toy_pipeline/main.py"' in told
    assert "JSONDecodeError" in told
    for word in ("<python>", "site-packages", sys.prefix, str(tmp_path), "/tmp", "json/decoder"):
        assert word not in told


@pytest.mark.slow
def test_kill_in_mid_call_asks_again_only_for_what_is_not_on_record(
    serve: Callable[..., ScriptedServer], tmp_path: Path, cli: Cli
) -> None:
    never = threading.Event()
    server = serve(Answer(SERIES), Answer(SERIES, wait=never), Answer(CRASH))
    command = ["compare", str(TOY), "--searchers", "autoresearch", "--budget", "5", "--out", "run"]
    variables = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "none"}
    host = subprocess.Popen(
        [sys.executable, "-m", "toolkit.cli", *command, "--llm", f"openai:{MODEL}"],
        cwd=tmp_path, env=environment(None, **variables),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while len(server.prompts) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    host.send_signal(signal.SIGKILL)
    host.wait()
    never.set()
    cell = compare(cli, "--budget", "5", "--llm", f"openai:{MODEL}", **variables)["cells"][0]
    first, second, third, *_ = server.prompts
    assert first not in server.prompts[1:]
    assert second == third, "the request that was cut off is the one that is made again"
    assert cell["trials"] == 5
    assert cell["unanswered"] == 1


@pytest.fixture
def recording(serve: Callable[..., ScriptedServer], cli: Cli, tmp_path: Path) -> Path:
    """An exported journal of a run of five trials, whose server is gone by then."""
    server = serve(Answer(SERIES), Answer(CRASH))
    compare(
        cli, "--budget", "5", "--llm", f"openai:{MODEL}", out="first",
        OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none",
    )  # fmt: skip
    server.close()
    done = cli(
        "export", "first", "--searcher", "autoresearch", "--recording", "mine.jsonl",
        "--model", "scripted, 2026",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tmp_path / "mine.jsonl"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("budget", "slots", "columns"), [("5", "1", "80"), ("5", "2", "200"), ("9", "2", "40")]
)
def test_a_recording_replays_to_the_same_champion(
    recording: Path, cli: Cli, tmp_path: Path, budget: str, slots: str, columns: str
) -> None:
    first = json.loads((tmp_path / "first" / "summary.json").read_text())["cells"][0]
    summary = compare(
        cli, "--budget", budget, "--slots", slots, "--llm", f"recorded:{recording}",
        out="elsewhere/again", COLUMNS=columns,
    )  # fmt: skip
    cell = summary["cells"][0]
    same = ("search", "test", "champion", "trials", "status", "interval", "completions")
    assert {name: cell[name] for name in same} == {name: first[name] for name in same}
    assert cell["usage"]["tokens"] == first["usage"]["tokens"]
    assert cell["usage"]["usd"] == first["usage"]["usd"]
    assert (cell["recorded"], cell["mismatches"]) == (True, 0)
    assert cell["models"] == ["scripted, 2026"]
    assert ("it ends here" in cell["detail"]) == (budget == "9")


@pytest.mark.slow
def test_a_recording_of_other_code_is_noticed(recording: Path, cli: Cli, toy_folder: Path) -> None:
    pipeline = toy_folder / "toy_pipeline" / "curve.py"
    pipeline.write_text(pipeline.read_text() + "\n# another version\n")
    done = cli(
        "compare", str(toy_folder), "--searchers", "autoresearch", "--budget", "5", "--json",
        "--llm", f"recorded:{recording}",
    )  # fmt: skip
    (cell,) = json.loads(done.stdout)["cells"]
    assert cell["mismatches"] == cell["completions"] > 0


@pytest.mark.slow
def test_a_recording_holds_no_prompt(recording: Path) -> None:
    text = recording.read_text()
    assert "the truth of" not in text
    header = json.loads(text.split("\n")[0])
    assert header["model"] == "scripted, 2026"
    assert header["cell"] == {"searcher": "autoresearch", "options": {}, "seed": 0}


@pytest.mark.slow
def test_an_unfinished_recording_is_continued(
    recording: Path, serve: Callable[..., ScriptedServer], cli: Cli
) -> None:
    server = serve(Answer(SERIES))
    cell = compare(
        cli, "--budget", "8", "--llm", f"openai:{MODEL}", "--recording", str(recording),
        out="longer", OPENAI_BASE_URL=server.url, OPENAI_API_KEY="none",
    )["cells"][0]  # fmt: skip
    assert cell["trials"] == 8
    assert cell["completions"] > 3
    assert len(server.prompts) == cell["completions"] - 3


@pytest.mark.slow
def test_a_recording_answers_its_own_seed_only(recording: Path, cli: Cli) -> None:
    done = cli(
        "compare", str(TOY), "--searchers", "autoresearch,random", "--seeds", "3", "--budget", "5",
        "--llm", f"recorded:{recording}", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "answers seed 0 only" in done.stderr
    cells = [(cell["alias"], cell["seed"]) for cell in json.loads(done.stdout)["cells"]]
    assert cells == [("autoresearch", 0), ("random", 0), ("random", 1), ("random", 2)]


@pytest.mark.slow
def test_a_recording_of_another_cell_says_what_to_do(recording: Path, cli: Cli) -> None:
    done = cli(
        "compare", str(TOY), "--searchers", "autoresearch,random", "--budget", "5", "--json",
        "--llm", f"recorded:{recording}", "-o", "autoresearch.sees=scores",
    )  # fmt: skip
    assert done.returncode == 1
    failed, other = json.loads(done.stdout)["cells"]
    assert "Let a model answer (--llm openai:MODEL or --llm inbox:DIR)" in failed["detail"]
    assert other["trials"] == 5


@pytest.mark.parametrize(
    "content", ["", "no JSON", '{"format": 9}', '{"format": 1}', "[1]", "\x00"]
)
def test_a_file_that_is_no_recording(tmp_path: Path, content: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(content)
    with pytest.raises(LlmError, match=r"r\.jsonl is not a recording"):
        RecordedProvider(str(path))


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


def thought(finish: str = "stop", **message: Any) -> Answer:
    """A reply whose thinking the server hands over beside the answer, which is empty."""
    return Answer(finish=finish, message={"content": None, **message})


HALF = SERIES[: SERIES.index("=======")]
NO_ANSWER = "the model sent its thinking and no answer"
CUT_OFF = "the reply was cut off at the server's limit on its length"
ENDINGS = {
    "reasoning_content": (thought(reasoning_content="The scale …"), [NO_ANSWER]),
    "reasoning": (thought("length", reasoning="The scale …"), [NO_ANSWER, CUT_OFF]),
    "parts": (
        thought(content=[{"type": "thinking", "thinking": [{"type": "text", "text": "The"}]}]),
        [NO_ANSWER],
    ),
    "length": (Answer(HALF[HALF.rindex("# EDIT") :], finish="length"), ["not closed by", CUT_OFF]),
    "nothing": (Answer(finish="length"), ["section; it begins", CUT_OFF]),
    "a value": (Answer(SERIES.rstrip(), finish="max_tokens"), ["in the middle of a line", CUT_OFF]),
    "open": (Answer(f"<think>\n{SERIES}"), ["cut off in its thinking"]),
    "open, length": (Answer("[THINK] so", finish="length"), ["cut off in its thinking", CUT_OFF]),
    "filter": (Answer("I", finish="content_filter"), ["a filter of the server stopped the reply"]),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_trial_says_why_its_reply_is_no_whole_answer(
    name: str, serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    answer, told = ENDINGS[name]
    server = serve(answer, Answer(SERIES))
    cell = search(quick()[0], budget=4)
    detail = next(detail for status, detail in outcomes(cell) if status == "invalid")
    assert detail.startswith("unusable edit: ")
    for words in told:
        assert words in detail
        assert words in server.prompts[1]
    first, *_ = cell.completions.values()
    assert first.ending


@pytest.mark.parametrize("finish", ["stop", "length"])
def test_a_whole_edit_counts_however_its_reply_ended(
    finish: str, serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    serve(Answer(SERIES, finish=finish))
    cell = search(quick()[0], budget=7)
    assert cell.ended is not None
    assert cell.ended["status"] == "finished"
    assert len(cell.trials) == 7


@pytest.mark.parametrize(
    "answer",
    [
        thought(reasoning_content="The scale …"),
        Answer("<think>So"),
    ],
)
def test_three_cut_replies_in_a_row_end_the_cell_and_the_same_command_asks_anew(
    answer: Answer, serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    server = serve(Answer(SERIES), answer, answer, answer)
    cell = search(quick()[0], budget=9)
    assert cell.ended is not None
    assert cell.ended["status"] == "failed"
    told = cell.ended["detail"]
    assert "the last 3 replies were no whole answers" in told
    for words in ("num_ctx", "failures=4", "type the same command again"):
        assert words in told
    assert len(server.prompts) == len(cell.completions) == 4
    assert [status for status, _ in outcomes(cell)] == ["ok"] * 3 + ["invalid"] * 3
    mended = serve(Answer(CRASH))
    cell = search(quick()[0], budget=9)
    assert cell.ended is not None
    assert cell.ended["status"] == "finished"
    assert len(mended.prompts) == 3, "what is on record is not asked again"
    assert len(cell.trials) == 9


def test_an_edit_that_runs_between_cut_replies_starts_their_count_anew(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    cut = thought(reasoning_content="The scale …")
    serve(cut, cut, Answer(SERIES), cut, cut, Answer(SERIES))
    cell = search(quick()[0], budget=8)
    assert cell.ended is not None
    assert cell.ended["status"] == "finished"


def test_a_recording_keeps_how_a_reply_ended_and_an_older_one_still_loads(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState], tmp_path: Path
) -> None:
    serve(Answer(HALF, finish="length"))
    first, *_ = search(quick()[0], budget=2).completions.values()
    header = {"model": "m", "cell": {"searcher": "autoresearch", "options": {}, "seed": 0}}
    path = tmp_path / "r.jsonl"
    path.write_text(dump(header, [first]))
    assert RecordedProvider(str(path)).rows[first.key]["ending"] == "length"
    older = [json.loads(line) for line in path.read_text().splitlines()]
    del older[1]["ending"]
    path.write_text("\n".join(map(json.dumps, older)))
    assert RecordedProvider(str(path)).rows[first.key]["ending"] == ""


def test_edits_above_five_are_not_tried_and_the_next_prompt_says_so(
    serve: Callable[..., ScriptedServer], search: Callable[..., CellState]
) -> None:
    one = "# EDIT\nLABEL: hyperparameter\nHYPOTHESIS: h\nSET: x = 0."
    server = serve(Answer("\n".join(f"{one}{n}" for n in range(2, 9))))
    search(quick()[0], budget=6)
    assert "2 more of that reply were not tried: at most 5 are" in server.prompts[1]


def test_a_study_with_windows_line_ends_is_edited_and_keeps_them(
    toy_folder: Path,
    evaluator: LocalEvaluator,
    serve: Callable[..., ScriptedServer],
    tmp_path: Path,
) -> None:
    for path in toy_folder.glob("toy_pipeline/*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    bench = Bench(study_files.load(toy_folder), evaluator)
    whole = "# EDIT\nLABEL: data\nHYPOTHESIS: h\nFILE: toy_pipeline/main.py\n```\nX = 1\n```\n"
    server = serve(Answer(SERIES), Answer(f"{SERIES}\n{whole}".replace("\n", "\r\n")))
    spec = CellSpec("a", "autoresearch", Autoresearch, {}, 0, MODEL, True)
    with Ledger(tmp_path / "run", writer=True) as ledger:
        plan = Plan([spec], Budget(7), 1, 60, quick()[0], search_only=True)
        cell = Comparison(bench, ledger, plan).run().cells[spec.key]
    assert cell.trials[2].ok
    changed = bench.sources(cell.trials[2].candidate)["toy_pipeline/main.py"]
    assert "\r\nSCALE = 0.95\r\n" in changed
    assert changed.count("\n") == changed.count("\r\n")
    assert bench.sources(cell.trials[7].candidate)["toy_pipeline/main.py"] == "X = 1\r\n"
    assert "\r" not in server.prompts[0]


def test_a_recording_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "saved.jsonl"
    cell = {"searcher": "autoresearch", "options": {}, "seed": 3}
    header = {"format": 1, "cell": cell, "model": None}
    file.write_text(json.dumps(header) + "\n", encoding="utf-8-sig")
    assert RecordedProvider(str(file)).header["cell"] == cell
