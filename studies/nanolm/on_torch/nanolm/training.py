"""Training: as many characters as the budget allows, by Adam."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from nanolm.model import Model

CHARACTERS = 60_000
"""examples that the training may see, some of them more than once"""
BETAS = (0.9, 0.999)
LONGEST = 1.0
"""norm of a gradient; a longer one is shortened, so that no batch throws the model off its way"""
WARMUP, AVERAGED = 0.05, 0.2
"""parts of the steps: the rate rises in the first ones, the values of the last ones are averaged"""


def fit(
    model: Model,
    seen: torch.Tensor,
    following: torch.Tensor,
    parameters: dict[str, Any],
    rng: np.random.Generator,
) -> None:
    """Change the model's values so that what follows becomes probable."""
    size = parameters["batch"]
    steps = CHARACTERS // size
    # all at once: on a card every batch that is drawn on its own would have to wait
    drawn = np.stack([rng.integers(0, len(seen), size) for _ in range(steps)])
    batches = torch.from_numpy(drawn).to(seen.device)
    values = list(model.parameters())
    optimizer = torch.optim.Adam(values, betas=BETAS)
    sums = [torch.zeros_like(value) for value in values]
    last = max(1, round(AVERAGED * steps))
    for step, rows in enumerate(batches):
        rate = parameters["learning_rate"] * factor((step + 1) / steps, parameters["cooldown"])
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        cross_entropy(model(seen[rows]), following[rows]).backward()
        clip_grad_norm_(values, LONGEST)
        optimizer.step()
        if step >= steps - last:
            for total, value in zip(sums, values, strict=True):
                total += value.detach()
    with torch.no_grad():
        for total, value in zip(sums, values, strict=True):
            value.copy_(total / last)


def factor(done: float, cooldown: float) -> float:
    """Factor of the learning rate: up, level, and down to nothing over the last part, `cooldown`.

    done: the part of the training that is over with this step.
    """
    falling = (1.0 - done) / cooldown if cooldown else 1.0
    return min(1.0, done / WARMUP, falling)
