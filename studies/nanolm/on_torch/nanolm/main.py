"""Entry point: train on the text, then give the next character's distribution of each passage."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from nanolm import training
from nanolm.model import Model
from nanolm.text import examples, tokens

DIGITS = 5


def run(
    context: dict[str, Any],
    inputs: list[str],
    parameters: dict[str, Any],
    services: dict[str, Any],
) -> list[list[float]]:
    """Probabilities of the alphabet's characters, in its order, for each passage."""
    torch.set_num_threads(1)  # a batch is too small to be shared out
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    rng = np.random.default_rng(services["seed"])
    alphabet, length = context["alphabet"], parameters["context"]
    model = Model(len(alphabet), parameters, rng).to(device)
    read, following = map(torch.from_numpy, examples(context["text"], alphabet, length))
    training.fit(model, read.to(device), following.to(device), parameters, rng)
    seen = torch.tensor([tokens(passage, alphabet)[-length:] for passage in inputs], device=device)
    found = model.probabilities(seen).cpu().numpy()
    return np.round(found + 10.0**-DIGITS, DIGITS).tolist()
