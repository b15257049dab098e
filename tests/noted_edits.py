"""A run of the toy program whose edits bear hypotheses that a stranger wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from toy_edits import HELPER, LOUDER, MAIN, USING

import toolkit
from toolkit.records import Candidate

HOSTILE = (
    "--output=/etc/passwd \x1b[2J\x00 first\nFrom: evil <e@x>\n---\ndiff --git a/x b/x\n"
    "# no comment\nSigned-off-by: nobody\n\u202egnp.exe"
)
FORMULA = '=HYPERLINK("http://evil")'
SAYS = (MAIN, "SCALE = 0.8", "SCALE = 0.8  # as measured")
STEPS = (
    ("data", HELPER, HOSTILE), ("bug_fix", USING, FORMULA), ("format", SAYS, ""),
    ("architecture", LOUDER, "x" * 300_000),
)  # fmt: skip


def noted(
    steps: Sequence[tuple[str, tuple[str, str, str], str]] = STEPS, **values: Any
) -> Callable[[], object]:
    """Each step is built on the one before it; the last sets values, too."""

    class Noted:
        def run(self, lab: toolkit.Lab) -> None:
            texts, candidate, parent = dict(lab.sources), Candidate(), None
            for label, (path, old, new), note in steps:
                texts[path] = texts[path].replace(old, new)
                candidate = lab.edit(
                    Candidate(candidate.overrides, candidate.patch, note, label, parent),
                    {path: texts[path]},
                )
                parent = lab.evaluate(candidate).number
            for name, value in values.items():
                candidate = candidate.with_override(name, value, note="-1+1")
                candidate = Candidate(
                    candidate.overrides, candidate.patch, candidate.note, candidate.label, parent
                )
                parent = lab.evaluate(candidate).number
            lab.evaluate(Candidate({}, "no patch", note="@SUM(A1)"))

    return Noted
