"""Values of a champion's parts by both solution concepts: exact if affordable, else estimated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import Any, Literal

from ..errors import UserError
from ..shapley import game
from ..shapley.extensions import LIMIT
from .concept import Concept
from .estimated import Allowance, estimated
from .results import excludes_zero
from .subsets import Subsets

Method = Literal["auto", "exact", "chains"]
DECIDED = 48.0


@dataclass(frozen=True)
class Effort:
    """Evaluations that one account may take.

    budget: evaluations of the whole split that decides, for the values by each of the two solution
    concepts, at least one round of chains. None stands for DECIDED evaluations, and two rounds at
    least, where the champion's gain is decided, and for one round where it is not, since there is
    little to take apart then. Rounds end before the budget does once the orders are settled. The
    programs at both ends (first in, left out) are run before, and the figures beside the values may
    take as many evaluations again, or four per part if that is more.
    """

    budget: float | None = None
    method: Method = "auto"

    def allowance(self, subsets: Subsets) -> Allowance:
        """Budget of one champion's values, in evaluations of the split that decides."""
        if self.budget is not None:
            return Allowance(self.budget)
        everything, nothing = subsets.anatomy.everything, frozenset[int]()
        subsets.run([subsets.anatomy.candidate(one) for one in (everything, nothing)])
        gain = subsets.estimate(subsets.value(everything) - subsets.value(nothing))
        return (
            Allowance(DECIDED, 2) if excludes_zero(gain) else Allowance(subsets.poset.players + 1.0)
        )


@dataclass(frozen=True)
class Values:
    """Values of all parts, by both solution concepts; the same where no part needs another."""

    ordered: Concept
    enabling: Concept

    @property
    def concepts(self) -> dict[str, Concept]:
        return {"ordered": self.ordered, "enabling": self.enabling}

    def how(self, subsets: Subsets) -> dict[str, Any]:
        """Entries of the account that tell how the values were computed."""
        chains_run = {name: one.rounds * len(subsets.groups) for name, one in self.concepts.items()}
        names = [part.name for part in subsets.anatomy.parts]
        unsettled = {name: one.unsettled(subsets) for name, one in self.concepts.items()}
        return {
            "method": "chains" if self.ordered.chains else "exact",
            "chains": chains_run["ordered"],
            "rounds": self.ordered.rounds,
            "enabling_chains": chains_run["enabling"],
            "enabling_rounds": self.enabling.rounds,
            "unsettled": {
                name: None if some is None else [names[n] for n in some]
                for name, some in unsettled.items()
            },
        }


def values(subsets: Subsets, method: Method, allowance: Allowance) -> Values:
    """Raises UserError where the exact value is asked for and costs more than the budget."""
    found = None if method == "chains" else _exact(subsets, method, allowance.evaluations)
    if found:
        return found
    ordered, enabling = estimated(subsets, allowance)
    return Values(ordered, enabling)


def _exact(subsets: Subsets, wanted: Method, budget: float) -> Values | None:
    ideals, name, poset = subsets.poset.count_ideals, subsets.cell.name, subsets.poset
    if ideals is None or ideals > LIMIT:
        if wanted == "exact":
            much = "more than can be counted" if ideals is None else f"{ideals:,}"
            raise UserError(
                f"{name}: its parts have too many subsets that can run ({much}) for the exact "
                "value; take --method chains"
            )
        return None
    if wanted == "auto" and ideals > 64 * budget:
        return None  # even if most programs turn out to be equal
    method = partial(
        game.shapley, players=len(subsets.anatomy.parts), requires=subsets.order.requires
    )
    programs = subsets.programs(method)
    cost = subsets.missing(programs)
    # chains begin with each part first in and left out, which are all subsets of three parts
    at_ends = 2 * len(subsets.anatomy.parts) if wanted == "auto" else 0
    if cost > max(budget, at_ends):
        if wanted == "exact":
            raise UserError(
                f"{name}: the exact value takes {cost:.0f} more evaluations of the "
                f"{subsets.measured.state.final} split, the "
                f"budget is {budget:g}; give --budget {ceil(cost)}, or take --method chains"
            )
        return None
    subsets.run(programs)
    ordered = Concept(method(subsets.value))
    same = poset.unordered
    return Values(ordered, ordered if same else Concept(game.enabling_credit(subsets.value, poset)))
