"""The answer in the message of a completion, in whatever shape a server hands it over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import server_errors

MAX_TOKENS = 10**9
# finish_reason of a reply that lacks its end, without its case and signs; servers hand over words
# of the models behind them
FINISHES = {
    **dict.fromkeys((
        "length", "maxtokens", "maxoutputtokens", "maxnewtokens", "maxlength", "modellength",
        "modelcontextwindowexceeded",
    ), "length"),
    **dict.fromkeys((
        "contentfilter", "contentfiltered", "safety", "imagesafety", "recitation", "blocklist",
        "prohibitedcontent", "spii", "guardrailintervened", "sensitive",
    ), "filter"),
}  # fmt: skip
BROKEN = ("error", "servererror", "networkerror", "failed", "abort", "aborted", "cancelled")
TEXTS = ("", "text", "outputtext")  # what parts of an answer are; others are thoughts and the like


def answer(message: Mapping[str, Any], finish: str) -> tuple[str, str]:
    """(text, why it is no whole answer, as in Reply). finish: why the server ended it."""
    content, refusal = (text(message.get(name) or "") for name in ("content", "refusal"))
    endings = []
    if refusal.strip() and not content.strip():
        content, endings = refusal, ["refusal"]
    elif not content.strip() and (thought(message) or called(message)):
        endings = ["thinking" if thought(message) else "tool"]
    endings += [FINISHES[finish]] if finish in FINISHES else []
    return content, ", ".join(endings)


def text(content: Any) -> str:
    """Text of an answer that may come in parts; a part without text counts as empty."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else [content]
    texts = (part.get("text") if isinstance(part, dict) else part for part in parts if _said(part))
    return "".join(text for text in texts if isinstance(text, str))


def _said(part: Any) -> bool:
    """True if a part of a message belongs to its answer."""
    return not isinstance(part, dict) or server_errors.squeezed(part.get("type") or "") in TEXTS


def count(value: Any) -> int | None:
    """Number of tokens; None where the value cannot be one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if 0 <= value <= MAX_TOKENS and value == int(value) else None


def finish(choice: Mapping[str, Any]) -> str:
    """Reason why the server ended the reply; the model's own word where the server has none."""
    names = ("finish_reason", "native_finish_reason", "stop_reason")
    return next((server_errors.squeezed(choice[name]) for name in names if choice.get(name)), "")


def thought(message: Mapping[str, Any]) -> bool:
    """True if the server hands over the model's thinking, beside the answer or as parts of it."""
    names = ("reasoning_content", "reasoning", "reasoning_details", "thinking")
    content = message.get("content")
    return any(map(message.get, names)) or (isinstance(content, list) and bool(content))


def called(message: Mapping[str, Any]) -> bool:
    """True if the model calls a tool; nobody has offered it any."""
    return bool(message.get("tool_calls") or message.get("function_call"))
