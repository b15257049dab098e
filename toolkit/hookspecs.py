"""Hooks that a plugin may implement, in the entry-point group "toolkit" (docs/hooks.md)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pluggy

GROUP = "toolkit"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


class RegisterFactory(Protocol):
    """register(name, factory, summary=..., uses_llm=...), for searchers, evaluators and models.

    A searcher's options are the keyword-only arguments of its factory; uses_llm tells that it
    calls `lab.complete`, and has no meaning for the others. A language model's factory gets the
    text behind the colon of `--llm`; an evaluator's gets, by name, those settings of
    `toolkit.evaluator.SETTINGS` that it takes (docs/hooks.md).
    """

    def __call__(
        self, name: str, factory: Callable[..., Any], *, summary: str = "", uses_llm: bool = False
    ) -> None: ...


class RegisterStudy(Protocol):
    """register(name, path, summary=..., default=...): path of a study file or its folder."""

    def __call__(
        self, name: str, path: Path | str, *, summary: str = "", default: bool = False
    ) -> None: ...


@hookspec
def register_searchers(register: RegisterFactory) -> None:
    """Add searchers: classes whose instances have `run(lab)`."""


@hookspec
def register_studies(register: RegisterStudy) -> None:
    """Add studies by the path of their file; one may be the default of `compare`."""


@hookspec
def register_evaluators(register: RegisterFactory) -> None:
    """Add places where evaluations run, named by `--evaluator`."""


@hookspec
def register_llms(register: RegisterFactory) -> None:
    """Add language models: factories of providers, named by `--llm name:argument`."""
