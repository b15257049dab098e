"""Runs on disk, finished or not: opened for Python, listed, compared and deleted."""

from .run import Champion, Run, load_run

__all__ = ["Champion", "Run", "load_run"]
