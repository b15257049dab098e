"""A rule-based reader that stands in for a language model where there is no server (README.md)."""

from __future__ import annotations
