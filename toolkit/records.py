"""The frozen records that move between the rooms, and their JSON."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import Any, Literal, Self, get_args

from .usage import Answered as Answered
from .usage import Record as Record
from .usage import Usage as Usage
from .usage import together as together

Label = Literal["bug_fix", "architecture", "prompt", "data", "format", "hyperparameter"]
Status = Literal["ok", "invalid", "crashed", "timeout", "oom", "lost", "unanswered", "answer_limit"]
LABELS: tuple[Label, ...] = get_args(Label)
STATUSES: tuple[Status, ...] = get_args(Status)
OF_ANSWERS: tuple[Status, ...] = ("unanswered", "answer_limit")
"""statuses of programs that a language model did not answer: nothing of them is scored"""
DETAIL_CHARS = 4096
OUTPUT = "--- end of its output ---"
"""in a trial's detail: behind this line stands what the program printed last"""
DEEPEST = 100
TOO_DEEP = f"it is nested more than {DEEPEST} deep"


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces, so that equal values have equal text.

    Raises ValueError for NaN and infinities.
    """
    return encodable(
        json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
    )


def same(one: Any, other: Any) -> bool:
    """True if two values are the same to a program, which gets them as JSON.

    1, 1.0 and True are equal in Python and three values here. A value that JSON cannot hold is
    the same as no other.
    """
    try:
        return canonical(one) == canonical(other)
    except (TypeError, ValueError, RecursionError):
        return False


def is_number(value: Any) -> bool:
    """True for an int or a float; True and False are none here."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def encodable(text: str) -> str:
    r"""The text with half a surrogate pair as `\ud83d`, which means the same in JSON."""
    return text.encode(errors="backslashreplace").decode()


def parse(text: str | bytes) -> Any:
    """The JSON value of a text from outside.

    Raises ValueError, also where it is nested too deep to be walked over and written again.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    check_depth(value)
    return value


def check_depth(value: Any) -> None:
    """Raises ValueError where a JSON value is nested too deep."""
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return
    raise ValueError(TOO_DEEP)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def digest(text: str | bytes) -> str:
    """Hex SHA-256."""
    data = encodable(text).encode() if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, eq=False)
class Candidate(Record):
    """Parameter overrides and a patch against the pristine tree: can be re-run alone.

    Two are equal where their JSON is, so that one that sets 1 is not one that sets True.
    """

    overrides: Mapping[str, Any] = field(default_factory=dict)
    patch: str = ""
    note: str = ""
    label: Label | None = None
    parent: int | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Candidate):
            return NotImplemented
        return self is other or same(self.to_json(), other.to_json())

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """Digest of what is run; note, label and parent only talk about it."""
        return digest(canonical({"overrides": dict(self.overrides), "patch": self.patch}))

    def with_override(self, name: str, value: Any, *, note: str = "") -> Candidate:
        """The same candidate with one more parameter set."""
        overrides = {**self.overrides, name: value}
        return dataclasses.replace(self, overrides=overrides, note=note, label="hyperparameter")


@dataclass(frozen=True, kw_only=True)
class Scored(Record):
    """Scored result of one evaluation.

    score is None unless status is "ok"; higher is better, whatever the objective's direction.
    items: {row: score}, whose mean over the counted rows is the score; a row is an item, or a
    cluster where the objective is pooled (see study/objective.py). metrics: numbers beside the
    objective. detail: the end of the error, at most 4 kB. outputs: {item id: what the program
    returned}; the ledger keeps it as a blob of its own.
    """

    status: Status
    score: float | None = None
    items: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    detail: str = ""
    cached: bool = False
    """an identical program had run before: charged as then, not run again"""
    replicates: Sequence[float] = ()
    """the objective of each replicate, where the program ran under several seeds"""
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        return self.status == "ok"

    @property
    def rank(self) -> float:
        """The score as a key to sort by: none at all is below every score."""
        return -inf if self.score is None else self.score

    @property
    def told(self) -> str:
        """Problem of a run, without the end of what the program printed."""
        return self.detail.partition(OUTPUT)[0].strip("\n")

    @property
    def printed(self) -> str:
        """End of what the program printed, where its detail holds it."""
        return self.detail.partition(OUTPUT)[2].strip("\n")

    def fields(self) -> dict[str, Any]:
        """{field: value} of what was scored, outputs aside: what a record of it takes over."""
        names = [one.name for one in dataclasses.fields(Scored) if one.name != "outputs"]
        return {name: getattr(self, name) for name in names}

    def row(self) -> dict[str, Any]:
        """The same as JSON, as the ledger keeps it."""
        return {**self.fields(), "usage": self.usage.to_json()}


@dataclass(frozen=True, kw_only=True)
class Trial(Scored):
    """A candidate that was evaluated on the search split, and charged."""

    number: int
    candidate: Candidate
    share: float

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        nested = {
            "candidate": Candidate.from_json(data["candidate"]),
            "usage": Usage.from_json(data["usage"]),
        }
        return cls(**{**data, **nested})


@dataclass(frozen=True)
class Failure(Record):
    """An item of the search split that a trial got wrong, with what would be right.

    gold: the right answer. output: the answer in what the program returned. score: in the
    objective's own direction; None where no item has a score of its own. notes: what the task
    explains of it.
    """

    item: str
    kind: str
    input: Any
    gold: Any
    output: Any
    score: float | None
    notes: Mapping[str, Any] = field(default_factory=dict)
