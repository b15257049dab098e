"""Replies from an exported journal: a run offline, without a key, to the same result.

A recording is JSON lines: a header, then one row a completion. It holds digests and replies,
never a prompt: a prompt quotes the benchmark, which may not be ours to pass on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..ledger.entries import Completion
from ..records import encodable, parse, same
from .provider import LlmError, Provider, RecordingEnded, Reply, Request, expand

FORMAT = 1
TEXTS = ("key", "stage", "prompt", "reply", "model", "provider", "ending")
NUMBERS = ("tokens_in", "tokens_out", "usd", "seconds")
UNKNOWN = ("usd", "seconds")
"""numbers that are null where nobody knows them"""
LARGEST = 1e12  # neither infinite nor NaN, also when many are added
ROW = (*TEXTS, *NUMBERS, "estimated")


class RecordedProvider(Provider):
    """`--llm recorded:FILE`; the study's own recording where FILE is left out."""

    price_free = True

    def __init__(self, argument: str) -> None:
        if not argument:
            raise LlmError(
                "this study has no recording of its own; name one: --llm recorded:FILE, or let a "
                "model answer: --llm openai:MODEL, --llm inbox:DIR"
            )
        self.path = expand(argument)
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
            text=row["reply"],
            model=self.header.get("model") or row["model"],
            tokens_in=row["tokens_in"],
            tokens_out=row["tokens_out"],
            estimated=row["estimated"],
            recorded=True,
            usd=row["usd"],
            seconds=row["seconds"],
            prompt=row["prompt"],
            ending=row["ending"],
        )

    @property
    def tells_seconds(self) -> bool:
        """True if it is known of every reply how long it was waited for."""
        return all(row["seconds"] is not None for row in self.rows.values())

    def holds(self, key: str) -> bool:
        return key in self.rows

    def covers(self, searcher: str, options: Mapping[str, Any], seed: int) -> bool:
        cell = {"searcher": searcher, "options": dict(options), "seed": seed}
        return same(self.header["cell"], cell)


def read(path: Path) -> tuple[Mapping[str, Any], dict[str, Mapping[str, Any]]]:
    """(header, {key: row}); raises LlmError that names the line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
        whole = [(n, _object(n, line)) for n, line in enumerate(lines, start=1) if line.strip()]
        if not whole:
            raise ValueError("it is empty")
        (_, header), *rows = whole
        found: dict[str, Mapping[str, Any]] = {}
        _check_header(header)
        for n, given in rows:
            row = _current(given)
            _check_row(n, row)
            if row["key"] in found:
                raise ValueError(f"line {n} answers what an earlier line answers")
            found[row["key"]] = {name: row[name] for name in ROW}
        return header, found
    except OSError as error:
        raise LlmError(f"the recording {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        why = "it is not UTF-8 text" if isinstance(error, UnicodeError) else error
        raise LlmError(
            f"{path} is not a recording: {why}; "
            "`toolkit export RUN --searcher NAME --recording FILE` writes one"
        ) from error


def _current(given: Mapping[str, Any]) -> dict[str, Any]:
    """A row in today's form, whatever form it was written in.

    Older rows give the seconds of the run that they were exported from, which are those of the
    model where it answered in that run, and say 0 dollars where nobody knew them.
    """
    row = {"ending": "", **given}
    if "seconds" in row:
        return row
    replayed = str(row.get("provider", "")).startswith("recorded:")
    seconds = None if replayed else row.get("wall_s")
    return {**row, "seconds": seconds, "usd": row.get("usd") or None}


def _object(n: int, line: str) -> dict[str, Any]:
    try:
        found = parse(line)
    except json.JSONDecodeError:
        raise ValueError(f"line {n} is no JSON") from None
    except ValueError as error:
        raise ValueError(f"line {n} cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"line {n} is no JSON object")
    return found


def _check_header(header: Mapping[str, Any]) -> None:
    if header.get("format") != FORMAT:
        raise ValueError(f"its first line gives the format {header.get('format')!r}, not {FORMAT}")
    cell, model = header.get("cell"), header.get("model")
    kinds = {"searcher": str, "options": dict, "seed": int}
    if not isinstance(cell, dict) or any(
        not isinstance(cell.get(name), kind) for name, kind in kinds.items()
    ):
        raise ValueError("its first line has no 'cell' with searcher, options and seed")
    if not isinstance(model, str | None):
        raise ValueError("the 'model' in its first line must be a text")


def _check_row(n: int, row: Mapping[str, Any]) -> None:
    for name in ROW:
        if name not in row:
            raise ValueError(f"line {n} has no {name!r}")
    for name in TEXTS:
        if not isinstance(row[name], str):
            raise ValueError(f"{name!r} in line {n} must be a text")
    for name in NUMBERS:
        number, whole = row[name], name.startswith("tokens")
        if number is None and name in UNKNOWN:
            continue
        kinds = int if whole else (int, float)
        if isinstance(number, bool) or not isinstance(number, kinds) or not 0 <= number < LARGEST:
            raise ValueError(f"{name!r} in line {n} must be a {'whole ' * whole}number from 0 on")
    if not isinstance(row["estimated"], bool):
        raise ValueError(f"'estimated' in line {n} must be true or false")


def dump(header: Mapping[str, Any], completions: Iterable[Completion]) -> str:
    """A recording's text."""
    lines = [json.dumps({"format": FORMAT, **header}, ensure_ascii=False)]
    for completion in completions:
        row = {name: getattr(completion, name) for name in ROW if name != "seconds"}
        row["seconds"] = completion.waited_s
        lines.append(json.dumps(row, ensure_ascii=False))
    return encodable("\n".join(lines) + "\n")
