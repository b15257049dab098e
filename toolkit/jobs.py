"""Jobs: what an evaluator is given to run, within which limits, and what it gives back."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from .records import Record, Status, Usage

LEVELS = ("none", "process", "command", "confined")  # of isolation, the weakest first
WALL_PER_CPU = 10.0  # seconds on the clock for each of CPU time: a tenth of a core is enough
GRACE_S, GRACE_TIMES = 30.0, 10.0  # without CPU time: so long, or so many times the baseline
ROOM_MB = 1024.0  # by which a working copy may grow where [limits] scratch_mb says nothing
ARGUMENTS = ("run", "input", "none")
HOME, TEMPORARY = ".home", ".tmp"
"""folders of a working copy that may be written; a program's own files never begin with a dot"""


@dataclass(frozen=True)
class Limits(Record):
    """Limits of one evaluation. CPU time decides; the clock only guards against hangs.

    scratch_mb: of its own folder for temporary files; 0: there is none.
    wall_s: seconds on the clock, as a study sets them; 0: they are derived.
    grace_s: where they are derived, what a program may take that uses no CPU time; 0: nobody
    knows yet what the unchanged program takes.
    gpus: cards that an evaluation has for itself; 0: none, and memory is then limited by addresses.
    """

    cpu_s: float = 60.0
    memory_mb: float = 2048.0
    output_mb: float = 8.0
    scratch_mb: float = 0.0
    wall_s: float = 0.0
    grace_s: float = 0.0
    gpus: int = 0

    def to_json(self) -> dict[str, Any]:
        """Without what no study had before there were cards: its keys and digests stay."""
        found = super().to_json()
        return found if self.gpus else {name: found[name] for name in found if name != "gpus"}

    def derived(self, baseline_s: float) -> Limits:
        """The same limits, with a grace from what the unchanged program took on the clock."""
        if self.wall_s:
            return self
        return replace(self, grace_s=max(GRACE_S, GRACE_TIMES * baseline_s))

    @property
    def longest_s(self) -> float:
        """Seconds on the clock that no evaluation may pass, whatever it does."""
        return self.wall_s or WALL_PER_CPU * self.cpu_s

    def allowed_s(self, cpu_s: float) -> float:
        """Seconds on the clock for a program that has used so much CPU time.

        What works is not cut as long as it gets a tenth of a core, however loaded the machine
        is; what sleeps, waits for input or for a lock is cut soon.
        """
        if self.wall_s or not self.grace_s:
            return self.longest_s
        return min(self.longest_s, self.grace_s + WALL_PER_CPU * cpu_s)


Told = Callable[[Mapping[str, Any]], None]
"""gets the answer to a question"""
Wanted = Callable[[], bool]
"""False once nobody waits for it"""


class Answering(Protocol):
    """Answers to what the program of one evaluation asks of a language model.

    identity: digest of who answers, and under which limits. waits: told by it, from any thread,
    when the program begins to wait for an answer and when it waits for none any more; whoever runs
    the program sets it, since that time is none of the program's.
    """

    identity: str
    waits: Callable[[bool], None]

    def ask(
        self, messages: Sequence[Mapping[str, str]], max_tokens: int, told: Told, wanted: Wanted
    ) -> None:
        """Ask, and return at once. told: gets {"text"}, or {"error"}, from any thread.

        wanted: False once nobody waits for the answer any more, so that nothing is paid for it.
        """

    def settled(self, outcome: Outcome) -> Outcome:
        """An outcome with what its answers took, when none is under way any more."""
        ...

    @property
    def waited_s(self) -> float:
        """Seconds that the program has waited for answers so far."""
        ...


@dataclass(frozen=True)
class Job:
    """One evaluation: a program, its parameters, and the calls to make.

    files: {path below the root: content}. entry: "package.module:function". calls: the JSON
    array of arguments of each, already encoded because a split is sent many times, and apart
    because a program gets the next one only when it has answered the last;
    `function(*arguments, parameters, services)` is called once per array, in order.
    command: instead of an entry, a program and its arguments, run in the root of the tree;
    it reads {"calls", "parameters", "seed"}, all at once, and writes the list of results.
    fresh: run it even if an identical job has run, as a comparison of A with A must.
    script: the command is a program as it is: it is given nothing on its standard input, and what
    it prints is text. Its one call is {"files": {name: text or {"base64": ...}}}, which are laid
    over the program's own, and its result is [{"printed", "errors", "files"}].
    leaves: files that a script leaves and the host reads, names or patterns below the root.
    arguments: "run", or how a function is called once for each input: "input", function(input);
    "none", function().
    environment: variables of the program beside the evaluator's own.
    writable: the program may write in the root of its tree, where HOME and TMPDIR then lie.
    links: {name below the root: where it leads}, files and folders that may be read and are not
    copied.
    metered: its CPU time is a score, so that a command is charged what nobody can have seen.
    answers: who answers its questions to a language model; None: it can ask none.
    """

    files: Mapping[str, bytes]
    entry: str
    parameters: Mapping[str, Any]
    calls: tuple[bytes, ...]
    limits: Limits
    seed: int = 0
    command: Sequence[str] = ()
    fresh: bool = False
    script: bool = False
    leaves: tuple[str, ...] = ()
    arguments: str = "run"
    environment: Mapping[str, str] = field(default_factory=dict)
    writable: bool = False
    links: Mapping[str, str] = field(default_factory=dict)
    metered: bool = False
    answers: Answering | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.calls, bytes):  # once all calls were one text
            raise TypeError("a job's calls are a tuple of JSON texts, one for each call")

    @property
    def all_calls(self) -> bytes:
        """Calls of a job as one JSON array."""
        return b"[" + b",".join(self.calls) + b"]"

    @property
    def room_mb(self) -> float:
        """Megabytes that the program may write: in its root, or in a scratch folder."""
        roomy = self.writable or self.limits.gpus  # CUDA keeps a cache in HOME
        return self.limits.scratch_mb or (ROOM_MB if roomy else 0.0)


@dataclass(frozen=True)
class Outcome:
    """Result of a job: one JSON value per call if status is "ok", else None and the reason."""

    status: Status
    values: Sequence[Any] | None
    usage: Usage
    detail: str = ""
    cached: bool = False


def encoded(content: bytes) -> str | dict[str, str]:
    """Content of a file as JSON: its text, or {"base64": ...} where it is none in UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode()}


def decoded(content: str | Mapping[str, str]) -> bytes:
    """The same back."""
    return (
        content.encode() if isinstance(content, str) else base64.b64decode(content["base64"] or "")
    )
