"""Origin of each champion's gain, on screen: parts, labels, and what tuning could have had."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import inf
from textwrap import shorten
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ..figures import counted
from ..text import visible
from . import outside
from .wording import Wording

PARTS_SHOWN = 6
IMPORTANCES_SHOWN = 4
WIDE, MEDIUM = 110, 78
NOTE_CHARS = 60
LEGEND = (
    "label: what a part changes, as its searcher calls it (as its code reads, where that differs)"
)
LEGEND_OF_MORE = (
    "; in order: what it added when it was accepted; left out: what the champion loses without it; "
    "first in: what it adds to the baseline by itself; reach: R0 and R1 are other values of "
    "declared parameters, inside and outside their ranges, R2 other numbers in the code, R3 other "
    "code or text"
)


def blocks(summary: Mapping[str, Any], width: int, words: Wording) -> list[RenderableType]:
    """Blocks of each searcher's best champion on search; the others are in summary.json."""
    best: dict[str, Mapping[str, Any]] = {}
    for cell in summary["cells"]:
        known = best.get(cell["alias"])
        if known is None or _rank(cell, words) > _rank(known, words):
            best[cell["alias"]] = cell
    found: list[RenderableType] = []
    for alias, cell in best.items():
        account = summary["attribution"]["cells"].get(f"{alias}-{cell['seed']}")
        if account and account["parts"]:
            found.append(_parts(f"{alias}, seed {cell['seed']}", account, width, words))
            found += [Text(line) for line in _lines(account, words)]
            if cell.get("live"):
                found += [Text(line) for line in outside.at_once(account)]
    if found and width >= MEDIUM:
        found.append(Text(LEGEND + LEGEND_OF_MORE * (width >= WIDE), style="dim"))
    return found


def _rank(cell: Mapping[str, Any], words: Wording) -> float:
    level = cell["search"]
    return -inf if level is None else words.objective.sign * level


def _parts(whose: str, account: Mapping[str, Any], width: int, words: Wording) -> Table:
    on = f" on {words.split}" if words.held_out else ""
    title = f"what the gain{on} came from: {whose} ({how(account, words)})"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("part", overflow="fold")
    if width >= MEDIUM:
        table.add_column("label (read)")
    table.add_column("value [95 %]", justify="right", no_wrap=True)
    extra = ("in order", "left out", "first in", "reach") if width >= WIDE else ()
    for heading in extra:
        table.add_column(heading, justify="right", no_wrap=True)
    rows = account["parts"]
    ranked = sorted(rows, key=lambda row: -abs(row["value"]["mean"]))[:PARTS_SHOWN]
    for row in (row for row in rows if row in ranked):
        label = [_label(row)] if width >= MEDIUM else []
        beside = [_mean(row[name], words) for name in ("in_order", "left_out", "first_in")]
        table.add_row(
            part_name(row), *label, words.figure(row["value"]),
            *[*beside, row["reach"]][: len(extra)],
        )  # fmt: skip
    if len(rows) > len(ranked):
        table.caption = f"{counted(len(rows) - len(ranked), 'smaller part')}: see summary.json"
    return table


def how(account: Mapping[str, Any], words: Wording) -> str:
    """Method of the values, in words: exact, or estimated from so many orders."""
    orders = account["order"]["extensions"]
    among = "more orders than can be counted" if orders is None else f"{_large(orders)} orders"
    if len(account["parts"]) == 1:
        return "one part: the whole gain is its own"
    if orders == 1:
        return "each part needs the one before it: only one order is possible"
    if account["method"] == "exact":
        return f"Shapley value, exact over {among}"
    each = (
        f", one {words.unit_of_sampling[0]} each" if account["chains"] > account["rounds"] else ""
    )
    return f"Shapley value, estimated from {account['chains']} of {among}{each}"


def _large(count: int) -> str:
    return f"{count:,}" if count < 1_000_000 else f"{count:.1e}"


def part_name(row: Mapping[str, Any]) -> str:
    """The name of a part in tables and pictures; a model may have written it."""
    if row["form"] == "edit":
        return shorten(visible(f"{row['part']} {row['note']}"), NOTE_CHARS, placeholder="…")
    (value,) = row["sets"].values()
    change = " back to its default" if value is None else f"={_short(value)}"
    return visible(f"{row['part']}{change}")


def _label(row: Mapping[str, Any]) -> str:
    claimed, read = row["label"] or "-", row["read"]
    return claimed if claimed == read else f"{claimed} ({read})"


def _lines(account: Mapping[str, Any], words: Wording) -> list[str]:
    return [
        *_labels(account, words),
        *_format(account, words),
        *_tuning(account["automl"], words),
        *_importance(account.get("importance")),
        *_cautions(account, words),
    ]


def _labels(account: Mapping[str, Any], words: Wording) -> list[str]:
    """Sums by label, as the searcher claimed them and as the code reads, where they differ."""
    if all(row["form"] == "parameter" for row in account["parts"]):
        return []
    told = {name: _sums(table, words) for name, table in account["labels"].items()}
    if len(set(told.values())) == 1:
        return [f"by label: {next(iter(told.values()))}"]
    return [f"by label, as {name}: {text}" for name, text in told.items()]


def _sums(table: Mapping[str, Any], words: Wording) -> str:
    texts = []
    for label, row in table.items():
        if not row["measurable"]:
            texts.append(f"{label} cannot be measured in this study")
        elif row["parts"]:
            alone = f", taken as one part {_mean(row['as_one'], words)}" if row["as_one"] else ""
            share = row.get("fraction")
            part = f" = {_percent(share)}" if share else ""
            count = counted(row["parts"], "part")
            texts.append(f"{label} {words.figure(row['sum'])}{part} ({count}{alone})")
    return "; ".join(texts)


def _percent(share: Mapping[str, Any]) -> str:
    """`12% [3%, 21%]`; without brackets where there is no sample."""
    if share["low"] is None:
        return f"{share['mean']:.0%}".replace("-0%", "0%")
    mean, low, high = (f"{share[name]:.0%}" for name in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]".replace("-0%", "0%")


def _format(account: Mapping[str, Any], words: Wording) -> list[str]:
    """The gain without edits of an output's format, which tell nothing of what it knows."""
    rows = {name: table.get("format") for name, table in account["labels"].items()}
    found = [
        f"{words.figure(row['left_without'])} (format as {name})"
        for name, row in rows.items()
        if row and row["left_without"]
    ]
    return [f"gain without edits of the {words.nouns.output}'s format: {', '.join(found)}"] * bool(
        found
    )


def _tuning(automl: Mapping[str, Any], words: Wording) -> list[str]:
    lines = []
    if automl["alone"] and automl["on_top"]:
        share = automl.get("fraction")
        part = f", {_percent(share)} of the gain" if share else ""
        lines.append(
            "what declared parameters could have expressed: "
            f"{counted(len(automl['reachable']), 'part')}{part}; {words.figure(automl['alone'])} "
            f"alone, {words.figure(automl['on_top'])} on top of the other parts"
        )
    if automl["grid"]:
        grid = automl["grid"]
        lines.append(
            f"code x settings (values from {grid['tuned_by']}): settings "
            f"{words.figure(grid['settings'])}, code {words.figure(grid['code'])}, interaction "
            f"{words.figure(grid['interaction'])}; these settings gain "
            f"{words.figure(grid['tuned_gain'])} on the unchanged code"
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


def _cautions(account: Mapping[str, Any], words: Wording) -> list[str]:
    order, lines = account["order"], []
    if not account["decided"]:
        why = "the interval holds zero"
        if account["gain"]["low"] is None:
            why = _no_interval(account["gain"]["mean"], words)
        lines.append(f"its gain is not decided ({why}): no shares are given")
    elif account["gain"]["mean"] < 0:
        where = "on the test split" if words.sealed else words.where
        lines.append(f"it loses {where}: no shares are given")
    if not order["reliable"]:
        lines.append(
            f"UNRELIABLE: {order['failed']} of {counted(order['tried'], 'sampled subset')} did not "
            "build"
        )
    if account["left_undone"]:
        lines.append(
            f"skipped, budget too small: {', '.join(account['left_undone'])} "
            "(toolkit attribute RUN --budget N)"
        )
    if account["interactions"]:
        pairs = (
            f"{' and '.join(one['parts'])} {words.figure(one)}"
            for one in account["interactions"][:2]
        )
        lines.append(
            "strongest interactions (+: worth more together than apart, -: less): "
            f"{'; '.join(pairs)}"
        )
    return lines


def _no_interval(gain: float, words: Wording) -> str:
    """Why a gain without an interval is not decided."""
    if not gain:
        return "it is zero"
    if words.objective.evidence != "judged":
        return "how much the number varies from run to run was not measured"
    return f"one {words.unit_of_sampling[0]}"


def _mean(figure: Mapping[str, Any] | None, words: Wording) -> str:
    return "-" if figure is None else words.signed(figure["mean"])


def _short(value: Any) -> str:
    """A parameter's value on one line; 1, 1.0, true and the text "1" look different."""
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
