"""Programs as they are: the files that they are given, and what they printed and left.

What a script leaves is read by the host when all of its processes have ended, before its copy goes.
A hostile one may leave anything there: no link is followed, nothing but a plain file is opened, and
no more is read than the limit of its output.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..jobs import HOME, TEMPORARY, Job, decoded, encoded
from ..text import visible
from .workcopy import Laid, stamp

MOST_FILES = 1000
MOST_NAMES = 100_000
_PLAIN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


class Unfit(Exception):  # noqa: N818 - says what was left
    """A script left something that cannot be handed over."""


def files(job: Job) -> Mapping[str, bytes]:
    """{path: content} of a job's tree: of the program, under what the call of a script gives."""
    if not job.script:
        return job.files
    given: dict[str, Any] = {}
    for call in job.calls:
        given |= json.loads(call).get("files", {})
    return {**job.files, **{name: decoded(content) for name, content in given.items()}}


def result(job: Job, laid: Laid, printed: bytes, errors: str) -> dict[str, Any]:
    """Result of a script that came to its end. Raises Unfit."""
    # without the name of a folder that is another one each time
    text = printed.decode(errors="replace")
    text = text.replace(f"{laid.root}/", "").replace(str(laid.root), ".")
    found = {name: encoded(content) for name, content in left(job, laid)}
    return {"printed": text, "errors": errors, "files": found}


def left(job: Job, laid: Laid) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every file that a script left, in the order of names. Raises Unfit.

    What the host had laid there counts where it was written again.
    """
    room = int(job.limits.output_mb * (1 << 20))
    names = sorted(_matching(job, laid)) if job.leaves else []
    if len(names) > MOST_FILES:
        raise Unfit(f"it left {len(names):,} files of [code] leaves: {MOST_FILES:,} are allowed")
    for name in names:
        content = _read(laid, name, room)
        if content is not None:
            room -= len(content)
            yield name, content


def _matching(job: Job, laid: Laid) -> Iterator[str]:
    """Names below the root that the job's patterns match; a folder's name stands for its files."""
    patterns = [one.rstrip("/") for one in job.leaves]
    patterns += [f"{one}/*" for one in patterns]
    for name in _names(laid.root):
        if name not in job.links and any(fnmatchcase(name, one) for one in patterns):
            yield name


def _names(root: Path) -> Iterator[str]:
    """Names of all that is no folder, links included."""
    seen, waiting = 0, [""]
    while waiting:
        folder = waiting.pop()
        try:
            entries = list(os.scandir(root / folder))
        except OSError:  # shut, or nested deeper than a path may be
            raise Unfit(f"what it left in {visible(folder)!r} cannot be read") from None
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            seen += 1
            if seen > MOST_NAMES:
                raise Unfit(f"it left more than {MOST_NAMES:,} files in its working copy")
            if entry.is_dir(follow_symlinks=False):
                if name not in (HOME, TEMPORARY):
                    waiting.append(name)
            else:
                yield name


def _read(laid: Laid, name: str, most: int) -> bytes | None:
    """Content of a plain file; None where it is as the host laid it. Raises Unfit."""
    shown = _told(name)
    try:
        number = _opened(laid.root, name)
    except OSError:
        raise Unfit(
            f"what it left as {shown} cannot be read: it must be a plain file, and no link"
        ) from None
    with open(number, "rb", buffering=0) as file:
        state = os.fstat(number)
        if not stat.S_ISREG(state.st_mode):
            raise Unfit(f"what it left as {shown} is no plain file")
        if laid.stamps.get(name) == stamp(state):
            return None
        content = b"" if state.st_size > most else file.read(most + 1) or b""
        while 0 < len(content) <= most and (more := file.read(most + 1 - len(content))):
            content += more
    if state.st_size > most or len(content) > most:
        raise Unfit(
            f"{shown}, which it left, makes its output larger than [limits] output_mb allows"
        )
    return content


def _told(name: str) -> str:
    """A name for a message. Raises Unfit where no text can hold it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        name = os.fsencode(name).decode(errors="replace")
        raise Unfit(f"the name of {visible(name)!r}, which it left, is no text in UTF-8") from None
    return repr(visible(name))


def _opened(root: Path, name: str) -> int:
    """Descriptor of a file below the root, by way of no link. Raises OSError."""
    here = os.open(root, _FOLDER)
    *folders, last = name.split("/")
    try:
        for folder in folders:
            there = os.open(folder, _FOLDER, dir_fd=here)
            os.close(here)
            here = there
        return os.open(last, _PLAIN, dir_fd=here)
    finally:
        os.close(here)
