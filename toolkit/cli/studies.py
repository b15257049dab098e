"""`toolkit studies`: the studies that can be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..figures import counted
from . import lookup, output

if TYPE_CHECKING:
    from ..study.study import Study

CLAIMS = {
    "sealed": "the test split decides, which no searcher sees",
    "replicates": "the same data under other seeds decide",
    "exact": "outputs are validated exactly, and no data is held out",
    "reported": "the number that the program reports decides, and no data is held out",
}


_CALLED = {
    "input": "once for each input: function(input) returns the output",
    "none": "once for each output, without arguments",
}


@click.command("studies")
@click.argument("study", required=False, shell_complete=lookup.complete_study)
@click.option("--items", is_flag=True, help="List the items of STUDY as JSON lines.")
@click.option(
    "--code", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write the pristine tree of STUDY into DIR, for edits that `git diff` turns into a patch.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(study: str | None, items: bool, code: Path | None, as_json: bool) -> None:
    """List studies, or show STUDY: its code, parameters, splits and limits."""
    from ..errors import UserError
    from ..plugins import installed

    registry = installed()
    if study is None:
        if items or code:
            raise UserError("--items and --code need a study: `toolkit studies STUDY --items`")
        known = sorted(registry.known("study").values(), key=lambda found: found.name)
        rows = [{"name": k.name, "summary": k.summary, "default": k.default} for k in known]
        if as_json:
            output.say_json(rows)
            return
        for row in rows:
            mark = " (default)" if row["default"] else ""
            output.say(f"{row['name']}{mark}: {row['summary']}")
        return
    found = lookup.study(study, registry)
    if code:
        write_code(found, code)
    if items:
        list_items(found)
    if not (items or code):
        _show(found, as_json)
        if look_over(found) and not as_json:
            _count(found)


def look_over(found: Study) -> bool:
    """True where the data is there; notes what `compare` would refuse, and raises StudyError."""
    from ..errors import DataError
    from ..study.switches import pairs

    if not found.space:
        output.note("no parameters are declared: searchers of values have nothing to tune")
    for text in pairs(found.space, found.sources):
        output.note(f"two switches cannot be on together, a trial of both is invalid: {text}")
    try:
        found.task()
    except DataError as error:
        output.note(str(error))
        return False
    return True


def _count(found: Study) -> None:
    """`search: 32 readings of 4 stations`, a line for each split."""
    items, nouns = found.task().items(), found.nouns
    for split in found.splits:
        clusters = set(found.clusters(split))
        count = nouns.count_items(sum(item.cluster in clusters for item in items))
        of = f" of {nouns.count_clusters(len(clusters))}" if nouns.cluster != nouns.item else ""
        after = ", scored after the search" if split == "fresh" else ""
        output.say(f"{split}: {count}{of}{after}")
    if views := found.task().vault().views:
        output.say(f"views: {', '.join(views)} (the verdict quotes the first)")
    for note in found.notes:
        output.note(note)
    if found.claim == "replicates":
        output.say(f"test: the same, under {counted(found.replicates.final, 'other seed')}")


def list_items(found: Study) -> None:
    """{"item", "cluster", "split", "input"}, a row each; split is null for neither."""
    homes = {cluster: split for split in found.splits for cluster in found.clusters(split)}
    for item in found.task().items():
        row = {
            "item": item.id,
            "cluster": item.cluster,
            "split": homes.get(item.cluster),
            "input": item.input,
            **({"call": item.call} if item.call != item.cluster else {}),
        }
        output.say_json(row, indent=None)


def write_code(found: Study, folder: Path) -> None:
    """Write the pristine tree. Raises UserError where the folder holds something already."""
    from ..errors import UserError

    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} is not empty; give --code a new folder")
    try:
        for path, content in found.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except OSError as error:
        raise UserError(f"{error.filename} cannot be written: {error.strerror}") from error
    output.note(f"{counted(len(found.files), 'file')} written to {folder}")


def _show(found: Study, as_json: bool) -> None:
    from ..report.wording import Wording
    from ..study.space import to_json

    row: dict[str, Any] = {
        "name": found.name,
        "title": found.title,
        "digest": found.digest,
        "code": f"{found.tree}{' and a starting patch (see --code)' if found.start else ''}",
        "entry": found.entry or " ".join(found.command),
        **_runs(found),
        "editable": list(found.sources),
        "objective": Wording(found.objective).head,
        "constraints": [one.text for one in found.constraints],
        "parameters": {name: to_json(param) for name, param in found.space.items()},
        **({"bound": {k: one.at for k, one in found.bindings.items()}} if found.bindings else {}),
        **({"requires": [one.text for one in found.requires]} if found.requires else {}),
        "splits": {
            split: list(clusters) or "all clusters" for split, clusters in found.splits.items()
        },
        "claim": found.claim,
        **_planted(found),
        **({"transfer": [other.name for other in found.others]} if found.transfer else {}),
        "limits": found.limits.to_json(),
        "searchers": list(found.searchers),
        "seeds": found.seeds,
    }
    if as_json:
        output.say_json(row)
        return
    places = row.pop("bound", {})
    row["parameters"] = {
        name: _parameter(one) + (f', at "{places[name]}"' if name in places else "")
        for name, one in row["parameters"].items()
    }
    row["claim"] = f"{found.claim} ({CLAIMS[found.claim]})"
    if found.planted:
        row["planted"] = {
            one.name: one.what + ("" if one.left else " (repaired by the start)")
            for one in found.planted
        }
    row["limits"] = _limits(found)
    for key, value in row.items():
        if isinstance(value, dict):
            output.say(f"{key}:")
            for name, inner in value.items():
                output.say(f"  {name}: {_line(inner)}")
        elif value != []:
            output.say(f"{key}: {_line(value)}")


def _parameter(declared: Mapping[str, Any]) -> str:
    """`integer from 1 to 8, default 3`."""
    value = declared["default"]
    plain = f"{value:g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
    default = f"default {plain}"
    if declared["kind"] in ("Choice", "Switch"):
        values = (json.dumps(one, ensure_ascii=False) for one in declared["values"])
        what = "a patch of" if declared["kind"] == "Switch" else "one of"
        return f"{what} {', '.join(values)}; {default}"
    if declared["kind"] == "Flag":
        return f"true or false, {default}"
    what = "integer" if declared["kind"] == "Int" else "number"
    scale = ", by its logarithm" if declared["log"] else ""
    return f"{what} from {declared['low']:g} to {declared['high']:g}{scale}, {default}"


def _limits(found: Study) -> dict[str, str]:
    """Limits that hold for one evaluation, in words and units."""
    limits = found.limits
    clock = "" if limits.wall_s else " at most, less for what uses little CPU time"
    return {
        "CPU time": f"{limits.cpu_s:,g} s",
        "time on the clock": f"{limits.longest_s:,g} s{clock}",
        "memory": f"{limits.memory_mb:,g} MB",
        "outputs": f"{limits.output_mb:,g} MB",
        "scratch folder": f"{limits.scratch_mb:,g} MB" if limits.scratch_mb else "none",
        **({"cards": f"{limits.gpus}, its own while it runs"} if limits.gpus else {}),
    }


def _planted(found: Study) -> dict[str, Any]:
    return {"planted": [one.to_json() for one in found.planted]} if found.planted else {}


def _runs(found: Study) -> dict[str, Any]:
    """Words for how the program runs, where it is no usual function or command."""
    told = {
        "run": "as it is: nothing on its standard input, and what it prints is text"
        if found.script
        else _CALLED.get(found.arguments, ""),
        "leaves": list(found.leaves),
        "interpreter": found.python,
        "answers": _answered(found),
        "data": [str(path) for path in found.readable],
        "working copy": "may be written in, with HOME and TMPDIR; thrown away afterwards"
        if found.writable
        else "",
    }
    return {name: value for name, value in told.items() if value}


def _answered(found: Study) -> str:
    """Words for who answers the program's questions; "" where it may ask none."""
    if found.answers is None:
        return ""
    if found.answers.llm:
        return f"a language model, {found.answers.llm}; --answer-llm names another"
    return "a language model, which --answer-llm has to name"


def _line(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
