"""Machine and versions that a command ran with, for whoever wants to make a run again."""

from __future__ import annotations

import os
import platform
from importlib import metadata

PACKAGE = "autoresearch-toolkit"


def host() -> dict[str, str]:
    """{"versions", "machine"} in words; nothing that names the machine or its user."""
    cores = os.cpu_count() or 1
    return {
        "versions": f"toolkit {version()}, Python {platform.python_version()}",
        "machine": f"{platform.system()} {platform.machine()}, {cores} cores",
    }


def version() -> str:
    """Version of the toolkit; "unknown" where it runs without having been installed."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return "unknown"
