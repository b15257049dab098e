"""Account of an experiment in the ledger: what moved, what was decided, and what turned that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

import toolkit
from searchers.autoresearcher.edit import OVERALL, Prediction
from searchers.autoresearcher.experiment import Experiment
from searchers.autoresearcher.stages.decide import Decision
from searchers.autoresearcher.stages.run import Tried


def note(
    lab: toolkit.Lab, experiment: Experiment, decision: Decision, tried: Sequence[Tried],
    best: Tried, *, levels: str, again: bool,
) -> None:  # fmt: skip
    """Put on record what an experiment with a score came to. again: it was tried once more."""
    found, number = decision.finding, experiment.number
    moved = {OVERALL: experiment.change, **experiment.kinds}
    lab.note(
        "interpret",
        f"experiment {number}: {levels}, {len(found.fixed)} items fixed, "
        f"{len(found.broken)} broken",
        trials=[decision.trial.number],
        details={
            "counts": {"fixed": len(found.fixed), "broken": len(found.broken)},
            "predicted": [[one.kind, one.direction] for one in _predictions(experiment, best)],
            "moved": {kind: x for kind, x in moved.items() if x is not None and isfinite(x)},
        },
    )
    if experiment.replicated:
        held = "held" if decision.verdict == "kept" or decision.guard else "not held"
        lab.note("replicate", f"experiment {number}: {held}", details={"result": held})
    if decision.guard:
        lab.note("guard", f"experiment {number}: {decision.guard}", details={"result": "refused"})
    turned = list(turns(experiment, decision, tried, best, again=again))
    lab.note(
        "decide", f"experiment {number}: {decision.verdict}, {decision.why}",
        trials=experiment.trials, details={"result": decision.verdict, "changed_by": turned},
    )  # fmt: skip


def note_verdict(lab: toolkit.Lab, experiment: Experiment, why: str = "") -> None:
    """Put on record the verdict on an experiment that has no score."""
    lab.note(
        "decide", f"experiment {experiment.number}: {experiment.verdict}{why}",
        trials=experiment.trials, details={"result": experiment.verdict},
    )  # fmt: skip


def _predictions(experiment: Experiment, best: Tried) -> Sequence[Prediction]:
    """Predictions of the way that was chosen, or of its edit where it has none."""
    return best.edit.predicts or experiment.edit.predicts


def turns(
    experiment: Experiment, decision: Decision, tried: Sequence[Tried], best: Tried, *, again: bool
) -> Iterator[str]:  # fmt: skip
    """Stages without which an experiment would have come out otherwise.

    look: it was kept, and came in a reply to answers; nobody knows what would have come without.
    """
    is_kept = decision.verdict == "kept"
    if best.edit is not best.way.edit:
        yield "repair"
    if decision.guard:
        yield "guard"
    if not is_kept:
        return
    if experiment.replicated:
        yield "replicate"
    if best is not tried[0]:
        yield "alternatives" if best.way.name.startswith("alternative") else "grid"
    if again:
        yield "revive"
    if experiment.informed:
        yield "look"
