"""Fixed part of the experiments: data and evaluation. Do not change, or results stop being comparable."""

import math
from pathlib import Path

import numpy as np

MAX_SEQ_LEN = 64  # context length
EVAL_TOKENS = 2000  # number of characters the validation loss is computed on
DATA = Path(__file__).parent / "data" / "input.txt"


def load():
    text = DATA.read_text()
    chars = sorted(set(text))
    ids = np.array([chars.index(c) for c in text])
    split = int(0.9 * len(ids))
    return ids[:split], ids[split:], len(chars)


def evaluate_bpb(logprobs, targets):
    """Bits per character."""
    return float(-np.mean(logprobs[np.arange(len(targets)), targets]) / math.log(2))
