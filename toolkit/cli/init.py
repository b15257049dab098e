"""`toolkit init`: a study of the code in a folder, written without running it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from . import output, place

if TYPE_CHECKING:
    from ..scaffold.answers import Answers
    from ..scaffold.baseline import Baseline
    from ..scaffold.proposal import Proposal
    from ..scaffold.survey import Survey

_KINDS = ["evaluator", "ranking", "validated", "table", "timed", "printed"]


@click.command("init")
@click.argument("path", default=".", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Take every proposal that no other option replaces.")
@click.option("--force", is_flag=True, help="Replace a study.toml that is there.")
@click.option(
    "--objective", metavar="'NAME minimize|maximize'",
    help="Number that counts, and its direction.",
)  # fmt: skip
@click.option("--kind", type=click.Choice(_KINDS), help="How the number is known.")
@click.option(
    "--editable", multiple=True, metavar="FILE", help="File that a search may edit; repeatable."
)
@click.option(
    "--held-out", metavar="none|replicates|SHARE",
    help="What no search sees: nothing, other seeds, or a share of the data.",
)  # fmt: skip
@click.option(
    "--range", "ranges", multiple=True, metavar="NAME=LOW:HIGH",
    help="Range of a parameter, or NAME=ONE,TWO for choices; repeatable.",
)  # fmt: skip
@click.option(
    "--no-patch", is_flag=True, help="Write no starting patch, where the program seems to need one."
)
@click.option("--parameters", metavar="NAMES", help="Parameters to keep, separated by commas.")
@click.option("--program", metavar="FILE", help="Program to start, where there are several.")
@click.option("--python", "interpreter", metavar="PATH", help="Interpreter that runs the program.")
@click.option(
    "--runs", type=click.IntRange(0), default=3, show_default=True,
    help="Runs of the unchanged program; 0 writes the study only.",
)  # fmt: skip
@place.where
def command(
    path: Path, yes: bool, force: bool, runs: int, evaluator: str, ray_address: str | None,
    allow_weak: bool, **given: Any,
) -> None:  # fmt: skip
    """Write a study of the code in PATH: what counts, what may change, and how it is judged.

    The code is read and not run. It asks at most five things; --yes takes all proposals. Then the
    unchanged program runs three times, and says what a search of it costs and could decide.
    """
    from ..places import Place
    from ..plugins import installed
    from ..scaffold import saving, survey
    from ..study import document

    file = path / document.FILENAME
    _check_free(file, force=force)
    said = _answers(given)
    found = survey.read(path, said.python)
    proposal = _proposed(found, said, yes=yes)
    _show_patch(file, proposal, force=force)
    study = saving.save(file, proposal)
    for warning in proposal.warnings:
        output.note(f"note: {warning}")
    if proposal.judged:
        output.note(f"note: {proposal.judged.sentence} The lines for it stand in {file}.")
    if not runs:
        output.say(f"{file} is written; `toolkit studies {path}` shows it")
        return
    from ..scaffold import baseline

    output.note(f"running the unchanged program, {runs} time{'s' * (runs != 1)}")
    where = Place(evaluator, None, ray_address, allow_weak)
    ran = baseline.run(study, where, installed(), runs=runs, tell=output.note)
    _conclude(path, file, proposal, ran)


def _check_free(file: Path, *, force: bool) -> None:
    from ..errors import UserError

    if file.exists() and not force:
        raise UserError(
            f"{file} is there already: `toolkit compare {file.parent}` runs it, and --force "
            "replaces it"
        )


def _show_patch(file: Path, proposal: Proposal, *, force: bool) -> None:
    """Show the starting patch before it is written. Raises UserError where one is there."""
    from ..errors import UserError
    from ..scaffold import patching

    if not proposal.patch:
        return
    patch = file.parent / patching.FILENAME
    if patch.exists() and not force:
        raise UserError(f"{patch} is there already: --force replaces it, --no-patch does without")
    output.note(
        f"the program names files of its folder by paths that lead nowhere in the copy that runs. "
        f"The study starts from this patch, {patch}; your files stay as they are (--no-patch "
        f"leaves it out):\n{proposal.patch}"
    )


def _answers(given: dict[str, Any]) -> Answers:
    from ..scaffold import answers

    return answers.Answers(
        objective=answers.objective(given["objective"]) if given["objective"] else None,
        kind=given["kind"] or "",
        editable=tuple(part for text in given["editable"] for part in text.split(",") if part),
        held_out=answers.held_out(given["held_out"]) if given["held_out"] else None,
        parameters=tuple(filter(None, (given["parameters"] or "").split(","))),
        ranges=answers.ranges(given["ranges"]),
        program=given["program"] or "",
        python=given["interpreter"] or "",
        patch=not given["no_patch"],
    )


def _proposed(found: Survey, answers: Answers, *, yes: bool) -> Proposal:
    """The study, once everything that is open was asked. Raises UserError where nobody is there."""
    from ..errors import UserError
    from ..scaffold import options, questions
    from ..scaffold import proposal as proposals

    asked = not yes and sys.stdin.isatty()
    several = questions.ambiguous(found, answers) if asked else []
    if several:
        text = _asked(f"What counts ({', '.join(several)}), and in which direction?", several[0])
        answers = questions.answered(answers, "--objective", text)
    study = proposals.made(found, options.chosen(found, answers), answers)
    if yes:
        return study
    if not asked:
        raise UserError(questions.unasked(found, study, answers))
    for one in list(questions.of(found, study, answers)):
        text = _asked(one.text, one.proposal)
        if text != one.proposal:
            answers = questions.answered(answers, one.flag, text)
    return proposals.made(found, options.chosen(found, answers), answers)


def _asked(text: str, proposal: str) -> str:
    return str(click.prompt(text, default=proposal, err=True)).strip()


def _conclude(path: Path, file: Path, proposal: Proposal, ran: Baseline) -> None:
    """Print what the runs say; exit code 1 where the unchanged program has no score."""
    from ..figures import counted
    from ..scaffold import saving, telling, writing

    if not ran.scored.ok:
        output.note(f"Error: {telling.failed(proposal, ran, file)}")
        raise SystemExit(1)
    study = saving.save(file, proposal, writing.Measured(ran.cpu_s, ran.noisy))
    count = len(file.read_text(encoding="utf-8").splitlines())
    output.say(f"{file}: {count} lines, {counted(len(study.space), 'parameter')}")
    for line in telling.lines(study, ran):
        output.say(line)
    output.say(f"next: {telling.next_command(path, study)}")
