"""Tokens and dollars that an agent tells in its output; what it does not tell is unknown, never 0.

Known are the forms of Claude Code (json and stream-json), Codex CLI (exec, with --json or without),
Aider, mini-swe-agent, and OpenHands where its events hold an accumulated cost.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import toolkit

LINE_CHARS = 1 << 20
"""of one line: what is longer is output of a program, not a line about costs"""
TEXT_CHARS = 1000
"""of a line that is no event: the patterns take hours over one of a megabyte"""
ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
AIDER = re.compile(r"Tokens: (?P<sent>[\d.,]+k?) sent,.*?(?P<received>[\d.,]+k?) received\.")
AIDER_USD = re.compile(r"Cost: \$(?P<usd>[\d.]+) message, \$[\d.]+ session\.")
MINI = re.compile(r"mini-swe-agent \(step (?P<step>\d+), \$(?P<usd>[\d.]+)\)")
CODEX = re.compile(r"^tokens used(?::\s*(?P<tokens>[\d,]+))?$")
CLAUDE = (
    "input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens",
)  # fmt: skip
Figures = dict[str, float]


class Costs:
    """Reads an output as it comes.

    tokens, usd: regular expressions with one group, instead of the known forms. costs: whether
    theirs is the last figure of the output, or the sum of all.
    """

    def __init__(
        self, tokens: str | None, usd: str | None, costs: Literal["last", "sum"] = "last"
    ) -> None:
        self._own = {
            name: _compiled(name, pattern)
            for name, pattern in (("tokens", tokens), ("usd", usd))
            if pattern is not None
        }
        self._sums, self._found = costs == "sum", Figures()
        self._known: Figures = {}
        self._pending: dict[str, float] = {}
        self._mini, self._codex, self._openhands = (0, 0.0), 0.0, 0.0
        self._counts = False
        self._rest = ""

    @property
    def tokens(self) -> int | None:
        """Tokens so far, in and out; None where the output does not tell."""
        found = self._of("tokens", self._codex + sum(self._pending.values()))
        return None if found is None else round(found)

    @property
    def usd(self) -> float | None:
        """Dollars so far; None where the output does not tell."""
        return self._of("usd", self._mini[1] + self._openhands)

    def _of(self, name: str, running: float) -> float | None:
        if name in self._own:
            return self._found.get(name)
        return (self._known.get(name, 0.0) + running) or None

    def feed(self, text: str) -> None:
        """The next piece of the output."""
        *lines, rest = (self._rest + text).split("\n")
        self._rest = rest[-LINE_CHARS:]
        for line in lines:
            self._read(ESCAPES.sub("", line).strip() if len(line) <= LINE_CHARS else "")

    def end(self) -> None:
        """The output has ended, perhaps in mid-line."""
        self.feed("\n")

    def _read(self, line: str) -> None:
        for name, pattern in self._own.items():
            for match in pattern.finditer(line):
                self._put(name, _number(match[1]))
        if line[:1] in {"{", "["}:
            with contextlib.suppress(RecursionError):  # deeper than any agent writes
                for event in _events(line):
                    self._read_event(event)
        elif line:
            self._read_text(line if len(line) <= TEXT_CHARS else "")

    def _put(self, name: str, figure: float | None) -> None:
        if figure is not None:
            before = self._found.get(name, 0.0) if self._sums else 0.0
            self._found[name] = before + figure

    def _add(self, name: str, figure: float | None) -> None:
        self._known[name] = self._known.get(name, 0.0) + (figure or 0.0)

    def _read_text(self, line: str) -> None:
        if match := AIDER.search(line):
            self._add("tokens", _number(match["sent"]))
            self._add("tokens", _number(match["received"]))
        if match := AIDER_USD.search(line):
            self._add("usd", _number(match["usd"]))
        if match := MINI.search(line):
            self._read_mini(int(match["step"]), _number(match["usd"]) or 0.0)
        if self._counts:  # Codex without --json writes the number below the words
            self._add("tokens", _number(line))
        match = CODEX.match(line)
        self._counts = match is not None and match["tokens"] is None
        if match and match["tokens"]:
            self._add("tokens", _number(match["tokens"]))

    def _read_mini(self, step: int, usd: float) -> None:
        """Its dollars are of the run so far; a step that is not higher begins another run."""
        if step <= self._mini[0]:
            self._add("usd", self._mini[1])
        self._mini = (step, usd)

    def _read_event(self, event: Mapping[str, Any]) -> None:
        kind, message = event.get("type"), event.get("message")
        if kind == "result" and "total_cost_usd" in event:
            self._pending = {}
            self._add("usd", _float(event["total_cost_usd"]))
            self._add("tokens", _total(event.get("usage"), CLAUDE))
        elif kind == "assistant" and isinstance(message, dict):
            # one message comes in several events, each with all that it used so far
            self._pending[str(message.get("id"))] = _total(message.get("usage"), CLAUDE)
        elif kind == "turn.completed":
            self._add("tokens", _total(event.get("usage"), ("input_tokens", "output_tokens")))
        elif isinstance(event.get("msg"), dict) and event["msg"].get("type") == "token_count":
            used = (event["msg"].get("info") or {}).get("total_token_usage") or {}
            self._codex = max(self._codex, _float(used.get("total_tokens")))
        else:
            self._openhands = max([self._openhands, *_accumulated(event)])


def _accumulated(value: Any) -> Iterator[float]:
    """Every accumulated cost inside an event."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "accumulated_cost":
                yield _float(inner)
            else:
                yield from _accumulated(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _accumulated(inner)


def _events(line: str) -> Iterator[Mapping[str, Any]]:
    """Objects of a line of JSON, which may be a list of them."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return
    for event in found if isinstance(found, list) else [found]:
        if isinstance(event, dict):
            yield event


def _total(usage: Any, names: tuple[str, ...]) -> float:
    return sum(_float(usage.get(name)) for name in names) if isinstance(usage, dict) else 0.0


def _float(value: Any) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15
    return float(value) if good else 0.0


def _number(text: str) -> float | None:
    """A figure as people write it: 1,234 or 2.1k or 3M."""
    text = text.strip().replace(",", "").lstrip("$")
    factor = {"k": 1e3, "m": 1e6}.get(text[-1:].lower(), 1.0)
    try:
        return _float(float(text.rstrip("kKmM")) * factor)
    except ValueError:
        return None


def _compiled(name: str, pattern: str) -> re.Pattern[str]:
    try:
        found = re.compile(pattern)
    except re.error as error:
        raise toolkit.UserError(f"agent.{name} is no regular expression: {error}") from None
    if found.groups != 1:
        raise toolkit.UserError(
            f"agent.{name} must have one group, which is the figure, as in 'cost: \\$([0-9.]+)'; "
            f"{pattern!r} has {found.groups}"
        )
    return found
