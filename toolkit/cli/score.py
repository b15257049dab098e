"""`toolkit score`: a study's own score of outputs made anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..text import short
from . import lookup, output

if TYPE_CHECKING:
    from ..study.objective import Nouns, Objective

SHAPE = '{"item": id, "output": any JSON value}'


@click.command("score")
@click.argument("study", shell_complete=lookup.complete_study)
@click.argument("outputs", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print overall, by_kind and items.")
def command(study: str, outputs: Path, as_json: bool) -> None:
    """Score OUTPUTS, rows {"item": id, "output": value}, by STUDY's own rule.

    One object {id: value, ...} will do as well. Where a program's outputs are objects, a row may
    hold their keys beside "item": {"item": id, "answer": text}.
    """
    from ..bench.feasibility import scored_by
    from ..bench.judge import Judge, Malformed, Unscored
    from ..errors import UserError
    from ..plugins import installed
    from ..study.objective import OVERALL

    found = lookup.study(study, installed())
    lookup.open_data(found)
    task = found.task()
    known = {item.id for item in task.items()}
    given = read(outputs, known)
    if not given:
        raise UserError(f"{outputs} holds no rows")
    objective = scored_by(found.objective)
    judge = Judge(task, task.vault(), objective, found.nouns)
    try:
        for item, value in given.items():
            judge.check(item, value)
        judged = judge.judge(given, whole=False)
    except (Malformed, Unscored) as error:
        raise UserError(f"{outputs}: {error}") from error
    gold = judge.vault.gold
    kinds = sorted({gold[item].kind for item in given} & set(judged.metrics))
    row = {
        "overall": judged.metrics.get(OVERALL),
        "objective": objective.shown(judged.score),
        "by_kind": {kind: judged.metrics[kind] for kind in kinds},
        "metrics": dict(judged.metrics),
        "missing": len(known) - len(given),
        "items": {row: objective.shown(value) for row, value in judged.rows.items()},
        **({"lacks": list(found.lacks)} if found.lacks else {}),
    }
    if row["missing"]:
        has = "has" if row["missing"] == 1 else "have"
        given_ones = found.nouns.count_outputs(len(given))
        output.note(
            f"{row['missing']:,} of {found.nouns.count_items(len(known))} "
            f"{has} no {found.nouns.output}; the figures cover {given_ones} only"
        )
    if as_json:
        output.say_json(row)
    else:
        _print(row, objective, found.nouns, sorted(filter(None, judge.vault.counted)))


def _print(row: Mapping[str, Any], objective: Objective, nouns: Nouns, counted: list[str]) -> None:
    from ..figures import metric
    from ..study.objective import JUDGED

    name = "objective" if objective.name == "score" else objective.name
    unit = f" {objective.unit}" if objective.unit else ""
    if objective.evidence == "measured":
        output.note(f"{name} is measured while a program runs: outputs alone are judged only")
        name, unit = JUDGED, ""
    width = max(10, len(name))
    if row["overall"] is not None:
        items = nouns.count_items(len(row["items"]))
        output.say(f"{'overall':<{width}} {metric(row['overall'])}   (all kinds, {items})")
    if row["objective"] is not None:
        of = f"   ({', '.join(counted)})" if counted else ""
        output.say(f"{name:<{width}} {metric(row['objective'])}{unit}{of}")
    for kind, value in row["by_kind"].items():
        output.say(f"  {kind:<12} {metric(value)}")


def read(path: Path, known: set[str]) -> dict[str, Any]:
    """{item id: output}; raises UserError with every wrong line (at most ten shown)."""
    from ..errors import UserError

    found: dict[str, Any] = {}
    text = lookup.read_text(path)
    problems = [*_take_all(text, known, found)]
    if problems:
        more = f"\n  and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise UserError(f"{path}:\n" + "\n".join(problems[:10]) + more)
    return found


def _take_all(text: str, known: set[str], found: dict[str, Any]) -> Iterator[str]:
    """A file that is one object of outputs, or a row a line; the problems."""
    from ..records import parse

    try:
        whole = parse(text)
    except ValueError:
        whole = None
    if isinstance(whole, dict) and "item" not in whole:
        for item, value in whole.items():
            if problem := _take(item, value, known, found):
                yield f"  {problem}"
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and (problem := _take_line(line, known, found)):
            yield f"  line {number}: {problem}"


def _take_line(line: str, known: set[str], found: dict[str, Any]) -> str:
    from ..records import parse

    try:
        row = parse(line)
    except ValueError as error:
        return f"is not JSON ({error}); a row is {SHAPE}"
    if not isinstance(row, dict):
        return f"is not an object; a row is {SHAPE}"
    keys = ", ".join(row) or "none"
    if "item" not in row:
        return f"lacks item (its keys: {keys}); a row is {SHAPE}"
    rest = {key: value for key, value in row.items() if key != "item"}
    if not rest:
        return f"lacks output (its keys: {keys}); a row is {SHAPE}"
    return _take(row["item"], rest["output"] if [*rest] == ["output"] else rest, known, found)


def _take(item: Any, value: Any, known: set[str], found: dict[str, Any]) -> str:
    from ..errors import near_misses

    if not isinstance(item, str):
        return f"item must be a text, got {short(item)}"
    if item not in known:
        return f"unknown item {short(item)}{near_misses(item, known)}"
    if item in found:
        return f"item {short(item)} stands twice"
    found[item] = value
    return ""
