"""A reply without the thinking that many models write before their answer."""

from __future__ import annotations

import re

_NAME = r"(?:\w+:)?(?:think|thinking|thoughts?|reasoning)"
_OPENING = re.compile(rf"\s*(?:<({_NAME})(?:\s[^<>]*)?>|(\[think\])|(◁think▷))", re.IGNORECASE)


def without_thinking(reply: str) -> str | None:
    """The reply without the thinking blocks that begin it; None where such a block never ends.

    A block that begins later is part of the answer: code and prose may name these tags too. A
    closing tag in quotes is the model's talk about the tag, so it closes nothing.
    """
    text = reply.removeprefix("\ufeff")
    while opening := _OPENING.match(text):
        closing = _closing(opening, r"(?![ \t]+[a-z])").search(text, opening.end())
        closing = closing or _closing(opening).search(text, opening.end())
        if closing is None:
            return None
        text = text[closing.end() :]
    return text


def _closing(opening: re.Match[str], behind: str = "") -> re.Pattern[str]:
    """Pattern of the tag that ends the block: the same name, in the same sort of brackets.

    behind: what must follow it; a sentence that goes on tells that the tag is only named.
    """
    tag = "[/think]" if opening[2] else "◁/think▷" if opening[3] else f"</{opening[1]}>"
    return re.compile(rf"(?<![`'\"]){re.escape(tag)}(?![`'\"]){behind}", re.IGNORECASE)
