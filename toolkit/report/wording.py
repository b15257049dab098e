"""The words and the figures in which one study is reported: they follow from what it claims."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..figures import Figures, counted, fitting, lone, supported
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE, Split
from ..study.objective import CONVERSATIONS, Claim, Nouns, Objective

KNOWN = {
    "judged": "validated exactly",
    "measured": "measured by the host",
    "reported": "reported by the program itself",
}
"""How a level is known that was reached on the very data that was searched."""
FINER = 2  # digits that a narrow interval adds to those of the study
FORGEABLE = "reported by the program: an edit can forge it"


@dataclass(frozen=True)
class Wording:
    """A study's objective, nouns and claim, with the digits that fit its scores."""

    objective: Objective = Objective()  # noqa: RUF009 - frozen
    nouns: Nouns = CONVERSATIONS
    claim: Claim = "sealed"
    figures: Figures = Figures()  # noqa: RUF009 - frozen
    replicates: int = 1

    @classmethod
    def from_json(cls, summary: Mapping[str, Any]) -> Wording:
        """The wording of a summary.json."""
        return cls(
            Objective.from_json(summary["objective"]),
            Nouns.from_json(summary["nouns"]),
            summary["claim"],
            Figures(summary["decimals"]),
            summary["replicates"]["final"],
        )

    @property
    def sealed(self) -> bool:
        return self.claim == "sealed"

    @property
    def held_out(self) -> bool:
        """True where other runs decide than those that were searched on: other data or seeds."""
        return self.claim in ("sealed", "replicates")

    @property
    def final(self) -> Split:
        return "test" if self.held_out else "search"

    @property
    def plain(self) -> bool:
        """True for a judged score without a unit that is better when higher."""
        return self.head == "score"

    @property
    def head(self) -> str:
        """`RMSE, K (lower is better)`; a judged score that is better when higher needs no more."""
        one = self.objective
        notes: list[str] = [] if one.evidence == "judged" else [one.evidence]
        if one.direction == "minimize":
            notes.append("lower is better")
        elif (one.name, one.unit) != ("score", ""):
            notes.append("higher is better")
        unit = f", {one.unit}" if one.unit else ""
        return f"{one.name}{unit}" + (f" ({', '.join(notes)})" if notes else "")

    @property
    def gain_unit(self) -> str:
        """` K`, to follow a gain in a sentence."""
        return f" {self.objective.unit}" if self.objective.unit else ""

    @property
    def gain_axis(self) -> str:
        """`K; above 0 is better`: what the axis of a gain must say; empty for a plain score."""
        notes = [self.objective.unit] if self.objective.unit else []
        if self.objective.direction == "minimize":
            notes.append("above 0 is better")
        return "; ".join(notes)

    @property
    def search_column(self) -> str:
        """The head of the column of scores that the searchers saw."""
        return "search" + self._evidence if self.sealed else "search (chosen on)"

    @property
    def final_column(self) -> str:
        """The head of the column of scores that decide."""
        if self.held_out:
            return ("test" if self.sealed else "other seeds") + self._evidence
        return "reached" if self.objective.evidence == "judged" else self.objective.evidence

    @property
    def gain_column(self) -> str:
        if self.sealed:
            return f"gain on test{self._evidence} [95 %]"
        if self.held_out:
            return "gain on other seeds [95 %]"
        return "gain" if self.objective.evidence == "judged" else f"{self.objective.evidence} gain"

    @property
    def where(self) -> str:
        """Source of the scores that decide, to follow a gain: `on the sealed test split`."""
        if self.sealed:
            return "on the sealed test split"
        return "on other seeds" if self.held_out else "on the data that was searched"

    @property
    def split(self) -> str:
        """The same in one or two words, to follow "on": `test`, `other seeds`, `search`."""
        return {"sealed": "test", "replicates": "other seeds"}.get(self.claim, "search")

    @property
    def standing(self) -> str:
        """Evidence of a score that decides, in the brackets behind it; may be empty."""
        if self.held_out:
            return ""
        if self.claim == "reported":
            return "chosen on this very number, which the program reports itself"
        return f"{KNOWN[self.objective.evidence]}; no data was held out"

    @property
    def caution(self) -> str:
        """Sentence for wherever a score stands that passed through the program; else empty."""
        return f"The score is {FORGEABLE}." if self.objective.evidence == "reported" else ""

    @property
    def verb(self) -> str:
        """Verb between a program and its number: it `reports` or `reaches` it."""
        return "reports" if self.objective.evidence == "reported" else "reaches"

    @property
    def known(self) -> str:
        """`reported `, to stand before a number that the host did not judge."""
        evidence = self.objective.evidence
        return "" if evidence == "judged" else f"{evidence} "

    @property
    def unit_of_sampling(self) -> tuple[str, str]:
        """Unit that intervals are over, one and several: a cluster or a replicate."""
        if self.claim == "replicates":
            return "replicate", "replicates"
        return self.nouns.cluster, self.nouns.clusters

    def trials(self, count: float) -> str:
        """`8 trials`."""
        return counted(count, "trial")

    def score(self, score: float | None) -> str:
        """Text of a score of the host, as a level of the objective."""
        return self.level(self.objective.shown(score))

    def level(self, level: float | None) -> str:
        """Text of a level that is already in the objective's own direction."""
        return self.figures.level(level)

    def metric(self, value: float) -> str:
        """A number beside the objective, in a unit of its own."""
        return self.figures.level(value) if self.plain else lone(value)

    def noise(self, deviation: float) -> str:
        """A standard deviation, which is much smaller than a level: three digits of it."""
        return f"{deviation:.3g}{self.gain_unit}"

    def is_nothing(self, gain: float) -> bool:
        """True for a difference that the digits of this report show as zero."""
        return self.figures.is_nothing(gain)

    def on(self, split: Split) -> str:
        """Name of a split's data, to follow "on": `search`, `test`, `other seeds`."""
        return "search" if split == "search" else self.split

    def signed(self, gain: float | None) -> str:
        return self.figures.signed(gain)

    def span(self, mean: float | None, bounds: Sequence[float | None] | None) -> str:
        """`+0.012 [-0.003, +0.027]`; a dash where it is not known."""
        return "-" if mean is None or bounds is None else self.figures.span(mean, *bounds)

    def supported(self, bounds: Sequence[float | None] | None) -> Wording:
        """The same words, with as many digits as an interval supports.

        Where there is no interval, or it shows no width, the digits of the study stay.
        """
        digits = supported(*bounds) if bounds else None
        if digits is None or self.figures.decimals is None:
            return self
        finer = Figures(min(digits, self.figures.decimals + FINER))
        low, high = bounds or (None, None)
        none = finer.signed(low) == finer.signed(high)  # nothing but the rounding of sums
        return self if none else replace(self, figures=finer)

    def gain(self, mean: float | None, bounds: Sequence[float | None] | None) -> str:
        """`+0.51 [+0.48, +0.55]`: a gain with as many digits as its interval supports."""
        return self.supported(bounds).span(mean, bounds)

    def figure(self, figure: Mapping[str, Any] | None) -> str:
        """The same of `{"mean", "low", "high"}`."""
        return "-" if not figure else self.span(figure["mean"], (figure["low"], figure["high"]))

    @property
    def _evidence(self) -> str:
        evidence = self.objective.evidence
        return "" if evidence == "judged" else f" ({evidence})"


def alone(objective: Objective, level: float | None, more: int = 0) -> str:
    """One level by itself: `0.312`, `RMSE 812.4 K`, `bits per byte 1.034 (reported)`.

    more: digits behind the point beyond those of a table.
    """
    if level is None:
        return "-"
    figures = Figures() if _plain(objective, [level]) else fitting([level])
    if figures.decimals is not None:
        figures = Figures(figures.decimals + more)
    name = "" if objective.name == "score" else f"{objective.name} "
    unit = f" {objective.unit}" if objective.unit else ""
    evidence = "" if objective.evidence == "judged" else f" ({objective.evidence})"
    return f"{name}{figures.level(level)}{unit}{evidence}"


def _plain(objective: Objective, levels: Sequence[float]) -> bool:
    """True for a score in [0, 1] of the usual kind, which has its usual digits."""
    return objective == Objective() and all(0 <= level <= 1 for level in levels)


def wording(state: State, cells: Sequence[CellState]) -> Wording:
    """The wording of a run, with digits that fit the baseline and the champions of these cells."""
    levels, gains = [], []
    base = state.assessments.get((BASELINE, state.final))
    for score in _scores(state, cells):
        levels.append(state.objective.shown(score))
        if base and base.score is not None:
            gains.append(score - base.score)
    return worded(state, levels, gains)


def worded(state: State, levels: Sequence[float], gains: Sequence[float]) -> Wording:
    """The wording of a study, with digits that fit some levels and gains."""
    objective, exact = state.objective, state.claim == "exact"
    usual = not exact and _plain(objective, levels)
    return Wording(
        objective,
        state.nouns,
        state.claim,
        Figures() if usual else fitting(levels, gains, exact=exact),
        state.study.get("replicates", {}).get("final", 1),
    )


def _scores(state: State, cells: Sequence[CellState]) -> Iterable[float]:
    """The host's scores of the baseline and of the champions, on both splits."""
    if not state.has_baseline:
        return []
    programs = [state.baseline, *map(state.champion, cells)]
    results = [found for one in programs if (found := state.result_of(one))]
    return [one.score for one in (*programs, *results) if one.score is not None]
