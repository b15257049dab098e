"""Form of a request that one server takes, as its refusals tell, each of which is heard once.

Nobody asks a server what it can do before the first request, for hardly any says so. It is asked as
most servers are, and what it refuses of the form of a request is left out or renamed from then on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .provider import Messages

MOST_STEPS = 6
"""of what one request may be refused for"""
LIMIT, NEW_LIMIT = "max_tokens", "max_completion_tokens"
SAMPLING = frozenset({"temperature", "top_p", "presence_penalty", "frequency_penalty"})
_FIXED = re.compile(r"(?:^|/)(?:o[1-9](?:$|-)|gpt-5(?!-chat))", re.IGNORECASE)
_THINKING = re.compile(
    r"(?:^|[/:_-])(?:o[1-9](?:$|-)|gpt-5|gpt-oss|r1|qwq|magistral|reason|think)", re.IGNORECASE
)
_REFUSED = re.compile(
    r"unsupported|(?:not|n't) support|unrecogni[sz]ed|unknown|unexpected|not permitted|not allowed"
    r"|not enabled|only the default",
    re.IGNORECASE,
)
_SYSTEM = re.compile(
    r"system (?:role|message|prompt)s?|developer (?:role|message|instruction)", re.I
)
_NO_SYSTEM = re.compile(
    r"only user and assistant|roles must alternate|messages(?:\[0\]|\.0)\.role"
    r"|role[\"']?:? [\"']?(?:system|developer)|'(?:system|developer)'",
    re.IGNORECASE,
)


def thinks(model: str) -> bool:
    """True if a model is known to think for long before its first word."""
    return bool(_THINKING.search(model))


@dataclass(frozen=True)
class Dialect:
    """limit: name of the option that limits a reply. left_out: options that it does not take.

    is_folded: it takes no system message, so that its text opens the first one of the user.
    """

    limit: str = LIMIT
    left_out: frozenset[str] = frozenset()
    is_folded: bool = False

    @classmethod
    def of(cls, model: str) -> Dialect:
        """The dialect of a model by its name: those of OpenAI that think draw as they like."""
        return cls(NEW_LIMIT, SAMPLING) if _FIXED.search(model) else cls()

    def options(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options of a request in this dialect."""
        named = {self.limit if name == LIMIT else name: value for name, value in options.items()}
        return {name: value for name, value in named.items() if name not in self.left_out}

    def messages(self, messages: Messages) -> list[dict[str, str]]:
        """Messages of a request in this dialect."""
        given = [dict(message) for message in messages]
        return _folded(given) if self.is_folded else given

    def after(self, told: str, messages: Messages, options: Mapping[str, Any]) -> Dialect:
        """The dialect once a server has refused a request in this one; itself where that is no
        matter of form. told: all that it answered.
        """
        refused = _REFUSED.search(told)
        role = _NO_SYSTEM.search(told) or (refused and _SYSTEM.search(told))
        if role and not self.is_folded and _has_system(messages):
            return replace(self, is_folded=True)
        if not refused:
            return self
        sent = self.options(options)
        named = [name for name in sent if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", told)]
        if LIMIT in sent and LIMIT in named:
            return replace(self, limit=NEW_LIMIT)
        return replace(self, left_out=self.left_out | {*named})

    def with_all_of(self, other: Dialect) -> Dialect:
        """Everything that either has learnt."""
        limit = NEW_LIMIT if NEW_LIMIT in (self.limit, other.limit) else LIMIT
        folded = self.is_folded or other.is_folded
        return Dialect(limit, self.left_out | other.left_out, folded)


def news(before: Dialect, after: Dialect) -> str:
    """Lesson that a server has just taught, for a person."""
    if after.is_folded and not before.is_folded:
        return "it takes no system message: its text opens the user's from now on"
    if after.limit != before.limit:
        return f"it takes {after.limit} in place of {before.limit}"
    names = ", ".join(sorted(after.left_out - before.left_out))
    return f"it takes no {names}: left out from now on"


def _has_system(messages: Messages) -> bool:
    return any(message.get("role") in ("system", "developer") for message in messages)


def _folded(messages: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    system = [one["content"] for one in messages if one["role"] in ("system", "developer")]
    rest = [one for one in messages if one["role"] not in ("system", "developer")]
    first = next((one for one in rest if one["role"] == "user"), None)
    if first is None:
        return [{"role": "user", "content": "\n\n".join(system)}, *rest] if system else rest
    first["content"] = "\n\n".join([*system, first["content"]])
    return rest
