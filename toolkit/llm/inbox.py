"""A folder as a language model: each request is a Markdown file, its answer a file beside it.

A person, a chat window or a coding agent can answer; no key is needed. The request is
`0001-<key>.md`, its answer `0001-<key>.answer.md`. An answer that cannot be taken is moved to
`….rejected-1.md`, with the reason in `….problem.md`, and waited for again.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from .provider import LlmError, Provider, Reply, Request, estimate, expand

POLL_S = 0.5
MAX_BYTES = 4_000_000


class InboxProvider(Provider):
    """`--llm inbox:DIR`."""

    price_free = True

    def __init__(self, argument: str) -> None:
        if not argument:
            raise LlmError("inbox needs a folder: write inbox:DIR")
        self.folder = expand(argument)
        self.name = "inbox"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass  # a folder that cannot be written to is told now, not after the baseline
        except OSError as error:
            raise LlmError(
                f"{self.folder} cannot be the inbox: {error.strerror}; name a folder that can be "
                "written to, as in inbox:DIR"
            ) from error

    def complete(self, request: Request) -> Reply:
        try:
            text = self._answer(self._page_of(request))
        except OSError as error:
            raise LlmError(
                f"the inbox {self.folder} failed: {error.strerror}; mend it and type the same "
                "command again: nothing is lost"
            ) from error
        tokens_in, tokens_out = estimate(request.messages, text)
        return Reply(text, "inbox", tokens_in, tokens_out, estimated=True)

    def _answer(self, asked: Path) -> str:
        """Text of the answer; waits until it is there. asked: the file of the request."""
        answer = asked.with_suffix(".answer.md")
        if not answer.exists():
            self.note(f"the request {asked} waits for its answer in {answer}")
        while (text := self._take(answer)) is None:
            time.sleep(POLL_S)
        asked.with_suffix(".problem.md").unlink(missing_ok=True)
        return text

    def _page_of(self, request: Request) -> Path:
        """File of a request, written once; a resumed run finds the same one.

        Another run's request may have the same key and another text: it gets a file of its own.
        """
        for known in sorted(self.folder.glob(f"*-{request.key[:12]}.md")):
            if known.is_file() and known.read_bytes() == page(request, known).encode():
                return known
        taken = [int(p.name[:4]) for p in self.folder.glob("[0-9][0-9][0-9][0-9]-*.md")]
        path = self.folder / f"{max(taken, default=0) + 1:04}-{request.key[:12]}.md"
        part = path.with_suffix(".part")
        part.write_bytes(page(request, path).encode())
        part.replace(path)
        return path

    def _take(self, answer: Path) -> str | None:
        """Text of the answer once it is there and whole; None while it is not."""
        try:
            before = answer.stat()
            # somebody may still be writing; a time to come is another machine's clock
            if 0 <= time.time() - before.st_mtime < POLL_S:
                return None
            data = answer.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:  # it cannot be moved aside for certain, so it is only told
            self._tell(answer, f"it cannot be read ({error.strerror})")
            return None
        problem = ""
        if len(data) > MAX_BYTES:
            problem = f"it is larger than {MAX_BYTES // 1_000_000} MB"
        elif not data.strip():
            problem = "it is empty"
        else:
            try:
                return data.decode("utf-8")
            except UnicodeDecodeError as error:
                problem = f"it is not UTF-8: {error}"
        self._reject(answer, problem)
        return None

    def _reject(self, answer: Path, problem: str) -> None:
        stem = answer.name.removesuffix(".answer.md")
        number = len(list(self.folder.glob(f"{stem}.rejected-*.md"))) + 1
        answer.rename(self.folder / f"{stem}.rejected-{number}.md")
        self._tell(answer, problem)

    def _tell(self, answer: Path, problem: str) -> None:
        stem = answer.name.removesuffix(".answer.md")
        told = f"The answer was not taken: {problem}. Write {answer.name} again.\n"
        self.note(f"{answer.parent}: {told.rstrip()}")
        (self.folder / f"{stem}.problem.md").write_text(told, encoding="utf-8")


EARLIER = {"system": "for every request", "assistant": "your answer to it"}
"""what a message of a conversation is to who answers its last one; the rest are requests"""


def page(request: Request, path: Path) -> str:
    """The request as a page that is pleasant to read: what to do, then whose each message is."""
    answer = path.with_suffix(".answer.md").name
    parts = [
        f"<!-- {request.title}. Write your answer, and nothing else, to {answer} beside this file. "
        "Write it under another name and rename it, or in one go. -->"
    ]
    parts += _told([(one["role"], one["content"]) for one in request.messages])
    return "\n\n".join(parts) + "\n"


def _told(messages: Sequence[tuple[str, str]]) -> Iterator[str]:
    """The messages. Of several each is named, so that no earlier request is taken for the last."""
    many = len(messages)
    for number, (role, text) in enumerate(messages, 1):
        if many > 1:
            last = "the request that you answer now"
            whose = last if number == many else EARLIER.get(role, "an earlier request")
            yield f"<!-- part {number} of {many}: {whose} -->"
        yield text
