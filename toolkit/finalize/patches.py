"""A series as files: one patch a part, for `git apply` and `git am`, and a page that lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from ..errors import UserError
from ..patches import diff
from ..report import files
from .message import Words, named, one_line
from .series import STAGES, Stage, Step

NAME, MAIL = "autoresearch-toolkit", "toolkit@localhost"
PAGE = "README.md"
SLUG_CHARS = 40
_HEADINGS: Mapping[str, str] = {
    "start": "First: the study's starting patch",
    "decided": "Worth a review: the gain is decided, or a part with a decided gain needs it",
    "undecided": "Apart: the gain is not decided",
    "losing": "Apart: a decided loss, and what needs it",
}


def write(words: Words, folder: Path, at: Mapping[int, float]) -> list[Path]:
    """Write the patches of a series; returns their paths, the page last.

    at: {trial: Unix time when it had finished}. Raises UserError where other files lie there.
    """
    texts = dict(_texts(words, at))
    texts[Path(PAGE)] = page(words, texts)
    _refuse_others(folder, texts)
    for name, text in texts.items():
        files.make_folder((folder / name).parent)
        files.replace(folder / name, text)
    return [folder / name for name in texts]


def _texts(words: Words, at: Mapping[int, float]) -> Iterator[tuple[Path, str]]:
    """(name, text) of each patch; what changes no file has none."""
    steps = [step for step in words.series.steps if step.changes_files]
    for number, step in enumerate(steps, start=1):
        count = f"{number}/{len(steps)}"
        name = f"{number:04}-{slug(step)}.patch"
        yield Path(folder_of(step.stage)) / name, _mail(words, step, count, at)


def folder_of(stage: Stage) -> str:
    """Name of a stage's folder: a shell that lists all patches lists them in their order."""
    return f"{STAGES.index(stage)}-{stage}"


def slug(step: Step) -> str:
    """Part of a file's name; only letters, digits and hyphens, whatever a part is called."""
    words = "-".join(named(piece) for piece in step.pieces) or "start"
    return re.sub(r"[^A-Za-z0-9]+", "-", words)[:SLUG_CHARS].strip("-") or "part"


def _mail(words: Words, step: Step, count: str, at: Mapping[int, float]) -> str:
    return (
        "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n"
        f"From: {NAME} <{MAIL}>\n"
        f"Date: {format_datetime(datetime.fromtimestamp(seconds(step, at), UTC))}\n"
        f"Subject: [PATCH {count}] {words.subject(step)}\n"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=UTF-8\n"
        "Content-Transfer-Encoding: 8bit\n"
        f"\n{words.body(step)}---\n{diff.make(step.before, step.after)}"
    )


def seconds(step: Step, at: Mapping[int, float]) -> float:
    """Unix time of a step: that of its last trial. So the same run gives the same commits."""
    return max((at.get(piece.part.trial, 0.0) for piece in step.pieces), default=0.0)


def page(words: Words, texts: Mapping[Path, str]) -> str:
    """Page that lists the patches in their order, and the values that no patch can hold."""
    series = words.series
    lines = [f"# Changes of {one_line(series.cell.name)}, run {one_line(words.run)}", ""]
    lines += ["Apply them in the order of their numbers, at the root of the code under study:"]
    first = " ".join(f"{folder_of(stage)}/*.patch" for stage in STAGES[:2] if series.of(stage))
    lines += ["", "```", f"git apply {first}", "```", ""] if first else [""]
    names = iter(texts)
    for stage in STAGES:
        steps = series.of(stage)
        lines += [f"## {_HEADINGS[stage]}", ""] if steps else []
        for step in steps:
            where = f"`{next(names).as_posix()}`" if step.changes_files else "no file holds it"
            lines += [f"- {where}", "", _indented(words, step), ""]
    return "\n".join(lines).rstrip() + "\n"


def _indented(words: Words, step: Step) -> str:
    """Message as a block of code, in which no text of others is markup."""
    text = f"{words.subject(step)}\n\n{words.body(step)}"
    return "\n".join(f"      {line}".rstrip() for line in text.splitlines())


def _refuse_others(folder: Path, texts: Mapping[Path, str]) -> None:
    """Patches of another series beside these would be applied with them."""
    if not folder.is_dir():
        return
    present = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    if others := sorted(present - texts.keys()):
        raise UserError(
            f"{folder} holds files that are not of these patches, such as {others[0]}; empty it, "
            "or name a new folder with --out"
        )
