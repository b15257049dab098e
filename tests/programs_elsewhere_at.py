"""Folder of programs as strangers write them: each works by itself and knows nothing of us."""

from __future__ import annotations

from pathlib import Path

ELSEWHERE = Path(__file__).parent / "programs_elsewhere"
NAMES = sorted(path.name for path in ELSEWHERE.iterdir() if path.is_dir())
