"""A declared parameter's values as Tune's, and back."""

from __future__ import annotations

from typing import Any

import toolkit


def domain(param: toolkit.Param) -> Any:
    """A declared parameter as Tune's; its integers end before their upper bound.

    A choice is the choice of a place: the libraries behind Tune take 1, 1.0 and True for one value.
    """
    from ray import tune

    if isinstance(param, toolkit.Float):
        return (tune.loguniform if param.log else tune.uniform)(param.low, param.high)
    if isinstance(param, toolkit.Int):
        return (tune.lograndint if param.log else tune.randint)(param.low, param.high + 1)
    if isinstance(param, toolkit.Flag):
        return tune.choice([False, True])
    if isinstance(param, toolkit.Choice):
        return tune.choice(list(range(len(param.values))))
    raise toolkit.UserError(f"ray_tune does not know the parameter type {type(param).__name__}")


def encoded(param: toolkit.Param, value: Any) -> Any:
    return param.index(value) if isinstance(param, toolkit.Choice) else value


def decoded(param: toolkit.Param, raw: Any) -> Any:
    """A number inside its range: some algorithms round a logarithm past the end of it."""
    if isinstance(param, toolkit.Float | toolkit.Int):
        return min(max(raw, param.low), param.high)
    return param.values[raw] if isinstance(param, toolkit.Choice) else raw
