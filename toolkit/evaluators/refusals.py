"""What the sandbox refused a program, in a line that names the key which opens it."""

from __future__ import annotations

import re

from ..records import Job

TRACEBACK = "Traceback (most recent call last):"
LAST_LINES = 3  # of a program that is not Python's: where its error is
_DENIED = re.compile(r"permission denied(?:: (?P<quote>['\"])(?P<path>.+?)(?P=quote))?", re.I)
PATH_CHARS = 60
_UNWRITABLE = ("No usable temporary directory", "unable to open database file", "readonly database")
_UNREACHABLE = (
    "failure in name resolution", "Name or service not known", "Network is unreachable",
)  # fmt: skip


def refusal(job: Job, reason: str, printed: str) -> str:
    """What was refused, and what opens it; empty where the program failed of something else."""
    told = _last_error(printed) if job.command else _errors(reason)
    denied = list(_DENIED.finditer(told))
    if any(text in told for text in _UNWRITABLE):
        return _writing(job)
    if denied:
        return _file(job, denied[-1]["path"] or "")
    if "Operation not permitted" in told:
        return _call(job)
    if "[Errno 27]" in told or "SIGXFSZ" in reason:
        return "one file of it was larger than [limits] scratch_mb allows"
    if any(text in told for text in _UNREACHABLE):
        return "the sandbox has no network: put what is fetched into [code] path"
    return ""


def _errors(reason: str) -> str:
    """The lines of a traceback that hold errors, those of their causes too."""
    return "\n".join(line for line in reason.splitlines() if line and not line[0].isspace())


def _last_error(printed: str) -> str:
    """Of all that a command printed its last error: one that it went on after is none."""
    _, found, last = printed.rpartition(TRACEBACK)
    return _errors(last) if found else "\n".join(printed.strip().splitlines()[-LAST_LINES:])


def _file(job: Job, path: str) -> str:
    if path and not path.startswith(("/", "..")):  # its own tree, which it may read
        return _writing(job)
    what = repr(path[-PATH_CHARS:]) if path else "a file, a folder or a semaphore"
    where = (
        "what is written belongs into tempfile.gettempdir()"
        if job.limits.scratch_mb
        else "for what is written [limits] scratch_mb = 50 gives it a folder"
    )
    return f"the sandbox refused {what}: what is read belongs into [code] path; {where}"


def _writing(job: Job) -> str:
    if job.limits.scratch_mb:
        return (
            "the sandbox lets a program write into its scratch folder only: tempfile.gettempdir(), "
            "which TMPDIR names"
        )
    return (
        "the sandbox lets a program write no file: [limits] scratch_mb = 50 gives it a folder, "
        "where tempfile and TMPDIR point"
    )


def _call(job: Job) -> str:
    if job.command:
        return (
            "the sandbox refused a system call: a command opens no connection, and changes no "
            "file's owner, mode or times"
        )
    return (
        "the sandbox refused a system call: a function starts no process and opens no connection; "
        "a program named by [code] command may start processes"
    )
