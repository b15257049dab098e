"""Edits in replies, and the program that they are of."""

from __future__ import annotations

import toolkit
from searchers.autoresearcher.replies.reply import Edit, parse

TEXTS = {"p/m.py": "import os\nSCALE = 0.8\nOLDSCALE = 0.8\n\n\ndef f(y):\n    return y\n"}

BLOCK = "<<<<<<< SEARCH\nSCALE = 0.8\n=======\nSCALE = 0.9\n>>>>>>> REPLACE\n"

HEADER = "# EDIT\nLABEL: bug_fix\nHYPOTHESIS: h\n"

CHANGED = TEXTS["p/m.py"].replace("\nSCALE = 0.8", "\nSCALE = 0.9")


def only(reply: str) -> Edit:
    (edit,) = parse(reply, toolkit.LABELS)
    return edit


GOOD = f"{HEADER}FILE: p/m.py\n{BLOCK}"

DRAFT = GOOD.replace("0.9", "0.0").replace("HYPOTHESIS: h", "HYPOTHESIS: a draft")

BROKEN_DRAFT = DRAFT[: DRAFT.index(">>>>>>>")]
