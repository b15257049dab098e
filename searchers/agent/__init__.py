"""Somebody's own coding agent as a searcher: any command that edits files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import toolkit
from searchers.agent import program, workspace
from searchers.agent.commands import record
from searchers.agent.costs import Costs
from searchers.agent.sitting import Sitting, Terms


class Agent:
    """Runs a command in a workspace, which tries candidates by the commands that it finds there.

    command: a line for sh. failures: the most that ./look shows. grace_s: seconds that the agent
    has to end by itself when nothing can be asked for any more. seconds: the most that one round
    may take. tokens, usd: regular expressions with one group, for costs that the output tells in a
    form of its own; costs: whether the last figure counts or the sum. brief: more text for
    PROGRAM.md. rounds: the command is run again while budget is left, at most so often. home: the
    agent's own home folder, or an empty one in its workspace.
    """

    live = True
    """it cannot be replayed: a resumed cell goes on"""

    def __init__(
        self,
        *,
        command: str,
        failures: int = 16,
        grace_s: float = 10.0,
        seconds: float | None = None,
        tokens: str | None = None,
        usd: str | None = None,
        costs: Literal["last", "sum"] = "last",
        brief: str | None = None,
        rounds: int = 1,
        home: Literal["own", "workspace"] = "own",
    ) -> None:
        for name, value, least in (("failures", failures, 1), ("rounds", rounds, 1)):
            if value < least:
                raise toolkit.UserError(f"agent.{name} must be at least {least}, got {value}")
        for name, figure in (("grace_s", grace_s), ("seconds", seconds)):
            if figure is not None and figure < 0:
                raise toolkit.UserError(f"agent.{name} must not be below 0, got {figure:g}")
        if not command.strip():
            raise toolkit.UserError(
                "agent.command is empty: say what runs the agent, as in -o agent.command='claude "
                '-p "$(cat PROGRAM.md)"\' (docs/your-agent.md has more)'
            )
        Costs(tokens, usd, costs)  # its complaints come before anything is spent
        self.command, self.failures, self.grace_s = command, failures, grace_s
        self.seconds, self.rounds, self.home = seconds, rounds, home
        self.tokens, self.usd, self.costs, self.brief = tokens, usd, costs, brief or ""

    def check_study(self, outline: toolkit.Outline) -> None:
        workspace.check_git()

    def run(self, lab: toolkit.Lab) -> None:
        station = lab.station
        if station is None:
            raise toolkit.UserError("an agent needs a folder of the run, and this run has none")
        judge = toolkit.Judge(lab, failures=self.failures)
        with toolkit.JudgeServer(judge) as server:
            lab.settle()  # what a kill cut off runs again, and nobody else writes its line
            home = self.furnish(lab, station, server)
            for _ in range(self.rounds):
                trials = len(lab.history)
                sitting = Sitting(lab, self.terms(station, server, home), self.meter())
                status = sitting.run(station, lambda: is_over(lab, judge))
                lab.settle()  # a trial that the sitting left behind lacks its line as well
                workspace.list_results(home, rows(lab))
                if judge.ended or (status and len(lab.history) == trials):
                    break
        if not lab.history:
            raise toolkit.UserError(nothing(sitting))

    def meter(self) -> Costs:
        return Costs(self.tokens, self.usd, self.costs)

    def furnish(
        self, lab: toolkit.Lab, station: toolkit.Station, server: toolkit.JudgeServer
    ) -> Path:
        """The workspace, new or as an earlier command left it."""
        contents = workspace.Contents(
            lab.tree, frozenset(lab.sources), () if lab.blocks else lab.editable,
            lab.objective.name, program.text(lab, self.brief),
        )  # fmt: skip
        folder = station.folder / "workspace"
        workspace.lay(folder, contents)
        where = urlsplit(server.url)
        address = (str(where.hostname), int(where.port or 0), server.token)
        workspace.furnish(folder, contents, address, rows(lab))
        for name in ("tmp", "home"):
            (station.folder / name).mkdir(mode=0o700, exist_ok=True)
        return folder

    def terms(self, station: toolkit.Station, server: toolkit.JudgeServer, folder: Path) -> Terms:
        return Terms(
            argv=["sh", "-c", self.command],
            folder=folder,
            environment=self.environment(station, server, folder),
            writable=[folder, station.folder / "tmp", station.folder / "home"],
            outputs=station.folder,
            grace_s=self.grace_s,
            seconds=self.seconds,
        )

    def environment(
        self, station: toolkit.Station, server: toolkit.JudgeServer, folder: Path
    ) -> Mapping[str, str]:
        """The user's own environment, with the way to the judge and without that to our data."""
        found = {name: v for name, v in os.environ.items() if not name.startswith("TOOLKIT_")}
        found |= {
            "TOOLKIT_URL": server.url,
            "TOOLKIT_TOKEN": server.token,
            "TOOLKIT_PROGRAM": str(folder / "PROGRAM.md"),
            "TMPDIR": str(station.folder / "tmp"),
            # an agent that loses its repository must not work in one around it
            "GIT_CEILING_DIRECTORIES": str(station.folder),
        }
        return found | ({"HOME": str(station.folder / "home")} if self.home == "workspace" else {})


def is_over(lab: toolkit.Lab, judge: toolkit.Judge) -> bool:
    """True where nothing can be asked for any more, and everything is answered."""
    return bool(lab.closed or (judge.ended and not judge.busy))


def rows(lab: toolkit.Lab) -> list[list[str]]:
    """The trials so far, as results.tsv lists them."""
    shown, base = lab.objective.shown, lab.baseline.score
    found = []
    for trial in lab.history:
        score = gain = ""
        if trial.score is not None:
            score = f"{shown(trial.score):.6g}"
            gain = "" if base is None else f"{trial.score - base:.6g}"
        given, problem = trial.candidate, "" if trial.ok else record.problem(trial.told)
        found.append(
            [
                str(trial.number), score, gain, trial.status, given.label or "", given.note,
                record.settings(given.overrides), problem,
            ]
        )  # fmt: skip
    return found


def nothing(sitting: Sitting) -> str:
    """Advice about an agent that tried nothing."""
    last = record.problem(sitting.printed)
    said = f"the last line that it printed is {last!r}" if last else "it printed nothing"
    return (
        f"the agent tried nothing ({sitting.ending}); {said} ({sitting.file} has the whole): see "
        "whether its command line works by hand (docs/your-agent.md)"
    )


@toolkit.hookimpl
def register_searchers(register: toolkit.RegisterFactory) -> None:
    register("agent", Agent, summary="a coding agent of your own: any command that edits files")
