"""The program of a study as a searcher sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..jobs import Limits
from ..patches.pristine import Pristine
from ..study.bindings import Standing
from ..study.objective import Claim, Nouns, Objective
from ..study.requirement import Requirement
from ..study.space import Param
from ..study.task import Item


@dataclass(frozen=True)
class Program:
    """The files that may be edited, the parameters, and what is said of them.

    rule: the scorer's, in words. items: of the search split. noisy: runs of one program differ.
    limits: of one evaluation. view: the one whose scores it is shown; empty for the main rule.
    """

    pristine: Pristine
    space: Mapping[str, Param]
    brief: str
    objective: Objective = field(default_factory=Objective)
    nouns: Nouns = field(default_factory=Nouns)
    claim: Claim = "sealed"
    constraints: Sequence[str] = ()
    requires: Sequence[Requirement] = ()
    standing: Standing | None = None
    tree: Mapping[str, bytes] = field(default_factory=dict)
    kinds: Sequence[str] = ()
    rule: str = ""
    items: Mapping[str, Item] = field(default_factory=dict)
    noisy: bool = False
    limits: Limits = field(default_factory=Limits)
    view: str = ""


def by_view(rule: str, view: str) -> str:
    """The rule as a searcher for a view is told it: the view itself is not told in words."""
    if not rule or not view:
        return rule
    return (
        f"The scores that you see are by another rule of the study, which it calls {view}. It "
        f"judges the same outputs, and may differ from the study's main rule, which is "
        f"this:\n\n{rule}"
    )
