"""Sentences on a new study: what its unchanged program gives, costs and could decide."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from ..bench.forecast import lasting
from ..records import OUTPUT
from ..study.study import Study
from .baseline import Baseline, smallest
from .options import FORGED
from .proposal import Proposal

TRIALS, SEARCHERS = 50, ("random", "optuna")
LONG_S = 60.0
"""seconds of one trial, from which on the estimate comes with a way to make it shorter"""
LAST_LINES = 12
_TOO_SMALL = {2: 32, 3: 6, 4: 4}
"""{runs: how many times larger than seen the noise may be}, once in forty times by chi-squared"""
_EVIDENCE = {
    "judged": "judged by the host: the program cannot forge it",
    "measured": "measured by the host's own meter",
    "reported": FORGED,
}

_ISOLATION = {
    "confined": "a program has no network and no files of others, and starts no other program",
    "command": "a program has no network and no files of others; it may start other programs",
    "process": "weak: programs are not fully shut off here; `toolkit doctor` says why",
    "none": "programs run unprotected, with your files and the network",
}


def lines(study: Study, found: Baseline) -> Iterator[str]:
    """The result of the unchanged program's runs, a sentence each."""
    goal, score = study.objective, found.scored
    unit = f" {goal.unit}" if goal.unit else ""
    better = "less" if goal.direction == "minimize" else "more"
    level = goal.shown(score.score)
    yield f"score: {goal.name} {level:.6g}{unit} ({better} is better)"
    yield f"evidence: {_EVIDENCE[goal.evidence]}"
    yield f"noise: {_noise(study, found, unit)}"
    price = f", ${found.usd:.2g}" if found.usd else ", no charge"
    yield f"a trial: {lasting(found.seconds)}{price}"
    yield f"isolation: {found.isolation} ({_ISOLATION[found.isolation]})"
    yield f"smallest gain that {TRIALS} trials could decide: {_smallest(study, found, unit)}"
    yield _search(found)


def _noise(study: Study, found: Baseline, unit: str) -> str:
    noise = found.noise
    if noise is None:
        return "not known: the program ran once"
    if not noise.sd:
        return f"none: the same score in each of {found.runs} runs"
    seeds = f", each under a seed of its own: {study.seed_at.at}" if study.seed_at else ""
    return f"{noise.sd:.3g}{unit} (standard deviation of {found.runs} runs{seeds})"


def _smallest(study: Study, found: Baseline, unit: str) -> str:
    least = smallest(study, found, TRIALS)
    if least is None:
        if not study.decides:
            return (
                "none: nothing is held out and no run is repeated, so that a search tells which "
                "number it reached, and no more (--held-out replicates repeats runs, and decides)"
            )
        return "cannot be told from these runs"
    if study.claim == "exact" and not least:
        return "any that is not 0 (outputs are validated exactly)"
    if not least:
        return "any that is not 0 (there is no noise)"
    return f"about {least:.3g}{unit}{_rough(study, found)}"


def _rough(study: Study, found: Baseline) -> str:
    """Reserve on a gain that only the noise of few runs tells."""
    times = _TOO_SMALL.get(found.runs)
    if times is None or study.claim != "replicates":
        return ""
    return (
        f" (rough: {found.runs} runs may show a noise that is {times} times too small; toolkit "
        "compare measures it again before it searches)"
    )


def _search(found: Baseline) -> str:
    total = TRIALS * len(SEARCHERS)
    took = lasting(total * found.seconds / found.slots)
    text = (
        f"search: {TRIALS} trials of each of {len(SEARCHERS)} searchers take about {took}, "
        f"{found.slots} at a time"
    )
    if found.seconds > LONG_S:
        few = max(4, int(3600 * found.slots / found.seconds / len(SEARCHERS)))
        text += (
            f"; --budget {few} takes an hour. A trial of {lasting(found.seconds)} is long: fewer "
            "steps or less data in the program make every search cheaper"
        )
    return text


def next_command(folder: Path, study: Study) -> str:
    """The command to type next."""
    where = shlex.quote(str(folder))
    if not study.space:
        return (
            f"toolkit compare {where} --budget {TRIALS} --searchers autoresearch --llm openai:MODEL"
        )
    return f"toolkit compare {where} --budget {TRIALS} --searchers {','.join(SEARCHERS)}"


def failed(proposal: Proposal, found: Baseline, file: Path) -> str:
    """Why the unchanged program has no score: its own last lines, and what to change."""
    reason, _, shown = found.scored.detail.partition(f"\n{OUTPUT}\n")
    last = [line for line in shown.rstrip().splitlines() if line.strip()][-LAST_LINES:]
    text = f"the unchanged program has no score ({found.scored.status}): {reason.strip()}"
    if last:
        text += "\nits last lines:\n" + "\n".join(f"  {line}" for line in last)
    way = (
        f"{file} stays: change it and type `toolkit run {shlex.quote(str(file.parent))}`, or type "
        "this command again with --force, which writes it anew"
    )
    return f"{text}\n{_advice(proposal, found)}\n{way}"


def _advice(proposal: Proposal, found: Baseline) -> str:
    detail, status = found.scored.detail, found.scored.status
    network = any("network" in one for one in proposal.warnings)
    refused = any(word in detail for word in ("socket", "getaddrinfo", "ConnectionError", "urlopen",
                                              "is unreachable", "name resolution"))  # fmt: skip
    if refused or (network and status == "crashed"):
        return (
            "programs run without the network: download what it needs beforehand, and let it read "
            "the files (`data` in [code] names what lies outside the folder)"
        )
    if "ModuleNotFoundError" in detail or "No module named" in detail:
        return "name the interpreter that has the package: --python PATH"
    if "FileNotFoundError" in detail or "No such file" in detail:
        return (
            "put the file there if it is missing; let the program read files by names below its "
            "own folder, or name what lies outside by `data` in [code]"
        )
    if re.search(
        r"arguments? (?:is|are) required|Missing (?:option|argument)", found.scored.detail
    ):
        file = proposal.option.code.get("script", ["python", proposal.option.start])
        shown = ", ".join(f'"{word}"' for word in [*file, "WORD"])
        return f"write the words that it needs into script in [code]: script = [{shown}]"
    if status == "timeout":
        return "raise cpu_s in limits, or let the program do less"
    if status == "oom":
        return "raise memory_mb in limits"
    unmatched = " matches " in detail or "holds no " in detail
    if proposal.option.kind == "printed" and unmatched:
        return (
            "let the program print the number under this name, or name another one that it prints: "
            "--objective 'NAME minimize'"
        )
    if proposal.option.kind == "timed" and "judged is" in detail:
        return (
            "let the program print the same in every run, from a seed that it holds itself, or "
            "name what may differ by `ignore` in [task]"
        )
    return "mend the program, or change what the study says of it"
