"""A study as it is proposed: everything that its file will say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..bench.forecast import lasting
from ..errors import UserError
from ..patches import blocks
from . import effects, judging, marks, parameters, patching, programs, seeds, usage
from .answers import Answers
from .environment import named
from .folder import Folder
from .options import Option
from .parameters import Parameter
from .seeds import Seed
from .survey import Survey
from .syntax import HOME, assigned, constant

_DURATION = re.compile(r"(?i)time_?(?:budget|limit)|max_(?:seconds|time)|budget_s|duration")
LONG_S = 60
BIG_MB = 4.0
"""of a folder of data, from which on it is read where it lies and not copied for each trial"""


@dataclass(frozen=True)
class Proposal:
    """A study that is not written yet.

    splits: what is held out, None where the kind says it. blocks: what the marks begin with
    between which a search may edit; "" where whole files may be edited. writes: the code writes
    files when it is loaded.
    warnings: sentences on what may go wrong. judged: how a reported score could be judged.
    seed: where the program takes one. patch: from which the study starts, "" for none.
    """

    name: str
    title: str
    option: Option
    editable: tuple[str, ...]
    blocks: str
    data: tuple[str, ...]
    python: str
    parameters: tuple[Parameter, ...]
    splits: str | float | None
    card: bool
    writes: bool
    warnings: tuple[str, ...]
    judged: judging.Way | None = None
    seed: Seed | None = None
    patch: str = ""


def made(found: Survey, option: Option, answers: Answers) -> Proposal:
    """Raises UserError for an answer that does not fit the code, or a package that is missing."""
    _check_packages(found)
    editable, name = _marked(found, _editable(found, option, answers), answers)
    kept = tuple(parameters.proposed(found, option, answers))
    if not editable and not kept:
        raise UserError(
            "nothing may be edited and no value was found that could be set: name files that a "
            "search may change, such as --editable main.py"
        )
    held_out = _held_out(option, answers)
    return Proposal(
        name=_name(found.folder.root), title=_title(found.folder), option=option,
        editable=editable, blocks=name, data=tuple(_data(found, option)),
        python=found.environment.python, parameters=kept, splits=held_out,
        card=bool(found.environment.card) and Path("/dev/nvidia0").exists(),
        writes=any(one.loaded and one.how != "read" for one in found.effects),
        warnings=tuple(
            _warnings(found, option, kept)
            + patching.elsewhere(found, option, editable)
            + ([] if name else marks.broken(_texts(found, editable)))
        ),
        judged=judging.way(found, option.start) if option.kind == "printed" else None,
        seed=seeds.found(found, option),
        patch=patching.made(found, option, editable) if answers.patch else "",
    )  # fmt: skip


def _held_out(option: Option, answers: Answers) -> str | float | None:
    """Split, or none. Raises UserError for a share of data that the host does not hold."""
    share = answers.held_out
    if isinstance(share, float) and option.splits is None:
        raise UserError(
            f"--held-out {share:g}: only of rows or queries that the host hands to the program "
            f"can a share be held out, and a {option.kind} task hands over none. Take --held-out "
            "replicates (runs under other seeds decide) or --held-out none; rows can be held out "
            "of a program that leaves its predictions in a file (--kind table)"
        )
    return share if share is not None else option.splits


def _check_packages(found: Survey) -> None:
    """Raises UserError where the interpreter lacks what the code imports."""
    place = found.environment
    if not place.missing:
        return
    lacking, packages = ", ".join(place.missing), named(place.missing)
    if place.python:
        raise UserError(
            f"the code imports {lacking}, which {place.python} does not have: install it there, "
            f"`{place.python} -m pip install {packages}`, or name another: --python PATH"
        )
    way = f"\n{place.hint}, which init then finds by itself" if place.hint else ""
    raise UserError(
        f"the code imports {lacking}, which the toolkit's own environment does not have: name the "
        f"interpreter that has it, --python PATH (the toolkit need not be installed there){way}"
    )


def _editable(found: Survey, option: Option, answers: Answers) -> tuple[str, ...]:
    if not answers.editable:
        reached = programs.reached(found.folder, option.start)
        return tuple(
            path for path in reached if path not in option.fixed and _has_code(found, path)
        )
    for pattern in answers.editable:
        if not any(Path(path).match(pattern) for path in found.folder.paths):
            raise UserError(
                f"--editable {pattern}: there is no such file in {found.folder.root} (Python files "
                f"there: {', '.join(list(found.folder.modules)[:8])})"
            )
    wrong = sorted(set(answers.editable) & option.fixed)
    if wrong and option.evidence != "reported":
        raise UserError(
            f"--editable {wrong[0]}: this file scores the program, so nobody may edit it"
        )
    return answers.editable


def _marked(
    found: Survey, editable: Sequence[str], answers: Answers
) -> tuple[tuple[str, ...], str]:
    """Files that may be edited, and the marks in them: a file without any is left as it is, unless
    somebody named it.
    """
    texts = _texts(found, editable)
    name = marks.named(texts, every=bool(answers.editable))
    if not name or answers.editable:
        return tuple(editable), name
    return tuple(blocks.held(texts, name)), name


def _texts(found: Survey, editable: Sequence[str]) -> dict[str, str]:
    return {
        path: one.text
        for path, one in found.folder.modules.items()
        if any(Path(path).match(pattern) for pattern in editable)
    }


def _has_code(found: Survey, path: str) -> bool:
    return bool(found.folder.modules[path].tree.body)


def _name(root: Path) -> str:
    name = re.sub(r"[^a-z0-9_-]+", "-", root.resolve().name.lower()).strip("-_")
    return name or "study"


def _title(folder: Folder) -> str:
    """First sentence that a module's head or a page says of the program."""
    for path in folder.paths:
        if path.lower() in {"readme.md", "readme.rst"}:
            heads = re.findall(r"(?m)^# +(.+)$", folder.text(path))
            if heads:
                return str(heads[0]).strip()
    return ""


def _data(found: Survey, option: Option) -> list[str]:
    """Folders that are too big to copy, and caches outside: read where they lie.

    What holds answers that the host keeps to itself is none of them.
    """
    secret = {value for value in option.task.values() if isinstance(value, str)}
    tops = {path.split("/")[0] for path in found.folder.paths if "/" in path}
    kept = []
    for top in sorted(tops):
        inside = [path for path in found.folder.paths if path.startswith(f"{top}/")]
        code = any(path.endswith(".py") for path in inside)
        if not code and not secret & set(inside) and _megabytes(found.folder, inside) > BIG_MB:
            kept.append(top)
    return kept + [_shown(path) for path in effects.outside(found.folder)]


def _megabytes(folder: Folder, paths: Sequence[str]) -> float:
    return sum((folder.root / path).stat().st_size for path in paths) / 1e6


def _shown(path: Path) -> str:
    return f"~/{path.relative_to(HOME)}" if path.is_relative_to(HOME) else str(path)


def _lasting(found: Survey, option: Option) -> list[str]:
    """A constant that says how long the program runs, where that is long: said before it runs."""
    for path in programs.reached(found.folder, option.start):
        for name, node in assigned(found.folder.modules[path].tree).items():
            value = constant(node)
            if _DURATION.search(name) and isinstance(value, int | float) and value >= LONG_S:
                return [
                    f"The code says that it runs for {lasting(value)} ({path}: {name} = {value}): "
                    f"three runs take about {lasting(3 * value)}, and a search of 50 trials "
                    f"{lasting(50 * value)}. --runs 1 runs it once, --runs 0 not at all."
                ]
    return []


def _warnings(found: Survey, option: Option, kept: Sequence[Parameter]) -> list[str]:
    place, folder = found.environment, found.folder
    told = []
    if place.network:
        told.append(
            f"The code uses the network: {place.network[0]}. Programs run without it: download "
            "what it needs beforehand, and let it read the files. A program that asks a language "
            "model has the host ask (docs/answer-model.md)."
        )
    if place.needs_card and not Path("/dev/nvidia0").exists():
        told.append(f"The code needs a CUDA card: {place.card[0]}; this machine has none.")
    reached = [folder.modules[path] for path in programs.reached(folder, option.start)]
    if any(effects.home_caches(module) for module in reached) and not effects.outside(folder):
        told.append(
            "The code looks for a cache in the home folder, and there is none: run it once "
            "yourself, so that what it prepares is there."
        )
    if option.kind == "timed" and option.start not in option.fixed:
        told.append(
            "What is timed and what checks it stand in one file, so an edit could leave the work "
            "out: move the timing and the check into a file of its own that prints what is right."
        )
    if "script" in option.code and (line := programs.awaits_words(folder, option.start)):
        told.append(
            f"{option.start} does something only where words follow its name (line {line}): write "
            f'them into script, as in script = ["python", "{option.start}", "WORD"].'
        )
    elif "script" in option.code:
        told += filter(None, [usage.lacking(folder, option.start, option.code["script"])])
    told += _lasting(found, option)
    for path, why in sorted(folder.broken.items())[:3]:
        told.append(f"{path} was left out, since it cannot be read as Python: {why}.")
    unread = parameters.idle(found, option)
    if unread:
        told.append(f"No line reads {', '.join(unread[:6])}, so that no search sets it.")
    beyond = parameters.left_out(found, option, kept)
    if beyond and len(kept) >= parameters.MOST:
        told.append(
            f"{len(beyond)} more values could be set: {', '.join(beyond[:6])}"
            + (" …" if len(beyond) > 6 else "") + "."
        )  # fmt: skip
    return told
