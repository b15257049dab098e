"""Champions on other studies that run the same code, where they were scored once as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..intervals import Run, difference, gap
from ..ledger.cell import CellState
from ..ledger.state import State
from ..ledger.subjects import BASELINE
from ..records import Scored
from ..statistics import Estimate
from .cells import name as cell_name
from .decisions import BY_T, by_t, decision, raised
from .gaps import level
from .noise import noise
from .wording import Wording, worded

MISSING = "not_transferred"


def section(state: State, cells: Sequence[CellState]) -> dict[str, Any]:
    """{"transfer": {study: figures}}; empty where nothing was scored elsewhere."""
    found = {name: _study(state, other, cells) for name, other in state.transferred.items()}
    return {"transfer": found} if found else {}


def _study(state: State, other: State, cells: Sequence[CellState]) -> dict[str, Any]:
    base = other.assessments.get((BASELINE, other.final))
    rows = {cell.name: _cell(state, other, cell) for cell in cells}
    gains = [row["gain"] for row in rows.values() if row["gain"] is not None]
    levels = [row["level"] for row in rows.values()] + [level(other, base)]
    words = worded(other, [one for one in levels if one is not None], gains)
    homes, counted_rows = other.rows(other.final), other.counted(other.final)
    return {
        "title": other.study["title"],
        "digest": other.study["digest"],
        "objective": words.objective.to_json(),
        "nouns": words.nouns.to_json(),
        "claim": words.claim,
        "decimals": words.figures.decimals,
        "replicates": {"search": 1, "final": 1, **other.study["replicates"]},
        "items": len(counted_rows),
        "clusters": len({homes[row] for row in counted_rows}),
        "searched": other.study.get("searched", 0),
        "openings": state.opened_elsewhere[other.study["name"]],
        "baseline": level(other, base),
        "cells": rows,
        "searchers": _searchers(state, other, cells),
    }


def _cell(state: State, other: State, cell: CellState) -> dict[str, Any]:
    """Level and gain of one champion; the baseline's where nothing beat it."""
    found = _scored(state, other, cell)
    estimate = _gain(state, other, [cell])
    return {
        "level": level(other, found),
        "status": found.status if found else None,
        **_figures(other, estimate),
    }


def _searchers(state: State, other: State, cells: Sequence[CellState]) -> dict[str, Any]:
    """{alias: mean gain of its champions}, over its seeds and the other study's clusters."""
    aliases = dict.fromkeys(cell.alias for cell in cells)
    mine = {alias: [cell for cell in cells if cell.alias == alias] for alias in aliases}
    return {alias: _figures(other, _gain(state, other, some)) for alias, some in mine.items()}


def _figures(other: State, found: Estimate | None) -> dict[str, Any]:
    if found is None:
        return {"gain": None, "interval": None, **decision(other, None), "decided": False}
    return {
        "gain": found.mean,
        "interval": [found.low, found.high],
        **raised(decision(other, found)),
    }


def _scored(state: State, other: State, cell: CellState) -> Scored | None:
    champion = state.champion(cell)
    subject = champion.candidate.digest if champion.number else BASELINE
    return other.assessments.get((subject, other.final))


def _gain(state: State, other: State, cells: Sequence[CellState]) -> Estimate | None:
    """Mean gain of these cells' champions over the baseline there; None where one has no score."""
    base = other.assessments.get((BASELINE, other.final))
    found = [_scored(state, other, cell) for cell in cells]
    if base is None or not base.ok or not all(one and one.ok for one in found):
        return None
    rows = other.counted(other.final)
    runs: list[Run] = [
        {row: difference(one.items[row], base.items[row]) for row in rows} for one in found if one
    ]
    # of runs there, and no others: the search was on other data
    programs = [replace(state.champion(cell), replicates=()) for cell in cells]
    start = replace(state.baseline, replicates=())
    return gap(other, runs, noise(other, programs, [start]))


def lines(summary: Mapping[str, Any]) -> Iterator[str]:
    """A line for each other study: its baseline, and every champion that is another program."""
    for name, found in summary.get("transfer", {}).items():
        words = Wording.from_json(found)
        improved = {cell_name(one): one["champion"] for one in summary["cells"]}
        told = [
            f"{cell} {words.level(row['level'])}, {words.span(row['gain'], row['interval'])}"
            if row["gain"] is not None
            else f"{cell} {row['status'] or 'not scored'}"
            for cell, row in found["cells"].items()
            if improved.get(cell)
        ]
        clusters = f"{words.nouns.count_clusters(found['clusters'])}{_known(found, words)}"
        if found["baseline"] is None:
            yield f"transfer to {name}: not scored, the unchanged program has no score there"
            continue
        yield (
            f"transfer to {name} (champions as they are, scored once on its {words.split}, "
            f"{clusters}{_way(found)}): baseline {words.level(found['baseline'])}; "
            f"{'; '.join(told)}"
        )
    for name, why in summary["findings"].get(MISSING, {}).items():
        yield f"transfer to {name}: not scored, {why}"


def sentences(state: State, cells: Sequence[CellState], leaders: Sequence[str]) -> Iterator[str]:
    """Gain of the leaders' champions on each other study, for the verdict."""
    for name, found in section(state, cells).get("transfer", {}).items():
        words, way = Wording.from_json(found), f", decided {BY_T}"
        for alias in leaders:
            mine = [cell for cell in cells if cell.alias == alias]
            row = found["searchers"][alias]
            if row["gain"] is None or not any(state.champion(cell).number for cell in mine):
                continue
            champions = "champion gains" if len(mine) == 1 else f"{len(mine)} champions gain"
            tail = "" if row["decided"] else ", which is not decided"
            if row["decided"] and by_t(row["p_floor"]):
                tail, way = way, ""  # said once
            where = _known(found, words) or ", where nobody searched"
            yield (
                f"On {name}{where}, {alias}'s {champions} "
                f"{words.span(row['gain'], row['interval'])}{words.gain_unit} as "
                f"{'it is' if len(mine) == 1 else 'they are'}{tail}."
            )


def _way(found: Mapping[str, Any]) -> str:
    """Words for intervals that alone can decide, where clusters are few; "" for none."""
    rows = found["cells"].values()
    return (
        f", {BY_T}" if any(row["gain"] is not None and by_t(row["p_floor"]) for row in rows) else ""
    )


def _known(found: Mapping[str, Any], words: Wording) -> str:
    """Words for items of another study that the search has seen; "" for none."""
    if not found["searched"]:
        return ""
    whole = words.nouns.count_items(found["items"])
    return f", of whose {whole} the search has seen {found['searched']}"
