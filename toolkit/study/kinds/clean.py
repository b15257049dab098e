"""Calls a function of the study in a process of its own that holds no edited code.

The file is the study's own, as it lies beside the study's file: never one of a candidate's tree. It
may do what its user may; it gets outputs as JSON, and none of the keys of the environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("clean_child.py")
KEPT = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""variables of the environment that the process gets; a key is none of them"""
SECONDS = 60.0


class Failed(Exception):  # noqa: N818 - an ending
    """The process gave no answer: it ran out of time, or ended."""


@dataclass(frozen=True)
class Raised(Exception):  # noqa: N818 - a judgement
    """The study's function raised."""

    type: str
    text: str
    place: str

    def __str__(self) -> str:
        plain = self.type in ("AssertionError", "ValueError") and self.text
        what = self.text if plain else f"{self.type}: {self.text}".removesuffix(": ")
        return f"{what} ({self.place})" if self.place else what


@dataclass(frozen=True)
class Function:
    """A function of one of the study's files. python: the interpreter; "" for the toolkit's own."""

    file: Path
    name: str
    seconds: float = SECONDS
    python: str = ""

    def call(self, *arguments: Any, **more: Any) -> Any:
        """Value that the function gives, as JSON. more: further keys of the request.

        Raises Raised and Failed.
        """
        request = {"file": str(self.file), "function": self.name, "arguments": arguments, **more}
        with tempfile.TemporaryDirectory(prefix="toolkit-check-") as scratch:
            found = self._run(json.dumps(request), Path(scratch))
        if not found:
            raise Failed(f"{self.file.name} ended its process without an answer")
        answer: Mapping[str, Any] = json.loads(found)
        if "raised" in answer:
            raise Raised(**answer["raised"])
        return answer["given"]

    def _run(self, request: str, scratch: Path) -> bytes:
        """Bytes of the answer; none where there is none."""
        asked, answer = scratch / "request.json", scratch / "answer.json"
        asked.write_text(request)
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {
            "TMPDIR": str(scratch),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
        }
        process = subprocess.Popen(
            [self.python or sys.executable, "-s", str(CHILD), str(asked), str(answer)],
            cwd=self.file.parent, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(timeout=self.seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.file.name} took more than {self.seconds:g} s") from None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return answer.read_bytes() if answer.exists() else b""
