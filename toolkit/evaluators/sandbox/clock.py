"""Limit of a program's time by the clock."""

from __future__ import annotations

from collections.abc import Mapping


def allowed_s(limits: Mapping[str, float], cpu_s: float) -> float:
    """Seconds for a program that has used so much CPU time, as Limits.allowed_s says.

    limits: longest_s, grace_s and wall_per_cpu among others.
    """
    return min(limits["longest_s"], limits["grace_s"] + limits["wall_per_cpu"] * cpu_s)
