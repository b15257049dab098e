"""Texts of a comparison of two runs, for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len

from ..figures import counted
from .wording import Wording

Table = list[list[str]]
KEPT = "baseline kept"


def tables(compared: Mapping[str, Any]) -> dict[str, Table]:
    """{"command", "gains"}: rows of texts, the first of them the heads."""
    words = Wording.from_json(compared)
    names = [run["run"] for run in compared["runs"]]
    commands = [row for row in compared["command"] if row["differs"]]
    heads = ["", *names]
    wanted = any(row["difference"] for row in compared["gains"])
    baseline = ["baseline", *map(words.level, compared["baseline"]), *([""] * wanted)]
    return {
        "command": [heads, *([row["what"], *row["values"]] for row in commands)],
        "gains": [
            [*heads, *([f"{names[1]} less {names[0]}"] * wanted)],
            *([row["searcher"], *(_gain(one, words) for one in row["gains"]),
               *([_difference(row["difference"], words)] * wanted)] for row in compared["gains"]),
            baseline,
        ],
    }  # fmt: skip


def _gain(gain: Mapping[str, Any] | None, words: Wording) -> str:
    if gain is None:
        return "not compared"
    if gain["kept"]:
        return KEPT
    doubt = "" if gain["decided"] else ", not decided"
    return f"{words.figure(gain)}{words.gain_unit}{doubt} ({counted(gain['seeds'], 'seed')})"


def _difference(found: Mapping[str, Any] | None, words: Wording) -> str:
    if found is None:
        return "-"
    return f"{words.figure(found)}{words.gain_unit}"


def title(compared: Mapping[str, Any]) -> str:
    return f"Gains over the baseline {Wording.from_json(compared).where}"


def same_facts(compared: Mapping[str, Any]) -> str:
    """One line on what the commands have in common; options that nobody set are left out."""
    kept = [row for row in compared["command"] if not row["differs"]]
    told = [f"{row['what']}: {row['values'][0]}" for row in kept if row["values"][0] != "none"]
    return "; ".join(told)


def lines(compared: Mapping[str, Any]) -> Iterator[str]:
    """The comparison as plain text."""
    found, names = tables(compared), [run["run"] for run in compared["runs"]]
    yield f"study {compared['study']}"
    for run in compared["runs"]:
        yield f"  {run['run']}: begun {run['at']}, version {run['digest'][:8]}"
    yield from compared["notes"]
    yield ""
    if len(found["command"]) > 1:
        yield "Different in the commands"
        yield from _aligned(found["command"])
    else:
        yield "The commands set the same."
    yield f"The same in both: {same_facts(compared)}"
    yield ""
    yield title(compared)
    yield from _aligned(found["gains"])
    yield ""
    yield from _verdict(compared["verdict"], names)


def _verdict(told: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    if not told["other_numbers"] and not any(told["only"]):
        yield "The verdicts are the same."
    if told["other_numbers"]:
        yield "Sentences of the verdict with other numbers"
    for pair in told["other_numbers"]:
        yield from (f"  {name}: {text}" for name, text in zip(names, pair, strict=True))
    for name, texts in zip(names, told["only"], strict=True):
        if texts:
            yield f"Only in the verdict of {name}"
            yield from (f"  {text}" for text in texts)
    if told["both"]:
        yield "In both verdicts"
        yield from (f"  {text}" for text in told["both"])


def _aligned(table: Table) -> Iterator[str]:
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = [
            text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)
        ]
        yield "  " + "   ".join(cells).rstrip()
