"""Registers the bundled evaluators, as any plugin would."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..hookspecs import RegisterFactory, hookimpl


def local(
    *,
    preload: Sequence[str],
    slots: int | None,
    address: str | None,
    hidden: Sequence[Path],
    command: bool,
) -> Any:
    from .machine import cores, open_machine

    if address is not None:
        raise UserError("--ray-address is for --evaluator ray")
    return open_machine(preload=preload, slots=slots or cores(), hidden=hidden, command=command)


def ray(
    *,
    preload: Sequence[str],
    slots: int | None,
    address: str | None,
    hidden: Sequence[Path],
    command: bool,
) -> Any:
    from .ray import RayEvaluator

    if command:
        raise UserError("--evaluator ray runs Python entries; this study's entry is a command")
    return RayEvaluator(preload=preload, slots=slots, address=address)


@hookimpl
def register_evaluators(register: RegisterFactory) -> None:
    register("local", local, summary="this machine's cores")
    register("ray", ray, summary="a Ray cluster, or a Ray of this machine's own")
