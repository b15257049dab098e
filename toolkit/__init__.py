"""The public surface for searchers, studies, plugins, and for whoever reads a run.

Names are loaded at their first use, so that `import toolkit` stays cheap.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # what type checkers take for true; importing `typing` costs every command
if TYPE_CHECKING:
    from typing import Any

    from . import plots
    from .bench.looks import Mark
    from .bench.shares import RUNGS
    from .errors import BudgetSpent, DataError, PatchError, StudyError, UserError
    from .evaluator import Evaluator
    from .evaluators.ray_session import ray_connection
    from .hookspecs import RegisterFactory, RegisterStudy, hookimpl
    from .jobs import Job, Limits, Outcome
    from .llm.provider import (
        Answer,
        LlmError,
        Provider,
        Reply,
        Request,
        TooLong,
        TransportError,
    )
    from .llm.thinking import without_thinking
    from .llm.varying import varying
    from .outside.process import Process
    from .outside.station import Station
    from .records import LABELS, Candidate, Failure, Trial, Usage, same
    from .runs.run import Champion, Run, load_run
    from .search.lab import Lab
    from .search.searcher import AskTell, Outline, Searcher
    from .service.judge import Judge
    from .service.refusal import Refusal
    from .service.server import JudgeServer
    from .study.objective import Nouns, Objective
    from .study.space import Choice, Flag, Float, Int, Param
    from .study.stemming import porter_stemmer
    from .study.task import Gold, Item, Row, Task, Vault
    from .text import short

_HOMES = {
    "errors": ("BudgetSpent", "DataError", "PatchError", "StudyError", "UserError"),
    "evaluator": ("Evaluator",),
    "evaluators.ray_session": ("ray_connection",),
    "hookspecs": ("RegisterFactory", "RegisterStudy", "hookimpl"),
    "jobs": ("Job", "Limits", "Outcome"),
    "search.lab": ("Lab",),
    "llm.provider": (
        "Answer",
        "TooLong",
        "LlmError",
        "Provider",
        "Reply",
        "Request",
        "TransportError",
    ),
    "llm.thinking": ("without_thinking",),
    "llm.varying": ("varying",),
    "outside.process": ("Process",),
    "outside.station": ("Station",),
    "records": (
        "LABELS",
        "Candidate",
        "Failure",
        "Trial",
        "Usage",
        "same",
    ),
    "runs.run": ("Champion", "Run", "load_run"),
    "search.searcher": ("AskTell", "Outline", "Searcher"),
    "service.judge": ("Judge",),
    "service.refusal": ("Refusal",),
    "service.server": ("JudgeServer",),
    "bench.looks": ("Mark",),
    "bench.shares": ("RUNGS",),
    "study.objective": ("Nouns", "Objective"),
    "study.space": ("Choice", "Flag", "Float", "Int", "Param"),
    "study.stemming": ("porter_stemmer",),
    "study.task": ("Gold", "Item", "Row", "Task", "Vault"),
    "text": ("short",),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "LABELS",
    "RUNGS",
    "Answer",
    "AskTell",
    "BudgetSpent",
    "Candidate",
    "Champion",
    "Choice",
    "DataError",
    "Evaluator",
    "Failure",
    "Flag",
    "Float",
    "Gold",
    "Int",
    "Item",
    "Job",
    "Judge",
    "JudgeServer",
    "Lab",
    "Limits",
    "LlmError",
    "Mark",
    "Nouns",
    "Objective",
    "Outcome",
    "Outline",
    "Param",
    "PatchError",
    "Process",
    "Provider",
    "Refusal",
    "RegisterFactory",
    "RegisterStudy",
    "Reply",
    "Request",
    "Row",
    "Run",
    "Searcher",
    "Station",
    "StudyError",
    "Task",
    "TooLong",
    "TransportError",
    "Trial",
    "Usage",
    "UserError",
    "Vault",
    "hookimpl",
    "load_run",
    "plots",
    "porter_stemmer",
    "ray_connection",
    "same",
    "short",
    "varying",
    "without_thinking",
]


def __getattr__(name: str) -> Any:
    if name == "plots":  # a module of pictures, which takes a second to import
        return importlib.import_module(".plots", __name__)
    if name not in _MODULES:
        raise AttributeError(f"module 'toolkit' has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
