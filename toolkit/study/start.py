"""Tree of a study after its starting patch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import PatchError
from ..patches import patch
from ..patches.pristine import matches


def started(fields: Mapping[str, Any]) -> Mapping[str, bytes]:
    """Files of a program with the start in them; as they are where it does not fit, which is told
    later. fields: `original`, `start` and `editable` of a study.
    """
    original: Mapping[str, bytes] = fields["original"]
    try:
        return after(original, fields["start"], fields["editable"])
    except (PatchError, UnicodeDecodeError):
        return original


def after(
    original: Mapping[str, bytes], start: str, editable: tuple[str, ...]
) -> Mapping[str, bytes]:
    """Files with a starting patch in them; raises PatchError."""
    if not start:
        return original
    kept = {path: text for path, text in original.items() if not matches(path, editable)}
    texts = {path: text.decode() for path, text in original.items() if path not in kept}
    return {**kept, **{path: text.encode() for path, text in patch.apply(texts, start).items()}}
