"""Registers the bundled studies, and the reader that answers in place of a language model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import toolkit

HERE = Path(__file__).parent
DEFAULT = "daybook"
STUDIES = {
    "daybook": ("daybook", "nineteen made-up conversations, 570 questions; bundled, works offline"),
    "daybook-clean": ("daybook/clean.toml", "daybook, started without the planted faults"),
    "daybook-wide": (
        "daybook/wide.toml",
        "daybook, with the repairs and three forms of an answer as switches to tune",
    ),
    "daybook-generous": (
        "daybook/generous.toml",
        "daybook, started from a decent pipeline that answers with spans: tuning gains",
    ),
    "daybook-llm": (
        "daybook/llm.toml",
        "daybook, answered by a language model: prompts under study; works offline",
    ),
    "daybook-llm-wide": (
        "daybook/llm-wide.toml",
        "daybook-llm, with repairs of code and prompts as switches to tune",
    ),
    "locomo": (
        "locomo",
        "LoCoMo: ten long conversations, 1,986 questions (data fetched on request)",
    ),
    "locomo-clean": ("locomo/clean.toml", "LoCoMo, started without the planted faults"),
    "locomo-generous": (
        "locomo/generous.toml",
        "LoCoMo, started from a decent pipeline: fused retrieval, answers by sentence",
    ),
    "locomo-wide": (
        "locomo/wide.toml",
        "LoCoMo, with the repairs and three forms of an answer as switches to tune",
    ),
    "locomo-llm": (
        "locomo/llm.toml",
        "LoCoMo, answered by a language model: prompts under study",
    ),
    "mem-gallery": (
        "mem_gallery",
        "Mem-Gallery: twenty topics with pictures, 1,711 questions (data on request)",
    ),
    "mem-gallery-clean": (
        "mem_gallery/clean.toml",
        "Mem-Gallery, started without the planted faults",
    ),
    "mem-gallery-generous": (
        "mem_gallery/generous.toml",
        "Mem-Gallery, started from a decent pipeline: fused retrieval, answers by sentence",
    ),
    "mem-gallery-wide": (
        "mem_gallery/wide.toml",
        "Mem-Gallery, with the repairs and three forms of an answer as switches to tune",
    ),
    "mem-gallery-pictures": (
        "mem_gallery/pictures",
        "Mem-Gallery with vectors of its image files, where there are any (docs/mem-gallery.md)",
    ),
    "mem-gallery-llm": (
        "mem_gallery/llm.toml",
        "Mem-Gallery, answered by a language model: prompts under study",
    ),
    "digits": ("digits", "handwritten digits, a small network in numpy: where tuning has headroom"),
    "nanolm": (
        "nanolm",
        "a character language model in numpy, bits per character on held-out text",
    ),
    "nanolm-torch": (
        "nanolm/torch.toml",
        "nanolm on torch, which must be installed; on a card where there is one",
    ),
    "packing": (
        "packing",
        "26 circles in a square, validated exactly; the best known sum is 2.6358",
    ),
}
"""{name: (its folder or file below this one, what it is)}"""


@toolkit.hookimpl
def register_studies(register: toolkit.RegisterStudy) -> None:
    for name, (place, summary) in STUDIES.items():
        register(name, HERE / place, summary=summary, default=name == DEFAULT)


def reader(argument: str) -> Any:
    from .reader.provider import ReaderProvider

    return ReaderProvider(argument)


@toolkit.hookimpl
def register_llms(register: toolkit.RegisterFactory) -> None:
    register(
        "reader", reader, summary="reader, a rule-based stand-in: no server, no language model"
    )
