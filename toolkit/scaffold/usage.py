"""Words behind a program's name that it cannot start without, and where a page says them."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from .folder import CONFIGURATIONS, Folder, Module
from .syntax import calls, constant

_ENDS = re.compile(r"\s(?:#|->|→|\||&&|;|>{1,2}|\\)(?:\s|$)|`")
_ANY = {"*", "?", "...", "REMAINDER"}
_ASKS = re.compile(r"len\(sys\.argv\)\s*(?:!=|<)|len\(sys\.argv\)\s*==\s*1\b")
_CONFIGURED = {"c", "cfg", "conf", "config", "config_file", "config_path", "configuration",
               "settings"}  # fmt: skip
_TABLES = {"csv", "csv_path", "data", "data_file", "data_path", "input", "input_file"}
_TOOLS = {"pyproject.toml", "package.json", "package-lock.json", "mkdocs.yml", "tsconfig.json"}


@dataclass(frozen=True)
class Needs:
    """Words that a program cannot start without. options: the names of each option; positional:
    names of plain words; switches: options that take no word. bare: it counts the words of
    sys.argv by itself. line: of the first of them, 0 for none.
    """

    options: tuple[tuple[str, ...], ...] = ()
    positional: tuple[str, ...] = ()
    switches: frozenset[str] = frozenset()
    bare: bool = False
    line: int = 0

    @property
    def names(self) -> list[str]:
        """Names to tell: `--config`, `FILE`."""
        return [max(one, key=len) for one in self.options] + [
            name.strip("-").upper() for name in self.positional
        ]

    def __bool__(self) -> bool:
        return bool(self.options or self.positional or self.bare)


@dataclass
class _Found:
    options: list[tuple[str, ...]] = field(default_factory=list)
    positional: list[str] = field(default_factory=list)
    switches: set[str] = field(default_factory=set)
    lines: list[int] = field(default_factory=list)


def needs(module: Module) -> Needs:
    """Options and words without a default that argparse, click or typer declare in a module, or
    that the module demands of sys.argv by itself.
    """
    found = _Found()
    for name, call in calls(module.tree):
        last = name.rpartition(".")[2]
        if last in {"add_argument", "option", "argument"}:
            _note(found, last, call)
    bare = None if found.options or found.positional else _ASKS.search(module.text)
    if bare:
        found.lines.append(module.text[: bare.start()].count("\n") + 1)
    return Needs(
        tuple(found.options), tuple(found.positional), frozenset(found.switches), bool(bare),
        min(found.lines, default=0),
    )  # fmt: skip


def _note(found: _Found, called: str, call: ast.Call) -> None:
    texts = [text for one in call.args if isinstance(text := constant(one), str)]
    names = tuple(part for text in texts for part in text.split("/")[:1] if part.startswith("-"))
    given = {one.arg: constant(one.value) for one in call.keywords if one.arg}
    if names and _switch(given, texts):
        found.switches.update(names)
    elif names and given.get("required") is True and "default" not in given:
        found.options.append(names)
        found.lines.append(call.lineno)
    elif texts and not names and called != "option" and _asked(called, given):
        found.positional.append(texts[0])
        found.lines.append(call.lineno)


def _switch(given: dict[str, Any], texts: Sequence[str]) -> bool:
    action = str(given.get("action", ""))
    return action.startswith("store_") or given.get("is_flag") is True or any(
        text.startswith("-") and "/" in text for text in texts
    )  # fmt: skip


def _asked(called: str, given: dict[str, Any]) -> bool:
    """True for a plain word that has to be there."""
    optional = given.get("nargs") in _ANY or given.get("nargs") == -1 or "default" in given
    return not optional and (called == "add_argument" or given.get("required") is not False)


def words(folder: Folder, path: str, command: Sequence[str]) -> tuple[str, ...]:
    """Words that a program cannot start without: as a page types them, else the only file of the
    folder that fits. Empty where it needs none, or where nothing tells them.
    """
    asked = needs(folder.modules[path])
    if not asked:
        return ()
    for typed in _typed(folder, path, command):
        kept = tuple(typed) if asked.bare else _kept(asked, typed)
        if kept:
            return kept
    return _fitting(folder, asked)


def _typed(folder: Folder, path: str, command: Sequence[str]) -> Iterator[list[str]]:
    """The words behind the program in each line of a page, script or head that starts it."""
    target = re.escape(command[-1])
    module = re.escape(path.removesuffix(".py").replace("/", "."))
    start = re.compile(
        rf"(?:^|[\s/`])python[\d.]*\s+(?:-\w+\s+)*(?:\./)?(?:{re.escape(path)}|{target}|{module})"
        rf"(?=\s)(?P<rest>.*)"
    )
    for text in [*pages(folder), folder.modules[path].text]:
        for line in re.sub(r"\\\n", " ", text).splitlines():
            found = start.search(line)
            if found:
                rest = _ENDS.split(found["rest"] + " ")[0]
                yield _split(rest)


def pages(folder: Folder) -> list[str]:
    """Texts that say how a program is started, the page of the folder itself first."""
    endings = (".md", ".rst", ".txt", ".sh", "makefile", "justfile")
    named = [path for path in folder.paths if path.lower().endswith(endings)]
    return [folder.text(path) for path in sorted(named, key=lambda one: one.count("/"))]


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _kept(asked: Needs, typed: Sequence[str]) -> tuple[str, ...]:
    """Words of a page without a default: the others keep theirs. Empty where one
    of them is missing, or a placeholder stands for it.
    """
    given: dict[str, str] = {}
    plain: list[str] = []
    waiting = list(typed)
    while waiting:
        word = waiting.pop(0)
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            plain.append(word)
        elif equals:
            given[name] = value
        elif word not in asked.switches and waiting:
            given[word] = waiting.pop(0)
    found: list[str] = plain[: len(asked.positional)]
    for names in asked.options:
        used = next((name for name in names if name in given), "")
        if not used:
            return ()
        found += [used, given[used]]
    whole = len(plain) >= len(asked.positional)
    return tuple(found) if whole and not any(map(_placeholder, found)) else ()


def _placeholder(word: str) -> bool:
    return bool(re.match(r"[<\[{$]|path/to/|your[-_]", word)) or (
        word.isupper() and "." not in word and not word.startswith("-")
    )


def _fitting(folder: Folder, asked: Needs) -> tuple[str, ...]:
    """The only configuration file for `--config`, the only table for `--data`."""
    found: list[str] = []
    for names in [*((name,) for name in asked.positional), *asked.options]:
        file = next((one for one in (_only(folder, name) for name in names) if one), "")
        if not file:
            return ()
        option = max(names, key=len)
        found += [option, file] if option.startswith("-") else [file]
    return tuple(found)


def _only(folder: Folder, name: str) -> str:
    key = name.strip("-").replace("-", "_").lower()
    if key in _CONFIGURED:
        every = [
            one
            for one in folder.ending(*CONFIGURATIONS)
            if PurePosixPath(one).name not in _TOOLS
        ]  # fmt: skip
    else:
        every = folder.ending(".csv") if key in _TABLES else []
    return every[0] if len(every) == 1 else ""


def lacking(folder: Folder, path: str, command: Sequence[str]) -> str:
    """Sentence on a program that needs words which nothing tells; "" where it has all."""
    asked = needs(folder.modules[path])
    if not asked or len(command) > 1 + (command[1:2] == ("-m",)) + 1:
        return ""
    names = ", ".join(asked.names) or "words behind its name"
    typed = [part for one in asked.options for part in (max(one, key=len), "VALUE")]
    rest = asked.names[len(asked.options) :] or (["WORD"] if asked.bare else [])
    example = ", ".join(f'"{word}"' for word in [*command, *typed, *rest])
    return (
        f"{path} needs {names} (line {asked.line}), and no page says which: write them into "
        f"script, as in script = [{example}]."
    )
