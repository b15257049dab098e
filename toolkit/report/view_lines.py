"""Gains under more than one rule on screen, and what the verdict says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from .decisions import BY_T, by_t
from .ties import listed
from .wording import Wording

DETAILS = ("net", "interval", "")
"""how much a gain's cell tells, the most first: a narrow terminal has less of it"""
RULE, SPACING, LEVEL = 17, 3, 9

Row = Mapping[str, Any]


def table(seen: Row | None, width: int, words: Wording) -> Table | None:
    """A row for each rule, a column for each searcher whose champion is not the baseline."""
    rows = [row for row in seen["matrix"] if not row["kept"]] if seen else []
    if not seen or not rows:
        return None
    detail = _fitting(seen, rows, width, words)
    nets = "; net: less its gain in wrong contexts" if detail == "net" and _has_net(rows) else ""
    way = f" {BY_T}" if _few(rows) else ""
    title = f"gains by other rules, on {words.split} (* decided{way}, unadjusted{nets})"
    found = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    found.add_column("judged by", overflow="fold")
    found.add_column("baseline", justify="right")
    for row in rows:
        found.add_column(name(row, seen["objective"]), justify="right")
    for rule in seen["judged_by"]:
        gains = [_gain(row["judged_by"][rule], detail, words) for row in rows]
        found.add_row(rule, words.level(seen["baseline"][rule]["level"]), *gains)
    return found


def name(row: Row, objective: str) -> str:
    """A searcher's name, with what it searched for where that is no common thing."""
    view, who = row["searched_for"], str(row["searcher"])
    return who if view == objective else f"{who} (for {view})"


def _fitting(seen: Row, rows: Sequence[Row], width: int, words: Wording) -> str:
    for detail in DETAILS:
        texts = [
            [name(row, seen["objective"])]
            + [_gain(row["judged_by"][rule], detail, words) for rule in seen["judged_by"]]
            for row in rows
        ]
        if RULE + LEVEL + sum(max(map(len, some)) + SPACING for some in texts) <= width:
            return detail
    return ""


def _has_net(rows: Sequence[Row]) -> bool:
    return any(one and one["net_gain"] is not None for r in rows for one in r["judged_by"].values())


def _few(rows: Sequence[Row]) -> bool:
    """True where signs of the clusters can decide nothing."""
    return any(one and by_t(one["p_floor"]) for row in rows for one in row["judged_by"].values())


def _gain(one: Row | None, detail: str, words: Wording) -> str:
    """`+0.161* [+0.120, +0.202], net +0.140`"""
    if one is None:
        return "-"
    low, high = one["interval"]
    star = "*" if one["decided"] else ""
    text = f"{words.signed(one['gain'])}{star}"
    if detail and low is not None:
        text += f" [{words.signed(low)}, {words.signed(high)}]"
    if detail == "net" and one["net_gain"] is not None:
        text += f", net {words.signed(one['net_gain'])}"
    return text


def sentences(seen: Row | None, leading: Sequence[str], words: Wording) -> list[str]:
    """Part of the leaders' gains that is left by the first view, and views that disagree."""
    if not seen:
        return []
    _, quoted, *_ = seen["judged_by"]
    told = []
    for row in seen["matrix"]:
        one = row["judged_by"][quoted]
        if row["searcher"] in leading and not row["kept"] and one:
            many = f" ({row['searcher']})" * (len(leading) > 1)
            gain = words.span(one["gain"], one["interval"])
            open_ = "" if one["decided"] else ", which is not decided"
            told.append(f"By the rule {quoted} its gain is {gain}{many}{open_}.")
    return told + _disagreements(seen) + _others(seen)


def _others(seen: Row) -> list[str]:
    """Searchers that were shown other scores than those that are compared."""
    goal, rows = seen["objective"], seen["matrix"]
    other = [(row["searcher"], row["searched_for"]) for row in rows if row["searched_for"] != goal]
    return [f"{who} searched for {view}, not for {goal}." for who, view in other]


def _disagreements(seen: Row) -> list[str]:
    found: dict[tuple[str, str], list[str]] = {}
    for row in seen["disagreements"]:
        found.setdefault((row["searcher"], row["how"]), []).append(row["by"])
    return [
        f"{who} has a decided gain by {listed(by)} only."
        if how == "appears"
        else f"The gain of {who} {how} by {listed(by)}."
        for (who, how), by in found.items()
    ]


def of_format(account: Row, words: Wording) -> list[str]:
    """Edits of the output's format, as read from the code, beside the format that views see."""
    seen = account.get("views")
    if not seen:
        return []
    quoted = seen["quoted"]
    gain = seen["gain"][quoted]
    read = account["labels"]["read"].get("format")
    known = seen["labels"]["read"].get("format", {}).get(quoted)
    edits = (
        f"the edits read as format add {words.signed(read['sum']['mean'])} "
        f"({words.signed(known['value']['mean'])} by {quoted})"
        if known and read and read["sum"]
        else "no edit is read as format"
    )
    form = account["gain"]["mean"] - gain["mean"]
    return [
        f"format: {edits}; the gain by the score less the gain by {quoted} is {words.signed(form)}"
    ]
