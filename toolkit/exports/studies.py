"""Cells of a run as Optuna studies, one each, in any storage that Optuna opens."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from ..edits.anatomy import declared, defaults_of
from ..errors import UserError
from ..ledger.cell import CellState
from ..ledger.entries import Started
from ..ledger.state import State
from ..records import Candidate, Trial
from ..report.summary import reported
from ..study import space
from ..text import visible, visible_in
from .moments import Moments

PATCH_CHARS = 16_000
"""of a patch or an error in an attribute: dashboards load those of all trials at once"""
Attributes = dict[str, Any]


def write(state: State, url: str, name: str, times: Moments) -> list[str]:
    """Write a study for each cell; returns their names. Each bears the run's name.

    Raises UserError where the storage cannot be opened, and where one of the studies is there.
    """
    import optuna

    storage = _opened(url)
    cells = reported(state)
    names = {cell.key: f"{visible(name)}: {visible(cell.name)}" for cell in cells}
    _refuse_known(names.values(), storage, url)
    made: list[str] = []
    with _quiet():
        try:
            for cell in cells:
                study = optuna.create_study(
                    storage=storage, study_name=names[cell.key], direction=state.objective.direction
                )
                made.append(study.study_name)
                for key, value in _of_study(state, cell).items():
                    study.set_user_attr(key, value)
                study.set_metric_names([cell.objective or state.objective.name])
                study.add_trials(list(trials(state, cell, times)))
        except BaseException:  # half a study would be taken for a whole one
            for name in made:
                optuna.delete_study(study_name=name, storage=storage)
            raise
    return made


@contextmanager
def _quiet() -> Iterator[None]:
    """Optuna without its lines on new studies and on what may change in later versions of it."""
    import optuna

    chatty = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(chatty)


def _opened(url: str) -> Any:
    """Storage at a URL."""
    import optuna
    import sqlalchemy

    if "://" not in url:
        raise UserError(
            f"--optuna {visible(url)} is no URL of a storage; for a file type `--optuna "
            f"sqlite:///{visible(url)}`"
        )
    try:
        found = optuna.storages.get_storage(url)
        _hasten(found)
        return found
    except (ImportError, ValueError, sqlalchemy.exc.SQLAlchemyError, OSError) as error:
        told = visible(str(error)).strip().partition("\n")[0]
        raise UserError(
            f"--optuna {visible(_without_password(url))} cannot be opened: {told}; give a URL such "
            "as sqlite:///run.db, or install the driver of the database"
        ) from error
    except RuntimeError as error:  # tables of another version of Optuna
        raise UserError(f"--optuna: {visible(str(error))}") from error


def _hasten(storage: Any) -> None:
    """Spare SQLite a wait for the disk after each of a thousand small writes.

    A power cut may cost the file, which the same command writes again.
    """
    from sqlalchemy import event

    engine = getattr(getattr(storage, "_backend", storage), "engine", None)
    if engine is not None and engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda one, _: one.execute("PRAGMA synchronous = OFF"))
        engine.dispose()


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://…@{rest.rpartition('@')[2]}" if "@" in rest else url


def _refuse_known(names: Iterable[str], storage: Any, url: str) -> None:
    known = {one.study_name for one in storage.get_all_studies()}
    for name in names:
        if name in known:
            raise UserError(
                f"the storage holds a study {name!r} already; type `optuna delete-study "
                f"--study-name {name!r} --storage {visible(_without_password(url))}`, or give "
                "another storage with --optuna"
            )


def _of_study(state: State, cell: CellState) -> Attributes:
    champion = state.champion(cell)
    result = state.result_of(champion)
    shown = state.objective.shown
    return {
        "study": visible(str(state.study.get("title") or state.study["name"])),
        "objective": cell.objective or state.objective.name,
        "unit": "" if cell.objective else state.objective.unit,
        "searcher": visible(cell.searcher),
        "seed": cell.seed,
        "options": visible_in(dict(cell.options)),
        "claim": state.claim,
        "champion": champion.number,
        "champion where scores decide": shown(result.score if result else None),
    }


def trials(state: State, cell: CellState, times: Moments) -> Iterator[Any]:
    """Frozen trials, the unchanged program first: their numbers are those of the run."""
    base = state.baseline_for(cell)
    start = Started(0, base.candidate, 1.0, 0, smoke=False)
    parameters = _distributions(state)
    begun = min(
        (times[cell.key, n][0] for n in cell.started if (cell.key, n) in times), default=None
    )
    yield _frozen(state, cell, start, base, parameters, (begun, begun))
    for number, start in sorted(cell.started.items()):
        moments = times.get((cell.key, number), (None, None))
        yield _frozen(state, cell, start, cell.trials.get(number), parameters, moments)


def _frozen(
    state: State, cell: CellState, start: Started, trial: Trial | None,
    parameters: Mapping[str, tuple[Any, space.Param]], moments: tuple[float | None, float | None],
) -> Any:  # fmt: skip
    from optuna.trial import FrozenTrial, TrialState

    values = _values(state, start.candidate, parameters)
    outcome = _state(cell, start, trial)
    finished = outcome != "RUNNING"
    zero = min((one for one in moments if one is not None), default=None) or _EPOCH
    began, ended = (datetime.fromtimestamp(one if one is not None else zero) for one in moments)
    score = state.objective.shown(trial.score) if trial else None
    return FrozenTrial(
        number=start.number,
        trial_id=-1,  # the storage gives one
        state=TrialState[outcome],
        value=score if outcome == "COMPLETE" else None,
        datetime_start=began,
        datetime_complete=ended if finished else None,
        params=values,
        distributions={name: parameters[name][0] for name in values},
        user_attrs=_told(state, cell, start, trial),
        system_attrs={},
        intermediate_values={0: score} if outcome == "PRUNED" and score is not None else {},
    )


_EPOCH = 86_400.0


def _state(cell: CellState, start: Started, trial: Trial | None) -> str:
    """Optuna's word: a score on a share of the items is not one that others compare with."""
    if trial is None:
        return "RUNNING" if cell.ended is None else "FAIL"
    if not trial.ok or trial.score is None:
        return "FAIL"
    return "COMPLETE" if start.share == 1 and not start.smoke else "PRUNED"


def _told(state: State, cell: CellState, start: Started, trial: Trial | None) -> Attributes:
    candidate = start.candidate
    found: Attributes = {
        "trial": start.number, "status": trial.status if trial else "unfinished",
        "note": candidate.note, "label": candidate.label, "parent": candidate.parent,
        "share": start.share, "smoke": start.smoke, "digest": candidate.digest,
        "overrides": dict(candidate.overrides), "patch": candidate.patch,
    }  # fmt: skip
    if trial:
        used = trial.usage
        found |= {
            "seconds": used.wall_s, "cpu_s": used.cpu_s, "cached": trial.cached,
            "metrics": dict(trial.metrics), "error": trial.detail if not trial.ok else "",
            "kept": any(one.number == start.number for _, one in state.line(cell)),
            "withdrawn": cell.withdrawn.get(start.number, ""),
        }  # fmt: skip
    return {name: _short(one) for name, one in found.items() if one not in ("", None, {})}


def _short(found: Any) -> Any:
    if not isinstance(found, str):
        return visible_in(found)
    cut = f"… ({len(found):,} characters in all)"
    return visible(found if len(found) <= PATCH_CHARS else found[:PATCH_CHARS] + cut)


def _distributions(state: State) -> dict[str, tuple[Any, space.Param]]:
    """{parameter: (Optuna's distribution, the declaration)} of those that Optuna can hold."""
    found = {}
    for name, param in declared(state).items():
        try:
            found[name] = _distribution(param), param
        except ValueError:  # a logarithm from 0, a whole number that no float holds
            continue
    return found


def _distribution(param: space.Param) -> Any:
    from optuna import distributions

    if isinstance(param, space.Float):
        return distributions.FloatDistribution(param.low, param.high, log=param.log)
    if isinstance(param, space.Int):
        return distributions.IntDistribution(param.low, param.high, log=param.log)
    if isinstance(param, space.Choice):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return distributions.CategoricalDistribution([_choice(one) for one in param.values])
    return distributions.CategoricalDistribution([False, True])


def _choice(value: Any) -> Any:
    """A choice as Optuna keeps it: a list or a table as JSON, and a text without orders.

    Optuna tells choices apart by equality, to which 1, 1.0 and True are one.
    """
    if isinstance(value, str):
        return visible(value)
    return value if value is None else json.dumps(value, ensure_ascii=False)


def _values(
    state: State, candidate: Candidate, parameters: Mapping[str, tuple[Any, space.Param]]
) -> dict[str, Any]:
    """Values of the declared parameters; one out of its range is in the overrides only."""
    known = {name: param for name, (_, param) in parameters.items()}
    defaults = defaults_of(state, edited=bool(candidate.patch))
    every = {**defaults, **space.settled(known, candidate.overrides)}
    found = {}
    for name, (distribution, param) in parameters.items():
        if name not in every:
            continue
        value = every[name]
        try:
            param.check(value)
        except ValueError:
            continue
        told = _choice(value) if isinstance(param, space.Choice) else value
        if distribution._contains(distribution.to_internal_repr(told)):
            found[name] = told
    return found
