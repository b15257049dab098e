"""Templates of the requests, and numbers in them as a study's objective has them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from math import sqrt
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import toolkit
from searchers.autoresearcher import telling
from searchers.autoresearcher.changes import fence_around
from searchers.autoresearcher.requests.now import HONEST_VIEW

if TYPE_CHECKING:
    from searchers.autoresearcher.requests.examples import Examples

TEMPLATES = Path(__file__).parent.parent / "stages" / "prompts"
DROPPED = 1e-12
"""below it a change is rounding"""


REACH = 1.96
"""standard deviations that hold 95 of 100 differences"""


def reach(drifts: Sequence[float]) -> float | None:
    """Most that two runs differ by in 95 of 100 cases, by how some did; None for under two."""
    return REACH * sqrt(fmean(one * one for one in drifts)) if len(drifts) > 1 else None


class Words(telling.Telling):
    """Wording of one study for the staged loop."""

    def __init__(self, lab: toolkit.Lab) -> None:
        super().__init__(lab)
        self.kinded, self.noisy = any(lab.kinds(lab.baseline)), lab.noisy
        self.items, self.view = len(lab.clusters), lab.view
        if self.view:  # its name is no noun: "the symmetric rises" would be no sentence
            self.objective = replace(self.objective, name="score")
            self._plain = self.objective.direction == "maximize"
        self.noise = lab.compare(lab.baseline, lab.baseline).noise
        """what two runs differ by, as the runs of one trial tell; None where it has one"""

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
        """The objective, and the kinds that make it up. marks: of the unchanged program."""
        unit = f" in {self.objective.unit}" if self.objective.unit else ""
        end = "higher" if self.objective.sign > 0 else "lower"
        what = f"score by the rule `{self.view}`" if self.view else f"{self.objective.name}{unit}"
        text = f"The number to improve is the {what}; {end} is better. {self._made_of(marks)}"
        return f"{text} {self._of_view()}" if self.view else text

    def _of_view(self) -> str:
        """Name of a view, and no more is known of it: a study tells only its main rule."""
        guess = (
            f", but its name suggests that parts which nobody asked for count against the "
            f"{self.nouns.output}"
        )
        return (
            "The study does not say in words how this rule counts"
            f"{guess if self.view == HONEST_VIEW else ''}."
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
        side = self.side(value)
        return f"{self.signed(value)} ({side})" if side else self.signed(value)

    def limits(self, own: toolkit.Limits) -> str:
        """`60 seconds of CPU time and 2,048 MB of memory`"""
        clock = f", {own.wall_s:,g} seconds on the clock" if own.wall_s else ""
        return f"{own.cpu_s:,g} seconds of CPU time{clock} and {own.memory_mb:,g} MB of memory"

    def side(self, value: float) -> str:
        """`better` or `worse` for a change of a loss, whose sign does not say it; else empty."""
        if self.objective.sign > 0 or abs(value) < DROPPED:
            return ""
        return "better" if value < 0 else "worse"

    def signed(self, value: float) -> str:
        """`+0.0123`; what is rounding is 0."""
        value = 0.0 if abs(value) < DROPPED else value
        return f"{value:+.4f}" if self._plain else f"{value:+.4g}"

    def is_seen(self, value: float) -> bool:
        """True for a change that is not 0 with the digits that are shown."""
        return float(self.signed(value)) != 0

    def distance(self, value: float) -> str:
        """A number without a sign, with as many digits as a change has."""
        return f"{abs(value):.4f}" if self._plain else f"{abs(value):.4g}"

    def number(self, value: float) -> str:
        """A level that is in the objective's own direction already."""
        return f"{value:.4f}" if self._plain else f"{value:.6g}"

    def heading_of(self, examples: Examples) -> str:
        """Heading over some items; they are called wrong where somebody knows what is right."""
        if all(one.input is None for one in examples.wrong):
            return (
                f"Its {self.nouns.output if len(examples.wrong) == 1 else self.nouns.outputs} now"
            )
        if not examples.best_known:
            return f"Some {self.nouns.items} and their {self.nouns.outputs} now"
        return self.heading(examples.wrong)

    def plain(self, text: str) -> str:
        """A text as it is; in quotes where its ends could not be seen."""
        return text if text and text == text.strip() else json.dumps(text, ensure_ascii=False)

    def given(self, output: Any) -> str:
        """A program's output; a long one ends in `…`."""
        text = telling.given(output)
        is_cut = len(text) >= telling.OUTPUT_CHARS
        return f"{text.rstrip()}…" if is_cut else self.plain(text)

    @property
    def measure(self) -> str:
        """`score`, or the objective's name."""
        return "score" if self._plain else self.objective.name
