"""The first two sections of a page: the verdict, and the table of searchers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..integrity import plan
from ..report import cells, integrity, omissions, shown, tables
from ..report.outcomes import FINDING
from ..report.remarks import remarks
from ..report.wording import Wording
from . import bars
from .marks import Palette, Scale

Row = Mapping[str, Any]
_SENTENCE = re.compile(r"(?<=[^.A-Z][.!?]) (?=\S)")


def verdict(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """The verdict as the end screen has it, each sentence of the whole one, and key figures."""
    lead, *more = summary["verdict_short"]
    return {
        "lead": lead,
        "more": " ".join(more),
        "others": _SENTENCE.split(summary["verdict"]),
        "caution": summary.get("caution", ""),
        "lacks": summary.get("lacks", ()),
        "facts": list(_facts(summary, words)),
        "doubts": len(findings(summary, words)),
    }


def findings(summary: Row, words: Wording) -> list[str]:
    """Findings of checks and remarks on cells: reasons to doubt a figure."""
    whose = [
        f"{'' if row['subject'] == plan.STUDY else row['subject'] + ': '}{line}"
        for row in summary["integrity"]["checks"]
        if row["outcome"] == FINDING
        for line in row["findings"]
    ]
    return [*remarks(summary), *whose]


def _facts(summary: Row, words: Wording) -> Iterator[dict[str, str]]:
    """Figures of the best searcher that a reader takes along."""
    row = leading(summary, words)
    if row is None:
        return
    alias = row["better"]
    told = "decided" if row["decided"] else "not decided"
    yield _fact(f"gain of {alias}", words.span(row["gap"], row["interval"]), told)
    best = best_cell(summary, alias, words)
    if best is None:
        return
    if best["over_floor"]:
        over = best["over_floor"]
        span = words.span(over["gain"], over["interval"])
        seed = f", seed {best['seed']}" * (row["seeds"] > 1)
        yield _fact(
            f"over the best floor{seed}", span, f"{over['floor']}: {words.level(over['level'])}"
        )
    for name, other in summary.get("transfer", {}).items():
        there = other["searchers"].get(alias)
        if there and there["gain"] is not None:
            span = Wording.from_json(other).span(there["gain"], there["interval"])
            yield _fact(f"on {name}", span, "where nobody searched")
    yield _fact("seeds", str(row["seeds"]), "one run, not the method" if row["seeds"] == 1 else "")


def _fact(name: str, value: str, note: str) -> dict[str, str]:
    return {"name": name, "value": value, "note": note}


def leading(summary: Row, words: Wording) -> Row | None:
    """The pair of the searcher with the largest gain over the baseline; None where none gains."""
    pairs = cells.against_baseline(summary).values()
    best = max(pairs, key=lambda one: one["gap"], default=None)
    return best if best and best["gap"] > 0 and not words.is_nothing(best["gap"]) else None


def best_cell(summary: Row, alias: str, words: Wording) -> Row | None:
    """The cell of a searcher whose champion is best on the search split, as the table has it."""
    mine = [one for one in summary["cells"] if one["alias"] == alias and one["champion"]]
    return next(iter(cells.best(mine, words)), None)


def searchers(summary: Row, found: Row, words: Wording, palette: Palette) -> dict[str, Any]:
    """A group for each searcher: its mean over seeds, and a row for each seed."""
    rows = [*cells.against_baseline(summary).values(), *summary["cells"]]
    ends = [x for one in rows for x in (one.get("gap"), *(one["interval"] or ()))]
    scale = bars.axis([*ends, *(one.get("gain") for one in summary["cells"])])
    aliases = dict.fromkeys(cell["alias"] for cell in summary["cells"])
    base = summary["baseline"]
    return {
        "base": {"search": words.level(base["search"]), "final": words.level(base[words.final])},
        "floor": _floor(summary, words),
        "groups": [_group(summary, alias, words, palette, scale) for alias in aliases],
        "heads": {
            "search": words.search_column,
            "final": words.final_column,
            "gain": words.gain_column,
        },
        "has_search": words.held_out,
        "wrong": any(one["wrong_context"] is not None for one in summary["cells"]),
        "gap": words.sealed,
        "others": _others(summary, words),
    }


def _floor(summary: Row, words: Wording) -> dict[str, str] | None:
    """The best floor where scores decide."""
    over = next((one["over_floor"] for one in summary["cells"] if one["over_floor"]), None)
    if over is None:
        return None
    floor = summary["floors"].get(over["floor"], {})
    return {
        "name": over["floor"],
        "search": words.level(floor.get("search")),
        "final": words.level(over["level"]),
    }


def _group(
    summary: Row, alias: str, words: Wording, palette: Palette, scale: Scale
) -> dict[str, Any]:
    pair = cells.against_baseline(summary).get(alias)
    mine = summary["searchers"].get(alias, {})
    seeds = [one for one in summary["cells"] if one["alias"] == alias]
    span = words.span(pair["gap"], pair["interval"]) if pair else "-"
    final = mine.get("test") if words.held_out else mine.get("search")
    return {
        "alias": alias,
        "colour": palette.colour(alias),
        "seeds": len(seeds),
        "recorded": any(one["recorded"] for one in seeds),
        "rule": next((one["searched_for"] for one in seeds if one.get("searched_for")), ""),
        "search": words.level(mine.get("search")),
        "final": words.level(final),
        "gain": span,
        "drawn": bars.interval(
            pair["gap"], pair["interval"], scale, f"gain of {alias}: {span}", palette.colour(alias)
        )
        if pair
        else "",
        "decided": _decided(pair, seeds),
        "rows": [_seed(one, words, palette, scale) for one in seeds],
    }


def _decided(pair: Row | None, seeds: list[Row]) -> str:
    if not any(one["champion"] for one in seeds):
        return "baseline kept"
    if pair is None:
        return "not scored yet"
    return "decided" if pair["decided"] else "not decided"


def _seed(cell: Row, words: Wording, palette: Palette, scale: Scale) -> dict[str, Any]:
    told = tables.gain(cell, words)
    return {
        "seed": cell["seed"],
        "search": words.level(cell["search"]),
        "final": words.level(cell.get(words.final)),
        "wrong": words.level(cell["wrong_context"]),
        "gain": told,
        "drawn": bars.interval(
            cell["gain"], cell["interval"], scale,
            f"gain of {cells.titled(cell)}: {told}", palette.colour(cell["alias"]),
        )
        if cell["champion"]
        else "",
        "gap": words.signed(cell["gap"]),
        "trials": f"{cell['trials']:g}",
        "failed": sum(count for status, count in cell["status"].items() if status != "ok"),
        "ended": cell["ended"],
        "shown": shown.column(cell),
    }  # fmt: skip


def _others(summary: Row, words: Wording) -> list[dict[str, str]]:
    """Searchers against each other, as summary.json has the pairs."""
    return [
        {
            "pair": f"{one['better']} against {one['worse']}",
            "gap": words.span(one["gap"], one["interval"]),
            "p": "-" if one["p"] is None else f"{one['p']:.3f}",
            "decided": "decided" if one["decided"] else "not decided",
        }
        for one in summary["pairs"]
    ]


def remarked(summary: Row, words: Wording) -> list[str]:
    """Lines of the integrity checks, as the terminal has them."""
    after = summary["findings"].get(omissions.FINDING)
    return integrity.lines(summary["integrity"], words, after)
