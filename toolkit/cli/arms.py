"""Arms of a comparison: the searchers that were asked for, and the controls that `--controls` adds.

A control is the same searcher with one option that holds it back in one respect: it shows what a
lead owes to that respect.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import UserError
from ..llm.gateway import Channel
from ..plugins import Registry, contained
from ..search.options import Assignment, build
from ..search.searcher import Outline, controls, refusal
from ..study.study import Study
from . import output


@dataclass(frozen=True)
class Arm:
    """A searcher under an alias. base: alias of the arm whose options it takes; held: its own."""

    searcher: str
    base: str
    held: Mapping[str, str] = field(default_factory=dict)

    def given(self, alias: str, assignments: Sequence[Assignment]) -> dict[str, str]:
        """Options as typed: of its searcher, of its base, of its alias, and what holds it back."""
        targets = dict.fromkeys((self.searcher, self.base, alias))
        found = {a.option: a.value for one in targets for a in assignments if a.target == one}
        return found | dict(self.held)


def with_controls(
    arms: Mapping[str, Arm], assignments: Sequence[Assignment], registry: Registry, study: Study,
    channel: Channel | None,
) -> dict[str, Arm]:  # fmt: skip
    """The arms, each followed by its controls. Raises UserError where no searcher has any."""
    found: dict[str, Arm] = {}
    named = False
    for alias, arm in arms.items():
        found[alias] = arm
        for option, value in _controls(alias, arm, assignments, registry):
            named = True
            control = Arm(arm.searcher, alias, {option: value})
            name = f"{alias}-{value}"
            if name in arms:
                raise UserError(f"--controls adds {name!r}, which --searchers names already")
            if _fits(name, control, assignments, registry, study):
                _check_replies(name, control, assignments, registry, channel)
                found[name] = control
    if not named:
        raise UserError(
            "--controls: no searcher of this command has controls; name one that edits code, as in "
            "--searchers autoresearch,optuna"
        )
    return found


def _controls(
    alias: str, arm: Arm, assignments: Sequence[Assignment], registry: Registry
) -> Iterator[tuple[str, str]]:
    """Options that would hold an arm back, but for those that do so already."""
    factory = registry.find("searcher", arm.searcher).value
    options = build(factory, alias, arm.given(alias, assignments))
    with contained(f"searcher {alias!r}"):
        known = controls(factory(**options))
    for option, value in known.items():
        if options.get(option) != value:
            yield option, str(value)


def _fits(
    name: str, control: Arm, assignments: Sequence[Assignment], registry: Registry, study: Study
) -> bool:
    """True if a control has something to do in a study; says why where it has not."""
    factory = registry.find("searcher", control.searcher).value
    options = build(factory, name, control.given(name, assignments))
    with contained(f"searcher {name!r}"):
        why = refusal(factory(**options), Outline.of(study))
    if why:
        output.note(f"{name} is left out: {why}")
    return not why


def _check_replies(
    name: str, control: Arm, assignments: Sequence[Assignment], registry: Registry,
    channel: Channel | None,
) -> None:  # fmt: skip
    """Raises UserError where nobody would reply to a control: a recording holds one cell."""
    found = registry.find("searcher", control.searcher)
    if not found.uses_llm:
        return
    options = build(found.value, name, control.given(name, assignments))
    if channel is None or not channel.provider.covers(control.searcher, options, 0):
        whose = channel.provider.name if channel else "this study's recording"
        raise UserError(
            f"--controls: {whose} holds no replies for {name}, which asks otherwise; let a model "
            "answer: --llm openai:MODEL or --llm inbox:DIR"
        )
