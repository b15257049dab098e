"""A traceback as a prompt may quote it: the program's own lines, and no library's."""

from __future__ import annotations

import re

# the sandbox writes folders of the machine as <name>; Python itself writes <frozen …>
LIBRARY_FRAME = re.compile(r'^  File "<.*\n(?:    .*\n)*', re.MULTILINE)


def own_lines(detail: str) -> str:
    """Without the frames of libraries: their lines differ between versions and machines."""
    return LIBRARY_FRAME.sub("", detail if detail.endswith("\n") else f"{detail}\n").rstrip("\n")
