"""Small programs for the sandbox."""

from __future__ import annotations

from collections.abc import Iterable

from programs import FRAMED, encoded

from toolkit.evaluators.local import LocalEvaluator
from toolkit.jobs import Job, Limits, Outcome

SMALL = Limits(cpu_s=1, memory_mb=128, output_mb=1)
HEAD = "import json, os, subprocess, sys, time\njob = json.load(sys.stdin)\n"
"""First lines of a program whose entry is a command."""


def job(
    code: str, *, limits: Limits = SMALL, calls: Iterable[object] = ((1,),), **files: str
) -> Job:
    tree = {"prog/__init__.py": b"", "prog/main.py": code.encode()}
    tree |= {f"prog/{name}.py": text.encode() for name, text in files.items()}
    return Job(tree, "prog.main:run", {"p": 2}, encoded(calls), limits, seed=5)


def ends(evaluator: LocalEvaluator, body: str, **options: object) -> Outcome:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return evaluator.run(
        job(f"import os, sys, time\n{FRAMED}\ndef run(x, p, services):\n{lines}\n", **options)
    )
