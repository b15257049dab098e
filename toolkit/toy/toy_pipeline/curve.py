"""Highest at x = 0.7, y = 0.3, peaked, six steps."""


def height(parameters):
    miss = (parameters["x"] - 0.7) ** 2 + (parameters["y"] - 0.3) ** 2
    miss += abs(parameters["steps"] - 6) / 40
    miss += 0.0 if parameters["shape"] == "peaked" else 0.1
    return max(0.0, 1.0 - miss)
