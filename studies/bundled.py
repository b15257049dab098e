"""Registers the bundled studies."""

from __future__ import annotations

from pathlib import Path

import toolkit

HERE = Path(__file__).parent


@toolkit.hookimpl
def register_studies(register: toolkit.RegisterStudy) -> None:
    register(
        "locomo",
        HERE / "locomo",
        summary="LoCoMo: ten long conversations, 1,986 questions (data fetched on request)",
        default=True,
    )
