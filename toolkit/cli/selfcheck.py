"""`toolkit selfcheck`: rates of findings where there is nothing to find."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import lookup, output, place

if TYPE_CHECKING:
    from ..places import Place
    from ..plugins import Registry
    from ..selfcheck.pool import Pool
    from ..study.study import Study

TOY = Path(__file__).parent.parent / "toy"
ARM = "random"


@click.command("selfcheck")
@click.argument("study", required=False, shell_complete=lookup.complete_study)
@click.option("--rounds", type=click.IntRange(min=1), default=100, show_default=True,
              help="Rounds, each of which makes every run anew.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything drawn.")
@click.option("--gate", default="autoresearch", show_default=True,
              shell_complete=lookup.complete_searcher,
              help="Searcher whose gate is checked: what it keeps of edits that change nothing."
              )  # fmt: skip
@place.options
@click.option("--json", "as_json", is_flag=True, help="Print the rates as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    study: str | None,
    rounds: int,
    seed: int,
    gate: str,
    evaluator: str,
    ray_address: str | None,
    allow_weak: bool,
    answers: Any,
    as_json: bool,
) -> None:
    """Check the instrument on made programs that differ by nothing; exit 1 where it fails.

    Byte-identical programs under two names, one searcher as two arms, and edits that change
    nothing, in programs with and without noise, go through gate, verdict and attribution. The
    programs' outputs are drawn from those that random settings of STUDY (default: the toy) give.
    """
    import time

    from ..places import Place
    from ..plugins import installed
    from ..selfcheck import findings
    from ..selfcheck.instrument import Instrument
    from ..selfcheck.pool import require
    from ..selfcheck.rounds import Check
    from ..study import study as study_files

    registry = installed()
    found = lookup.study(study, registry) if study else study_files.load(TOY)
    require(found)
    lookup.open_data(found)
    keeper, arm = (registry.find("searcher", name).value for name in (gate, ARM))
    pool = _pool(found, Place(evaluator, None, ray_address, allow_weak, answers), registry)
    check = Check(found, pool, Instrument(keeper, arm), seed)
    began = time.monotonic()
    check.round(rounds)  # a rehearsal, which does not count
    took = time.monotonic() - began
    takes = "1 round takes" if rounds == 1 else f"{rounds} rounds take"
    output.note(f"selfcheck of {found.name}: {takes} about {rounds * took:.0f} s")
    result = findings.checked(check, rounds, output.note)
    if as_json:
        rows = [one.to_json() for one in result]
        whole = {"study": found.name, "rounds": rounds, "seed": seed}
        output.say_json({**whole, "passed": findings.passed(result), "rows": rows})
    else:
        for line in findings.lines(result):
            output.say(line)
    ctx.exit(0 if findings.passed(result) else 1)


def _pool(study: Study, where: Place, registry: Registry) -> Pool:
    """Outputs of the study's program, which runs here and in no round."""
    from ..bench.bench import Bench
    from ..places import opened
    from ..plugins import contained
    from ..selfcheck.pool import SETTINGS, gathered

    hidden = [study.folder, lookup.RUNS]
    with (
        contained("code of a plugin or of the study ended the command"),
        opened(where, study, registry, hidden=hidden, tell=output.note) as running,
    ):
        output.note(f"{study.name} runs with {SETTINGS} random settings first, on both splits")
        return gathered(Bench(study, running))
