"""A proposed study on disk: whole, or not there at all."""

from __future__ import annotations

from pathlib import Path

from ..atomic import replacing
from ..errors import StudyError, UserError
from ..study import study as study_files
from ..study.study import Study
from . import patching, writing
from .proposal import Proposal
from .writing import Measured


def save(file: Path, proposal: Proposal, measured: Measured | None = None) -> Study:
    """The study, written and read back. What was there before stays where it does not load.

    It is read under another name first, so that a study that is there is replaced by one that
    loads, whenever this is interrupted.
    """
    trial = file.with_name(f".{file.name}.new")
    patch = file.with_name(patching.FILENAME)
    before = patch.read_bytes() if proposal.patch and patch.exists() else None
    try:
        if proposal.patch:
            _write(patch, proposal.patch.encode())
        _write(trial, writing.text(proposal, measured).encode())
        _load(trial, file)
        trial.replace(file)
    except BaseException:
        if proposal.patch:
            _write(patch, before) if before is not None else patch.unlink(missing_ok=True)
        raise
    finally:
        trial.unlink(missing_ok=True)
    return _load(file, file)


def _load(path: Path, meant: Path) -> Study:
    try:
        study = study_files.load(path)
        study.task()
    except StudyError as error:
        raise StudyError(str(error).replace(str(path.resolve()), str(meant))) from error
    return study


def _write(file: Path, content: bytes) -> None:
    try:
        with replacing(file) as sink:
            sink.write(content)
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror}") from error
