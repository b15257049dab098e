"""Views of an answer: rules beside token F1, which pays for brevity.

Tokens are those of the official rule, stemmed. The gold of a list question has parts, each of which
is looked for in the whole answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from statistics import fmean

from toolkit import Gold

CAP = 16
"""tokens of an answer that its best span is looked for in: without a cap a long dump would win"""

Tokens = tuple[str, ...]
Tokenise = Callable[[str], Sequence[str]]
OfParts = Callable[[Tokens, Tokens], float]
"""a rule for (answer, one part of the gold)"""
TextRule = Callable[[Gold, str], float]


def rules(parts: Callable[[Gold], Sequence[str]], stems: Tokenise) -> dict[str, TextRule]:
    """{name: rule} for texts. parts: the texts that an answer should hold, one for each thing."""
    cut = lru_cache(maxsize=1 << 14)(lambda text: tuple(stems(text)))

    def rule(gold: Gold, text: str, *, of: OfParts) -> float:
        answer = cut(text)
        return fmean(of(answer, cut(part)) for part in parts(gold))

    def precision(gold: Gold, text: str) -> float:
        return token_precision(cut(text), tuple(t for part in parts(gold) for t in cut(part)))

    found = {
        "best_span": partial(rule, of=best_span),
        "token_recall": partial(rule, of=token_recall),
        "token_precision": precision,
        "contains_gold": partial(rule, of=contains),
    }
    return {name: known(one) for name, one in found.items()}


def known(rule: TextRule) -> TextRule:
    """The same rule, which computes each score once: programs of one champion mostly agree."""
    cached = lru_cache(maxsize=1 << 16)(lambda answer, kind, text: rule(Gold(answer, kind), text))

    def view(gold: Gold, text: str) -> float:
        return cached(gold.answer, gold.kind, text)

    return view


def best_span(answer: Tokens, gold: Tokens) -> float:
    """F1 of the best contiguous span among an answer's first tokens (CAP).

    It begins and ends with a token of the gold: any other end only makes a span longer.
    """
    head, wanted = answer[:CAP], Counter(gold)
    places = [n for n, token in enumerate(head) if token in wanted]
    best = 0.0
    for at, begin in enumerate(places):
        left, shared = wanted.copy(), 0
        for end in places[at:]:
            if left[head[end]] > 0:
                left[head[end]] -= 1
                shared += 1
                best = max(best, 2 * shared / (end + 1 - begin + len(gold)))
    return best


def token_recall(answer: Tokens, gold: Tokens) -> float:
    """Fraction of the gold's tokens that are in an answer; of no token, 0."""
    return _shared(answer, gold) / len(gold) if gold else 0.0


def token_precision(answer: Tokens, gold: Tokens) -> float:
    """Fraction of an answer's tokens that are in the gold."""
    return _shared(answer, gold) / len(answer) if answer else 0.0


def contains(answer: Tokens, gold: Tokens) -> float:
    """1 where the gold's tokens stand in an answer, one after the other; else 0."""
    size = len(gold)
    places = range(len(answer) - size + 1)
    return float(bool(gold) and any(answer[n : n + size] == gold for n in places))


def _shared(answer: Tokens, gold: Tokens) -> int:
    """Number of tokens that both have, repeated ones counted; gold is short, so it leads."""
    return sum(min(answer.count(token), gold.count(token)) for token in set(gold))
