"""Circles on a grid, a little smaller than they could be."""

SLACK = 0.8


def run(context, inputs, parameters, services):
    return [grid(parameters["rows"], count) for count in inputs]


def grid(rows, count):
    radius = SLACK / (2 * rows)
    step = 1 / rows
    places = [((i + 0.5) * step, (j + 0.5) * step) for i in range(rows) for j in range(rows)]
    return [[x, y, radius] for x, y in places[:count]]
