"""A program whose score has a peak inside its parameters, and a fault outside them."""

from toy_pipeline.curve import height

SCALE = 0.8


def run(context, inputs, parameters, services):
    value = SCALE * height(parameters) - context["offset"]
    return [{"answer": f"{value:.6f}"} for _ in inputs]
