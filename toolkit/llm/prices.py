"""Dollars per million tokens, by the beginning of a model's name; overrides come first."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from ..errors import UserError
from .provider import Provider, Reply

HIGHEST = 1_000_000  # a dollar a token: what is above is a slip, and its sums end in infinity
TABLE = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True)
class Prices:
    """overrides: {model or how its name begins: (in, out)}, in dollars per million tokens."""

    overrides: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def usd(self, model: str, tokens_in: int, tokens_out: int) -> float | None:
        """Dollars for some tokens; None without a known price. The longest matching name counts."""
        known = {**_bundled(), **self.overrides}
        names = [name for name in known if model == name or _dated(model, name)]
        names += [name for name in self.overrides if model.startswith(name)]
        if not names:
            return None
        price_in, price_out = known[max(names, key=len)]
        return (price_in * tokens_in + price_out * tokens_out) / 1e6

    def covers(self, source: Provider) -> bool:
        """True if what a provider's replies cost can be told before one is paid for."""
        return source.price_free or self.usd(source.model, 0, 0) is not None

    def of(self, source: Provider, reply: Reply) -> float | None:
        """Dollars of a reply; None where nobody knows them."""
        if source.price_free:
            return reply.usd
        counts = reply.tokens_in, reply.tokens_out
        served = self.usd(reply.model, *counts)
        return served if served is not None else self.usd(source.model, *counts)


def _dated(model: str, name: str) -> bool:
    """`gpt-5-2025-08-07` is a gpt-5; `gpt-5-pro` is another model at another price."""
    return model.startswith(name) and bool(re.match(r"-\d{4}", model.removeprefix(name)))


@cache  # each answer to a program has its price
def _bundled() -> dict[str, tuple[float, float]]:
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["usd_per_million_tokens"]
    return {name: (float(pair[0]), float(pair[1])) for name, pair in rows.items()}


def parse(text: str, option: str = "--price") -> tuple[str, tuple[float, float]]:
    """`MODEL=IN/OUT`; raises UserError."""
    model, equals, pair = text.rpartition("=")
    price_in, slash, price_out = pair.partition("/")
    try:
        found = float(price_in), float(price_out)
    except ValueError:
        found = (-1.0, -1.0)
    if not (model.strip() and equals and slash and all(0 <= price <= HIGHEST for price in found)):
        raise UserError(
            f"{option} {text!r} is not MODEL=IN/OUT, dollars per million tokens (0 to {HIGHEST:,})"
        )
    return model, found
