"""A risk that reads the age and overlooks the marker."""

MARKER_WEIGHT = 0.0


def run(context, inputs, parameters, services):
    return [parameters["age_weight"] * p["age"] + MARKER_WEIGHT * p["marker"] for p in inputs]
