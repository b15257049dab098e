"""The four commands: trial, look, budget, done."""

from __future__ import annotations

import json
import os
import sys

from . import record, telling, tree, wire

TYPE_CHECKING = False  # `typing` takes long to import
if TYPE_CHECKING:
    from typing import Any

SCORED, FAILED, MISUSED, SPENT, UNREACHABLE = range(5)
"""exit statuses"""
HELP = {
    "trial": """./trial [-m HYPOTHESIS] [--label LABEL] [--set NAME=VALUE ...] [--json]
Run the program as it stands in this folder, and have it scored; it costs one trial.""",
    "look": """./look [TRIAL] [--against TRIAL] [--limit N] [--json]
Failures of a trial (default: the best one; 0 is the pristine program), kind by kind.""",
    "budget": """./budget [--json]
What is left.""",
    "done": """./done
End the search, whatever is left.""",
}
EXITS = {
    "trial": "0 scored, 1 no score (charged), 2 misused (not charged), ",
    "look": "0 shown, 2 misused, ",
    "budget": "0 something is left, 2 misused, ",
    "done": "0 ended, 2 misused, ",
}
LAST_EXITS = "3 the budget is spent, 4 the judge cannot be reached"
WITH_VALUE = {"-m": "hypothesis", "--label": "label", "--against": "against", "--limit": "limit"}
TAKES = {
    "trial": {"-m", "--label", "--set", "--json"},
    "look": {"--against", "--limit", "--json"},
    "budget": {"--json"},
    "done": {"--json"},
}


class MisuseError(Exception):
    """A command line that cannot be read."""


def main(command: str, arguments: list[str], folder: str) -> int:
    """Run one command in a workspace; its exit status."""
    tools = os.path.join(folder, ".toolkit")
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        if {"-h", "--help"} & {*arguments}:
            print(f"{HELP[command]}\nExit status: {EXITS[command]}{LAST_EXITS}.")
            return SCORED
        options = read(command, arguments)
        return globals()[f"run_{command}"](folder, tools, options)  # type: ignore[no-any-return]
    except (MisuseError, tree.RefusedError) as error:
        return say(f"{error}\nNothing was run, and nothing was charged.", MISUSED)
    except wire.UnreachableError as error:
        return say(f"{error}: the search has ended, or its host has", UNREACHABLE)


def read(command: str, arguments: list[str]) -> dict[str, Any]:
    """Options of a command line, as the judge takes them; raises MisuseError."""
    options: dict[str, Any] = {}
    waiting = iter(arguments)
    for argument in waiting:
        name, equals, value = (
            argument.partition("=") if argument[:2] == "--" else (argument, "", "")
        )
        if name not in TAKES[command]:
            if command != "look" or name[:1] == "-" or "trial" in options:
                raise MisuseError(f"{command}: {argument!r} is not known\n{HELP[command]}")
            options["trial"] = number(argument)
        elif name == "--json":
            options["json"] = True
        else:
            if not equals:
                value = next(waiting, None)  # type: ignore[assignment]
            if value is None:
                raise MisuseError(f"{command}: {name} needs a value\n{HELP[command]}")
            put(options, name, value)
    return options


def put(options: dict[str, Any], name: str, value: str) -> None:
    """Add one option; raises MisuseError."""
    if name == "--set":
        parameter, equals, text = value.partition("=")
        if not equals:
            raise MisuseError(f"--set takes NAME=VALUE, got {value!r}")
        options.setdefault("overrides", {})[parameter] = parsed(text)
    else:
        plain = name in {"-m", "--label"}
        options[WITH_VALUE[name]] = value if plain else number(value)


def parsed(text: str) -> Any:
    """A value as JSON where it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def number(text: str) -> int:
    """Raises MisuseError."""
    if not text.isdecimal():
        raise MisuseError(f"{text!r} is no number of a trial or of items\n{HELP['look']}")
    return int(text)


def run_trial(folder: str, tools: str, options: dict[str, Any]) -> int:
    """Send the difference, commit beside the evaluation, tell what came of it."""
    with open(os.path.join(tools, "manifest.json"), encoding="utf-8") as file:
        manifest = json.load(file)
    asked = {name: value for name, value in options.items() if name != "json"}
    lock = record.Lock(tools)
    try:
        files, others = tree.difference(
            folder, manifest["files"], manifest["editable"], manifest["own"]
        )
        call = wire.Call(tools, "POST", "/trial", {**asked, "files": files})
        commit = record.Commit(folder, options.get("hypothesis") or "trial")
        commit.wait()
    finally:
        lock.release()
    reply = call.answer()
    if reply.status != 200:
        return unanswered(reply)
    note_trial(folder, reply.data, options, commit)
    if others:
        print(
            f"left out, as no part of the program: {telling.short(', '.join(others))}",
            file=sys.stderr,
        )
    tell(reply.data, options, telling.trial(reply.data, manifest["objective"]))
    return SCORED if reply.data["status"] == "ok" else FAILED


def note_trial(
    folder: str, reply: dict[str, Any], options: dict[str, Any], commit: record.Commit
) -> None:
    """Tag the commit and add the line of results.tsv; neither is needed for the score."""
    commit.tag(f"trial-{reply['trial']}")
    score, gain = (
        "" if reply.get(name) is None else f"{reply[name]:.6g}" for name in ("score", "gain")
    )
    cells = [
        str(reply["trial"]), score, gain, reply["status"],
        options.get("label", ""), options.get("hypothesis", ""),
        record.settings(options.get("overrides", {})),
        "" if reply["status"] == "ok" else record.problem(reply["detail"]),
    ]  # fmt: skip
    problem = record.add_line(os.path.join(folder, "results.tsv"), cells)
    for text in filter(None, (commit.problem and f"no commit: {commit.problem}", problem)):
        print(text, file=sys.stderr)


def run_look(folder: str, tools: str, options: dict[str, Any]) -> int:
    asked = {name: options[name] for name in ("trial", "against", "limit") if name in options}
    reply = wire.ask(tools, "POST", "/look", asked)
    if reply.status != 200:
        return unanswered(reply)
    tell(reply.data, options, telling.look(reply.data))
    return SCORED


def run_budget(folder: str, tools: str, options: dict[str, Any]) -> int:
    reply = wire.ask(tools, "GET", "/budget")
    if reply.status != 200:
        return unanswered(reply)
    tell(reply.data, options, telling.budget(reply.data))
    return SCORED if reply.data["left"] > 0 else SPENT


def run_done(folder: str, tools: str, options: dict[str, Any]) -> int:
    reply = wire.ask(tools, "POST", "/done", {})
    if reply.status not in {200, 410, 429}:
        return unanswered(reply)
    print("the search has ended")
    return SCORED


def unanswered(reply: wire.Reply) -> int:
    """Exit status of a request that was not answered, after saying why."""
    if reply.status in {429, 410}:
        return say(reply.error, SPENT)
    if reply.status in {400, 413}:
        return say(f"{reply.error}\nNothing was run, and nothing was charged.", MISUSED)
    return say(reply.error, UNREACHABLE)


def tell(reply: dict[str, Any], options: dict[str, Any], lines: Any) -> None:
    """Print an answer, as JSON where that was asked for."""
    if options.get("json"):
        print(json.dumps(reply, ensure_ascii=False))
    else:
        print("\n".join(lines))


def say(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status
