"""Worker on a node of a Ray cluster: the jobs that it runs, and how it introduces itself."""

from __future__ import annotations

import base64
import hashlib
import json
import platform
import socket
from collections.abc import Mapping, Sequence
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import ray

from ..errors import UserError
from ..jobs import Job, Limits, Outcome
from ..records import Usage
from .forkserver import HANG_S, START_S
from .machine import open_machine

PACKAGE = Path(__file__).parent.parent
SIMPLE = ("entry", "seed", "script", "arguments", "writable")


class Worker:
    """Worker in an actor's process: one fork server, one evaluation at a time."""

    def __init__(
        self, preload: Sequence[str], hidden: Sequence[str] = (), command: bool = False,
        confine: bool = True, python: str = "", readable: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self._preload = tuple(preload)
        self._evaluator = open_machine(
            preload=preload,
            hidden=[Path(folder) for folder in hidden],
            command=command,
            confine=confine,
            python=python,
            readable=[Path(path) for path in readable],
        )

    def hello(self) -> bytes:
        """Node, confinement of programs on it, and the versions that they would run on."""
        told: dict[str, Any] = {
            "node": ray.get_runtime_context().get_node_id(),
            "host": socket.gethostname(),
            "versions": versions(self._preload),
            "problem": "",
        }
        try:
            self._evaluator.start()
        except UserError as error:
            told["problem"] = str(error)
        confinement = self._evaluator.confinement
        told |= {"level": confinement.level, "reason": confinement.reason}
        return json.dumps(told).encode()

    def run(self, program: bytes, calls: tuple[bytes, ...]) -> bytes:
        return pack_outcome(self._evaluator.run(unpack(program, calls)))

    def ping(self) -> None:
        """Answered by whoever is alive."""

    def close(self) -> None:
        self._evaluator.close()


def pack(job: Job) -> bytes:
    """Job without its calls, which many jobs have in common, as JSON."""
    files = {path: base64.b64encode(content).decode() for path, content in job.files.items()}
    return json.dumps(
        {
            "files": files,
            "parameters": dict(job.parameters),
            "limits": job.limits.to_json(),
            "command": list(job.command),
            "leaves": list(job.leaves),
            "environment": dict(job.environment),
            "links": dict(job.links),
            **{name: getattr(job, name) for name in SIMPLE},
        }
    ).encode()


def unpack(program: bytes, calls: tuple[bytes, ...]) -> Job:
    told = json.loads(program)
    files = {path: base64.b64decode(text) for path, text in told.pop("files").items()}
    limits = Limits.from_json(told.pop("limits"))
    told |= {name: tuple(told[name]) for name in ("command", "leaves")}
    return Job(files=files, calls=calls, limits=limits, **told)


def pack_outcome(outcome: Outcome) -> bytes:
    return json.dumps(
        {
            "status": outcome.status,
            "values": outcome.values,
            "usage": outcome.usage.to_json(),
            "detail": outcome.detail,
        }
    ).encode()


def unpack_outcome(answer: bytes) -> Outcome:
    told = json.loads(answer)
    return Outcome(**told | {"usage": Usage.from_json(told["usage"])})


def patience_s(job: Job) -> float:
    """Seconds after which a silent worker counts as lost: its own two tries, and some."""
    return 2 * (job.limits.longest_s + HANG_S) + START_S


def versions(preload: Sequence[str]) -> dict[str, str]:
    """{what a score may depend on: version}, of this process's machine."""
    owners = packages_distributions()
    names = {name.partition(".")[0] for name in preload}
    found = {owner: version(owner) for name in names for owner in owners.get(name, ())[:1]}
    return {**found, "python": platform.python_version(), "toolkit": fingerprint()}


def fingerprint() -> str:
    """Digest of the code that runs programs: the same on every node."""
    code = hashlib.sha256()
    for path in sorted((PACKAGE / "evaluators").rglob("*.py")):
        code.update(path.read_bytes())
    return code.hexdigest()[:8]


def difference(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """`numpy 2.3 (here 2.4)` for all that differ; empty where nothing does."""
    return ", ".join(
        f"{name} {theirs.get(name, 'missing')} (here {ours.get(name, 'missing')})"
        for name in sorted({*ours, *theirs})
        if ours.get(name) != theirs.get(name)
    )


def unfit(error: BaseException) -> str:
    """Why a worker did not start, for people."""
    text = str(error)
    if "No module named" in text or "failed to import" in text or "ImportError" in text:
        return (
            "a node of the cluster cannot import the toolkit; install it there, the same version, "
            f"with `pip install autoresearch-toolkit=={version('autoresearch-toolkit')}` "
            f"({last_line(error)})"
        )
    return f"a Ray worker did not start within {START_S} s: {last_line(error)}"


def last_line(error: BaseException) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[-1].strip()[:300]
