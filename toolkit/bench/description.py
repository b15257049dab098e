"""Description of a study for the ledger: all that a report needs of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ..ledger.subjects import FRESH, Split
from ..study import space
from ..study.bindings import InFile
from ..study.study import Study
from ..study.task import Item, Vault


def of(
    study: Study, batches: Mapping[Split, Sequence[Sequence[Item]]], vault: Vault
) -> dict[str, Any]:
    """batches: {split: its items, call by call}. The bench adds what it alone knows."""
    items = {split: [item for call in calls for item in call] for split, calls in batches.items()}
    clusters = {split: {item.id: item.cluster for item in some} for split, some in items.items()}
    calls = {split: {item.id: item.call for item in some} for split, some in items.items()}
    return {
        "name": study.name,
        "digest": study.digest,
        "items": clusters,
        **({"fresh_of": dict(study.pairs)} if study.fresh_of else {}),
        **({"calls": calls} if calls != clusters else {}),
        "kinds": {item: vault.gold[item].kind for some in clusters.values() for item in some},
        "counted": sorted(vault.counted),
        **({"views": list(vault.views)} if vault.views else {}),
        "claim": study.claim,
        "replicates": asdict(study.replicates),
        "constraints": [one.text for one in study.constraints],
        "defaults": {name: param.default for name, param in study.space.items()},
        "parameters": list(study.space),  # in the order of their declaration
        "space": {name: space.to_json(param) for name, param in study.space.items()},
        **_bound(study),
        **({"requires": [one.text for one in study.requires]} if study.requires else {}),
        "roles": study.roles.to_json(),
        "original": dict(study.original_sources),
        "start": study.start,
        **_reference(study),
        **words(study),
        **({"readable": dict(study.read_digests)} if study.readable else {}),
    }


def refreshed(told: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """A description in a ledger, with the third split as the study's file has it now."""
    if _fresh(told) == _fresh(now):
        return dict(told)
    # the other splits are those of one digest, and so the same in both
    kept = {key: value for key, value in told.items() if key not in ("calls", "fresh_of")}
    taken = ("items", "fresh_of", "kinds", "calls")
    return kept | {key: now[key] for key in taken if key in now}


def _fresh(told: Mapping[str, Any]) -> tuple[Any, Any]:
    """Fresh items, and the sources of their clusters."""
    return told["items"].get(FRESH), told.get("fresh_of")


def words(study: Study) -> dict[str, Any]:
    """Words of a study, which are not in its digest: a run goes on where they change."""
    faults = [one.to_json() for one in study.planted]
    return {
        "title": study.title,
        "objective": study.objective.to_json(),
        "nouns": study.nouns.to_json(),
        **({"planted": faults} if faults else {}),
        **({"lacks": list(study.lacks)} if study.lacks else {}),
    }


def _bound(study: Study) -> dict[str, Any]:
    """Places of bound parameters, and the files of those that no patch may touch.

    They are what a champion's values are written into when it is exported.
    """
    if not study.bindings:
        return {}
    paths = {one.path for one in study.bindings.values() if isinstance(one, InFile)}
    kept = {path: study.files[path] for path in sorted(paths) if not study.may_edit(path)}
    used = {"bindings": {name: one.at for name, one in study.bindings.items()}}
    try:
        return {**used, "bound_files": {path: text.decode() for path, text in kept.items()}}
    except UnicodeDecodeError:  # no patch can hold them
        return used


def _reference(study: Study) -> dict[str, Any]:
    known = study.kind.reference if study.kind else None
    return {"reference": known} if known is not None else {}
