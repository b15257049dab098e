"""Training: as many characters as the budget allows, by gradient descent."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from nanolm.model import Model

CHARACTERS = 80_000
"""examples that the training may see, some of them more than once"""


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
    optimizer = made(model, parameters)
    for step, rows in enumerate(batches):
        for group in optimizer.param_groups:
            group["lr"] = parameters["learning_rate"] * factor(step / steps, parameters)
        optimizer.zero_grad()
        cross_entropy(model(seen[rows]), following[rows]).backward()
        optimizer.step()


def made(model: Model, parameters: dict[str, Any]) -> torch.optim.Optimizer:
    """The optimizer that the parameters name, before its first step."""
    decay, momentum = parameters["weight_decay"], parameters["momentum"]
    if parameters["optimizer"] == "adam":
        return torch.optim.Adam(model.parameters(), betas=(momentum, 0.999), weight_decay=decay)
    return torch.optim.SGD(model.parameters(), momentum=momentum, weight_decay=decay)


def factor(done: float, parameters: dict[str, Any]) -> float:
    """Factor of the learning rate; done: the part of the training that is over."""
    if done < parameters["warmup"]:
        return done / parameters["warmup"]
    if parameters["schedule"] == "linear":
        return 1.0 - done
    if parameters["schedule"] == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * done))
    return 1.0
