"""The hooks a plugin may implement, in the entry-point group "toolkit" (docs/hooks.md)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pluggy

GROUP = "toolkit"
hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


class RegisterFactory(Protocol):
    """register(name, factory, summary=...): options are the factory's keyword-only arguments."""

    def __call__(self, name: str, factory: Callable[..., Any], *, summary: str = "") -> None: ...


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
