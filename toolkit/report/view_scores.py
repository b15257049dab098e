"""Scores and gains of one run by each of its rules, item by item, where scores decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

from ..intervals import Run, difference, gap
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE, FLOOR, WRONG_CONTEXT, wrong_context
from ..records import Scored, Trial
from ..statistics import Estimate
from .decisions import decision, raised
from .noise import chosen, luck, noise

Scores = Mapping[str, float]


@dataclass(frozen=True)
class Views:
    """Scores of one run by every rule, item by item, where scores decide."""

    state: State

    @cached_property
    def rules(self) -> list[str]:
        """The objective, then the study's views by which something was judged."""
        judged = {view for (_, split), one in self._viewed for view in one if split == self._final}
        names = [view for view in self.state.study.get("views", ()) if view in judged]
        return [self.goal, *names] if names else []

    @property
    def goal(self) -> str:
        """Name of the study's own objective."""
        return self.state.objective.name

    @property
    def _final(self) -> str:
        return self.state.final

    @property
    def _viewed(self) -> list[tuple[tuple[str, Any], Mapping[str, Scores]]]:
        return list(self.state.viewed.items())

    def of(self, subject: str, rule: str, own: Scored | None = None) -> Scores | None:
        """Scores of a subject's counted items. own: its result by the study's rule."""
        if rule == self.goal:
            found = own if own else self.state.assessments.get((subject, self.state.final))
            rows = found.items if found and found.ok else None
        else:
            rows = self.state.viewed.get((subject, self.state.final), {}).get(rule)
        counted = self.state.counted(self.state.final)
        return {row: rows[row] for row in counted} if rows and rows.keys() >= set(counted) else None

    def program(self, trial: Trial, rule: str) -> Scores | None:
        """Scores of a champion, or of the baseline."""
        subject = trial.candidate.digest if trial.number else BASELINE
        return self.of(subject, rule, self.state.result_of(trial))

    def elsewhere(self, trial: Trial, rule: str) -> Scores | None:
        """Scores of the same program with another call's context."""
        subject = wrong_context(trial) if trial.number else f"{FLOOR}{WRONG_CONTEXT}"
        return self.of(subject, rule)

    def level(self, scores: Scores | None) -> float | None:
        """Mean of scores, in the objective's own direction."""
        return self.state.objective.shown(fmean(scores.values())) if scores else None

    def gains(self, trial: Trial, rule: str, *, net: bool) -> Run | None:
        """Gain of a champion over the baseline, item by item.

        net: less what it gains over the baseline with another call's context.
        """
        base = self.state.baseline
        pairs = [(self.program(trial, rule), self.program(base, rule))]
        if net:
            pairs.append((self.elsewhere(trial, rule), self.elsewhere(base, rule)))
        rows: list[Run] = []
        for one, two in pairs:
            if one is None or two is None:
                return None
            rows.append({row: difference(one[row], two[row]) for row in one})
        first, *others = rows
        return {row: first[row] - sum(other[row] for other in others) for row in first}

    def best_floor(self, rule: str) -> tuple[str, Scores] | None:
        """The floor that is highest by a rule, with its scores; None where one was not judged.

        An older ledger lacks some, and the best of the others may be no floor to speak of.
        """
        known = self.state.assessments.items()
        names = [one for (one, split), found in known if split == self._final and found.ok]
        floors = {name: self.of(name, rule) for name in names if name.startswith(FLOOR)}
        judged = {name: scores for name, scores in floors.items() if scores}
        if len(judged) < len(floors):
            return None
        return max(judged.items(), key=lambda one: fmean(one[1].values()), default=None)

    def over_floor(self, cells: Sequence[CellState]) -> dict[str, Any] | None:
        """Gain of these cells' champions over the floor that is best by the first view."""
        if not self.rules:
            return None
        trials, view = [self.state.champion(cell) for cell in cells], self.rules[1]
        runs = [rows for trial in trials if (rows := self.program(trial, view)) is not None]
        best = self.best_floor(view)
        if best is None or not runs or len(runs) < len(trials):
            return None
        name, low = best
        over = [{row: difference(run[row], low[row]) for row in run} for run in runs]
        moved = noise(self.state, trials, [])
        figure = figures_of(
            self.state, "", gap(self.state, over), wavers=bool(moved and moved.error)
        )
        floor = {"floor": name.removeprefix(FLOOR), "level": self.level(low)}
        return {"by": view, **floor, **raised(figure)}

    def figures(self, cells: Sequence[CellState], rule: str) -> dict[str, Any] | None:
        """Gain of these cells' champions with intervals; None where one was not judged.

        A program that runs under several seeds leaves the outputs of one of them. Where its score
        wavers from run to run, so does what a view says of it, and nobody knows by how much: the
        gain then has neither interval nor decision.
        """
        trials, found = [self.state.champion(cell) for cell in cells], dict[str, Any]()
        moved = noise(self.state, trials, [self.state.baseline])
        for name, net in (("", False), ("net_", True)):
            runs = [run for one in trials if (run := self.gains(one, rule, net=net)) is not None]
            own = rule == self.goal and not net
            whole = None
            if trials and len(runs) == len(trials):
                whole = gap(self.state, runs, moved if own else None)
                whole = chosen(whole, luck(self.state, cells)) if own else whole
            wavers = not own and bool(moved and moved.error)
            found |= figures_of(self.state, name, whole, wavers=wavers)
        return found if found["gain"] is not None else None


def figures_of(
    state: State, name: str, found: Estimate | None, *, wavers: bool = False
) -> dict[str, Any]:
    """A gain as JSON, its keys behind a name. wavers: by an unknown amount from run to run."""
    bounds = [None, None] if found and wavers else [found.low, found.high] if found else None
    told = {
        "gain": found.mean if found else None,
        "interval": bounds,
        **decision(state, None if wavers else found),
    }
    return {f"{name}{key}": value for key, value in told.items()}
