"""`toolkit data fetch` against a server on loopback: whole, cut, resumed, of another content."""

from __future__ import annotations

import hashlib
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import ROOT

Cli = Callable[..., subprocess.CompletedProcess[str]]
STUDY = ROOT / "studies" / "mem_gallery" / "study.toml"
NAMES = ("One.json", "Two.json", "Three.json")
CONTENT: Mapping[str, bytes] = {name: (name * 30_000).encode() for name in NAMES}


@dataclass
class Home:
    """The official home of some files. asked: names in the order in which they were asked for.

    cut: {name: bytes after which the line is dropped}; other: {name: content in its place};
    refused: {name: status}.
    """

    cut: dict[str, int] = field(default_factory=dict)
    other: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.rpartition("/")[2]
        self.asked.append(name)
        if name in self.refused:
            handler.send_error(self.refused[name])
            return
        content = self.other.get(name, CONTENT[name])
        handler.send_response(200)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content[: self.cut.get(name)])
        handler.close_connection = name in self.cut


@pytest.fixture
def home() -> Iterator[Home]:
    found = Home()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(handler) -> None:  # noqa: N805 - the fixture's own names are outside
            found.answer(handler)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetch(cli: Cli, home: Home, tmp_path: Path) -> Callable[[], subprocess.CompletedProcess[str]]:
    """`toolkit data fetch` of mem-gallery, whose files are other ones and live elsewhere."""
    files = "".join(
        f'[[data.files]]\nname = "{name}"\nurl = "{home.url}/dialog/{name}"\n'
        f'sha256 = "{hashlib.sha256(content).hexdigest()}"\n'
        for name, content in CONTENT.items()
    )
    study = tmp_path / "elsewhere.toml"
    study.write_text(f'extends = "{STUDY}"\n[data]\nfolder = "mem-gallery"\n{files}')
    data = str(tmp_path / "data")
    return lambda: cli("data", "fetch", str(study), TOOLKIT_DATA_DIR=data, no_proxy="*")


def kept(tmp_path: Path) -> dict[str, bytes]:
    """Names in the folder of the data, half-written files too."""
    folder = tmp_path / "data" / "mem-gallery"
    return {path.name: path.read_bytes() for path in folder.glob("*")} if folder.exists() else {}


Fetch = Callable[[], "subprocess.CompletedProcess[str]"]


def test_every_file_is_fetched_once_and_its_licence_told(
    fetch: Fetch, home: Home, tmp_path: Path
) -> None:
    done = fetch()
    assert done.returncode == 0, done.stderr
    assert "licence: see https://huggingface.co/datasets/Ethan-Bei/Mem-Gallery" in done.stdout
    assert done.stdout.count(": fetched") == 3
    assert kept(tmp_path) == CONTENT
    assert fetch().stdout.count(": present") == 3
    assert home.asked == list(NAMES)


def test_a_download_that_was_cut_goes_on_where_it_was(
    fetch: Fetch, home: Home, tmp_path: Path
) -> None:
    home.cut["Two.json"] = 70_000
    done = fetch()
    assert done.returncode == 2
    assert "the connection ended after 70,000 of 240,000 bytes; type the command again" in (
        done.stderr
    )
    assert "Traceback" not in done.stderr
    assert kept(tmp_path) == {"One.json": CONTENT["One.json"]}  # half a file has no name
    home.cut.clear()
    assert fetch().returncode == 0
    assert kept(tmp_path) == CONTENT
    assert home.asked == ["One.json", "Two.json", "Two.json", "Three.json"]


def test_a_file_of_another_content_is_not_written(fetch: Fetch, home: Home, tmp_path: Path) -> None:
    home.other["One.json"] = b"<html>sign in</html>"
    done = fetch()
    assert done.returncode == 2
    assert "/dialog/One.json gave another file than the published one" in done.stderr
    assert kept(tmp_path) == {}


def test_half_a_file_that_lies_there_is_fetched_anew(
    fetch: Fetch, home: Home, tmp_path: Path
) -> None:
    fetch()
    half = tmp_path / "data" / "mem-gallery" / "Three.json"
    half.write_bytes(CONTENT["Three.json"][:1000])
    assert "Three.json: fetched" in fetch().stdout
    assert kept(tmp_path) == CONTENT


@pytest.mark.parametrize("status", [404, 429, 503])
def test_a_refusal_says_what_and_what_to_do(
    status: int, fetch: Fetch, home: Home, tmp_path: Path
) -> None:
    home.refused["One.json"] = status
    done = fetch()
    assert done.returncode == 2
    assert f"HTTP Error {status}" in done.stderr
    assert "put it there as One.json, or set TOOLKIT_DATA_DIR" in done.stderr
    assert kept(tmp_path) == {}
