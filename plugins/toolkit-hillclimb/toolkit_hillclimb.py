"""Walks uphill from the baseline, one parameter at a time."""

import toolkit


class HillClimb:
    """step: how far a parameter may move, as a fraction of its range, in (0, 1]."""

    def __init__(self, *, step: float = 0.2) -> None:
        if not 0 < step <= 1:
            raise toolkit.UserError(f"hillclimb.step must be in (0, 1], got {step}")
        self.step = step

    def check_study(self, outline: toolkit.Outline) -> None:
        outline.need_parameters()

    def run(self, lab: toolkit.Lab) -> None:
        best = lab.baseline
        while lab.budget.left:
            name = lab.rng.choice(sorted(lab.space))
            value = lab.space[name].nudge(lab.params(best.candidate)[name], self.step, lab.rng)
            candidate = best.candidate.with_override(name, value)
            if lab.infeasible(candidate.overrides):
                continue
            trial = lab.evaluate(candidate)
            if trial.ok and trial.score > best.score:
                best = trial


@toolkit.hookimpl
def register_searchers(register: toolkit.RegisterFactory) -> None:
    register("hillclimb", HillClimb, summary="greedy one-parameter hill climbing")
