"""Replies from an exported journal: a run offline, without a key, to the same result.

A recording is JSON lines: a header, then one row a completion. It holds digests and replies,
never a prompt: a prompt quotes the benchmark, which may not be ours to pass on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..records import encodable, parse
from ..state import Completion
from .provider import LlmError, Provider, RecordingEnded, Reply, Request

FORMAT = 1
ROW = ("key", "stage", "prompt", "reply", "model", "provider", "tokens_in", "tokens_out", "usd",
       "wall_s", "estimated")  # fmt: skip


class RecordedProvider(Provider):
    """`--llm recorded:FILE`; the study's own recording where FILE is left out."""

    price_free = True

    def __init__(self, argument: str) -> None:
        if not argument:
            raise LlmError(
                "this study has no recording of its own; name one: --llm recorded:FILE, or let a "
                "model answer: --llm openai:MODEL, --llm inbox:DIR"
            )
        self.path = Path(argument)
        self.name = f"recorded:{self.path.name}"
        self.header, self.rows = read(self.path)

    def complete(self, request: Request) -> Reply:
        row = self.rows.get(request.key)
        if row is None:
            raise RecordingEnded(
                f"{self.path.name} has no answer for {request.title}: it ends here, or was made "
                "of another version of the study or the searcher. Let a model answer (--llm "
                "openai:MODEL or --llm inbox:DIR), or name another recording (--llm recorded:FILE)"
            )
        return Reply(
            row["reply"], self.header.get("model") or row["model"],
            row["tokens_in"], row["tokens_out"],
            estimated=row["estimated"], recorded=True, usd=row["usd"], prompt=row["prompt"],
        )  # fmt: skip

    def holds(self, key: str) -> bool:
        return key in self.rows

    def covers(self, searcher: str, options: Mapping[str, Any], seed: int) -> bool:
        cell = {"searcher": searcher, "options": dict(options), "seed": seed}
        return bool(self.header["cell"] == cell)


def read(path: Path) -> tuple[Mapping[str, Any], dict[str, Mapping[str, Any]]]:
    """(header, {key: row}); raises LlmError."""
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
        whole = [parse(line) for line in lines if line.strip()]
        if not whole:
            raise ValueError(
                "it is empty; `toolkit export RUN --searcher NAME --recording FILE` writes one"
            )
        header, *rows = whole
        if header.get("format") != FORMAT:
            raise ValueError(f"its format is {header.get('format')!r}, not {FORMAT}")
        found: dict[str, Mapping[str, Any]] = {
            row["key"]: {name: row[name] for name in ROW} for row in rows
        }
        return {**header, "cell": dict(header["cell"])}, found
    except OSError as error:
        raise LlmError(f"the recording {path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LlmError(f"{path} is not a recording: {error}") from error


def dump(header: Mapping[str, Any], completions: Iterable[Completion]) -> str:
    """A recording's text."""
    lines = [json.dumps({"format": FORMAT, **header}, ensure_ascii=False)]
    for completion in completions:
        row = {name: getattr(completion, name) for name in ROW}
        lines.append(json.dumps(row, ensure_ascii=False))
    return encodable("\n".join(lines) + "\n")
