"""Execution of `toolkit serve`, once its options are read."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from functools import partial

from ..records import same
from ..search.cells import SERVE, CellSpec
from ..search.lab import Lab
from ..service.outside import Outside
from ..service.server import JudgeServer, check_port
from ..study.space import Param
from . import output
from .comparison import conduct, prepared
from .options import ComparisonOptions

EXAMPLE = """\
serving {name} at {url}, budget {budget}, for whoever sends this token:
  {token}
a trial, as curl sends it:
  curl -s {url}/trial -H 'Authorization: Bearer {token}' -d {body}
GET /program tells what there is to improve, GET /budget what is left; POST /done ends it."""


def execute(asked: ComparisonOptions, alias: str, seed: int, port: int, token: str) -> int:
    """Exit code: 0, or 1 if nothing was asked for. Raises UserError before anything is spent."""
    study, registry = prepared(asked)
    check_port(port)

    def tell(server: JudgeServer) -> None:
        lab = server.judge.lab
        output.note(
            EXAMPLE.format(
                name=study.name, url=server.url, token=server.token,
                budget=budget(lab), body=shlex.quote(body(list(lab.sources), lab.space)),
            )
        )  # fmt: skip

    factory = partial(Outside, port, token, tell)
    cell = CellSpec(alias, SERVE, factory, {}, seed)
    return conduct(asked, study, registry, [cell], joins=True)


def budget(lab: Lab) -> str:
    """`10 trials`, or `10 trials (4 left)` where the run goes on."""
    left = f" ({lab.budget.left:g} left)" if lab.budget.spent else ""
    return f"{lab.budget.total:g} trials{left}"


def body(files: Sequence[str], space: Mapping[str, Param]) -> str:
    """An example of a trial that can be sent as it is: of a parameter where there is one.

    Else of a file, whose text only the user can write.
    """
    for name, param in space.items():
        for value in param.extremes():
            if not same(value, param.default):
                return json.dumps({"overrides": {name: value}})
    return json.dumps({"files": {files[0] if files else "PATH": "ITS NEW TEXT"}})
