"""Templates of the requests, and numbers in them as a study's objective has them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import toolkit
from searchers.autoresearcher import telling
from searchers.autoresearcher.changes import fence_around

TEMPLATES = Path(__file__).parent.parent / "stages" / "prompts"
DROPPED = 1e-12
"""below it a change is rounding"""


NO_NOISE = "no noise is known"


class Varying(str):
    """Text that a resumed run may have otherwise: in a prompt it is marked, as itself compared."""

    def __str__(self) -> str:
        return toolkit.varying(super().__str__())


class Words(telling.Telling):
    """Wording of one study for the staged loop."""

    def __init__(self, lab: toolkit.Lab) -> None:
        super().__init__(lab)
        self.kinded, self.noisy = any(lab.kinds(lab.baseline)), lab.noisy

    @cached_property
    def _environments(self) -> Mapping[bool, Any]:
        """{whether lines of statements alone vanish: environment}"""
        import jinja2

        return {
            trimmed: jinja2.Environment(
                loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined,
                keep_trailing_newline=True, autoescape=False,
                trim_blocks=trimmed, lstrip_blocks=trimmed,
            )
            for trimmed in (False, True)
        }  # fmt: skip

    def render(self, name: str, **given: Any) -> str:
        """Text of one template, without line ends around it."""
        # form.md.jinja says itself which of its line ends vanish
        template = self._environments[name != "form"].get_template(f"{name}.md.jinja")
        text: str = template.render(tell=self, words=telling, fence=fence_around, **given)
        return text.strip("\n")

    def aim(self, marks: Mapping[str, toolkit.Mark]) -> str:
        """What is to be improved, and what it is made of. marks: of the unchanged program."""
        unit = f" in {self.objective.unit}" if self.objective.unit else ""
        end = "higher" if self.objective.sign > 0 else "lower"
        return (
            f"The number to improve is the {self.objective.name}{unit}; {end} is better. "
            f"{self._made_of(marks)}"
        )

    def _made_of(self, marks: Mapping[str, toolkit.Mark]) -> str:
        if self.objective.evidence == "measured":
            return "The host measures it while the program runs."
        if self.objective.evidence == "reported":
            return "The program reports it itself."
        counted = [mark.kind for mark in marks.values() if mark.counted]
        if self.objective.pooled:
            return f"It is computed from all {self.nouns.count_outputs(len(counted))} together."
        if len(counted) == 1:
            return f"It is that of one {self.nouns.output}."
        kinds = sorted({*counted} - {""}) if len(counted) < len(marks) else []
        name = "kinds" if len(kinds) > 1 else "kind"
        which = f" of the {name} {', '.join(kinds)}" if kinds else ""
        return f"It is the mean over {self.nouns.count_items(len(counted))}{which}."

    def change(self, value: float) -> str:
        """`+0.0123`, in the objective's own direction; of a loss also whether that is better."""
        if self.objective.sign > 0 or abs(value) < DROPPED:
            return self.signed(value)
        return f"{self.signed(value)} ({'better' if value < 0 else 'worse'})"

    def signed(self, value: float) -> str:
        """`+0.0123`; what is rounding is 0."""
        value = 0.0 if abs(value) < DROPPED else value
        return f"{value:+.4f}" if self._plain else f"{value:+.4g}"

    def distance(self, value: float) -> str:
        """A number without a sign, with as many digits as a change has."""
        return f"{abs(value):.4f}" if self._plain else f"{abs(value):.4g}"

    def number(self, value: float) -> str:
        """A level that is in the objective's own direction already."""
        return f"{value:.4f}" if self._plain else f"{value:.6g}"

    def noise(self, value: float | None) -> str:
        """`noise 0.0031`, or why there is no such number."""
        if value is None:
            return "its noise was not measured" if self.noisy else NO_NOISE
        return f"noise {self.distance(value)}"

    @property
    def measure(self) -> str:
        """`score`, or the objective's name."""
        return "score" if self._plain else self.objective.name
