"""Judgements: good, fair or poor, each with the sentence that it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Grade = Literal["good", "fair", "poor"]
GRADES: tuple[Grade, ...] = get_args(Grade)


@dataclass(frozen=True)
class Finding:
    """Sentence about a study. grade: None where it judges nothing. advice: what to change."""

    text: str
    grade: Grade | None = None
    advice: str = ""

    def to_json(self) -> dict[str, str | None]:
        return {"text": self.text, "judgement": self.grade, "advice": self.advice}


@dataclass(frozen=True)
class Property:
    """One property of a study: what was found, and the figures behind it."""

    name: str
    findings: Sequence[Finding]
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Name of the property in JSON."""
        return self.name.replace(" ", "_")

    @property
    def grade(self) -> Grade | None:
        """The worst of the findings' grades; None where nothing could be judged."""
        grades = [one.grade for one in self.findings if one.grade]
        return max(grades, key=GRADES.index) if grades else None

    @property
    def advice(self) -> list[Finding]:
        """Findings that say what to change."""
        return [one for one in self.findings if one.advice]

    def to_json(self) -> dict[str, Any]:
        return {
            "judgement": self.grade,
            "findings": [one.to_json() for one in self.findings],
            **self.figures,
        }


def percent(share: float) -> str:
    """`16%`; a small share is not written as nothing."""
    return "less than 1%" if 0 < share < 0.01 else f"{share:.0%}"


def most(value: float, good: float, fair: float) -> Grade:
    """Grade of a number that should be small: at most `good`, at most `fair`, or more."""
    return "good" if value <= good else "fair" if value <= fair else "poor"


def least(value: float, good: float, fair: float) -> Grade:
    """Grade of a number that should be large: at least `good`, at least `fair`, or less."""
    return most(-value, -good, -fair)
