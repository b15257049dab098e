"""Vectors of pictures and texts, kept from command to command: a CLIP takes minutes for all.

They lie in the user's cache, a file for each model. A vector's name is the digest of what it was
made of, so that a picture that was changed is embedded anew.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import platformdirs

DIGITS = 4
"""decimals of a vector's numbers: machines differ in more"""


class Kept:
    """Vectors of one model on disk. model: digest of its files."""

    def __init__(self, model: str) -> None:
        cache = Path(platformdirs.user_cache_dir("autoresearch-toolkit"))
        self.path = cache / "pictures" / f"{model[:32]}.npz"
        self.known = self._read()

    def all(
        self, makers: Mapping[str, Callable[[], np.ndarray]], what: str
    ) -> dict[str, list[float]]:
        """{digest: vector} of all that is named; what is not kept is made, and then kept.

        what: the things, in a line to the person who waits.
        """
        missing = [name for name in makers if name not in self.known]
        if missing:
            print(f"embedding {len(missing):,} {what}, once", file=sys.stderr)
            for name in missing:
                self.known[name] = np.round(makers[name](), DIGITS)
            self._write()
        return {name: [round(float(x), DIGITS) for x in self.known[name]] for name in makers}

    def _read(self) -> dict[str, np.ndarray]:
        try:
            with np.load(self.path, allow_pickle=False) as held:
                return dict(zip(held["names"].tolist(), held["vectors"], strict=True))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile):  # none, or half of one
            return {}

    def _write(self) -> None:
        """Written whole by another name first: two commands may do so at a time."""
        names = list(self.known)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, part = tempfile.mkstemp(dir=self.path.parent, suffix=".npz")
            with os.fdopen(handle, "wb") as file:
                np.savez(file, names=np.array(names), vectors=np.array([*self.known.values()]))
            Path(part).replace(self.path)
        except OSError as error:
            print(f"{self.path} cannot be written ({error}): the next command embeds anew",
                  file=sys.stderr)  # fmt: skip


def of_text(text: str) -> str:
    """Digest of a text."""
    return hashlib.sha256(f"text {text}".encode()).hexdigest()
