"""Kinds of task that a code base allows, the most honest first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from ..errors import UserError
from . import effects, objectives, programs, tabular, words
from .answers import Answers
from .objectives import Goal
from .programs import Script
from .survey import Survey, script

FORGED = "reported by the program: an edit can forge it"


@dataclass(frozen=True)
class Option:
    """A task, and how the program is run for it.

    evidence: judged, measured or reported. code and task: keys of these tables. start: the file
    that runs; fixed: files that nobody may edit. why: a sentence on how the score is known.
    """

    kind: str
    evidence: str
    name: str
    direction: str
    code: Mapping[str, Any]
    task: Mapping[str, Any]
    start: str
    fixed: frozenset[str]
    why: str
    splits: str | float | None = None


def all_of(found: Survey, answers: Answers) -> list[Option]:
    """Every task that fits. Raises UserError where none does, with what is missing."""
    makers = (_evaluators, _rankings, _checked, _tables)
    fitting = [one for made in makers for one in made(found, answers)]
    wanted = not answers.kind or answers.kind in {"timed", "printed"}
    if wanted and (not fitting or answers.kind):
        fitting += _of_script(found, answers)
    return fitting


def chosen(found: Survey, answers: Answers) -> Option:
    """The task that was asked for, else the most honest. Raises UserError."""
    fitting = all_of(found, answers)
    for one in fitting:
        if not answers.kind or one.kind == answers.kind:
            return one
    known = ", ".join(dict.fromkeys(one.kind for one in fitting)) or "none"
    raise UserError(
        f"--kind {answers.kind}: {_LACKS[answers.kind]} in {found.folder.root} (what fits: {known})"
    )


_LACKS = {
    "evaluator": "there is no file with a function `evaluate(program_path)` beside a program",
    "ranking": "there are no corpus.jsonl, queries.jsonl and qrels.tsv with a program that "
    "writes a run",
    "validated": "there is no file of its own with a function `check(output)`",
    "table": "there is no program that learns from one CSV file, reads another without the target, "
    "and leaves a CSV file of predictions",
    "timed": "there is no program that can be timed",
    "printed": "there is no program that prints a number",
}


def _evaluators(found: Survey, answers: Answers) -> Iterator[Option]:
    contract = found.contract
    if contract is None:
        return
    key = answers.objective[0] if answers.objective else contract.key
    way = answers.objective[1] if answers.objective else ""
    if not key:
        names = ", ".join(contract.keys) or "none that can be read"
        raise UserError(
            f"{contract.file}: {contract.function} returns several numbers ({names}): say which "
            "one counts, such as --objective 'NAME maximize'"
        )
    task = {"file": contract.file, "function": contract.function, "program": contract.program,
            "key": key}  # fmt: skip
    judged = Option(
        kind="evaluator",
        evidence="judged",
        name=key,
        direction=way or words.direction(key) or "maximize",
        code={},
        task={**task, "calls": list(contract.calls)},
        start=contract.program,
        fixed=frozenset(set(found.folder.modules) - {contract.program}),
        why="",
    )
    if contract.calls:
        asked = " and ".join(contract.calls)
        yield replace(
            judged,
            why=(
                f"The program makes what {asked} returns, in the sandbox; {contract.file}, which "
                "nobody edits, scores it in a process of its own."
            ),
        )
    yield replace(
        judged,
        evidence="reported",
        task=task,
        why=f"{contract.file} runs the program in its own process, so this score is {FORGED}.",
    )


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _rankings(found: Survey, answers: Answers) -> Iterator[Option]:
    """A program that reads corpus and queries and writes a run; the host holds the relevance."""
    files = found.collection
    if files is None:
        return
    for one in found.scripts:
        reached = programs.reached(found.folder, one.path)
        text = "\n".join(found.folder.modules[path].text for path in reached)
        texts = text + "\n".join(map(found.folder.text, _named(found, reached)))
        run = _run_file(texts)
        if run and PurePosixPath(files.qrels).name not in text:
            yield Option(
                kind="ranking", evidence="judged", name="ndcg@10", direction="maximize",
                code={"script": list(one.command)},
                task={"corpus": files.corpus, "queries": files.queries, "qrels": files.qrels,
                      "metric": _metric(answers), "corpus_as": files.corpus,
                      "queries_as": files.queries, "run": run},
                start=one.path,
                fixed=frozenset(programs.judges(found.folder, one.path, hosted=True)),
                splits=0.5,
                why=(
                    f"The program ranks and leaves {run}; the host scores it by {files.qrels}, "
                    "which the program never gets."
                ),
            )  # fmt: skip
            return


def _named(found: Survey, reached: Sequence[str]) -> list[str]:
    every = {name for path in reached for name in effects.constants(
        found.folder, found.folder.modules[path])}  # fmt: skip
    return [name for name in every if name.endswith((".yaml", ".yml", ".toml", ".json"))]


def _metric(answers: Answers) -> str:
    return answers.objective[0] if answers.objective else "ndcg@10"


def _run_file(text: str) -> str:
    """Name of a file that holds a run of rankings, among the words of a program."""
    found = re.findall(
        r"[\w./-]*(?:results?|run|ranking|ranked|output|predictions?)[\w-]*\.(?:tsv|txt|trec|run|jsonl)\b",
        text,
    )
    return next((name for name in found if "qrel" not in name and "quer" not in name), "")


def _checked(found: Survey, answers: Answers) -> Iterator[Option]:
    one = found.check
    if one is None:
        return
    name, way = answers.objective or ("score", "maximize")
    yield Option(
        kind="validated", evidence="judged", name=name, direction=way or "maximize",
        code={"entry": f"{_module(one.program)}:{one.maker}", "arguments": "none"},
        task={"check": f"{one.file}:{one.function}"},
        start=one.program,
        fixed=frozenset({one.file, *programs.judges(found.folder, one.program)}),
        why=(
            f"The program makes what {one.maker} returns; {one.function} of {one.file} checks and "
            "scores it in a process without edited code."
        ),
    )  # fmt: skip


def _tables(found: Survey, answers: Answers) -> Iterator[Option]:
    """A program that leaves predictions for rows without target; the host holds the target."""
    for one in found.scripts:
        files = tabular.found(found, one)
        if files is None or (answers.program and answers.program != one.path):
            continue
        task = {
            "file": files.known.path,
            **({"id": files.known.id} if files.known.id else {}),
            "target": files.known.target,
            "metric": answers.objective[0] if answers.objective else files.metric,
            "train_as": files.known.path,
            "asked_as": files.asked,
            "predictions": files.left,
            **({"column": files.column} if files.column != "prediction" else {}),
        }
        yield Option(
            kind="table",
            evidence="judged",
            name=task["metric"],
            direction=words.direction(task["metric"]) or "maximize",
            code={"script": list(one.command)},
            task=task,
            start=one.path,
            fixed=frozenset(programs.judges(found.folder, one.path, hosted=True)),
            splits=0.5,
            why=(
                f"The program learns from some rows of {files.known.path} and leaves {files.left} "
                f"for others, whose {files.known.target} it never gets; the host scores them."
            ),
        )
        return


def _of_script(found: Survey, answers: Answers) -> Iterator[Option]:
    """Tasks of a program as it is: timed by the host, or scored by what it shows."""
    start = started(found, answers)
    shown = found.printed(start)
    fixed = programs.judges(found.folder, start.path)
    timed = _timed(found, start, shown, fixed, answers)
    if timed:
        yield timed
    if timed is None or answers.kind == "printed":
        yield _printed(start, objectives.chosen(found.folder, shown, answers), fixed)


def started(found: Survey, answers: Answers) -> Script:
    """The program that is meant: of several, the likeliest that shows a number that counts."""
    first = script(found, answers.program)
    if answers.program:
        return first
    for one in found.scripts:
        shown = found.printed(one)
        named = answers.objective and answers.objective[0] in {each.name for each in shown}
        if named or (not answers.objective and objectives.candidates(found.folder, shown)):
            return one
    return first


def _timed(
    found: Survey, start: Script, shown: Sequence[Any], fixed: set[str], answers: Answers
) -> Option | None:
    times = [one for one in shown if one.clocked or words.is_time(one.name)]
    others = objectives.candidates(found.folder, shown)
    if answers.kind != "timed" and (not times or others or answers.objective):
        return None
    rest = [path for path in programs.reached(found.folder, start.path) if path != start.path]
    if rest:  # the clock and the check stand apart from what is timed
        fixed = fixed | {start.path}
    ignore = "|".join(dict.fromkeys(f".*{one.pattern}.*" for one in times))
    return Option(
        kind="timed", evidence="measured", name="CPU time", direction="minimize",
        code={"script": list(start.command)},
        task={"ignore": ignore} if ignore else {},
        start=start.path, fixed=frozenset(fixed - set(rest[:1] if not set(rest) - fixed else ())),
        why=(
            "The host's own meter reads the CPU time, whatever the program's clock says; what it "
            "prints must stay the same"
            + (f", but for {', '.join(one.name for one in times)}." if times else ".")
        ),
    )  # fmt: skip


def _printed(start: Script, goal: Goal, fixed: set[str]) -> Option:
    shown = goal.shown
    code: dict[str, Any] = {"script": list(start.command)}
    task: dict[str, Any] = {"pattern": shown.pattern}
    if shown.file:
        task = {"file": shown.file, "key": shown.key}
    return Option(
        kind="printed", evidence="reported", name=goal.name, direction=goal.direction,
        code=code, task=task, start=start.path, fixed=frozenset(fixed),
        why=(
            f"{goal.name} is computed by the program itself ({shown.path}, line {shown.line}) and "
            f"{FORGED}."
        ),
    )  # fmt: skip
