"""Origin of each champion's gain, on screen: parts, labels, and what tuning could have had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ..figures import counted
from . import cells, outside, planted, shaped, switches, view_lines
from .parts import concepts, how, label, part_name, ranked
from .shares import by_label, composition, divided, mean, percent, some
from .wording import Wording

PARTS_SHOWN = 6
IMPORTANCES_SHOWN = 4
WIDE, MEDIUM, NARROW = 110, 78, 64
_KEYS = {"value": "ordered", "enabling": "enabling"}
LEGEND = (
    "label: what a part changes, as its searcher calls it (as its code reads, if that differs); "
    "ordered: what a part adds, averaged over the orders in which it comes after what it needs; "
    "enabling: the same over all orders, where a part waits for what it needs, which shares in "
    "what it adds then"
)
LEGEND_OF_MORE = (
    "; left out: what the champion loses without it; first in: what it adds to the baseline by "
    "itself; reach: R0 and R1 are other values of declared parameters, inside and outside their "
    "ranges, R2 other numbers in the code, R3 other code or text"
)


def blocks(summary: Mapping[str, Any], width: int, words: Wording) -> list[RenderableType]:
    """Blocks of each searcher's best champion on search; the others are in summary.json."""
    found: list[RenderableType] = []
    for cell in cells.best(summary["cells"], words):
        account = summary["attribution"]["cells"].get(cells.name(cell))
        if account and account["parts"]:
            found.append(_parts(cells.titled(cell), account, width, words))
            found += [Text(line) for line in _lines(account, words)]
            if cell.get("live"):
                found += [Text(line) for line in outside.at_once(account)]
    if found and width >= MEDIUM:
        found.append(Text(LEGEND + LEGEND_OF_MORE * (width >= WIDE), style="dim"))
    return found


def _parts(whose: str, account: Mapping[str, Any], width: int, words: Wording) -> Table:
    on = f" on {words.split}" if words.held_out else ""
    title = f"what the gain{on} came from: {whose} ({how(account, words)}{_enabling(account)})"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("part", overflow="fold")
    if width >= MEDIUM:
        table.add_column("label (read)", overflow="fold")
    values = concepts(account)
    extra = ("left out", "first in", "reach") if width >= WIDE else ()
    for heading in (*(f"{name} [95 %]" for name in values), *extra):
        table.add_column(heading, justify="right", no_wrap=width >= NARROW)
    rows = ranked(account)
    for row in rows[:PARTS_SHOWN]:
        labels = [label(row)] if width >= MEDIUM else []
        told = [words.figure(row[key]) for key in values.values()]
        beside = [mean(row[name], words) for name in ("left_out", "first_in")]
        table.add_row(part_name(row), *labels, *told, *[*beside, row["reach"]][: len(extra)])
    if len(rows) > PARTS_SHOWN:
        table.caption = f"{counted(len(rows) - PARTS_SHOWN, 'smaller part')}: see summary.json"
    return table


def _enabling(account: Mapping[str, Any]) -> str:
    """Number of orders of the enabling credit, where it is estimated from orders of its own."""
    if account.get("enabling_chains") and len(concepts(account)) > 1:
        return f"; enabling: from {account['enabling_chains']} of all orders"
    return ""


def _lines(account: Mapping[str, Any], words: Wording) -> list[str]:
    return [
        *composition(account.get("composition"), words),
        *by_label(account, words),
        *_format(account, words),
        *planted.of_account(account, words),
        *view_lines.of_format(account, words),
        *shaped.lines(account, words),
        *_tuning(account["automl"], len(account["parts"]), words),
        *switches.lines(account.get("switches"), words),
        *_importance(account.get("importance")),
        *_cautions(account, words),
    ]


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


def _tuning(automl: Mapping[str, Any], parts: int, words: Wording) -> list[str]:
    lines = []
    if len(automl["reachable"]) == parts:
        lines.append("what declared parameters could have expressed: all of it")
    elif automl["alone"] and automl["on_top"]:
        share, ends = automl.get("fraction"), automl.get("range")
        part = f", {percent(share)} of the gain" if share else ""
        if ends and ends[0] != ends[1]:
            part = f", {divided(automl, 'the gain')}"
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
    lines += _of_orders(account, words)
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


def _of_orders(account: Mapping[str, Any], words: Wording) -> list[str]:
    """Parts that changed nothing in the orders that were drawn, and parts whose orders count."""
    lines = []
    for name, key in concepts(account).items():
        idle = [row for row in account["parts"] if row[key].get("pivotal", 1) == 0]
        if idle:
            most = max(row[key]["unseen"] for row in idle)
            lines.append(
                f"{name}: {some([row['part'] for row in idle])} changed nothing in "
                f"{counted(idle[0][key]['orders'], 'order')}, which leaves room for a value of up "
                f"to {words.signed(most)} (the rule of three: largest known effect x greatest "
                "chance of not being seen)"
            )
        wide = (account.get("unsettled") or {}).get(_KEYS[key])
        if wide:
            lines.append(
                f"{name}: the budget ended before the error by orders was below half of that by "
                f"{words.unit_of_sampling[1]} for {some(wide)} (toolkit attribute RUN --budget N)"
            )
    return lines


def _no_interval(gain: float, words: Wording) -> str:
    """Why a gain without an interval is not decided."""
    if not gain:
        return "it is zero"
    if words.objective.evidence != "judged":
        return "how much the number varies from run to run was not measured"
    return f"one {words.unit_of_sampling[0]}"
