"""Replies that no careful model would write, drawn from a seed, and careful ones beside them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

MAIN = "toy_pipeline/main.py"
SCALE = ("SCALE = 0.8\n", "SCALE = 0.9\n")
MARKER = "touched_by_a_reply"
"""a file that would be there if a text were taken for a command"""

PATHS = (
    "../outside.py", "/etc/passwd", "toy_pipeline/../../outside.py", "toy_pipeline//main.py",
    "TOY_PIPELINE/MAIN.PY", "toy_pipeline/Main.py", "toy_pipeline\\main.py", "C:\\main.py", "a:b",
    "task.py", "study.toml", ".git/hooks/post-checkout", "toy_pipeline/.git/config", "~/.profile",
    "toy_pipeline/main.py\0.txt", "toy_pipeline/\ud800.py", "toy_pipeline/\u202eyp.niam",
    "toy_pipeline/main.py/x.py", "toy_pipeline", "toy_pipeline/", "./toy_pipeline/main.py",
    f"$(touch {MARKER})", f"; touch {MARKER} #", f"| touch {MARKER}", "-", "--", "-rf", "%s", "{0}",
    "toy_pipeline/link.py -> /etc/passwd", "file:///etc/passwd", "\\\\host\\share", "CON", "nul.py",
    "toy_pipeline/" + "d/" * 200 + "x.py", "x" * 5000, "toy_pipeline/ main.py", "toy_pipeline/ｍain.py",
    "/proc/self/environ", "/dev/stdin", "toy_pipeline/*.py", "toy_pipeline/[m]ain.py", "",
)  # fmt: skip
VALUES = (
    "0.3", "1e400", "NaN", "-Infinity", "9" * 5000, "null", "True", "[" * 3000, '"\\ud800"', "'",
    '"a|b"', "1 | 2", "1|2|3|4|5|6|7", "| | |", "__import__('os')", f"$(touch {MARKER})", "{}",
    "0.2 | 0.3", "peaked", "flat | peaked", "{'a': 1}", "\0", "0x10", "1_0", "٣", "x = 3", "=",
)  # fmt: skip
QUERIES = (
    'items where input matches "(a+)+$"', 'items where input matches "((a{900}){900}){900}"',
    'items where input matches "("', 'items where input matches ""', 'items where input matches "\0"',
    "items wrong of kind \ud800", "items wrong", "items right limit 99999999999", "items wrong limit 0",
    "items that experiment 99999 broke", "items of kind number that experiment 1 fixed",
    "output of trial 0", "output of trial 999999", "output of trial -1", f"output of trial `touch {MARKER}`",
    *(f"file {path}" for path in PATHS), "rm -rf /", f"!touch {MARKER}", "items" * 300, "file",
)  # fmt: skip
FORM = (
    "# EDIT", "## edit 2", "# ALTERNATIVE", "# LOOK", "# NOTES", "# STOP", "# STOP it is enough",
    "LABEL: bug_fix", "LABEL: no_such", "HYPOTHESIS: h", "DEPENDS: 1, 2", "DEPENDS: 99999999999",
    "PREDICT: number up", "PREDICT: , , up", f"FILE: {MAIN}", "DELETE: toy_pipeline/curve.py",
    "SET: x = 0.3", "<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "```", "```python", "````", "~~~",
    "<think>", "</think>", "[/THINK]", "</answer>", "<|im_end|>", "---", "", "SCALE = 0.8",
)  # fmt: skip
DIRT = (
    "\0",
    "\ud800",
    "\udfff",
    "\ufeff",
    "\u202e",
    "\u2028",
    "\x85",
    "\x1b[2J",
    "\r",
    "\x0c",
    "\u200b",
    "é",
    "�",
)


@dataclass
class Written:
    """A reply as it was meant. edits: (blocks, sets, number of alternatives) of each.

    form: the reply without what stands before its first heading.
    """

    text: str
    form: str = ""
    edits: list[tuple[list[Any], dict[str, Any], int]] = field(default_factory=list)
    looks: int = 0
    notes: str = ""
    stop: str | None = None


def careful(rng: random.Random) -> Written:
    """A reply that keeps to the form, whatever its texts hold."""
    made = Written("")
    parts = [_notes, _look, *[_edit] * rng.randint(0, 3)]
    rng.shuffle(parts)
    pieces = [part(rng, made) for part in parts[: rng.randint(1, len(parts))]]
    if rng.random() < 0.2:
        made.stop = f"reason {rng.randint(0, 9)}"
        pieces.append(f"# STOP {made.stop}\n")
    made.form = "\n".join(pieces)
    made.text = rng.choice(["", "I think.\n\n"]) + made.form
    return made


def wild(rng: random.Random) -> str:
    """A reply that breaks the form somewhere, or was never one."""
    return rng.choice(_WILD)(rng)


def _notes(rng: random.Random, made: Written) -> str:
    if made.notes:
        return ""
    made.notes = "\n".join(
        rng.choice(["a fact", "- x: 1", "SET the pace", "# of dates"]) for _ in "12"
    )
    return f"# NOTES\n{made.notes}\n"


def _look(rng: random.Random, made: Written) -> str:
    made.looks += 1
    return f"# LOOK\n- items wrong of kind k{made.looks} limit {rng.randint(1, 20)}\n"


def _edit(rng: random.Random, made: Written) -> str:
    blocks: list[Any] = []
    lines = ["# EDIT", "LABEL: bug_fix", f"HYPOTHESIS: {rng.choice(PATHS)[:99]!a}", *_extras(rng)]
    for _ in range(rng.randint(1, 3)):
        whole = rng.random() < 0.4
        path, text = "toy_pipeline/new.md" if whole else MAIN, _text(rng)
        blocks.append((path, None if whole else SCALE[0], text))
        body = (
            f"````\n{text}````"
            if whole
            else f"<<<<<<< SEARCH\n{SCALE[0]}=======\n{text}>>>>>>> REPLACE"
        )
        lines += [f"FILE: {path}", body]
    sets = {"x": rng.randint(0, 9)} if rng.random() < 0.3 else {}
    lines += [f"SET: {name} = {value}" for name, value in sets.items()]
    ways = rng.randint(0, 3) if rng.random() < 0.3 else 0
    lines += [f"\n# ALTERNATIVE\nSET: y = {number}" for number in range(ways)]
    made.edits.append((blocks, sets, ways))
    return "\n".join(lines) + "\n"


def _extras(rng: random.Random) -> list[str]:
    extras = ["DEPENDS: 1", "PREDICT: number up, overall down", "DEPENDS: 2, 3"]
    return rng.sample(extras, rng.randint(0, 2))


def _text(rng: random.Random) -> str:
    """Text of a file that holds the form's own lines; marks of a block only inside a line."""
    form = [line for line in FORM if line not in ("<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE")]
    lines = [
        rng.choice([*form, "x = 1", "  >>>>>>> REPLACE", "    ===="])
        for _ in range(rng.randint(1, 6))
    ]
    kept = [line for line in lines if not line.startswith("````")]
    return "".join(f"{line}\n" for line in kept)


def _lines(rng: random.Random) -> list[str]:
    return [line for _ in range(rng.randint(1, 3)) for line in careful(rng).text.split("\n")]


def _mangled(rng: random.Random) -> str:
    lines = _lines(rng)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(lines) + 1)
        change = rng.randrange(6)
        if change == 0:
            lines.insert(at, rng.choice(FORM))
        elif change == 1 and lines:
            lines.pop(at - 1)
        elif change == 2 and lines:
            lines[at - 1] = lines[at - 1].swapcase()
        elif change == 3 and lines:
            lines[at - 1] = rng.choice(["  ", "> ", "- ", "**", "`", "\t", "#"]) + lines[at - 1]
        elif change == 4:
            lines[at:at] = lines[: rng.randint(0, 12)]
        else:
            lines.insert(at, rng.choice(PATHS))
    return rng.choice(["\n", "\r\n", "\r", "\r\r\n"]).join(lines)


def _truncated(rng: random.Random) -> str:
    text = "\n".join(_lines(rng))
    return text[: rng.randrange(len(text) + 1)]


def _wrapped(rng: random.Random) -> str:
    before, after = rng.choice([
        ("```\n", "\n```"), ("~~~markdown\n", "\n~~~\nDone."), ("<think>a</think>", ""), ("", "</think>"),
        ("<think>", ""), ("\ufeff", "<|im_end|>"), ("<answer>\n", "\n</answer>"), ("x\n</think>\n", ""),
    ])  # fmt: skip
    return f"{before}{rng.choice([_mangled, _truncated, _strewn])(rng)}{after}"


def _strewn(rng: random.Random) -> str:
    return "\n".join(rng.choice(FORM) for _ in range(rng.randint(1, 40)))


def _tricky(rng: random.Random) -> str:
    """Paths, values and questions that look for a way out."""
    lines = ["# EDIT", f"LABEL: {rng.choice(['data', 'bug_fix', rng.choice(PATHS)])}"]
    lines.append(f"HYPOTHESIS: $(touch {MARKER}) `touch {MARKER}` {rng.choice(DIRT)}")
    for _ in range(rng.randint(1, 3)):
        path = rng.choice(PATHS)
        lines += rng.choice([
            [f"FILE: {path}", "```", "x = 1", "```"], [f"DELETE: {path}"],
            [f"FILE: {path}", "<<<<<<< SEARCH", "SCALE = 0.8", "=======", "SCALE = 1.0", ">>>>>>> REPLACE"],
            [f"SET: {rng.choice(['x', 'y', 'shape', 'steps', path])} = {rng.choice(VALUES)}"],
        ])  # fmt: skip
    lines += ["# LOOK", *(rng.choice(QUERIES) for _ in range(rng.randint(0, 8)))]
    lines += ["# NOTES", rng.choice(VALUES), f"# STOP $(touch {MARKER})"][
        : rng.choice([0, 0, 2, 3])
    ]
    return "\n".join(lines)


def _dirty(rng: random.Random) -> str:
    text = rng.choice([_mangled, _tricky])(rng)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(DIRT) + text[at:]
    return text


def _bytes(rng: random.Random) -> str:
    data = rng.randbytes(rng.randint(0, 400))
    return data.decode(rng.choice(["latin-1", "utf-16-le"]), "replace") + rng.choice(FORM)


def _huge(rng: random.Random) -> str:
    unit = rng.choice([*FORM, *DIRT, *VALUES, "# LOOK\nfile x", "x" * 1000])
    times = min(3000, 60_000 // (len(unit) + 1))
    return "\n".join([rng.choice(FORM), *[unit] * times, rng.choice(FORM)])


_WILD: Sequence[Callable[[random.Random], str]] = (
    *[_mangled] * 6, *[_truncated] * 3, *[_wrapped] * 4, *[_strewn] * 4, *[_tricky] * 5, *[_dirty] * 4,
    _bytes,
)  # fmt: skip


def huge(rng: random.Random) -> str:
    """A reply of tens of thousands of characters, mostly of one line again and again."""
    return _huge(rng)


def sensible(rng: random.Random) -> str:
    """A reply whose edits run, with all that an edit may have; some of them are of use."""
    scale = (
        f"<<<<<<< SEARCH\nSCALE = 0.8\n=======\nSCALE = {rng.randint(1, 12) / 10}\n>>>>>>> REPLACE"
    )
    bodies = [
        f"FILE: {MAIN}\n{scale}",
        f"SET: x = {rng.random():.2f} | {rng.random():.2f}",
        f"SET: y = {rng.randint(1, 99) / 100}",
        f"SET: shape = {rng.choice(['flat', 'peaked'])}\nSET: steps = {rng.randint(1, 8)}",
        f"FILE: toy_pipeline/m{rng.randint(1, 3)}.py\n```python\nX = {rng.randint(1, 9)}\n```",
    ]
    edits = []
    for body in rng.sample(bodies, rng.randint(1, 3)):
        ways = [f"# ALTERNATIVE\nSET: x = {rng.random():.2f}"] * rng.randint(0, 2)
        head = "\n".join(["# EDIT", "LABEL: data", "HYPOTHESIS: h", *_extras(rng)])
        edits.append("\n".join([head, body, *ways]))
    looks = ["# LOOK", *rng.sample(QUERIES, 3)] if rng.random() < 0.3 else []
    return "\n".join([*edits, *looks, ""])
