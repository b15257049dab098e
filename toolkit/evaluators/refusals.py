"""Refusals of the sandbox, told in a line that names the key which opens it."""

from __future__ import annotations

import re
from pathlib import Path

from ..jobs import Job

TRACEBACK = "Traceback (most recent call last):"
LAST_LINES = 3  # of a program that is not Python's: where its error is
PATH_CHARS = 60
_PATH = r": (?P<quote>['\"])(?P<path>.+?)(?P=quote)"
_DENIED = re.compile(rf"permission denied(?:{_PATH})?", re.I)
_OS = r"^(?:(?:Permission|FileNotFound)Error|OSError|(?:[\w.]+\.)?(?:Connect\w*Error|gaierror)): "
_OUR_DENIED = re.compile(
    rf"^PermissionError: \[Errno 13\] Permission denied(?:{_PATH}(?: -> .+)?)?$"
    rf"|^shutil\.Error: .*\[Errno 13\] Permission denied", re.M,
)  # fmt: skip
_UNPERMITTED = re.compile(
    r"^(?:PermissionError|OSError): \[Errno 1\] Operation not permitted(?:: ['\"].*)?$"
    r"|<urlopen error \[Errno 1\] Operation not permitted>$", re.M,
)  # fmt: skip
_UNWRITABLE = re.compile(
    r"^FileNotFoundError: \[Errno 2\] No usable temporary directory"
    r"|^sqlite3\.OperationalError: (?:unable to open database file$|.*readonly database$)", re.M,
)  # fmt: skip
_TOO_LARGE = re.compile(r"^OSError: \[Errno 27\] File too large", re.M)
_UNREACHABLE = re.compile(
    _OS + r"\[Errno -?\d+\] (?:Temporary failure in name resolution|Name or service not known"
    r"|Network is unreachable)", re.M,
)  # fmt: skip
_NETWORK = re.compile(
    r"[Nn]ame or service not known|failure in name resolution|Network is unreachable"
    r"|Could not resolve host|Max retries exceeded with url|urlopen error"
    r"|Failed to establish a new connection|LocalEntryNotFoundError|[Cc]ouldn't connect to"
    r"|^(?:[\w.]+\.)?(?:ConnectError|ConnectionError|gaierror)\b", re.M,
)  # fmt: skip
"""errors of a program that asks for the network, by way of the libraries that people use"""
_NO_MODULE = re.compile(r"^ModuleNotFoundError: No module named '(?P<module>[\w.]+)'", re.M)
_WORDS = {
    _OUR_DENIED: _DENIED,
    _UNPERMITTED: re.compile("Operation not permitted"),
    _UNWRITABLE: re.compile(
        "No usable temporary directory|unable to open database file|readonly database"
    ),
    _TOO_LARGE: re.compile(r"\[Errno 27\]"),
    _UNREACHABLE: re.compile(
        "failure in name resolution|Name or service not known|Network is unreachable"
    ),
}
"""{what Python writes: words of it}. Where a traceback is, a program's own words count for nothing;
programs in other languages have forms that nobody can list"""


def refusal(job: Job, reason: str, printed: str) -> str:
    """Sentence about what was refused, and what opens it; empty for a failure of another sort."""
    loose = bool(job.command) and TRACEBACK not in printed
    told = _last_error(printed) if job.command else _errors(reason)

    def found(form: re.Pattern[str]) -> list[re.Match[str]]:
        return list((_WORDS[form] if loose else form).finditer(told))

    if unchanged(job) and _NETWORK.search(told):
        return (
            "the sandbox has no network: fetch before what the program downloads, and name it in "
            "[code] data"
        )
    if found(_UNWRITABLE):
        return _writing(job)
    if denied := found(_OUR_DENIED):
        return _file(job, denied[-1]["path"] or "")
    if found(_UNPERMITTED):
        return _call(job)
    if found(_TOO_LARGE) or "SIGXFSZ" in reason:
        return "one file of it was larger than [limits] scratch_mb allows"
    if found(_UNREACHABLE):
        return "the sandbox has no network: put what is fetched into [code] path"
    return ""


def unchanged(job: Job) -> bool:
    """True of a program that was not written for the toolkit."""
    return job.script or job.arguments != "run"


def missing_module(job: Job, reason: str, printed: str, python: str) -> str:
    """Sentence about a module that the interpreter lacks; empty for a failure of another sort.

    python: the interpreter that a study names, or "". A program that was written for the toolkit's
    own interpreter knows what is there.
    """
    if not (python or unchanged(job)):
        return ""
    told = _last_error(printed) if job.command else _errors(reason)
    found = list(_NO_MODULE.finditer(told))
    module = found[-1]["module"].partition(".")[0] if found else ""
    if not module or any(module in name.replace(".py", "/").split("/") for name in job.files):
        return ""
    if not python:
        return (
            f"the toolkit's own interpreter has no module {module!r}: [code] python names that of "
            'the program\'s environment, such as python = ".venv/bin/python"'
        )
    return (
        f"the interpreter of [code] python has no module {module!r}: install it there, as by "
        f"`{'/'.join(Path(python).parts[-3:])} -m pip install {module}`"
    )


def _errors(reason: str) -> str:
    """Lines of a traceback that hold errors, also those of their causes."""
    return "\n".join(line for line in reason.splitlines() if line and not line[0].isspace())


def _last_error(printed: str) -> str:
    """Last error of all that a command printed; one that it went on after does not count."""
    _, found, last = printed.rpartition(TRACEBACK)
    return _errors(last) if found else "\n".join(printed.strip().splitlines()[-LAST_LINES:])


def _file(job: Job, path: str) -> str:
    what = repr(path[-PATH_CHARS:]) if path else "a file, a folder or a semaphore"
    if path.startswith("<python>/"):
        return (
            f"the sandbox refused {what}: of Python's folders a program may read all but the "
            "toolkit and what [task] hidden names, and write nothing"
        )
    if path and not path.startswith(("/", "..")):  # its own tree, which it may read
        return _writing(job)
    if unchanged(job) or job.writable:
        return f"the sandbox refused {what}: what is read belongs into [code] data; {_room(job)}"
    where = (
        "what is written belongs into tempfile.gettempdir()"
        if job.limits.scratch_mb
        else "for what is written [limits] scratch_mb = 50 gives it a folder"
    )
    return f"the sandbox refused {what}: what is read belongs into [code] path; {where}"


def _room(job: Job) -> str:
    if job.writable:
        return "what is written belongs into its own folder, HOME or tempfile.gettempdir()"
    return "what is written needs [code] writable = true"


def _writing(job: Job) -> str:
    if job.writable:
        return f"the sandbox lets a program write in its working copy only: {_room(job)}"
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
