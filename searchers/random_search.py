"""Random search: the yardstick of every tuner."""

from __future__ import annotations

import toolkit


class RandomSearch(toolkit.AskTell):
    """Draws every parameter independently from its declared range (log scale where declared)."""

    independent = True

    def __init__(self, *, parallel: int = 1) -> None:
        """parallel: evaluations in flight."""
        if parallel < 1:
            raise toolkit.UserError(f"random.parallel must be at least 1, got {parallel}")
        self.parallel = parallel

    def check_study(self, outline: toolkit.Outline) -> None:
        outline.need_parameters()

    def start(self, lab: toolkit.Lab) -> None:
        self._lab = lab

    def ask(self) -> toolkit.Candidate:
        space, rng = self._lab.space, self._lab.rng
        return toolkit.Candidate({name: space[name].sample(rng) for name in sorted(space)})

    def tell(self, trial: toolkit.Trial) -> None:
        """Nothing is learnt."""


@toolkit.hookimpl
def register_searchers(register: toolkit.RegisterFactory) -> None:
    register("random", RandomSearch, summary="independent draws from the declared space")
