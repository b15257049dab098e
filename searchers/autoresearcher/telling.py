"""Words of a prompt: levels, files, failures, as the study's own nouns and objective have them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import toolkit

INPUT_CHARS = 2000
OUTPUT_CHARS = 300
NOTE_CHARS = 400
UNTOLD = ("answer_parts",)
"""metrics that are no part of a prompt: recordings hold prompts without them"""
LANGUAGES = {".py": "python", ".md": "markdown", ".js": "javascript", ".rs": "rust", ".sh": "bash"}
KNOWN = {"reported": "; the program reports it itself", "measured": "; the host measures it"}
WORKING = {"answer": "another way of retrieving or reading"}
"""{output: what an architecture is, where it is known better than in general}"""


def reads_alike(param: toolkit.Param, value: Any) -> bool:
    """True where a choice holds 1 and "1", which read alike without quotes."""
    known = param.values if isinstance(param, toolkit.Choice) else ()
    return sum(str(one) == str(value) for one in known) > 1


class Telling:
    """Wording of one study's numbers and things for a language model."""

    def __init__(self, lab: toolkit.Lab) -> None:
        self.objective, self.nouns = lab.objective, lab.nouns
        self.claim, self.constraints, self.requires = lab.claim, lab.constraints, lab.requires
        self._plain = self.objective.direction == "maximize" and self.objective.name == "score"

    @property
    def better(self) -> str:
        """`the score rises`"""
        return f"the {self.objective.name} {'rises' if self.objective.sign > 0 else 'falls'}"

    @property
    def goal(self) -> str:
        """`objective`, with its name, its unit and its direction where it has a name."""
        if self._plain:
            return "objective"
        unit = f" in {self.objective.unit}" if self.objective.unit else ""
        end = "higher" if self.objective.sign > 0 else "lower"
        known = KNOWN.get(self.objective.evidence, "")
        return f"objective, {self.objective.name}{unit} ({end} is better{known})"

    @property
    def where(self) -> str:
        """Behind `Scores now`: the part of the data that they are of, where it is not all."""
        if self.claim != "sealed":
            return ""
        return f", on the {self.nouns.clusters} that you may learn from"

    def heading(self, failures: Sequence[toolkit.Failure]) -> str:
        """Heading over some items, which are called wrong only where each has a right answer."""
        if self.objective.pooled or all(one.gold is None for one in failures):
            return f"Some {self.nouns.items} and their {self.nouns.outputs} now"
        return f"Some {self.nouns.items} that it gets wrong now"

    @property
    def answered(self) -> str:
        return "answered" if self.nouns.output == "answer" else f"its {self.nouns.output}"

    @property
    def working(self) -> str:
        return WORKING.get(self.nouns.output, "another way of doing it")

    def level(self, score: float | None) -> str:
        """A score of the lab, in the objective's own direction."""
        if score is None:
            return "no score"
        shown = self.objective.shown(score)
        return f"{shown:.4f}" if self._plain else f"{shown:.6g}"

    def of_item(self, score: float | None) -> str:
        """` (score 0.50)`: of one item, in the objective's own direction."""
        if score is None:
            return ""
        return f" (score {score:.2f})" if self._plain else f" (score {score:.4g})"

    def metrics(self, metrics: Mapping[str, float]) -> dict[str, float]:
        return {name: value for name, value in sorted(metrics.items()) if name not in UNTOLD}


def asked(value: Any) -> str:
    """An input in words: its text, with the caption of its picture, or else its JSON."""
    if isinstance(value, str):
        return value
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str) or set(value) - {"text", "caption"}:
        return json.dumps(value, ensure_ascii=False)[:INPUT_CHARS]
    picture = f" (picture: {value['caption']})" if "caption" in value else ""
    return text + picture


def right(gold: Any) -> str:
    """A gold answer: a text as it is, else its JSON."""
    return gold if isinstance(gold, str) else _written(gold)[:INPUT_CHARS]


def given(output: Any) -> str:
    """Output of a program: a text as it is, else its JSON."""
    return (output if isinstance(output, str) else _written(output))[:OUTPUT_CHARS]


def noted(notes: Mapping[str, Any]) -> Iterator[str]:
    """Lines of what the study explains of a failure."""
    for name, note in notes.items():
        if isinstance(note, Mapping):
            yield str(name)
            yield from (f"- {key}: {given_note(value)}" for key, value in note.items())
        elif isinstance(note, list | tuple):
            yield str(name)
            yield from (f"- {given_note(value)}" for value in note)
        else:
            yield f"{name}: {given_note(note)}"


def given_note(value: Any) -> str:
    return (value if isinstance(value, str) else _written(value))[:NOTE_CHARS]


def language(path: str) -> str:
    """Name of a language, behind the fence around a file."""
    suffix = PurePosixPath(path).suffix
    return LANGUAGES.get(suffix, suffix.removeprefix("."))


def usual_suffix(paths: Iterable[str]) -> str:
    """The ending that most files have."""
    suffixes = [PurePosixPath(path).suffix for path in paths]
    return max(sorted(set(suffixes)), key=suffixes.count, default=".py")


def _written(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):  # a note may hold anything
        return toolkit.short(value)
