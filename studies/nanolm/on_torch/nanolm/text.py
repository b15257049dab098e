"""Text as numbers, and what a model learns from it."""

from __future__ import annotations

import numpy as np


def tokens(text: str, alphabet: str) -> list[int]:
    """Place of each character in the alphabet."""
    places = {character: place for place, character in enumerate(alphabet)}
    return [places[character] for character in text]


def examples(text: str, alphabet: str, length: int) -> tuple[np.ndarray, np.ndarray]:
    """(examples, length) characters before, and (examples,) the next, entry by entry."""
    seen, following = [], []
    for entry in text.split("\n"):
        places = np.array(tokens(entry, alphabet))
        if len(places) > length:
            windows = np.lib.stride_tricks.sliding_window_view(places, length + 1)
            seen.append(windows[:, :-1])
            following.append(windows[:, -1])
    return np.concatenate(seen), np.concatenate(following)
