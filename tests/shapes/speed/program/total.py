"""A sum, one number after the other, some of it for nothing."""

REPEATS = 8


def run(context, inputs, parameters, services):
    return [total(size) for size in inputs]


def total(size):
    found = 0
    for _ in range(REPEATS):
        found = 0
        for number in range(size):
            found += number
    return found
