"""`toolkit studies`: the studies that can be compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import lookup, output

if TYPE_CHECKING:
    from ..study.study import Study


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

    if not found.space:
        output.note("no parameters are declared: searchers of values have nothing to tune")
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
        output.say(f"{split}: {count}{of}")
    for note in found.notes:
        output.note(note)
    if found.claim == "replicates":
        output.say(f"test: the same, under {found.replicates.final} other seeds")


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
    output.note(f"{len(found.files)} files written to {folder}")


def _parameter(found: Study, name: str) -> str:
    """A parameter and where its value goes."""
    place = f' at "{found.bindings[name].at}"' if name in found.bindings else ""
    return f"{found.space[name]}{place}"


def _show(found: Study, as_json: bool) -> None:
    from ..report.wording import Wording

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
        "parameters": {name: _parameter(found, name) for name in found.space},
        **({"requires": [one.text for one in found.requires]} if found.requires else {}),
        "splits": {
            split: list(clusters) or "all clusters" for split, clusters in found.splits.items()
        },
        "claim": found.claim,
        "limits": found.limits.to_json(),
        "searchers": list(found.searchers),
        "seeds": found.seeds,
    }
    if as_json:
        output.say_json(row)
        return
    for key, value in row.items():
        if isinstance(value, dict):
            output.say(f"{key}:")
            for name, inner in value.items():
                output.say(f"  {name}: {_line(inner)}")
        elif value != []:
            output.say(f"{key}: {_line(value)}")


def _runs(found: Study) -> dict[str, Any]:
    """Words for how the program runs, where it is no usual function or command."""
    told = {
        "run": "as it is: nothing on its standard input, and what it prints is text"
        if found.script
        else _CALLED.get(found.arguments, ""),
        "leaves": list(found.leaves),
        "interpreter": found.python,
        "data": [str(path) for path in found.readable],
        "working copy": "may be written in, with HOME and TMPDIR; thrown away afterwards"
        if found.writable
        else "",
    }
    return {name: value for name, value in told.items() if value}


def _line(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
