"""Limits of a verdict: other data, noise from run to run, an interval in doubt, few clusters."""

from __future__ import annotations

from collections.abc import Sequence

from ..figures import counted
from ..ledger.cell import CellState
from ..ledger.state import State
from ..statistics import doubt
from ..statistics.flips import FEWEST, MOST
from .comparisons import Contrast
from .noise import ran_again, replicated
from .wording import Wording


def of_leader(
    state: State, cells: Sequence[CellState], found: Contrast, words: Wording
) -> list[str]:
    """Limits of what is said of the leader: no other data, noise, an interval in doubt."""
    trials = [state.champion(cell) for cell in cells if cell.alias == found.better]
    noise = replicated(state, [state.baseline, *trials])
    sentences = []
    if words.claim == "replicates":
        sentences.append(
            "This speaks of this program under its own noise "
            f"({counted(words.replicates, 'seed')}), on the same data."
        )
    if noise:
        improved = [trial for trial in trials if trial.number]
        champion = "champion" if len(improved) == 1 else "champions"
        whose = f"the baseline or of {found.better}'s {champion}" if improved else "the baseline"
        each = " each" if improved else ""
        narrow = "" if words.claim == "replicates" else "; no interval is narrower than this noise"
        sentences.append(
            f"One run of {whose} varies by {words.noise(noise.sd)} on {words.on(noise.split)} "
            f"(standard deviation over {counted(noise.runs, 'seed')}{each}){narrow}."
        )
    if words.sealed and state.objective.evidence == "measured" and not noise:
        sentences.append(
            "How much this number varies from run to run was not measured "
            "(`[replicates] final` in study.toml), so that no gain over the baseline is decided."
        )
    again = ran_again(state, state.baseline) if words.sealed else None
    if again:
        sentences.append(
            f"The unchanged program scored {words.score(again[0])} {words.where} and, run once "
            f"more, {words.score(again[1])}: no interval holds what moves a whole run "
            "(`[replicates] final` in study.toml measures it)."
        )
    if state.objective.pooled and words.sealed:
        sentences += [why] if (why := _doubt(found, words)) else []
    return sentences


def _doubt(found: Contrast, words: Wording) -> str:
    return doubt(found.rows, words.nouns.cluster, words.nouns.clusters)


def of_signs(found: Sequence[Contrast], words: Wording) -> list[str]:
    """Limit of p, where clusters are few."""
    sampled = [one for one in found if one.sampled and one.gap.low is not None]
    if not sampled or sampled[0].gap.clusters > MOST:
        return []
    one = sampled[0]
    many = f"{one.gap.clusters} {words.unit_of_sampling[1]}"
    if one.gap.clusters >= FEWEST:
        return [f"By sign flips over {many} p cannot be below {one.floor:.2g}."]
    return [
        f"Sign flips over {many} cannot give a p below {one.floor:.2g} and so decide nothing: only "
        "the t interval can decide here."
    ]
