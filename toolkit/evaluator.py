"""Contract of an evaluator: a place where programs run, and everything that the host asks of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, Self

from .errors import PluginError
from .jobs import Job, Outcome

SETTINGS = (
    "preload", "slots", "address", "hidden", "command", "confine", "python", "readable",
    "gpus", "answers",
)  # fmt: skip
"""What the host can tell a factory, by name (docs/hooks.md). It passes those that the factory
names, as pluggy passes the arguments that a hook names: a setting of a later version leaves a
plugin of today as it is."""


class Evaluator(Protocol):
    """Runs jobs somewhere; it sees programs and inputs, never gold.

    A class has these members; it need not inherit from this one. All that is said here is tried by
    toolkit.testing.EvaluatorContract. The host reads the attributes after `__enter__`.

    Attributes:
        slots: number of evaluations at a time.
        isolation: level that programs are isolated at, "none", "process", "command" or
            "confined"; where there are several machines, the weakest level of all of them.
        nodes: machines of a cluster, `{node: {"host", "level", "reason"}}`, for the ledger; an
            evaluator of one machine gives {}, or leaves it out.
    """

    if TYPE_CHECKING:  # as they run, properties would keep a subclass from setting attributes

        @property
        def slots(self) -> int: ...

        @property
        def isolation(self) -> str: ...

        @property
        def nodes(self) -> Mapping[str, Mapping[str, str]]: ...

    def __init__(self) -> None:
        """A subclass without its own takes no settings; a Protocol's would seem to take any."""

    def __enter__(self) -> Self:
        """Start whatever runs the jobs.

        Returns:
            The evaluator.

        Raises:
            UserError: where it cannot start; the message says what to do.
        """
        return self

    def __exit__(self, *_: object) -> None:
        """End all that still runs and leave nothing behind; also after an exception.

        A job that is under way in another thread ends as `lost`, and so does one that is asked for
        from then on.
        """

    def require(self, level: str, *, weak: bool = False) -> None:
        """Refuse to go on below a level of isolation. Called once, before the first job.

        Args:
            level: the least that the study wants, one of the four names in `isolation`.
            weak: less is allowed (`--allow-weak`).

        Raises:
            UserError: where `isolation` is below the level and weak is false.
        """
        ...

    def run(self, job: Job) -> Outcome:
        """Evaluate one job, and wait for it. Called from `slots` threads at a time, or more.

        Args:
            job: a program, its parameters, its calls and its limits (toolkit.Job).

        Returns:
            What came of it (toolkit.Outcome). Every ending of a program is a status, never an
            exception: `ok`, `crashed`, `timeout`, `oom`, or `lost` where the machine failed it.
            The usage is by the evaluator's own clock, and above zero whatever the ending.

        Raises:
            UserError: where no job can run any more; it ends the whole command.
        """
        ...


def settings_of(factory: Callable[..., Any]) -> frozenset[str]:
    """Names of the settings that an evaluator's factory takes.

    Raises PluginError where it could not be called with settings alone.
    """
    if not callable(factory):
        raise PluginError(f"register a class or a function, not {type(factory).__name__}")
    parameters = inspect.signature(factory).parameters.values()
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        taken = frozenset(SETTINGS)
    else:
        taken = frozenset(one.name for one in parameters if one.kind in named) & set(SETTINGS)
    stray = [
        one.name
        for one in parameters
        if one.default is one.empty
        and (one.kind is one.POSITIONAL_ONLY or (one.kind in named and one.name not in SETTINGS))
    ]
    if stray:
        raise PluginError(
            f"{getattr(factory, '__name__', factory)} needs {', '.join(stray)}, which no command "
            f"gives an evaluator's factory; it may take, by name, any of {', '.join(SETTINGS)}"
        )
    return taken
