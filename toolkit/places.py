"""The one way in which a command opens the evaluator that its study's programs run on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import interrupts
from .bench.bench import Bench
from .errors import UserError
from .evaluator import Evaluator, settings_of
from .evaluators.answered import AnsweredEvaluator
from .evaluators.cached import CachedEvaluator
from .evaluators.guard import Guarded
from .jobs import LEVELS
from .ledger.journal import Journal
from .ledger.ledger import Ledger
from .ledger.subjects import ANSWERED_BY, ANSWERS_KEPT
from .llm import models
from .llm.answers import AnswerModel, Memory, Record
from .llm.prices import Prices
from .plugins import Registry, contained, reason, to_plugin_error
from .study.study import Study

Factory = Callable[..., Any]
UNUSUAL = {
    "python": "interpreter of another environment",
    "readable": "data beside the program",
    "gpus": "cards",
    "answers": "questions of a program to a language model",
}
"""{setting: what it is}: a plugin that leaves it out cannot run a study that has it"""


@dataclass(frozen=True)
class Answering:
    """Language model that answers programs, as a command's options name it.

    llm: NAME:ARGUMENT; "" for the study's own. max_usd: dollars of the whole run. slots: questions
    at a time; None: as many as the study says. prices: {model: (in, out)}, for a million tokens.
    """

    llm: str = ""
    max_usd: float | None = None
    slots: int | None = None
    prices: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """Place where evaluations run, as a command's options name it.

    slots: evaluations at a time; None: as many as there is room for. address: of a cluster.
    answers: who answers what programs ask of a language model.
    """

    evaluator: str = "local"
    slots: int | None = None
    address: str | None = None
    allow_weak: bool = False
    answers: Answering = Answering()


@contextlib.contextmanager
def opened(
    place: Place, study: Study, registry: Registry, *, hidden: Sequence[Path],
    tell: Callable[[str], None] = lambda text: None, record: Record | None = None,
) -> Iterator[Evaluator]:  # fmt: skip
    """The evaluator of a place, ready for a study's programs.

    hidden: folders that no program may read. tell: says what the person should know of it.
    record: where answers to programs are kept; None: in memory.
    Raises UserError where the place cannot run the study, or isolates less than it wants.
    """
    name = place.evaluator
    model = answer_model(place.answers, study, registry, record or Memory(), tell)
    settings = {
        "preload": study.preload,
        "slots": place.slots,
        "address": place.address,
        "hidden": (*hidden, *study.hidden),
        "command": bool(study.command),
        "confine": not (study.isolation == "none" and place.allow_weak),
        "python": study.python,
        "readable": study.readable,
        "gpus": study.limits.gpus,
        "answers": model is not None,
    }
    begun = made(name, registry.find("evaluator", name).value, settings)
    with model or contextlib.nullcontext(), entered(name, begun, tell) as evaluator:
        evaluator.require(study.isolation, weak=place.allow_weak)
        told = unwanted(study, place, evaluator)
        if told:
            tell(told)
        yield AnsweredEvaluator(evaluator, model) if model else evaluator


def answer_model(
    asked: Answering, study: Study, registry: Registry, record: Record,
    tell: Callable[[str], None],
) -> AnswerModel | None:  # fmt: skip
    """The language model that answers a study's programs; None where they may ask none.

    Raises UserError where none is named, or it cannot be used.
    """
    if study.answers is None:
        if asked.llm:
            raise UserError(
                f"--answer-llm: the program of study {study.name!r} asks no language model; leave "
                "it out, or write [answers] in the study's file"
            )
        return None
    spec = asked.llm or study.answers.llm
    if not spec:
        raise UserError(
            f"the program of study {study.name!r} asks a language model, and none is named: add "
            f"--answer-llm openai:MODEL, or another of {', '.join(sorted(registry.known('llm')))} "
            "(`toolkit plugins` says what they are), or write llm under [answers] in the study's "
            "file"
        )
    provider = models.made(registry, spec, "--answer-llm")
    model = AnswerModel(
        provider, study.answers, record, slots=asked.slots, prices=Prices(asked.prices),
        max_usd=asked.max_usd, note=tell,
    )  # fmt: skip
    provider.note = tell
    return model


def made(name: str, factory: Factory, settings: Mapping[str, Any]) -> Any:
    """Evaluator that a factory makes of the settings that it names.

    Raises UserError where it would have to leave out what somebody asked for.
    """
    taken = settings_of(factory)
    if settings["address"] is not None and "address" not in taken:
        raise UserError(
            f"--ray-address is for --evaluator ray, and evaluator {name!r} takes no address: "
            "leave the one out, or add the other"
        )
    if settings["command"] and "command" not in taken:
        raise UserError(
            f"--evaluator {name} runs Python entries only, and this study's entry is a command; "
            "use --evaluator local"
        )
    for key, what in UNUSUAL.items():
        if settings.get(key) and key not in taken:
            table = {"gpus": "[limits]", "answers": "[answers]"}.get(key, "[code]")
            raise UserError(
                f"--evaluator {name} takes no {what}, which this study's {table} names; use "
                "--evaluator local"
            )
    with to_plugin_error(f"evaluator {name!r} cannot be made:"):
        return factory(**{key: value for key, value in settings.items() if key in taken})


@contextlib.contextmanager
def entered(
    name: str, evaluator: Any, tell: Callable[[str], None] = lambda text: None
) -> Iterator[Evaluator]:
    """An evaluator that has started, behind a guard, and ended in any case.

    Raises PluginError where it is none. What its end raises is told: the work is done by then.
    """
    stack = contextlib.ExitStack()
    with to_plugin_error(f"evaluator {name!r} does not start:"):
        found = stack.enter_context(evaluator)
    try:
        yield Guarded(name, found)
    except BaseException as error:
        _leave(stack, name, tell, error)
        raise
    _leave(stack, name, tell, None)


def _leave(
    stack: contextlib.ExitStack, name: str, tell: Callable[[str], None], why: BaseException | None
) -> None:
    """End an evaluator. why: the error that ends the command, which it may raise once more."""
    try:
        stack.__exit__(type(why) if why else None, why, why.__traceback__ if why else None)
    except BaseException as error:
        if interrupts.came(error):
            raise
        if error is not why:
            tell(f"evaluator {name!r}: its __exit__ raised {reason(error)}")


def unwanted(study: Study, place: Place, evaluator: Evaluator) -> str:
    """Why programs are isolated although their study asks for none; empty where they are not."""
    if study.isolation != "none" or evaluator.isolation == "none":
        return ""
    so = f'this study asks for isolation = "none", and its programs run {evaluator.isolation!r} '
    if place.allow_weak:
        return f"{so}all the same: evaluator {place.evaluator!r} takes no isolation away"
    return f"{so}until you say --allow-weak: they could then do whatever you can"


@dataclass(frozen=True)
class Work:
    """A run that is open for work. slots: evaluations at a time."""

    ledger: Ledger
    bench: Bench
    evaluator: Evaluator
    slots: int


@contextlib.contextmanager
def at_work(
    folder: Path, place: Place, study: Study, registry: Registry,
    tell: Callable[[str], None] = lambda text: None,
) -> Iterator[Work]:  # fmt: skip
    """A run folder and its study's programs, ready to be run; identical ones run once.

    tell: says what the person should know. Raises UserError where the folder cannot be written, or
    the place cannot run the study.
    """
    hidden = [study.folder, folder, *(other.folder for other in study.others)]
    with (
        contained("code of a plugin or of the study ended the command"),
        Ledger(folder, writer=True) as ledger,
        _reopened(place, study, registry, hidden, tell, ledger) as evaluator,
        CachedEvaluator(evaluator, folder, preload=study.preload, python=study.python) as cached,
    ):
        yield Work(ledger, Bench(study, cached), evaluator, at_once(place, evaluator))


def _reopened(
    place: Place, study: Study, registry: Registry, hidden: Sequence[Path],
    tell: Callable[[str], None], ledger: Ledger,
) -> contextlib.AbstractContextManager[Evaluator]:  # fmt: skip
    """Evaluator of a run; the model that answered it so far goes on where nobody names one."""
    if study.answers is not None and not (place.answers.llm or study.answers.llm):
        known = Journal(ledger).state.findings.get(ANSWERED_BY)
        if known:
            tell(f"answers: {known} goes on, which answered this run's programs before")
            place = replace(place, answers=replace(place.answers, llm=known))
    return opened(place, study, registry, hidden=hidden, tell=tell, record=ledger)


def at_once(place: Place, evaluator: Evaluator) -> int:
    """Evaluations at a time: no more than asked for, also where the evaluator has room for more."""
    return min(place.slots or evaluator.slots, evaluator.slots)


def note(journal: Journal, evaluator: Evaluator) -> None:
    """Keep which machines evaluate, the weakest level that a run has come down to, and who answers.

    Raises UserError where the run's programs were answered by another language model.
    """
    state = journal.state
    note_answers(journal, getattr(evaluator, "answers", None))
    nodes = dict(getattr(evaluator, "nodes", {}))
    if nodes and state.findings.get("nodes") != nodes:
        journal.write("finding", {"name": "nodes", "value": nodes})
    level = evaluator.isolation
    if state.study and LEVELS.index(level) < LEVELS.index(state.isolation):
        journal.write("finding", {"name": "isolation", "value": level})


def note_answers(journal: Journal, model: AnswerModel | None) -> None:
    """Keep who answers. Raises UserError where another model has answered the run's programs."""
    if model is None:
        return
    name, known = model.provider.name, journal.state.findings.get(ANSWERED_BY)
    if known == name:
        return
    if known is not None and journal.state.assessments:
        raise UserError(
            f"the programs of the run in {journal.ledger.folder} were answered by {known}, and "
            f"scores under {name} are not to be compared with theirs: go on with --answer-llm "
            f"{known}, or give another folder with --out"
        )
    journal.write("finding", {"name": ANSWERED_BY, "value": name})


def note_kept(journal: Journal, model: AnswerModel | None) -> None:
    """Keep what all answers of the run came to, for its report, where there are more by now.

    Trials tell less: what was asked for one that was lost, for the noise of answers or to find dead
    parameters stands in no usage, and was paid for all the same.
    """
    found = None if model is None else journal.ledger.answers_kept()
    if found is not None and found != journal.state.findings.get(ANSWERS_KEPT):
        journal.write("finding", {"name": ANSWERS_KEPT, "value": found})
