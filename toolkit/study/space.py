"""Declared parameters: what a value may be, and how to move in the space of values."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from ..records import same

PROBLEM_CHARS = 1000
"""of a message that quotes a value: it may be as long as a file"""


class Param(Protocol):
    """One declared parameter. `check` raises ValueError saying what is allowed."""

    @property
    def default(self) -> Any: ...

    def check(self, value: Any) -> None: ...

    def sample(self, rng: random.Random) -> Any: ...

    def nudge(self, value: Any, step: float, rng: random.Random) -> Any:
        """A value near this one; step is a fraction of the range, in (0, 1]."""
        ...

    def extremes(self) -> Sequence[Any]:
        """Values far apart, for asking whether the parameter does anything at all."""
        ...


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False


@dataclass(frozen=True)
class Float:
    low: float
    high: float
    default: float
    log: bool = False

    def check(self, value: Any) -> None:
        if not _is_number(value) or not self.low <= value <= self.high:
            raise ValueError(f"must be a number in [{self.low:g}, {self.high:g}], got {value!r}")

    def sample(self, rng: random.Random) -> float:
        if self.log:
            return self._clip(math.exp(rng.uniform(math.log(self.low), math.log(self.high))))
        return self._clip(rng.uniform(self.low, self.high))

    def nudge(self, value: float, step: float, rng: random.Random) -> float:
        if self.log:
            reach = step * math.log(self.high / self.low)
            return self._clip(value * math.exp(rng.uniform(-reach, reach)))
        reach = step * (self.high - self.low)
        return self._clip(value + rng.uniform(-reach, reach))

    def _clip(self, value: float) -> float:
        """Rounding may have carried it past an end: the exponential of a logarithm does."""
        return min(self.high, max(self.low, value))

    def extremes(self) -> Sequence[float]:
        return (self.low, self.high)


@dataclass(frozen=True)
class Int:
    low: int
    high: int
    default: int
    log: bool = False

    def check(self, value: Any) -> None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not self.low <= value <= self.high:
            raise ValueError(f"must be an integer in [{self.low}, {self.high}], got {value!r}")

    def _clip(self, value: float) -> int:
        return min(self.high, max(self.low, round(value)))

    def sample(self, rng: random.Random) -> int:
        if self.log:
            # half-open bins, so that the two ends are as likely as their neighbours
            low, high = math.log(self.low - 0.5), math.log(self.high + 0.5)
            return self._clip(math.exp(rng.uniform(low, high)))
        return rng.randint(self.low, self.high)

    def nudge(self, value: int, step: float, rng: random.Random) -> int:
        if self.low == self.high:
            return self.low
        moved = self._clip(Float(self.low, self.high, value, self.log).nudge(value, step, rng))
        if moved == value:  # a step below one half must still be able to move
            moved = self._clip(value + rng.choice((-1, 1)))
        return moved

    def extremes(self) -> Sequence[int]:
        return (self.low, self.high)


@dataclass(frozen=True)
class Choice:
    values: Sequence[Any]
    default: Any

    def check(self, value: Any) -> None:
        self.index(value)

    def index(self, value: Any) -> int:
        """The place of a value; raises ValueError where it is none of them.

        Libraries that look a value up by Python's own equality take 1, 1.0 and True for one: they
        are handed places.
        """
        for place, known in enumerate(self.values):
            if same(known, value):
                return place
        raise ValueError(f"must be one of {', '.join(map(repr, self.values))}, got {value!r}")

    def sample(self, rng: random.Random) -> Any:
        return rng.choice(self.values)

    def nudge(self, value: Any, step: float, rng: random.Random) -> Any:
        others = [known for known in self.values if not same(known, value)]
        return rng.choice(others) if others else value

    def extremes(self) -> Sequence[Any]:
        return self.values


@dataclass(frozen=True)
class Flag:
    default: bool

    def check(self, value: Any) -> None:
        if not isinstance(value, bool):
            raise ValueError(f"must be true or false, got {value!r}")

    def sample(self, rng: random.Random) -> bool:
        return rng.random() < 0.5

    def nudge(self, value: bool, step: float, rng: random.Random) -> bool:
        return not value

    def extremes(self) -> Sequence[bool]:
        return (False, True)


@dataclass(frozen=True)
class Switch(Choice):
    """Choice of patches. values: "" for none, and the patches' names; patches: their texts.

    Prompts show a parameter by its repr, and no searcher is to be shown what a patch changes.
    """

    patches: Sequence[str] = field(default=(), repr=False)

    def patch(self, value: Any) -> str:
        """Text of a value's patch; "" for none. Raises ValueError where it is no value."""
        return self.patches[self.index(value)]


def switched(space: Mapping[str, Param], overrides: Mapping[str, Any]) -> dict[str, str]:
    """{what a message calls a switch that is on: its patch}, in the order of the declaration.

    A value that is none of the switch's puts no patch in: `problems` tells of it.
    """
    found = {}
    for name, param in space.items():
        value = overrides.get(name, "")
        if isinstance(param, Switch) and value in param.values and (text := param.patch(value)):
            found[f"switch {name} = {value!r}"] = text
    return found


def switches(space: Mapping[str, Param]) -> dict[str, Switch]:
    """Parameters whose values are patches."""
    return {name: param for name, param in space.items() if isinstance(param, Switch)}


def problems(space: Mapping[str, Param], overrides: Mapping[str, Any]) -> list[str]:
    """Every name that is not declared and every value out of range; empty if all is well."""
    from ..errors import unknown

    found = []
    for name, value in overrides.items():
        if name not in space:
            found.append(unknown("parameter", name, space))
            continue
        try:
            space[name].check(value)
        except ValueError as error:
            found.append(f"parameter {name!r} {str(error)[:PROBLEM_CHARS]}")
    return found


def settled(space: Mapping[str, Param], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Overrides as a program gets them: a Float's value is a float, also where 1 was written."""
    return {name: _settled(space.get(name), value) for name, value in overrides.items()}


def _settled(param: Param | None, value: Any) -> Any:
    whole = isinstance(value, int) and _is_number(value)
    return float(value) if whole and isinstance(param, Float) else value


def settings(space: Mapping[str, Param], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter's value: the override where there is one, else the default."""
    defaults = {name: param.default for name, param in space.items()}
    return defaults | {n: v for n, v in settled(space, overrides).items() if n in space}


_KINDS: Mapping[str, type[Any]] = {
    kind.__name__: kind for kind in (Float, Int, Choice, Flag, Switch)
}


def to_json(param: Param) -> dict[str, Any]:
    """A declaration as the ledger keeps it: its kind and its fields."""
    return {"kind": type(param).__name__, **asdict(param)}  # type: ignore[call-overload]


def from_json(data: Mapping[str, Any]) -> Param:
    """The declaration that `to_json` wrote."""
    fields = {name: value for name, value in data.items() if name != "kind"}
    param: Param = _KINDS[data["kind"]](**fields)
    return param
