"""Endings of evaluations: for each a status, the values, and a reason that people can read."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ..jobs import Job, Limits, Outcome
from ..records import DETAIL_CHARS, OUTPUT, Status, Usage, check_depth
from ..text import visible
from .forkserver import SANDBOX, Report
from .pipes import Returned
from .refusals import missing_module, refusal
from .scripts import Unfit, result
from .workcopy import Laid

# commas and opening brackets in a result: above what any study returns, and 16 MB of `[],[],[]`
# would take a thousand times the memory of one text as long
MOST_MARKS = 1_000_000
OUTPUT_CHARS = 1024
REFUSAL_CHARS = 512
REASON_CHARS = DETAIL_CHARS - OUTPUT_CHARS - REFUSAL_CHARS - 64


def conclude(
    job: Job, laid: Laid, report: Report, wall_s: float, returned: Returned, printed: bytes,
    overflow: str, *, confined: bool = True, python: str = "",
) -> Outcome:  # fmt: skip
    """An outcome of a child that ended. overflow: which of its outputs was cut off, or empty.

    laid: the job on disk, as the program left it. confined: what it was refused, the sandbox
    refused, and not the user's own rights. python: the interpreter, where it is not the toolkit's.
    """
    usage, root = Usage(wall_s, report.cpu_s, report.peak_rss_mb), laid.root
    hidden = partial(portable, root=root, python=python)
    shown = hidden(printed.decode(errors="replace"))
    if job.script:
        status, values, reason = ending_of_script(job, laid, report, returned, shown, overflow)
        shown = shown or hidden(b"".join(returned.frames).decode(errors="replace"))
    else:
        status, values, reason = ending(job, report, returned, printed, overflow)
    reason = hidden(reason)
    told = refusal(job, reason, shown) if status == "crashed" and confined else ""
    if status == "crashed" and not told:
        told = missing_module(job, reason, shown, python)
    detail = "\n".join(filter(None, [reason[-REASON_CHARS:].rstrip(), told[:REFUSAL_CHARS]]))
    if status != "ok" and shown:
        detail = f"{detail}\n{OUTPUT}\n{shown[-OUTPUT_CHARS:]}"
    return Outcome(status, values, usage, detail)


def ending(
    job: Job, report: Report, returned: Returned, printed: bytes, overflow: str
) -> tuple[Status, Sequence[Any] | None, str]:
    """(status, values, reason) of a child that ended."""
    if ended := _at_a_limit(job, report, overflow):
        return ended[0], None, ended[1]
    if report.signal is not None:
        near = report.signal == signal.SIGKILL and report.peak_rss_mb > 0.8 * job.limits.memory_mb
        name = signal.Signals(report.signal).name
        return ("oom" if near else "crashed"), None, f"ended by {name}"
    if job.command and report.exit and printed.rstrip().endswith(b"MemoryError"):
        return "oom", None, f"exited with {report.exit} for want of memory"
    if report.exit or (not returned.frames and not returned.stray and (job.calls or job.command)):
        return "crashed", None, f"exited with {report.exit} and returned no result"
    return read_list(returned.frames[0]) if job.command else read_frames(returned, len(job.calls))


def ending_of_script(
    job: Job, laid: Laid, report: Report, returned: Returned, errors: str, overflow: str
) -> tuple[Status, Sequence[Any] | None, str]:
    """(status, values, reason) of a script that ended, with what it printed and left as a value."""
    if ended := _at_a_limit(job, report, overflow):
        return ended[0], None, ended[1]
    if report.exit or report.signal is not None:
        told, _, reason = ending(job, report, returned, errors.encode(), overflow)
        return told, None, reason.removesuffix(" and returned no result")
    try:
        return "ok", [[result(job, laid, b"".join(returned.frames), errors)]], ""
    except Unfit as error:
        return "crashed", None, str(error)


def _at_a_limit(job: Job, report: Report, overflow: str) -> tuple[Status, str] | None:
    """(status, reason) of a child that a limit ended, with the key of that limit."""
    limits, killed = job.limits, report.killed
    if overflow:
        size = f"{limits.output_mb:g} MB: [limits] output_mb allows no more"
        what = "printed text" if job.script and overflow == "result" else overflow
        return "crashed", f"its {what} is larger than {size}"
    if killed == "wall":
        return "timeout", overdue(limits, report.cpu_s)
    if killed in {"threads", "processes"}:
        return "crashed", f"more {killed} than a program may have"
    if killed == "scratch":
        size = f"{job.room_mb:g} MB, or too large to measure"
        what = "what it wrote into its working copy" if job.writable else "its scratch folder"
        return "crashed", f"{what} is larger than {size}; [limits] scratch_mb allows more"
    if killed == "memory":
        size = f"{limits.memory_mb:g} MB: [limits] memory_mb allows no more"
        return "oom", f"its processes took more than {size}"
    if killed == "cpu" or (report.signal == signal.SIGXCPU and report.cpu_s >= limits.cpu_s):
        spent = f"used up its {limits.cpu_s:g} s of CPU time"
        return "timeout", f"{spent}: [limits] cpu_s allows no more"
    return None


def overdue(limits: Limits, cpu_s: float) -> str:
    """Limit by the clock that was passed, in seconds, and the key that sets another."""
    text = f"no end after {limits.allowed_s(cpu_s):.4g} s on the clock"
    if limits.wall_s:
        return f"{text}: [limits] wall_s allows no more"
    if limits.allowed_s(cpu_s) == limits.longest_s:
        return f"{text}, ten times [limits] cpu_s; [limits] wall_s sets another limit"
    return (
        f"{text}: {limits.grace_s:.4g} s, from the time of the unchanged program, and ten times "
        f"the {cpu_s:.2g} s of CPU time that it used; [limits] wall_s sets another limit"
    )


def read_list(result: bytes) -> tuple[Status, Sequence[Any] | None, str]:
    """Values that a command wrote: one JSON list, and nothing else."""
    status, values, reason = read_json([result], listed)
    if status != "ok":
        reason += "\na command writes the JSON list of its results to its standard output, and "
        reason += "whatever else it prints to its standard error"
    return status, values and values[0], reason


def listed(found: Any) -> Any:
    if not isinstance(found, list):
        raise TypeError("its values are not a list")
    return found


def read_frames(returned: Returned, calls: int) -> tuple[Status, Sequence[Any] | None, str]:
    """Values of one frame per call; nothing of them is trusted but their shape."""
    status, values, reason = read_json(returned.frames, framed)
    if values is None:
        return status, None, reason
    if returned.stray:
        return (
            "crashed",
            None,
            "the result is not one frame a call: something else wrote to its pipe",
        )
    if len(values) != calls:
        where = f"in call {len(values) + 1} of {calls}"
        return "crashed", None, f"ended {where} and returned no result for it"
    return "ok", values, ""


def framed(found: Any) -> Any:
    """Value in a frame; raises Failed where the frame is an error."""
    if found["ok"] is not True:
        raise Failed("oom" if found["error"] == "MemoryError" else "crashed", str(found["detail"]))
    return found["value"]


class Failed(Exception):  # noqa: N818 - what the program says of itself
    """A program's own error: (status, detail)."""


def read_json(
    texts: Sequence[bytes], value_of: Callable[[Any], Any]
) -> tuple[Status, Sequence[Any] | None, str]:
    """Values of a program, one per text; nothing is trusted but their shape."""
    if sum(text.count(mark) for text in texts for mark in (b",", b"[", b"{")) > MOST_MARKS:
        return "crashed", None, f"malformed result: more than {MOST_MARKS:,} values"
    try:
        values = [value_of(json.loads(text, parse_constant=refuse)) for text in texts]
        # 1e999 is read as infinity, and half a surrogate pair cannot be stored as UTF-8
        json.dumps(values, allow_nan=False, ensure_ascii=False).encode()
        check_depth(values)
    except Failed as failed:
        status, detail = failed.args
        return status, None, detail
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        return "crashed", None, f"malformed result: {type(error).__name__}: {error}"
    return "ok", values, ""


def refuse(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def portable(text: str, root: Path, python: str = "") -> str:
    """Text without the folders of this machine, since it is read and replayed elsewhere.

    It also lacks what no text file or terminal can take: a program chose these characters.
    """
    for path, name in (
        (f"{root}/", ""), (str(root), "."), (str(SANDBOX), "<sandbox>"),
        (str(Path(python).parent.parent) if python else "", "<python>"),
        (sys.prefix, "<python>"), (sys.base_prefix, "<python>"),
    ):  # fmt: skip
        text = text.replace(path, name) if path else text
    return visible(text)
