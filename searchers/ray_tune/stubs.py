"""Stubs that Tune is given to run: trainables that compute nothing, and what ends them."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Mapping
from typing import Any

from searchers.ray_tune.exchange import Stopper

# beside the driver, and on no CPU: those belong to the evaluations
PLACE = {"node:__internal_head__": 0.001}
NUMBERS, REGISTERING = itertools.count(), threading.Lock()


def stub(exchange: Any) -> Any:
    """A Trainable that computes nothing: its steps are the rungs."""
    import ray
    from ray import tune

    class Stub(tune.Trainable):  # type: ignore[misc]
        def step(self) -> dict[str, Any]:
            request = json.dumps({"values": self.config, "rung": self.iteration})
            answer: dict[str, Any] = json.loads(ray.get(exchange.evaluate.remote(request)))
            return answer

        def reset_config(self, new_config: Mapping[str, Any]) -> bool:
            return True

        def save_checkpoint(self, checkpoint_dir: str) -> dict[str, Any]:
            return {}

        def load_checkpoint(self, checkpoint: Any) -> None:
            """The rung is Tune's own iteration, which it restores itself."""

    return Stub


def trainable(exchange: Any) -> str:
    """The name under which Tune knows the stub of one cell.

    Tune keeps one table of names a process, without a lock: two cells at a time would trip over
    each other, or run each other's candidates.
    """
    from ray import tune

    name = f"stub{next(NUMBERS)}"
    with REGISTERING:
        tune.register_trainable(name, tune.with_resources(stub(exchange), PLACE))
    return name


def tune_stopper(stopper: Stopper) -> Any:
    from ray import tune

    class Ends(tune.Stopper):  # type: ignore[misc]
        def __call__(self, trial_id: str, result: Mapping[str, Any]) -> bool:
            return False

        def stop_all(self) -> bool:
            return stopper.over

    return Ends()
