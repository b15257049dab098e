"""`toolkit run`: one candidate, evaluated and scored, without a search."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import lookup, output, place

if TYPE_CHECKING:
    from ..ledger.subjects import Split
    from ..places import Place
    from ..plugins import Registry
    from ..records import Candidate, Scored
    from ..study.study import Study

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("run")
@click.argument("study", shell_complete=lookup.complete_study)
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Set a parameter; repeatable."
)
@click.option(
    "--patch", "patch_file", type=_FILE, help="Apply a unified diff against the pristine tree."
)
@click.option(
    "--candidate",
    "candidate_file",
    type=_FILE,
    help='Read {"overrides", "patch"} from a JSON file.',
)
@click.option("--split", type=click.Choice(["search", "test"]), default="search", show_default=True,
              help="Split to score. The ledger logs each opening of the test split.")  # fmt: skip
@click.option(
    "--run", "run", metavar="RUN", shell_complete=lookup.complete_run,
    help="Run whose seeds the replicates have, and that logs the openings. Default: the one that "
    "`toolkit compare STUDY` makes.",
)  # fmt: skip
@click.option(
    "--outputs", "outputs_file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False),
    help="Write the outputs to FILE, as `toolkit score` reads them.",
)  # fmt: skip
@place.options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    study: str,
    settings: tuple[str, ...],
    patch_file: Path | None,
    candidate_file: Path | None,
    split: Any,
    run: str | None,
    outputs_file: Path | None,
    evaluator: str,
    ray_address: str | None,
    allow_weak: bool,
    answers: Any,
    as_json: bool,
) -> None:
    """Evaluate one candidate of STUDY; print its status, score, metrics and usage."""
    from ..bench import feasibility
    from ..places import Place
    from ..plugins import installed
    from . import run_of_study

    registry = installed()
    found = lookup.study(study, registry)
    candidate = read_candidate(found, settings, patch_file, candidate_file)
    lookup.open_data(found)
    where = Place(evaluator, 1, ray_address, allow_weak, answers)
    folder = run_of_study.folder(found, run)
    result, isolation = _evaluated(found, candidate, split, folder, where, registry)
    feasibility.require(found, result, candidate)
    if outputs_file:
        write_outputs(outputs_file, result.outputs or {})
    row = {
        "study": found.name,
        "split": split,
        "status": result.status,
        "score": found.objective.shown(result.score),
        "objective": found.objective.to_json(),
        "metrics": dict(result.metrics),
        "usage": result.usage.to_json(),
        "isolation": isolation,
        "detail": result.detail,
    }
    output.say_json(row) if as_json else _print(row, _on(found, split))
    raise SystemExit(0 if result.status == "ok" else 1)


def _evaluated(
    study: Study, candidate: Candidate, split: Split, folder: Path, where: Place, registry: Registry
) -> tuple[Scored, str]:
    """A candidate's scores on a split, and the level at which it ran. folder: of the run."""
    from ..bench.bench import Bench
    from ..bench.tally import HOST
    from ..errors import UserError
    from ..places import opened
    from ..plugins import contained
    from . import run_of_study

    hidden = [study.folder, lookup.RUNS, folder]
    with (
        contained("code of a plugin or of the study ended the command"),
        opened(where, study, registry, hidden=hidden, tell=output.note) as running,
    ):
        bench = Bench(study, running)
        problem = bench.problem(candidate)
        if problem:
            raise UserError(problem)
        bench.require(split)  # before an opening is logged
        run_of_study.join(bench, candidate, split, folder)
        return bench.run(candidate, split, by=HOST), running.isolation


def _on(study: Study, split: Split) -> str:
    """` (test)`, ` (other seeds)`; nothing is said where there is one set of data and of seeds."""
    from ..report.wording import Wording

    words = Wording(claim=study.claim)
    return f" ({words.on(split)})" if words.held_out else ""


def write_outputs(path: Path, outputs: Mapping[str, Any]) -> None:
    """Rows {"item", "output"}; none where the candidate failed. Raises UserError."""
    from ..errors import UserError
    from ..records import encodable

    rows = ({"item": item, "output": output} for item, output in outputs.items())
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(encodable(json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}") from error


def _spent(usage: Mapping[str, Any]) -> dict[str, str]:
    """Time, memory, and tokens and dollars where there were any, in words and units."""
    from ..figures import lone

    found = {
        "time on the clock": f"{lone(usage['wall_s'])} s",
        "CPU time": f"{lone(usage['cpu_s'])} s",
        "memory": f"{lone(usage['peak_rss_mb'])} MB",
    }
    if usage.get("gpu_s"):
        found["time on cards"] = f"{lone(usage['gpu_s'])} s"
    if usage["tokens"]:
        found["tokens"] = f"{usage['tokens']:,}"
    if usage["usd"]:
        found["cost"] = f"{lone(usage['usd'])} dollars"
    if used := usage.get("answers"):
        from ..report.answers import told

        found["answers"] = told(used)
    return found


def _print(row: dict[str, Any], on: str) -> None:
    """on: the data that was scored, in brackets; empty where a study has no other."""
    from ..figures import metric
    from ..report.wording import alone
    from ..study.objective import Objective

    objective = Objective.from_json(row["objective"])
    name = "score " if objective.name == "score" or row["score"] is None else ""
    level = alone(objective, row["score"], more=1)
    output.say(f"{row['study']}{on}: {row['status']}, {name}{level}")
    figures = {name: metric(value) for name, value in row["metrics"].items()}
    for name, value in {**figures, **_spent(row["usage"])}.items():
        output.say(f"  {name:<18} {value}")
    if row["detail"]:
        output.note(row["detail"])


def read_candidate(
    study: Any, settings: tuple[str, ...], patch_file: Path | None, candidate_file: Path | None
) -> Any:
    """A candidate from --candidate, then --patch and --set on top; raises UserError."""
    from ..errors import UserError
    from ..records import Candidate

    overrides: dict[str, Any] = {}
    patch = ""
    if candidate_file:
        if patch_file:
            raise UserError("--patch and --candidate both bring a patch; give one of them")
        overrides, patch = _read_json(candidate_file)
    if patch_file:
        patch = lookup.read_text(patch_file)
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(f"--set {text!r} is not of the form NAME=VALUE")
        overrides[name] = parse_value(study.space.get(name), value)
    return Candidate(overrides, patch)


def _read_json(path: Path) -> tuple[dict[str, Any], str]:
    from ..errors import UserError, unknown
    from ..records import parse

    shape = f'{path} must be JSON {{"overrides": {{…}}, "patch": "…"}}'
    try:
        data = parse(lookup.read_text(path))
    except ValueError as error:
        raise UserError(f"{shape}: {error}") from error
    if not isinstance(data, dict):
        raise UserError(f"{shape}, not a {type(data).__name__}")
    keys = {"overrides", "patch"}
    for key in data:
        if key not in keys:
            raise UserError(f"{shape}: {unknown('key', key, keys)}")
    if not data:
        raise UserError(f"{shape}: it holds neither")
    overrides, patch = data.get("overrides", {}), data.get("patch", "")
    if not isinstance(overrides, dict) or not isinstance(patch, str):
        raise UserError(f"{path}: overrides must be an object and patch a text")
    return overrides, patch


def parse_value(param: Any, text: str) -> Any:
    """A value as JSON where it is JSON (3, 0.5), else as text.

    A flag takes the words that a searcher's option takes: true, yes, 1, false, no, 0. A choice is
    the one that the JSON means, else the one that the text is: of 1 and "1", typed 1 is the number
    and typed "1" the text.
    """
    from ..records import parse
    from ..search.options import FLAGS
    from ..study.space import Choice, Flag

    if isinstance(param, Flag):
        return FLAGS.get(text.lower(), text)
    try:
        value = parse(text)
    except ValueError:
        value = text
    return choose(param, value, text) if isinstance(param, Choice) else value


def choose(param: Any, value: Any, text: str) -> Any:
    """Value of a choice that was typed; the text's own value where it is none of them."""
    from ..records import same

    as_typed = [known for known in param.values if same(known, value)]
    as_typed += [known for known in param.values if known == text]
    as_typed += [known for known in param.values if str(known) == text]  # True, as Python writes it
    return as_typed[0] if as_typed else value
