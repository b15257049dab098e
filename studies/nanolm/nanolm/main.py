"""Entry point: train on the text, then give the next character's distribution of each passage."""

from __future__ import annotations

from typing import Any

import numpy as np
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
    rng = np.random.default_rng(services["seed"])
    alphabet, length = context["alphabet"], parameters["context"]
    model = Model.new(len(alphabet), parameters, rng)
    training.fit(model, *examples(context["text"], alphabet, length), parameters, rng)
    seen = np.array([tokens(passage, alphabet)[-length:] for passage in inputs])
    return np.round(model.probabilities(seen) + 10.0**-DIGITS, DIGITS).tolist()
