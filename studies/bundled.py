"""Registers the bundled studies."""

from __future__ import annotations

from pathlib import Path

import toolkit

HERE = Path(__file__).parent


@toolkit.hookimpl
def register_studies(register: toolkit.RegisterStudy) -> None:
    register(
        "daybook",
        HERE / "daybook",
        summary="nineteen made-up conversations, 570 questions; bundled, works offline",
        default=True,
    )
    register(
        "daybook-clean",
        HERE / "daybook" / "clean.toml",
        summary="daybook, started without the planted faults",
    )
    register(
        "daybook-wide",
        HERE / "daybook" / "wide.toml",
        summary="daybook, with the repairs and three forms of an answer as switches to tune",
    )
    register(
        "daybook-generous",
        HERE / "daybook" / "generous.toml",
        summary="daybook, started from a decent pipeline that answers with spans: tuning gains",
    )
    register(
        "locomo",
        HERE / "locomo",
        summary="LoCoMo: ten long conversations, 1,986 questions (data fetched on request)",
    )
    register(
        "locomo-clean",
        HERE / "locomo" / "clean.toml",
        summary="LoCoMo, started without the planted faults",
    )
    register(
        "locomo-generous",
        HERE / "locomo" / "generous.toml",
        summary="LoCoMo, started from a decent pipeline: fused retrieval, answers by sentence",
    )
    register(
        "locomo-wide",
        HERE / "locomo" / "wide.toml",
        summary="LoCoMo, with the repairs and three forms of an answer as switches to tune",
    )
    register(
        "mem-gallery",
        HERE / "mem_gallery",
        summary="Mem-Gallery: twenty topics with pictures, 1,711 questions (data on request)",
    )
    register(
        "mem-gallery-clean",
        HERE / "mem_gallery" / "clean.toml",
        summary="Mem-Gallery, started without the planted faults",
    )
    register(
        "mem-gallery-generous",
        HERE / "mem_gallery" / "generous.toml",
        summary="Mem-Gallery, started from a decent pipeline: fused retrieval, answers by sentence",
    )
    register(
        "mem-gallery-wide",
        HERE / "mem_gallery" / "wide.toml",
        summary="Mem-Gallery, with the repairs and three forms of an answer as switches to tune",
    )
    register(
        "digits",
        HERE / "digits",
        summary="handwritten digits, a small network in numpy: where tuning has headroom",
    )
    register(
        "nanolm",
        HERE / "nanolm",
        summary="a character language model in numpy, bits per character on held-out text",
    )
    register(
        "nanolm-torch",
        HERE / "nanolm" / "torch.toml",
        summary="nanolm on torch, which must be installed; on a card where there is one",
    )
    register(
        "packing",
        HERE / "packing",
        summary="26 circles in a square, validated exactly; the best known sum is 2.6358",
    )
