"""Rows of plugins as `toolkit plugins` lists them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from conftest import TOY as TOY_FOLDER

TOY = str(TOY_FOLDER)

Cli = Callable[..., subprocess.CompletedProcess[str]]


def rows(cli: Cli, path: Path) -> dict[str, dict[str, object]]:
    done = cli("plugins", "--json", path=path)
    assert done.returncode == 0, done.stderr
    return {row["plugin"]: row for row in json.loads(done.stdout)}
