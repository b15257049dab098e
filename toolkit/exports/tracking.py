"""Cells of a run in MLflow: an experiment a run, a run a cell, and below it a run a trial."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout, suppress
from io import StringIO
from textwrap import shorten
from types import MappingProxyType
from typing import Any

from ..errors import UserError
from ..ledger.cell import CellState
from ..ledger.state import State
from ..report import cells
from ..report.summary import reported, summarise
from ..text import visible
from .moments import Moments
from .rows import trials

VALUE_CHARS = 250
"""of a parameter's value in the oldest servers"""
TAG_CHARS = 4000
BATCH = 100
_STATUS = {"ok": "FINISHED", None: "KILLED"}
_METRICS = ("score", "share", "wall_s", "cpu_s", "peak_rss_mb", "tokens", "usd", "charged")


def write(state: State, uri: str, name: str, times: Moments) -> str:
    """Write the run as a new experiment of a tracking server; returns the experiment's name.

    Raises UserError where the client is not installed, the server does not answer, or the
    experiment is there already.
    """
    client, failure = _client(uri)
    title = visible(name)
    try:
        with redirect_stdout(StringIO()):  # a line on each of hundreds of runs
            _write(client, state, title, uri, times)
    except failure as error:
        told = _short(error)
        raise UserError(
            f"--mlflow {visible(uri)} fails: {told}; is the server running? `mlflow server --port "
            "5000` starts one, and `--mlflow http://127.0.0.1:5000` names it"
        ) from error
    return title


def _write(client: Any, state: State, title: str, uri: str, times: Moments) -> None:
    if client.get_experiment_by_name(title):
        raise UserError(
            f"{visible(uri)} holds an experiment {title!r} already, perhaps among those deleted; "
            "rename it there, or export a copy of the run folder under another name"
        )
    summary = {cells.name(one): one for one in summarise(state)["cells"]}
    experiment = client.create_experiment(title)
    try:
        for cell in reported(state):
            _write_cell(client, experiment, state, cell, summary[cell.name], times)
    except BaseException:  # half a run would be taken for a whole one; a deleted one keeps its name
        with suppress(Exception):
            client.rename_experiment(experiment, f"{title} (incomplete {experiment})")
            client.delete_experiment(experiment)
        raise


def _client(uri: str) -> tuple[Any, tuple[type[Exception], ...]]:
    """Client of a server, and the errors of its requests."""
    # it would try for minutes to reach a server that is not there
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    try:
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
    except ImportError as error:
        raise UserError(
            "--mlflow needs MLflow's client, which is not installed; type `pip install "
            "'autoresearch-toolkit[mlflow]'`"
        ) from error
    try:
        return MlflowClient(tracking_uri=uri), (MlflowException, OSError)
    except (MlflowException, OSError, ValueError) as error:
        raise UserError(
            f"--mlflow {visible(uri)} is no address of a tracking server ({_short(error)}); "
            "give one such as http://127.0.0.1:5000"
        ) from error


def _write_cell(
    client: Any, experiment: str, state: State, cell: CellState, found: Mapping[str, Any],
    times: Moments,
) -> None:  # fmt: skip
    rows = list(trials(state, cell, times))
    began = min((row["began"] for row in rows if row["began"]), default=None)
    parent = client.create_run(
        experiment, start_time=_ms(began),
        run_name=visible(cell.name), tags=_tags({
            "study": state.study["name"], "searcher": cell.searcher, "seed": cell.seed,
            "options": dict(cell.options), "objective": cell.objective or state.objective.name,
            "direction": state.objective.direction, "claim": state.claim,
        }),
    ).info.run_id  # fmt: skip
    names = {"search": "search", "test": "final", "gain": "gain", "champion": "champion trial"}
    metrics = {told: found[key] for key, told in names.items()}
    low, high = found["interval"] or (None, None)
    _log(client, parent, {**metrics, "gain low": low, "gain high": high}, 0)
    _log_lines(client, parent, rows)
    for row in rows:
        _write_trial(client, experiment, parent, state, cell, row)
    ended = max((row["ended"] for row in rows if row["ended"]), default=None)
    status = {"finished": "FINISHED", "failed": "FAILED"}.get(found["ended"], "RUNNING")
    if status != "RUNNING":
        client.set_terminated(parent, status, _ms(ended))


def _write_trial(
    client: Any, experiment: str, parent: str, state: State, cell: CellState, row: Mapping[str, Any]
) -> None:
    candidate = cell.started[row["trial"]].candidate
    told = (
        "trial", "parent", "status", "label", "note", "kept", "in_champion", "withdrawn", "digest",
        "detail",
    )  # fmt: skip
    run = client.create_run(
        experiment, start_time=_ms(row["began"]), run_name=f"trial {row['trial']}",
        tags={**_tags({name: row[name] for name in told if row.get(name) not in (None, "")}),
              "mlflow.parentRunId": parent},
    ).info.run_id  # fmt: skip
    sets = {key(n): visible(str(one))[:VALUE_CHARS] for n, one in candidate.overrides.items()}
    _log(client, run, {name: row.get(name) for name in _METRICS}, row["trial"], sets)
    status = _STATUS.get(row["status"], "FAILED")
    if row["status"] is None and cell.ended is None:
        return  # it is at work
    client.set_terminated(run, status, _ms(row["ended"] or row["began"]))


def _log_lines(client: Any, run: str, rows: list[Mapping[str, Any]]) -> None:
    """Curves of a cell: each score, and the best so far, by the number of the trial."""
    from mlflow.entities import Metric

    found = []
    for row in rows:
        at = _ms(row["ended"]) or 0
        if row.get("score") is not None and row["share"] == 1:
            found.append(Metric("score", row["score"], at, row["trial"]))
            if row["kept"]:
                found.append(Metric("best", row["score"], at, row["trial"]))
    for first in range(0, len(found), BATCH):
        client.log_batch(run, metrics=found[first : first + BATCH])


def _log(
    client: Any, run: str, values: Mapping[str, float | None], step: int,
    sets: Mapping[str, str] = MappingProxyType({}),
) -> None:  # fmt: skip
    """Metrics that are known, and parameters, in requests of at most a hundred."""
    from mlflow.entities import Metric, Param

    at = int(time.time() * 1000)
    known = {name: value for name, value in values.items() if value is not None}
    metrics = [Metric(name, float(value), at, step) for name, value in known.items()]
    params = [Param(name, value) for name, value in sets.items()]
    client.log_batch(run, metrics=metrics, params=params[:BATCH])
    for first in range(BATCH, len(params), BATCH):
        client.log_batch(run, params=params[first : first + BATCH])


def _tags(found: Mapping[str, Any]) -> dict[str, str]:
    return {key(name): visible(str(value))[:TAG_CHARS] for name, value in found.items()}


def key(name: str) -> str:
    """A name that MLflow takes: letters, digits and a few marks."""
    return "".join(_characters(name))[:VALUE_CHARS] or "_"


def _characters(name: str) -> Iterator[str]:
    for one in name:
        yield one if one.isascii() and (one.isalnum() or one in "_-. ") else "_"


def _short(error: Exception) -> str:
    return shorten(visible(str(error)), VALUE_CHARS, placeholder="…")


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)
