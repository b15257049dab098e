"""Patches of a tree of texts, {path with '/': text}: made, checked, applied.

`apply` accepts less than `git apply` does, and gives the same tree where it accepts. A hunk stands
where its header says, or, in a file that has grown or shrunk since, in the only place where its
lines are. An empty patch changes nothing, where git refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from ..errors import PatchError, near_misses
from .hunks import Hunk, Section, excerpt, parse, split_lines
from .paths import refuse_stray


def apply(tree: Mapping[str, str], patch: str) -> dict[str, str]:
    """The tree with the patch applied. PatchError says which file, hunk and line do not fit."""
    new = dict(tree)
    for section in parse(patch) if patch else ():
        refuse_stray(section.path)
        text = _patched(section, new.pop(section.path, None), tree)
        if section.change != "deleted":
            new[section.path] = text
    _refuse_file_as_folder(new)
    return new


def check(
    patch: str,
    editable: Callable[[str], bool],
    required: Collection[str],
    *,
    allowed: Sequence[str] = (),
) -> None:
    """PatchError where the patch leaves the tree, the allow-list, or deletes a required file.

    `allowed` are the globs behind `editable`, for the message.
    """
    may = f"; files that may be edited: {', '.join(allowed)}" if allowed else ""
    for section in parse(patch) if patch else ():
        path, change = section.path, section.change
        refuse_stray(path, may)
        if not editable(path):
            meant = _meant(path, editable, allowed) if change != "created" else ""
            hint = f"; did you mean {meant!r}?" if meant else "; leave this file out"
            raise PatchError(f"patch: {path!r} may not be {change}{may}{hint}")
        if change == "deleted" and path in required:
            raise PatchError(
                f"patch: {path!r} may not be deleted, for the study needs it; edit it instead{may}"
            )


def _meant(path: str, editable: Callable[[str], bool], allowed: Sequence[str]) -> str:
    """The path from the root of the tree, of one written from elsewhere; "" if there is none."""
    folders = dict.fromkeys(glob.rpartition("/")[0] for glob in allowed)
    parts = path.split("/")
    guesses = [f"{folder}/{path}" for folder in folders if folder]
    guesses += ["/".join(parts[start:]) for start in range(1, len(parts))]
    return next(filter(editable, guesses), "")


def _patched(section: Section, before: str | None, tree: Mapping[str, str]) -> str:
    """The file's new text; empty for one that goes."""
    path, is_new = section.path, section.change == "created"
    if is_new and before is not None:
        raise PatchError(
            f"patch: {path!r} is to be created, but is there already; patch the file that is "
            "there, with its lines as context"
        )
    if not is_new and before is None:
        raise PatchError(
            f"patch: the file {path!r} does not exist{near_misses(path, tree)}; patch a file of "
            "the tree, or begin a new one with '--- /dev/null' and '+++ b/<path>'"
        )
    text = _with_hunks(path, split_lines(before or ""), section.hunks)
    if section.change == "deleted" and text:
        raise PatchError(
            f"patch: {path!r} is to be deleted, but the patch leaves "
            f"{excerpt(split_lines(text)[0])} in it; remove all its lines with '-'"
        )
    return text


def _refuse_file_as_folder(tree: Mapping[str, str]) -> None:
    for path in tree:
        parts = path.split("/")
        for folder in ("/".join(parts[:end]) for end in range(1, len(parts))):
            if folder in tree:
                raise PatchError(
                    f"patch: {folder!r} would be a file and the folder of {path!r}; delete or "
                    "rename one of them"
                )


def _with_hunks(path: str, lines: Sequence[str], hunks: Sequence[Hunk]) -> str:
    """The text with its hunks, which follow each other. All places are places in the old lines.

    What an earlier hunk wrote is therefore never taken for a later one's context; nor does git.
    """
    new: list[str] = []
    end = 0  # of the last hunk
    for number, hunk in enumerate(hunks, 1):
        stated = max(hunk.start - 1, 0) - (len(new) - end)  # a header counts in the new file
        places = [stated] if _fits(lines, hunk, stated) else _places(lines, hunk)
        at = places[0] if len(places) == 1 else -1
        if at < end or not _fits(lines, hunk, at) or (number > 1 and not hunk.old):
            raise PatchError(_mismatch(path, number, hunk, lines, places))
        new += [*lines[end:at], *hunk.new]
        end = at + len(hunk.old)
    return "".join([*new, *lines[end:]])


def _fits(lines: Sequence[str], hunk: Hunk, at: int) -> bool:
    end = at + len(hunk.old)
    if at < 0 or lines[at:end] != hunk.old or (hunk.begins and at):
        return False
    # lines without any context go into an empty file only: git would add them at a file's end
    return not lines or (bool(hunk.old) and (end == len(lines) or not hunk.ends))


def _places(lines: Sequence[str], hunk: Hunk) -> list[int]:
    """Places of the hunk's old lines, compared without the blanks at their ends.

    git also takes a last line without its newline for one that has it, and for one with blanks
    before it. Where there is one such place, there is no other that git could choose.
    """
    bare, wanted = ([line.rstrip() for line in some] for some in (lines, hunk.old))
    size = len(wanted)
    return [at for at in range(len(bare) - size + 1) if bare[at : at + size] == wanted]


def _mismatch(
    path: str, number: int, hunk: Hunk, lines: Sequence[str], places: Sequence[int]
) -> str:
    """Why a hunk does not fit; if its lines are nowhere, what stands where most of them are."""
    what = f"patch: {path!r}, hunk {number} (line {hunk.line} of the patch) does not apply: "
    size = len(hunk.old)
    if not size:
        return f"{what}it has no ' ' or '-' line to say where it belongs; add lines of context"
    if any(lines[at : at + size] == hunk.old for at in places):
        where = "begin the file" if hunk.begins else "end it" if hunk.ends else "stand there once"
        return (
            f"{what}its lines must {where}, below the hunk before, but are at line "
            f"{' and '.join(str(at + 1) for at in places)}; show up to three lines of context on "
            "both sides of a change, and make one hunk of two that overlap"
        )
    starts = range(max(len(lines), 1))
    at = max(starts, key=lambda at: sum(map(str.__eq__, lines[at : at + size], hunk.old)))
    found = [*lines[at : at + size], *[""] * size]
    return what + next(
        _difference(at + offset, wanted, there)
        for offset, (wanted, there) in enumerate(zip(hunk.old, found, strict=False), 1)
        if wanted != there
    )


def _difference(number: int, wanted: str, found: str) -> str:
    ends = ""
    if wanted.rstrip("\r\n") == found.rstrip("\r\n"):
        ends = (
            " (they differ in their line ends only, '\\r\\n', '\\n' or none: make the patch of the "
            "file as it is, with git under core.autocrlf=false)"
        )
    there = excerpt(found) if found else "the end of the file"
    return (
        f"line {number} of the file should be {excerpt(wanted)}, but there stands {there}{ends}; "
        "copy context and '-' lines exactly from the file"
    )
