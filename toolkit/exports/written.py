"""Files of an export, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from ..atomic import replacing
from ..errors import UserError
from ..records import encodable


def write(path: Path, text: str, option: str) -> None:
    """Write a file and the folders above it. Raises UserError with the option to change."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as sink:
            sink.write(encodable(text).encode())
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror}; mend that, or give another place with "
            f"{option}"
        ) from error
