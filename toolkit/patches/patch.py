"""Unified diffs against a tree of texts: make one, apply it strictly, say what it touches.

`apply` accepts what `git apply` (2.39, default options: no fuzz) accepts and gives the same tree,
with these exceptions. An empty patch changes nothing, where git refuses. Refused, where git would
accept, are the things that `toolkit.patches.hunks` lists (renames, modes and so on) a patch to a
folder, which git takes for a submodule, and some second changes of a file in which the first one
matched a line by less than its newline. The tree is `{path with '/': text}`, in UTF-8.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Literal

from toolkit.errors import PatchError, near_misses
from toolkit.patches.hunks import Hunk, Section, excerpt, parse, quote, split_lines

Change = Literal["created", "modified", "deleted"]
_Edit = tuple[int, int, int, int]  # old[a1:a2] becomes new[b1:b2]
CONTEXT = 3
# Above this many pairs of lines difflib may skip lines that repeat: else it can take minutes.
_EXACT_PAIRS = 1_000_000
# What git never writes to: its own folder, also under the names that Windows gives it.
_DOT_GIT = re.compile(r"(?:\.git|git~1)[. ]*(?::.*)?", re.IGNORECASE | re.DOTALL)


def make(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """The patch that turns the one tree into the other; equal trees give an empty string."""
    paths = sorted(path for path in {*old, *new} if old.get(path) != new.get(path))
    return "".join(_section(path, old.get(path), new.get(path)) for path in paths)


def apply(tree: Mapping[str, str], patch: str) -> dict[str, str]:
    """The tree with the patch applied. PatchError says which file, hunk and line do not fit."""
    if not patch:
        return dict(tree)
    return _Application(tree).run(parse(patch))


def touched(patch: str) -> dict[str, Change]:
    """What the patch does to each path, in its order.

    A patch without 'diff --git' does not tell a new file from an empty one that gets lines: both
    are "created" here. PatchError for a text that is no patch.
    """
    changes: dict[str, list[Change]] = {}
    for section in parse(patch) if patch else ():
        changes.setdefault(section.path, []).append(_kind(section))
    return {path: _together(steps) for path, steps in changes.items()}


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
    for path, change in touched(patch).items():
        if problem := _strays(path):
            raise PatchError(
                f"patch: the path {path!r} {problem}; write paths relative to the tree, such as "
                f"'a/<folder>/<file>'{may}"
            )
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


def _section(path: str, old: str | None, new: str | None) -> str:
    names = quote(f"a/{path}"), quote(f"b/{path}")
    tab = "\t" if " " in path else ""  # git and GNU patch then know where the name ends
    before, after = (
        "/dev/null" if text is None else name + tab
        for name, text in zip(names, (old, new), strict=True)
    )
    head = f"diff --git {names[0]} {names[1]}\n"
    if old is None:
        head += "new file mode 100644\n"
    elif new is None:
        head += "deleted file mode 100644\n"
    hunks = "".join(_hunks(_lines(old or ""), _lines(new or "")))
    return head + (f"--- {before}\n+++ {after}\n{hunks}" if hunks else "")


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _hunks(old: list[str], new: list[str]) -> Iterator[str]:
    for group in _groups(_edits(old, new)):
        (a1, _, b1, _), (_, a2, _, b2) = group[0], group[-1]
        before, after = min(CONTEXT, a1), min(CONTEXT, len(old) - a2)
        sizes = a2 + after - a1 + before, b2 + after - b1 + before
        yield f"@@ -{_range(a1 - before, sizes[0])} +{_range(b1 - before, sizes[1])} @@\n"
        at = a1 - before
        for a1, a2, b1, b2 in group:
            yield from (_marked(" ", line) for line in old[at:a1])
            yield from (_marked("-", line) for line in old[a1:a2])
            yield from (_marked("+", line) for line in new[b1:b2])
            at = a2
        yield from (_marked(" ", line) for line in old[at : at + after])


def _edits(old: list[str], new: list[str]) -> list[_Edit]:
    """Compares only what lies between the equal ends, which keeps difflib fast."""
    head = _common(old, new)
    tail = min(_common(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    matcher = SequenceMatcher(None, a, b, autojunk=len(a) * len(b) > _EXACT_PAIRS)
    return [
        (a1 + head, a2 + head, b1 + head, b2 + head)
        for kind, a1, a2, b1, b2 in matcher.get_opcodes()
        if kind != "equal"
    ]


def _groups(edits: Sequence[_Edit]) -> list[list[_Edit]]:
    """Edits whose context would meet share a hunk."""
    groups: list[list[_Edit]] = []
    for edit in edits:
        if groups and edit[0] - groups[-1][-1][1] <= 2 * CONTEXT:
            groups[-1].append(edit)
        else:
            groups.append([edit])
    return groups


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    pairs = enumerate(zip(a, b, strict=False))
    return next((at for at, (x, y) in pairs if x != y), min(len(a), len(b)))


def _range(start: int, count: int) -> str:
    first = start + 1 if count else start
    return f"{first}" if count == 1 else f"{first},{count}"


def _marked(sign: str, line: str) -> str:
    return sign + line + ("" if line.endswith("\n") else "\n\\ No newline at end of file\n")


def _kind(section: Section) -> Change:
    if section.is_delete:
        return "deleted"
    blank = section.is_new is None and section.hunks[0].old_start == 0
    return "created" if section.is_new or blank else "modified"


def _together(steps: Sequence[Change]) -> Change:
    """Several sections of one file: git first removes, then writes, so any write survives."""
    if set(steps) == {"deleted"}:
        return "deleted"
    return "created" if steps[0] == "created" else "modified"


def _strays(path: str) -> str | None:
    """What makes a path unsafe on some system, if anything does."""
    parts = path.split("/")
    problems = {
        "is absolute": path.startswith("/"),
        "has an empty part": "" in parts,
        "leaves the tree or names a folder twice ('.' or '..')": "." in parts or ".." in parts,
        "has a backslash": "\\" in path,
        "names a drive": re.match(r"[A-Za-z]:", path) is not None,
        "names git's own folder": any(map(_DOT_GIT.fullmatch, parts)),
        "holds a NUL": "\0" in path,
    }
    return next((problem for problem, found in problems.items() if found), None)


def _git_refuses(path: str) -> bool:
    """git's verify_path on Linux, with core.protectNTFS on as by default."""
    dots = any(part in ("", ".", "..") for part in path.split("/"))
    return dots or any(map(_DOT_GIT.fullmatch, re.split(r"[/\\]", path)))


class _Mark(enum.Enum):
    DOOMED = "a later section deletes it"
    GONE = "an earlier section deleted it"


class _Application:
    """One run of git's check_patch_list and write_out_results, on texts instead of files."""

    def __init__(self, tree: Mapping[str, str]) -> None:
        self.tree = tree
        self.folders = {folder for path in tree for folder in _folders(path)}
        self.known: dict[str, bytes | _Mark] = {}  # git's fn_table: the work of earlier sections

    def run(self, sections: Sequence[Section]) -> dict[str, str]:
        for section in sections:
            if section.new is None:
                self.known[section.path] = _Mark.DOOMED
        results = [self._patched(section) for section in sections]
        replaced = {section.old for section in sections}
        new = {path: text for path, text in self.tree.items() if path not in replaced}
        for section, result in zip(sections, results, strict=True):
            if section.new is not None and not section.is_delete:
                new[section.new] = result.decode("utf-8", "surrogatepass")
        _refuse_file_as_folder(new)
        return new

    def _patched(self, section: Section) -> bytes:
        path = section.path
        before = self._before(section)
        if before is None and path in self.tree and not isinstance(self.known.get(path), _Mark):
            raise PatchError(
                f"patch: {path!r} is to be created, but is there already; patch the file that is "
                "there, with its lines as context"
            )
        if _git_refuses(path):
            raise PatchError(
                f"patch: {path!r} is no path that a patch may have; write 'a/<folder>/<file>'"
            )
        result = _with_hunks(path, before or b"", section.hunks)
        self.known[path] = _Mark.GONE if section.new is None else result
        if section.is_delete and result:
            raise PatchError(
                f"patch: {path!r} is to be deleted, but the patch leaves "
                f"{excerpt(split_lines(result)[0])} in it; remove all its lines with '-'"
            )
        return result

    def _before(self, section: Section) -> bytes | None:
        """The text that the section changes; None where it makes a new file."""
        path = section.old
        if path is None:
            return None
        known = self.known.get(path)
        if section.is_new or known is _Mark.GONE:
            why = "is new by its header" if section.is_new else "was deleted by the section before"
            raise PatchError(f"patch: {path!r} {why}, so it has nothing to change")
        if isinstance(known, bytes):
            return known
        if path in self.tree:
            return self.tree[path].encode("utf-8", "surrogatepass")
        is_inside_file = any(folder in self.tree for folder in _folders(path))
        if section.is_new is None and not is_inside_file and path not in self.folders:
            return None
        what = "is a folder" if path in self.folders else "does not exist"
        raise PatchError(
            f"patch: the file {path!r} {what}{near_misses(path, self.tree)}; patch a file of the "
            "tree, or begin a new one with 'new file mode 100644', '--- /dev/null' and '+++ b/…'"
        )


def _folders(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:end]) for end in range(1, len(parts)))


def _refuse_file_as_folder(tree: Mapping[str, str]) -> None:
    for path in tree:
        for folder in _folders(path):
            if folder in tree:
                raise PatchError(
                    f"patch: {folder!r} would be a file and the folder of {path!r}; delete or "
                    "rename one of them"
                )


def _with_hunks(path: str, text: bytes, hunks: Sequence[Hunk]) -> bytes:
    lines = split_lines(text)
    done = [False] * len(lines)  # written by an earlier hunk: no later one may match them
    for number, hunk in enumerate(hunks, 1):
        at = next((at for at in _places(lines, hunk) if _fits(lines, done, hunk, at)), None)
        if at is None:
            raise PatchError(_mismatch(path, number, hunk, lines, done))
        lines[at : at + len(hunk.old)] = hunk.new
        done[at : at + len(hunk.old)] = [True] * len(hunk.new)
    return b"".join(lines)


def _places(lines: Sequence[bytes], hunk: Hunk) -> Iterator[int]:
    """Where git looks for a hunk: at the stated line, then further and further after and before."""
    size = len(lines)
    start = max(hunk.new_start - 1, 0)
    if hunk.old_start <= 1:
        start = 0
    elif not hunk.trailing:
        start = size - len(hunk.old)
    if not 0 <= start <= size:
        start = size
    yield start
    for step in range(1, size + 1):
        yield from (at for at in (start + step, start - step) if 0 <= at <= size)


def _fits(lines: Sequence[bytes], done: Sequence[bool], hunk: Hunk, at: int) -> bool:
    """git's match_fragment.

    A hunk from line 1 fits at the beginning only, one without context at its end at the end only.
    """
    end = at + len(hunk.old)
    is_last = not hunk.trailing
    if end > len(lines) or (is_last and end != len(lines)) or (at and hunk.old_start <= 1):
        return False
    if any(done[at:end]):
        return False
    here = list(lines[at:end])
    if here == hunk.old or all(line.endswith(b"\n") for line in hunk.old):
        return here == hunk.old
    # git compares bytes, not lines: a line without its newline also matches one that has it.
    wanted, rest = b"".join(hunk.old), b"".join(lines[at:])
    same = rest == wanted if is_last else rest.startswith(wanted)
    return same and list(map(_squeezed, here)) == list(map(_squeezed, hunk.old))


def _squeezed(line: bytes) -> bytes:
    return line.translate(None, b" \t\r\n")


def _mismatch(
    path: str, number: int, hunk: Hunk, lines: Sequence[bytes], done: Sequence[bool]
) -> str:
    """What a hunk expects and what stands there, at the place where most of its lines are."""
    size = len(hunk.old)
    likeness = {
        at: sum(map(bytes.__eq__, lines[at : at + size], hunk.old)) for at in _places(lines, hunk)
    }
    at = max(likeness, key=likeness.__getitem__)
    what = f"patch: {path!r}, hunk {number} (line {hunk.line} of the patch) does not apply: "
    for offset, wanted in enumerate(hunk.old):
        found = lines[at + offset] if at + offset < len(lines) else None
        if found != wanted:
            return what + _difference(at + offset + 1, wanted, found)
    if any(done[at : at + size]):
        return f"{what}an earlier hunk has changed these lines already; make one hunk of the two"
    if at and hunk.old_start <= 1:
        return f"{what}it starts at line 1 by its header, but its lines stand at line {at + 1}"
    return (
        f"{what}it has no context after its last change, so must end the file, but its lines end "
        f"at line {at + size} of {len(lines)}; add up to three lines of context"
    )


def _difference(number: int, wanted: bytes, found: bytes | None) -> str:
    there = "the end of the file" if found is None else excerpt(found)
    ends = "" if found is None else _other_end(wanted, found)
    return (
        f"line {number} of the file should be {excerpt(wanted)}, but there stands {there}{ends}; "
        "copy context and '-' lines exactly from the file"
    )


def _other_end(wanted: bytes, found: bytes) -> str:
    """What to say of two lines that differ in their ends only."""
    if wanted.rstrip(b"\r\n") != found.rstrip(b"\r\n"):
        return ""
    if wanted.rstrip(b"\n") == found.rstrip(b"\n"):
        return " (one ends with a newline, the other does not)"
    return (
        " (they differ in their line ends only, '\\r\\n' and '\\n': make the patch of the file as "
        "it is, with git under core.autocrlf=false)"
    )
