"""Templates of the requests, and numbers in them as a study's objective has them."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import toolkit
from searchers.autoresearcher import telling
from searchers.autoresearcher.changes import fence_around

TEMPLATES = Path(__file__).parent.parent / "stages" / "prompts"
DROPPED = 1e-12
"""below it a change is rounding"""


class Words(telling.Telling):
    """Wording of one study for the staged loop."""

    def __init__(self, lab: toolkit.Lab) -> None:
        super().__init__(lab)
        self.kinded = any(lab.kinds(lab.baseline))

    @cached_property
    def _environment(self) -> Any:
        import jinja2

        return jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True, autoescape=False, trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip

    def render(self, name: str, **given: Any) -> str:
        """Text of one template, without blank lines in a row."""
        template = self._environment.get_template(f"{name}.md.jinja")
        text: str = template.render(tell=self, words=telling, fence=fence_around, **given)
        return text.strip("\n")

    @property
    def worsens(self) -> str:
        """`the score falls`"""
        return f"the {self.objective.name} {'falls' if self.objective.sign > 0 else 'rises'}"

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

    @property
    def measure(self) -> str:
        """`score`, or the objective's name."""
        return "score" if self._plain else self.objective.name
