"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes become the file `path` once the block has ended well.

    They are written by a temporary name, fsynced and renamed, so that a reader never sees half a
    file. Where the block raises, `path` is what it was before. Raises OSError.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        part.chmod(0o644)  # mkstemp gives it to its owner alone
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
