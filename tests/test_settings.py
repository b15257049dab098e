"""Settings of a language model that cannot work are told before anything is spent."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import TOY
from scripted import MODEL, Answer, ScriptedServer

from toolkit.cli.doctor import _model
from toolkit.errors import DataError, PluginError
from toolkit.llm import models, settings
from toolkit.llm.inbox import InboxProvider
from toolkit.llm.openai import OpenAiProvider
from toolkit.llm.provider import LlmError, Request
from toolkit.llm.recorded import RecordedProvider
from toolkit.plugins import Plugin, Registration, Registry
from toolkit.study.data import DataFile, DataSource, fetch

Cli = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., ScriptedServer]
LOCAL = "http://127.0.0.1:9/v1"
SOCKS = "socks://127.0.0.1:1080"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, address or key of whoever runs the tests."""
    for kind in ("HTTP", "HTTPS", "ALL", "NO"):
        for name in (f"{kind}_PROXY", f"{kind}_proxy".lower()):
            monkeypatch.delenv(name, raising=False)
    for name in (*settings.IN_HEADERS, settings.ADDRESS, settings.EXTRA, *settings.CERTIFICATES):
        monkeypatch.delenv(name, raising=False)


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "no key, no address": ({"OPENAI_BASE_URL": "", "OPENAI_API_KEY": ""}, "is not set; set it"),
    "newline": ({"OPENAI_BASE_URL": f"{LOCAL}\n"}, r"it holds the character '\n'"),
    "space": ({"OPENAI_BASE_URL": f" {LOCAL}"}, "it holds the character ' '"),
    "only a space": ({"OPENAI_BASE_URL": " "}, "it holds the character ' '"),
    "no scheme": ({"OPENAI_BASE_URL": "localhost:9/v1"}, "does not begin with http:// or https://"),
    "other scheme": ({"OPENAI_BASE_URL": "ftp://localhost/v1"}, "does not begin with http://"),
    "quoted": ({"OPENAI_BASE_URL": f'"{LOCAL}"'}, "does not begin with http://"),
    "one slash": ({"OPENAI_BASE_URL": "http:/localhost/v1"}, "does not begin with http://"),
    "port a word": ({"OPENAI_BASE_URL": "http://127.0.0.1:PORT/v1"}, "has a port that is not"),
    "port too large": ({"OPENAI_BASE_URL": "http://127.0.0.1:99999/v1"}, "has a port that is not"),
    "port 0": ({"OPENAI_BASE_URL": "http://127.0.0.1:0/v1"}, "has a port that is not"),
    "no host": ({"OPENAI_BASE_URL": "http:///v1"}, "does not begin with"),
    "host a port": ({"OPENAI_BASE_URL": "http://:8000/v1"}, "names no host"),
    "host with a gap": ({"OPENAI_BASE_URL": "http://a..b/v1"}, "names no host"),
    "half an IPv6": ({"OPENAI_BASE_URL": "http://[::1/v1"}, "is not an address"),
    "no IPv4": ({"OPENAI_BASE_URL": "http://999.1.1.1:1/v1"}, "names the host '999.1.1.1', which"),
    "no IPv6": ({"OPENAI_BASE_URL": "http://[1:2]:1/v1"}, "OPENAI_BASE_URL='http://[1:2]:1/v1' cannot"),
    "digits of full width": ({"OPENAI_BASE_URL": "http://１２７.0.0.1:1/v1"}, "names the host '１２７.0.0.1'"),
    "too long": ({"OPENAI_BASE_URL": f"{LOCAL}/{'v' * 70_000}"}, "it is not an address"),
    "# in a password": ({"OPENAI_BASE_URL": "http://u:pw#pw@h:1/v1"}, "holds a '#' in its name or password; there it is written %23"),
    "proxy with # in a password": ({"http_proxy": "http://u:pw#pw@h:1"}, "http_proxy='http://…@h:1' cannot be used: it holds a '#'"),
    "proxy with / in a password": ({"http_proxy": "u:1/pw@h:1"}, "there it is written %2F"),
    "proxy with no IPv4": ({"http_proxy": "http://999.1.1.1:1"}, "http_proxy='http://999.1.1.1:1' cannot be used: it names the host"),
    "query": ({"OPENAI_BASE_URL": "https://h/v1?api-version=1"}, "holds a '?' or '#'"),
    "whole path": ({"OPENAI_BASE_URL": f"{LOCAL}/chat/completions/"}, "ends in /completions"),
    "key with newline": ({"OPENAI_API_KEY": "sk-abc\n"}, r"OPENAI_API_KEY cannot be used: it holds '\n'"),
    "key in smart quotes": ({"OPENAI_API_KEY": "“sk-abc”"}, "it holds '“', which an HTTP header"),
    "key in Cyrillic": ({"OPENAI_API_KEY": "sk-ключ"}, "it holds 'к'"),
    "key with a space": ({"OPENAI_API_KEY": "sk-abc "}, "begins or ends with a space"),
    "key with a surrogate": ({"OPENAI_API_KEY": "sk-\udcff"}, "OPENAI_API_KEY cannot be used"),
    "organization": ({"OPENAI_ORG_ID": "org\r"}, "OPENAI_ORG_ID cannot be used"),
    "project": ({"OPENAI_PROJECT_ID": "é"}, "OPENAI_PROJECT_ID cannot be used"),
    "custom header": ({"OPENAI_CUSTOM_HEADERS": "X-A: 1\nX B: 2"}, "OPENAI_CUSTOM_HEADERS cannot"),
    "custom value": ({"OPENAI_CUSTOM_HEADERS": "X-A: “1”"}, "OPENAI_CUSTOM_HEADERS cannot be used"),
    "no certificates": ({"SSL_CERT_FILE": "/nowhere.pem"}, "SSL_CERT_FILE='/nowhere.pem' cannot"),
    "SOCKS": ({"ALL_PROXY": SOCKS}, f"ALL_PROXY='{SOCKS}' cannot be used: it does not begin with"),
    "SOCKS 4": ({"HTTP_PROXY": "socks4://h:1"}, "HTTP_PROXY='socks4://h:1' cannot be used"),
    "lower case": ({"http_proxy": SOCKS}, "http_proxy='socks"),
    "proxy's port": ({"HTTP_PROXY": "http://h:x"}, "HTTP_PROXY='http://h:x' cannot be used"),
    "proxy without a scheme": ({"HTTP_PROXY": "h:x"}, "HTTP_PROXY='h:x' cannot be used"),
    "proxy without a host": ({"HTTP_PROXY": "http://"}, "HTTP_PROXY='http://' cannot be used"),
    "proxy with a newline": ({"HTTP_PROXY": "http://h:1\n"}, "HTTP_PROXY="),
    "proxy of https": ({"HTTPS_PROXY": SOCKS, "OPENAI_BASE_URL": ""}, "HTTPS_PROXY='socks"),
    "proxy with a password": ({"ALL_PROXY": "socks://me:pw@h:1"}, "ALL_PROXY='socks://…@h:1'"),
    "proxy not left out": ({"ALL_PROXY": SOCKS, "NO_PROXY": "10.0.0.0/8,x,,"}, "ALL_PROXY='socks"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_setting_that_cannot_work_is_named_in_one_line(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables, told = WRONG[name]
    for variable, text in {"OPENAI_BASE_URL": LOCAL, "OPENAI_API_KEY": "k", **variables}.items():
        monkeypatch.setenv(variable, text)
    with pytest.raises(LlmError) as caught:
        OpenAiProvider(MODEL)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "pw" not in str(caught.value), "a password is not shown"


def test_a_socks_proxy_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pip install socksio" in settings.proxy_flaw("socks5://127.0.0.1:1080")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert not settings.proxy_flaw("socks5h://127.0.0.1:1080")


WORKING: dict[str, dict[str, str]] = {
    "empty variables": {"OPENAI_API_KEY": "", "OPENAI_ORG_ID": "", "OPENAI_PROJECT_ID": "",
                        "OPENAI_CUSTOM_HEADERS": "", "HTTP_PROXY": "", "ALL_PROXY": "",
                        "NO_PROXY": "", "SSL_CERT_FILE": "", "SSL_CERT_DIR": ""},
    "a proxy of another scheme": {"HTTPS_PROXY": SOCKS},
    "a desktop's proxy, left out for this machine": {
        "ALL_PROXY": SOCKS, "NO_PROXY": "localhost,127.0.0.0/8,::1"},
    "left out by address": {"ALL_PROXY": SOCKS, "NO_PROXY": "127.0.0.1"},
    "left out by all": {"ALL_PROXY": SOCKS, "NO_PROXY": "x, *"},
    "overruled by an empty one": {"HTTP_PROXY": SOCKS, "http_proxy": ""},
    "odd exceptions": {"NO_PROXY": "[::1],::1/128,a b,http://,*.x,://"},
    "a header that is sent": {"OPENAI_CUSTOM_HEADERS": "X-Team: a\n\nX-Other: b c"},
}  # fmt: skip


@pytest.mark.parametrize("name", WORKING)
def test_a_setting_that_can_work_stops_nobody(
    name: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(Answer("text"))
    for variable, text in WORKING[name].items():
        monkeypatch.setenv(variable, text)
    request = Request("k", "t", [{"role": "user", "content": "?"}], {})
    assert OpenAiProvider(MODEL).complete(request).text == "text"


@pytest.mark.parametrize("name", ["", " ", "\n"])
def test_a_model_has_a_name(name: str) -> None:
    with pytest.raises(LlmError, match="needs a model's name: write openai:MODEL"):
        OpenAiProvider(name)


def test_an_empty_address_is_that_of_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("OPENAI_BASE_URL", "")
    assert settings.address() == "https://api.openai.com/v1"


@pytest.mark.parametrize(
    ("arguments", "variables", "told"),
    [
        (["--llm", "openai:m"], {"ALL_PROXY": SOCKS}, "ALL_PROXY="),
        (["--llm", "gpt-5-mini"], {}, "write it like --llm openai:MODEL"),
        (["--llm", "openai:mystery", "--max-usd", "1"], {}, "--price mystery=IN/OUT"),
        (["--llm", "openai:m", "--price", "m=1"], {}, "--price 'm=1' is not MODEL=IN/OUT"),
        (["--llm", "recorded:/"], {}, "the recording / cannot be read"),
        (["--llm", "inbox:/dev/null"], {}, "/dev/null cannot be the inbox"),
    ],
)
def test_a_wrong_setting_stops_the_command_before_there_is_a_run(
    cli: Cli, tmp_path: Path, arguments: list[str], variables: dict[str, str], told: str
) -> None:
    done = cli("compare", str(TOY), "--searchers", "autoresearch,random", "--out", "run",
               *arguments, **{"OPENAI_BASE_URL": LOCAL, "OPENAI_API_KEY": "k"} | variables)  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_searchers_that_all_lack_a_language_model_stop_the_command_before_there_is_a_run(
    cli: Cli, tmp_path: Path
) -> None:
    done = cli("compare", str(TOY), "--searchers", "autoresearch", "--out", "run")
    assert done.returncode == 2, done.stderr
    assert "no language model for autoresearch, and study 'toy' has no recording: add " in (
        done.stderr
    )
    assert "--llm openai:MODEL, --llm inbox:DIR or --llm recorded:FILE" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_run_without_a_language_model_is_not_stopped_by_its_settings(cli: Cli) -> None:
    bad = {"OPENAI_BASE_URL": "localhost\n", "OPENAI_API_KEY": "“k”", "ALL_PROXY": SOCKS}
    done = cli("compare", str(TOY), "--searchers", "random", "--budget", "2",
               TOOLKIT_COMPARE_LLM="openai:m", **bad)  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_doctor_names_a_setting_that_cannot_work_and_shows_no_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert _model() == "none (--llm inbox:DIR needs none)"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:pw@localhost:9/v1")
    assert _model() == "OPENAI_BASE_URL is http://…@localhost:9/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:pw@localhost:x/v1")
    assert "has a port that is not a number" in _model()
    assert "pw" not in _model()
    monkeypatch.setenv("OPENAI_BASE_URL", "http://999.1.1.1:1/v1")
    assert _model().startswith("OPENAI_BASE_URL='http://999.1.1.1:1/v1' cannot be used")
    monkeypatch.setenv("OPENAI_BASE_URL", LOCAL)
    monkeypatch.setenv("http_proxy", "http://999.1.1.1:1")
    assert _model().startswith("http_proxy='http://999.1.1.1:1' cannot be used")


def test_a_download_through_a_proxy_that_cannot_work_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLKIT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:PORT")
    source = DataSource("x", "none", (DataFile("f", "http://127.0.0.1:9/f", "0" * 64),))
    with pytest.raises(DataError, match="could not be fetched"):
        fetch(source)


def registry(factory: Any) -> Registry:
    plugin = Plugin("p", "d", "1", [Registration("llm", "mine", factory, "p")])
    return Registry([plugin])


def exits(argument: str) -> Any:
    raise SystemExit(3)


@pytest.mark.parametrize(("factory", "told"), [
    (int, "--llm mine:abc cannot be used: ValueError"),
    (exits, "--llm mine:abc cannot be used: SystemExit"),
    (str, "no name or no complete"),
])  # fmt: skip
def test_a_provider_that_cannot_be_made_is_named(factory: Any, told: str) -> None:
    with pytest.raises(PluginError) as caught:
        models.made(registry(factory), "mine:abc")
    assert told in str(caught.value)


HEADER = '{"format": 1, "cell": {"searcher": "a", "options": {}, "seed": 0}}'
ROW = {"key": "k", "stage": "s", "prompt": "p", "reply": "r", "model": "m", "provider": "x",
       "tokens_in": 1, "tokens_out": 1, "usd": 0.5, "seconds": 1, "estimated": False}  # fmt: skip
RECORDINGS: dict[str, tuple[str, str]] = {
    "nothing": ("", "it is empty"),
    "no JSON": (f"{HEADER}\n\n{{", "line 3 is no JSON"),
    "nested too deep": ("[" * 100_000, "line 1 cannot be read: it is nested"),
    "no object": (f"{HEADER}\n[1]", "line 2 is no JSON object"),
    "no cell": ('{"format": 1}', "no 'cell'"),
    "odd cell": ('{"format": 1, "cell": {"searcher": "a", "options": [], "seed": 0}}', "no 'cell'"),
    "other format": ('{"format": 9}', "the format 9, not 1"),
}


def row(**changes: Any) -> str:
    return f"{HEADER}\n{json.dumps(ROW | changes)}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        *RECORDINGS.values(),
        (row().replace('"reply"', '"answer"'), "line 2 has no 'reply'"),
        (row(reply=None), "'reply' in line 2 must be a text"),
        (row(key=[]), "'key' in line 2 must be a text"),
        (row(tokens_in=1.5), "'tokens_in' in line 2 must be a whole number"),
        (row(tokens_out=-1), "'tokens_out' in line 2 must be a whole number"),
        (row(usd=float("nan")), "'usd' in line 2 must be a number from 0 on"),
        (row(usd=float("inf")), "'usd' in line 2 must be a number from 0 on"),
        (row(seconds=True), "'seconds' in line 2 must be a number from 0 on"),
        (row(estimated="no"), "'estimated' in line 2 must be true or false"),
        (row() + "\n" + row().split("\n")[1], "line 3 answers what an earlier line answers"),
    ],
)
def test_a_recording_that_is_none_names_the_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(text)
    with pytest.raises(LlmError) as caught:
        RecordedProvider(str(path))
    assert told in str(caught.value)
    assert "toolkit export RUN" in str(caught.value)


def test_a_recording_may_have_other_line_ends_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + row().replace("\n", "\r\n").encode())
    assert RecordedProvider(str(path)).holds("k")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(LlmError, match="it is not UTF-8 text"):
        RecordedProvider(str(path))


def test_paths_behind_a_colon_know_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert InboxProvider("~/in").folder == tmp_path / "in"
    (tmp_path / "r.jsonl").write_text(row())
    assert RecordedProvider("~/r.jsonl").holds("k")


def test_an_inbox_that_cannot_be_written_to_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/self")):
        with pytest.raises(LlmError, match="cannot be the inbox"):
            InboxProvider(str(place))
