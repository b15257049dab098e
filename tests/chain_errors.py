"""Errors of chains against the exact values of made games, by the orders alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from games import Population, Value, mask, random_order

from toolkit.shapley.chains import Chains
from toolkit.shapley.game import enabling_credit, precedence_weights
from toolkit.shapley.poset import Poset
from toolkit.shapley.rounds import ItemBlock, Rounds, at_the_ends, blocks, draw

PLAYERS = 12
BUDGET = 48
"""evaluations of the chains; the programs at both ends are run for other figures anyway"""


@dataclass(frozen=True)
class Errors:
    """rmse: root mean squared error of a player's value, in points. rounds, cost: mean of both."""

    rmse: float
    rounds: float
    cost: float


def chains(value: Value, rounds: Rounds, *, ends: bool = True) -> Chains:
    """The chains of a game that gives a number for every item."""

    def on_block(chosen: frozenset[int], block: ItemBlock) -> np.ndarray:
        return value(chosen)[list(block.items)]

    return Chains(on_block, rounds, ends=ends)


def rmse(sizes: Sequence[int], density: float, games: int, *, enabling: bool = False) -> Errors:
    """Errors of the values on made studies, against the exact ones on the same questions."""
    errors, rounds, costs = [], [], []
    for seed in range(games):
        population, rng = Population(seed, PLAYERS), random.Random(seed)
        drawn, clusters = population.study(sizes)
        scores = population.answers(drawn)
        needs = Poset(PLAYERS, random_order(rng, PLAYERS, density))
        poset, parts = Poset(PLAYERS, {}) if enabling else needs, blocks(clusters)
        held = needs if enabling else None
        known = at_the_ends(Rounds(poset, parts, [], held))
        made = draw(poset, parts, budget=BUDGET, rng=rng, known=known, needs=held)
        found = chains(lambda chosen, scores=scores: scores[mask(chosen)], made).values()
        errors.append(found.mean(axis=1) - _exact(scores.mean(axis=1), needs, enabling=enabling))
        rounds.append(len(made.orders))
        costs.append(made.cost_beside(known))
    off = float(np.sqrt(np.mean(np.concatenate(errors) ** 2)))
    return Errors(100 * off, float(np.mean(rounds)), float(np.mean(costs)))


def _exact(means: np.ndarray, poset: Poset, *, enabling: bool) -> np.ndarray:
    if enabling:
        return enabling_credit(lambda chosen: means[[mask(chosen)]], poset)[:, 0]
    ideals, weights = precedence_weights(poset)
    return weights @ means[[mask(ideal) for ideal in ideals]]
