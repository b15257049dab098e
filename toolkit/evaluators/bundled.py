"""Registers the bundled evaluators, as any plugin would."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..evaluator import Evaluator
from ..hookspecs import RegisterFactory, hookimpl


def local(
    *,
    preload: Sequence[str] = (),
    slots: int | None = None,
    hidden: Sequence[Path] = (),
    command: bool = False,
    confine: bool = True,
    python: str = "",
    readable: Sequence[Path] = (),
    gpus: int = 0,
    answers: bool = False,
) -> Evaluator:
    """answers: jobs may bring who answers their questions, which its pipes always carry."""
    from .machine import cores, open_machine

    return open_machine(
        preload=preload, slots=slots or cores(), hidden=hidden, command=command, confine=confine,
        python=python, readable=readable, gpus=gpus,
    )  # fmt: skip


def ray(
    *,
    preload: Sequence[str] = (),
    slots: int | None = None,
    address: str | None = None,
    hidden: Sequence[Path] = (),
    command: bool = False,
    confine: bool = True,
    python: str = "",
    readable: Sequence[Path] = (),
    gpus: int = 0,
) -> Evaluator:
    from .ray import RayEvaluator

    return RayEvaluator(
        preload=preload, slots=slots, address=address, hidden=hidden, command=command,
        confine=confine, python=python, readable=readable, gpus=gpus,
    )  # fmt: skip


@hookimpl
def register_evaluators(register: RegisterFactory) -> None:
    register("local", local, summary="this machine's cores")
    register("ray", ray, summary="a Ray cluster, or a Ray of this machine's own")
