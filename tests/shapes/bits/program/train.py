"""Pretends to train: the loss falls with depth and is least at a rate of 0.1."""

import math
import random

WARM_UP = False


def run(context, inputs, parameters, services):
    luck = random.Random(f"{services['seed']} {WARM_UP} {sorted(parameters.items())}")
    loss = 3.2 - 0.05 * parameters["depth"] + 0.1 * abs(math.log10(parameters["rate"]) + 1)
    loss -= 0.4 if WARM_UP else 0.0
    return [{"val_bpb": loss + luck.gauss(0, 0.004)} for _ in inputs]
