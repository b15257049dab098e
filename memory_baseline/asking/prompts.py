"""Prompts, which are the files of the folder `prompts` beside this one.

A line `---` of its own parts the system's message from the user's. A word in braces, {question},
stands for what is put there; other braces stay as they are.
"""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "prompts"


def read_prompt(name: str) -> str:
    """The text of a prompt."""
    path = FOLDER / f"{name}.md"
    if not path.is_file():
        there = ", ".join(sorted(one.stem for one in FOLDER.glob("*.md"))) or "none"
        raise FileNotFoundError(
            f"there is no prompt {name!r}: the file prompts/{name}.md is missing (there: {there})"
        )
    return path.read_text(encoding="utf-8").strip()


def fill(prompt: str, **values: str) -> list[dict[str, str]]:
    """The messages of a prompt, with these values in the place of their names in braces."""
    system, line, user = prompt.partition("\n---\n")
    parts = [("system", system), ("user", user)] if line else [("user", prompt)]
    return [{"role": role, "content": put(text.strip(), values)} for role, text in parts]


def put(text: str, values: dict[str, str]) -> str:
    """A text with values for names in braces; what a value holds in braces stays as it is."""
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), text)
