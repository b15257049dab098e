"""Tables of a study file in which a key is right, for whoever wrote it into another one."""

from __future__ import annotations

from collections.abc import Mapping

TABLES: Mapping[str, tuple[str, ...]] = {
    "": ("name", "title", "brief", "seed", "extends", "transfer"),
    "code": (
        "path", "entry", "command", "script", "arguments", "leaves", "python", "data", "writable",
        "exclude", "editable", "blocks", "preload", "fresh", "start", "seed",
    ),
    "task": (
        "kind", "class", "pattern", "metric", "target", "qrels", "queries", "corpus", "check",
        "cases", "ignore", "hidden",
    ),
    "objective": ("name", "direction", "unit", "evidence", "aggregate", "metric", "constraint"),
    "names": ("item", "cluster", "output"),
    "researcher": ("rule", "trace"),
    "splits": ("search", "test", "fresh"),
    "replicates": ("search", "final"),
    "limits": (
        "cpu_s", "wall_s", "memory_mb", "output_mb", "scratch_mb", "gpus", "isolation",
    ),
    "answers": ("llm", "max_tokens", "concurrency", "calls"),
    "space": ("constraints",),
    "defaults": ("searchers", "seeds", "recording"),
}  # fmt: skip
_CONSTRAINTS = (
    "; did you mean [objective] constraint, of numbers of the program (\"latency_ms <= 20\"), or "
    "[space] constraints, between parameters ([\"DEPTH * WIDTH <= 512\"])?"
)  # fmt: skip


def elsewhere(key: str, table: str) -> str:
    """ "; did you mean [limits] cpu_s?" of a key that is right in another table; else ""."""
    if key in {"constraint", "constraints"}:
        return _CONSTRAINTS
    homes = [name for name, known in TABLES.items() if key in known and name != table]
    shown = [f"[{name}] {key}" if name else f"{key} above the first table" for name in homes]
    return f"; did you mean {' or '.join(shown)}?" if homes else ""
