"""What each champion's gain came from, on screen: parts, types, and what tuning could have had."""

from __future__ import annotations

import json
from collections.abc import Mapping
from textwrap import shorten
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ..text import visible

PARTS_SHOWN = 6
IMPORTANCES_SHOWN = 4
WIDE, MEDIUM = 110, 78
NOTE_CHARS = 60


def blocks(summary: Mapping[str, Any], width: int) -> list[RenderableType]:
    """For each searcher its best champion on the search split; the others are in summary.json."""
    best: dict[str, Mapping[str, Any]] = {}
    for cell in summary["cells"]:
        if (cell["search"] or 0) > (best.get(cell["alias"], {"search": -1.0})["search"] or 0):
            best[cell["alias"]] = cell
    found: list[RenderableType] = []
    for alias, cell in best.items():
        account = summary["attribution"]["cells"].get(f"{alias}-{cell['seed']}")
        if account and account["parts"]:
            found += [_parts(f"{alias}, seed {cell['seed']}", account, width)]
            found += [Text(line) for line in _lines(account)]
    return found


def _parts(whose: str, account: Mapping[str, Any], width: int) -> Table:
    title = f"what the gain on test came from: {whose} ({how(account)})"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("part", overflow="fold")
    if width >= MEDIUM:
        table.add_column("type (read)")
    table.add_column("value [95 %]", justify="right", no_wrap=True)
    extra = ("in order", "left out", "first in", "reach") if width >= WIDE else ()
    for heading in extra:
        table.add_column(heading, justify="right", no_wrap=True)
    rows = account["parts"]
    ranked = sorted(rows, key=lambda row: -abs(row["value"]["mean"]))[:PARTS_SHOWN]
    for row in (row for row in rows if row in ranked):
        kind = [_type(row)] if width >= MEDIUM else []
        figures = [_mean(row["in_order"]), _mean(row["left_out"]), _mean(row["first_in"])]
        table.add_row(
            part_name(row), *kind, span(row["value"]), *[*figures, row["reach"]][: len(extra)]
        )
    if len(rows) > len(ranked):
        table.caption = f"{len(rows) - len(ranked)} smaller parts: see summary.json"
    return table


def how(account: Mapping[str, Any]) -> str:
    """In words: the exact value, or estimated from so many orders."""
    orders = account["order"]["extensions"]
    among = "orders too many to count" if orders is None else f"{_large(orders)} orders"
    if len(account["parts"]) == 1:
        return "one part: the whole gain is its own"
    if orders == 1:
        return "one order only: each part needs the one before, so this is the order of acceptance"
    if account["method"] == "exact":
        return f"Shapley value, exact over {among}"
    return f"Shapley value, estimated from {account['chains']} of {among}, a conversation each"


def _large(count: int) -> str:
    return f"{count:,}" if count < 1_000_000 else f"{count:.1e}"


def part_name(row: Mapping[str, Any]) -> str:
    """What tables and pictures call a part; its words are a model's."""
    if row["form"] == "edit":
        return shorten(visible(f"{row['part']} {row['note']}"), NOTE_CHARS, placeholder="…")
    (value,) = row["sets"].values()
    change = " back to its default" if value is None else f"={_short(value)}"
    return visible(f"{row['part']}{change}")


def _type(row: Mapping[str, Any]) -> str:
    claimed, read = row["label"] or "-", row["read"]
    return claimed if claimed == read else f"{claimed} ({read})"


def _lines(account: Mapping[str, Any]) -> list[str]:
    return [
        *_types(account),
        *_format(account),
        *_tuning(account["automl"]),
        *_importance(account.get("importance")),
        *_cautions(account),
    ]


def _types(account: Mapping[str, Any]) -> list[str]:
    """By type, under the searcher's labels and under those read off the code, where they differ."""
    if all(row["form"] == "parameter" for row in account["parts"]):
        return []
    told = {name: _sums(table, account) for name, table in account["labels"].items()}
    if len(set(told.values())) == 1:
        return [f"by type: {next(iter(told.values()))}"]
    return [f"by type, as {name}: {text}" for name, text in told.items()]


def _sums(table: Mapping[str, Any], account: Mapping[str, Any]) -> str:
    texts = []
    for label, row in table.items():
        if not row["measurable"]:
            texts.append(f"{label} not measurable here")
        elif row["parts"]:
            alone = f", as one player {_mean(row['as_one'])}" if row["as_one"] else ""
            share = row.get("fraction")
            part = f" = {_percent(share)}" if share else ""
            texts.append(
                f"{label} {span(row['sum'])}{part} ({_count(row['parts'], 'part')}{alone})"
            )
    return "; ".join(texts)


def _percent(share: Mapping[str, Any]) -> str:
    """`12% [3%, 21%]`."""
    mean, low, high = (f"{share[name]:.0%}" for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]".replace("-0%", "0%")


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _format(account: Mapping[str, Any]) -> list[str]:
    """What edits of the answer's format brought can be told apart from the rest."""
    rows = {name: table.get("format") for name, table in account["labels"].items()}
    found = [
        f"{span(row['left_without'])} ({name} as format)"
        for name, row in rows.items()
        if row and row["left_without"]
    ]
    return [f"without what only words the answer it gains {', '.join(found)}"] if found else []


def _tuning(automl: Mapping[str, Any]) -> list[str]:
    lines = []
    if automl["alone"] and automl["on_top"]:
        share = automl.get("fraction")
        part = f", {_percent(share)} of the gain" if share else ""
        lines.append(
            f"within reach of declared parameters: {_count(len(automl['reachable']), 'part')}"
            f"{part}; {span(automl['alone'])} alone, {span(automl['on_top'])} on top of the rest"
        )
    if automl["grid"]:
        grid = automl["grid"]
        lines.append(
            f"code by settings ({grid['tuned_by']}'s values on this code): settings "
            f"{span(grid['settings'])}, code {span(grid['code'])}, together "
            f"{span(grid['interaction'])} more; "
            f"tuning the unchanged code gains {span(grid['tuned_gain'])}"
        )
    return lines


def _importance(found: Mapping[str, Any] | None) -> list[str]:
    """The two measures side by side, for the parameters that fANOVA puts first."""
    if not found:
        return []
    first = sorted(found["fanova"].items(), key=lambda row: -row[1])[:IMPORTANCES_SHOWN]
    shares = (f"{name} {x:.0%}/{found['ped_anova'].get(name, 0):.0%}" for name, x in first)
    some, whole = found.get("fanova_settings", found["settings"]), found["settings"]
    drawn = f", fANOVA of {some} of {whole:,} settings" if some < whole else ""
    return [
        f"importance over the space that was searched (fANOVA/PED-ANOVA, search split{drawn}; no "
        f"share of the gain): {', '.join(shares)}"
    ]


def _cautions(account: Mapping[str, Any]) -> list[str]:
    order, lines = account["order"], []
    if not account["decided"]:
        why = "one conversation" if account["gain"]["low"] is None else "the interval holds zero"
        lines.append(f"its gain is not decided ({why}): no shares are given")
    elif account["gain"]["mean"] < 0:
        lines.append("it loses on the test split: no shares are given")
    if not order["reliable"]:
        lines.append(
            f"UNRELIABLE: {order['failed']} of {order['tried']} sampled subsets did not build"
        )
    if account["left_undone"]:
        lines.append(
            f"not run for want of budget: {', '.join(account['left_undone'])} "
            "(toolkit attribute RUN --budget N)"
        )
    if account["interactions"]:
        pairs = (f"{' and '.join(one['parts'])} {span(one)}" for one in account["interactions"][:2])
        lines.append(
            f"strongest interactions (+ more together, - less than apart): {'; '.join(pairs)}"
        )
    return lines


def span(figure: Mapping[str, Any] | None) -> str:
    """`+0.012 [-0.003, +0.027]`; a dash where there is no figure."""
    if figure is None:
        return "-"
    if figure["low"] is None:
        return f"{figure['mean']:+.3f}"
    return f"{figure['mean']:+.3f} [{figure['low']:+.3f}, {figure['high']:+.3f}]"


def _mean(figure: Mapping[str, Any] | None) -> str:
    return "-" if figure is None else f"{figure['mean']:+.3f}"


def _short(value: Any) -> str:
    """A value on one line, such that 1, 1.0, true and the text "1" are told apart."""
    if isinstance(value, float):
        text = f"{value:.3g}"
        return f"{text}.0" if text.lstrip("-").isdigit() else text
    if isinstance(value, str) and not _reads_as_json(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _reads_as_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
