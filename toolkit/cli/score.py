"""`toolkit score`: the official score of predictions made anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from ..text import short
from . import lookup, output


@click.command("score")
@click.argument("study", shell_complete=lookup.complete_study)
@click.argument("predictions", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--json", "as_json", is_flag=True, help="Print the figures and the score of each item as JSON."
)
def command(study: str, predictions: Path, as_json: bool) -> None:
    """Score PREDICTIONS.jsonl, rows {"item": id, "answer": text}, by STUDY's official rule."""
    from ..bench.judge import Prediction, judge
    from ..errors import UserError
    from ..plugins import installed

    task = lookup.study(study, installed()).task()
    known = {item.id for item in task.items()}
    answers = read(predictions, known)
    if not answers:
        raise UserError(f"{predictions} holds no rows")
    vault = task.vault()
    found = judge(vault, {item: Prediction(text, ()) for item, text in answers.items()})
    kinds = sorted({vault.gold[item].kind for item in found.items})
    row = {
        "overall": found.metrics["overall"],
        "objective": found.score,
        "by_category": {kind: found.metrics[kind] for kind in kinds},
        "missing": len(known) - len(answers),
        "items": dict(found.items),
    }
    if row["missing"]:
        output.note(
            f"{row['missing']} of {len(known)} items have no prediction; the figures cover the "
            f"{len(answers)} given ones only"
        )
    output.say_json(row) if as_json else _print(row, sorted(vault.counted))


def _print(row: Mapping[str, Any], counted: list[str]) -> None:
    output.say(f"overall    {row['overall']:.4f}   (all kinds, {len(row['items'])} items)")
    if row["objective"] is not None:
        output.say(f"objective  {row['objective']:.4f}   ({', '.join(counted)})")
    for kind, value in row["by_category"].items():
        output.say(f"  {kind:<12} {value:.4f}")


def read(path: Path, known: set[str]) -> dict[str, str]:
    """{item id: answer}; raises UserError with every wrong line (at most ten shown)."""
    from ..errors import UserError

    answers: dict[str, str] = {}
    problems = []
    for number, line in enumerate(lookup.read_text(path).split("\n"), 1):
        if line.strip():
            problem = _take(line, known, answers)
            if problem:
                problems.append(f"  line {number}: {problem}")
    if problems:
        more = f"\n  and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise UserError(f"{path}:\n" + "\n".join(problems[:10]) + more)
    return answers


def _take(line: str, known: set[str], answers: dict[str, str]) -> str:
    from ..errors import near_misses
    from ..records import parse

    shape = '{"item": id, "answer": text}'
    try:
        row = parse(line)
    except ValueError as error:
        return f"is not JSON ({error}); a row is {shape}"
    if not isinstance(row, dict):
        return f"is not an object; a row is {shape}"
    lacking = [key for key in ("item", "answer") if key not in row]
    if lacking:
        keys = ", ".join(row) or "none"
        return f"lacks {' and '.join(lacking)} (its keys: {keys}); a row is {shape}"
    item, answer = row["item"], row["answer"]
    if not isinstance(answer, str) or not isinstance(item, str):
        return f"item and answer must be texts, got {short(item)} and {short(answer)}"
    if item not in known:
        return f"unknown item {short(item)}{near_misses(item, known)}"
    if item in answers:
        return f"item {short(item)} stands twice"
    answers[item] = answer
    return ""
