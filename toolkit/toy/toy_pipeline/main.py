"""A program whose score has a peak inside its parameters, and a fault outside them."""

from toy_pipeline.curve import height

SCALE = 0.8


def run(conversation, questions, parameters, services):
    value = SCALE * height(parameters) - conversation["offset"]
    return [{"answer": f"{value:.6f}", "retrieved": ["t1"]} for _ in questions]
