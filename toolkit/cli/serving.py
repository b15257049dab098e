"""Execution of `toolkit serve`, once its options are read."""

from __future__ import annotations

from functools import partial

from ..plugins import installed, warn
from ..search.cells import SERVE, CellSpec
from ..service.outside import Outside
from ..service.server import JudgeServer
from . import lookup, output
from .comparison import conduct
from .options import ComparisonOptions

EXAMPLE = """\
serving {name} at {url}, budget {budget:g} trials, for whoever sends this token:
  {token}
a trial, as curl sends it:
  curl -s {url}/trial -H 'Authorization: Bearer {token}' -d '{body}'
GET /program tells what there is to improve, GET /budget what is left; POST /done ends it."""


def execute(asked: ComparisonOptions, alias: str, seed: int, port: int, token: str) -> int:
    """Exit code: 0, or 1 if nothing was asked for. Raises UserError before anything is spent."""
    asked.check()
    registry = installed()
    warn(registry, output.note)
    study = lookup.study(asked.study, registry)
    registry.find("evaluator", asked.place.evaluator)  # before a run folder is made

    def tell(server: JudgeServer) -> None:
        lab = server.judge.lab
        output.note(
            EXAMPLE.format(
                name=study.name, url=server.url, token=server.token,
                budget=lab.budget.left, body=body(list(lab.sources), list(lab.space)),
            )
        )  # fmt: skip

    factory = partial(Outside, port, token, tell)
    cell = CellSpec(alias, SERVE, factory, {}, seed)
    return conduct(asked, study, registry, [cell], joins=True)


def body(files: list[str], parameters: list[str]) -> str:
    """An example of a trial: of a parameter where there is one, else of a file."""
    if parameters:
        return f'{{"overrides": {{"{parameters[0]}": VALUE}}}}'
    return f'{{"files": {{"{files[0] if files else "PATH"}": "ITS NEW TEXT"}}}}'
