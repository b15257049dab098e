"""Registers the bundled evaluators, as any plugin would."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ..errors import UserError
from ..hookspecs import RegisterFactory, hookimpl


def local(*, preload: Sequence[str], slots: int | None, address: str | None) -> Any:
    from .local import LocalEvaluator

    if address is not None:
        raise UserError("--ray-address is for --evaluator ray")
    return LocalEvaluator(preload=preload, slots=slots or len(os.sched_getaffinity(0)))


def ray(*, preload: Sequence[str], slots: int | None, address: str | None) -> Any:
    from .ray import RayEvaluator

    return RayEvaluator(preload=preload, slots=slots, address=address)


@hookimpl
def register_evaluators(register: RegisterFactory) -> None:
    register("local", local, summary="this machine's cores")
    register("ray", ray, summary="a Ray cluster, or a Ray of this machine's own")
