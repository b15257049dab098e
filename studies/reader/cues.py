"""The wordings of instructions that the reader understands, from cues.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COUNTS = {
    word: n
    for n, word in enumerate("one two three four five six seven eight nine ten".split(), start=1)
}
_COUNT = rf"(\d{{1,4}}|{'|'.join(COUNTS)})"
SEVERAL = rf"{_COUNT}(?:(?: ?[-–] ?| to | or ){_COUNT})?"
TELL = (
    r"\b(?:answer|reply|respond|output|give|return|write|use|provide|state|include|keep|put)\w*\b"
)


@dataclass(frozen=True)
class Cue:
    """Wordings that ask for one thing. negated: what their denial asks for, or None for nothing."""

    wish: str
    pattern: re.Pattern[str]
    value: Any
    negated: Any = None

    def asked(self, found: re.Match[str], *, denied: bool) -> Any:
        """Value that a match asks for, or None. The count of "three to five words" is 5."""
        value = self.negated if denied else self.value
        if value != "COUNT":
            return value
        word = [group for group in found.groups() if group][-1].lower()
        return max(1, int(word)) if word.isdigit() else COUNTS[word]


def load() -> Iterator[Cue]:
    with Path(__file__).with_name("cues.toml").open("rb") as file:
        for row in tomllib.load(file)["cue"]:
            yield _cue(row)


def _cue(row: Mapping[str, Any]) -> Cue:
    text = "|".join(f"(?:{wording})" for wording in row["wordings"])
    text = text.replace("COUNT", SEVERAL).replace("TELL", TELL)
    return Cue(row["wish"], re.compile(text, re.I), row["value"], row.get("negated"))


CUES = tuple(load())
