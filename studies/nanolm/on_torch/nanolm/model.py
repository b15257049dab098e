"""A language model of one hidden layer over the embeddings of the last characters."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn


class Model(nn.Module):
    """Weights are drawn by numpy, so that one seed is the same model on every device."""

    def __init__(self, characters: int, parameters: dict[str, Any], rng: np.random.Generator):
        """Weights of normal distributions of variance 1 / inputs."""
        super().__init__()
        size, hidden = parameters["embedding"], parameters["hidden"]
        wide = parameters["context"] * size

        def drawn(rows: int, columns: int) -> torch.Tensor:
            return values(rng.normal(0.0, rows**-0.5, (rows, columns)))

        self.embedding = nn.Embedding(characters, size)
        self.embedding.weight = nn.Parameter(values(rng.normal(0.0, 1.0, (characters, size))))
        self.inner = layer(drawn(wide, hidden))
        self.outer = layer(drawn(hidden, characters))

    def forward(self, seen: torch.Tensor) -> torch.Tensor:
        """(examples, characters) scores of the next character after (examples, context)."""
        embedded = self.embedding(seen).flatten(start_dim=1)
        return self.outer(torch.tanh(self.inner(embedded)))

    @torch.no_grad()
    def probabilities(self, seen: torch.Tensor) -> torch.Tensor:
        """(examples, characters) probabilities of the next character."""
        return torch.softmax(self(seen).double(), dim=1)


def values(drawn: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(drawn.astype(np.float32))


def layer(weights: torch.Tensor) -> nn.Linear:
    """Dense layer of (inputs, outputs) weights, without bias at first."""
    found = nn.Linear(*weights.shape)
    found.weight = nn.Parameter(weights.T.contiguous())
    nn.init.zeros_(found.bias)
    return found
