"""A folder as a language model: each request is a Markdown file, its answer a file beside it.

A person, a chat window or a coding agent can answer; no key is needed. The request is
`0001-<key>.md`, its answer `0001-<key>.answer.md`. An answer that cannot be taken is moved to
`….rejected-1.md`, with the reason in `….problem.md`, and waited for again.
"""

from __future__ import annotations

import time
from pathlib import Path

from .provider import LlmError, Provider, Reply, Request, estimate

POLL_S = 0.5
MAX_BYTES = 4_000_000


class InboxProvider(Provider):
    """`--llm inbox:DIR`."""

    price_free = True

    def __init__(self, argument: str) -> None:
        if not argument:
            raise LlmError("--llm inbox needs a folder: --llm inbox:DIR")
        self.folder = Path(argument)
        self.name = "inbox"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LlmError(f"{self.folder} cannot be the inbox: {error.strerror}") from error

    def complete(self, request: Request) -> Reply:
        question = self._question(request)
        answer = question.with_suffix(".answer.md")
        while True:
            text = self._take(answer)
            if text is not None:
                break
            time.sleep(POLL_S)
        question.with_suffix(".problem.md").unlink(missing_ok=True)
        tokens_in, tokens_out = estimate(request.messages, text)
        return Reply(text, "inbox", tokens_in, tokens_out, estimated=True)

    def _question(self, request: Request) -> Path:
        """The request's file, written once; a resumed run finds the same one.

        Another run's request may have the same key and another text: it gets a file of its own.
        """
        for known in sorted(self.folder.glob(f"*-{request.key[:12]}.md")):
            if known.read_bytes() == page(request, known).encode():
                return known
        taken = [int(p.name[:4]) for p in self.folder.glob("[0-9][0-9][0-9][0-9]-*.md")]
        path = self.folder / f"{max(taken, default=0) + 1:04}-{request.key[:12]}.md"
        part = path.with_suffix(".part")
        part.write_bytes(page(request, path).encode())
        part.replace(path)
        return path

    def _take(self, answer: Path) -> str | None:
        """The answer's text once it is there and whole; None while it is not."""
        try:
            before = answer.stat()
            if time.time() - before.st_mtime < POLL_S:  # somebody may still be writing
                return None
            data = answer.read_bytes()
        except OSError:
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
        told = f"The answer was not taken: {problem}. Write {answer.name} again.\n"
        (self.folder / f"{stem}.problem.md").write_text(told, encoding="utf-8")


def page(request: Request, path: Path) -> str:
    """The request as a page that is pleasant to read: what to do, then the messages."""
    answer = path.with_suffix(".answer.md").name
    parts = [
        f"<!-- {request.title}. Write your answer, and nothing else, to {answer} beside this file. "
        "Write it under another name and rename it, or in one go. -->"
    ]
    parts += [message["content"] for message in request.messages]
    return "\n\n".join(parts) + "\n"
