"""Votes of the changed units of an edit: the label that each of them speaks for."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ..records import Label
from ..study.roles import Roles
from .calls import calls
from .looks import (
    is_choice,
    is_choosing,
    is_constant_answer,
    is_handing_on,
    is_number_swap,
    is_pattern,
    is_word_swap,
    is_wording,
    masked,
)
from .prompts import is_prose, prompt_texts
from .repairs import repair
from .trees import Difference, size
from .units import Change, Unit, changes, mentions, program, users

FILTERING = {  # repairs that a filter of the input looks like
    "asks another condition", "turns a comparison", "turns a condition", "guards a special case",
    "normalises", "converts or normalises",
}  # fmt: skip
NEW_STAGE = 150  # nodes: more new code than this is a new stage, no wording of an output


@dataclass(frozen=True)
class Vote:
    """Label that one changed unit speaks for; None where it only follows another unit."""

    change: Change
    label: Label | None
    why: str
    weight: int = 1


class Ballot:
    """Ballot of an edit: its changed units, read one by one."""

    def __init__(
        self,
        before: Mapping[str, str],
        after: Mapping[str, str],
        roles: Roles,
        parameters: Collection[str],
    ) -> None:
        self.roles = roles
        self.parameters = set(parameters)
        self.units = program(after)
        self.changes = changes(before, after)
        touched = [unit for c in self.changes for unit in (c.before, c.after) if unit]
        known = {(unit.path, unit.name) for unit in touched}
        rest = [unit for unit in self.units if (unit.path, unit.name) not in known]
        self.prompts, self.prompt_names = prompt_texts([*rest, *touched], roles)
        self.helpers = {
            c.unit.short: c.unit.node
            for c in self.changes
            if c.state == "added" and c.unit.form in {"function", "assignment"}
        }

    def votes(self) -> list[Vote]:
        spoken = [self.vote(c) for c in self.changes if c.unit.form != "import"]
        if not spoken:
            return [self._by_role(c, "imports another thing") for c in self.changes]
        if not any(vote.label for vote in spoken):  # only new, unused or handed-on things
            return [self._by_role(vote.change, vote.why) for vote in spoken]
        return self._weighed(spoken)

    def _weighed(self, votes: Sequence[Vote]) -> list[Vote]:
        """Votes with weights: new units count for those that use them; many make a new stage."""
        weighed = []
        for vote in votes:
            new = self._brought(vote.change)
            amount = sum(size(unit.node) for unit in new)
            label, why = vote.label, vote.why
            if label == "format" and amount > NEW_STAGE:
                label, why = "architecture", "has a new stage of its own"
            elif label == "format" and self._chooses(vote.change, new):
                label, why = "architecture", "takes other evidence"
            weighed.append(Vote(vote.change, label, why, vote.weight + amount))
        return weighed

    def _brought(self, change: Change) -> list[Unit]:
        """New units that a changed unit uses, directly or through one another."""
        found: dict[str, Unit] = {}
        queue = [change.after] if change.after and change.state == "changed" else []
        added = {c.unit.short: c.unit for c in self.changes if c.state == "added"}
        while queue:
            for name in mentions(queue.pop().node):
                if name in added and name not in found:
                    found[name] = added[name]
                    queue.append(added[name])
        return list(found.values())

    def _chooses(self, change: Change, new: Sequence[Unit]) -> bool:
        """True if a unit asks more of the code that ranks or chooses, which no wording does."""
        if change.before is None or change.after is None:
            return False
        more = calls(change.after.node, *(unit.node for unit in new)) - calls(change.before.node)
        beside = [unit for unit in self.units if unit.path == change.unit.path]
        ranking = {u.short for u in beside if self.roles.of(u.path, u.name) == "architecture"}
        return bool(set(more) & ranking)

    def vote(self, change: Change) -> Vote:
        form = change.unit.form
        if form == "text":
            return self._text(change)
        if change.state == "added":
            return Vote(change, self._role_of_new(change), "is new")
        if change.state == "removed":
            return Vote(change, None, "is gone")
        if form == "assignment":
            return self._assignment(change)
        if form == "function":
            return self._function(change)
        if all(is_number_swap(place) or is_word_swap(place) for place in change.places):
            return Vote(change, "hyperparameter", "differs in values only")
        return self._by_role(change, "is changed")

    def _role(self, unit: Unit, seen: tuple[str, ...] = ()) -> Label:
        """Label of a unit's role by the study; of a unit that it does not name, by who uses it."""
        found = self.roles.of(unit.path, unit.name)
        if found:
            return found
        using = [user for user in users(unit.short, self.units) if user.name not in seen]
        return self._role(using[0], (*seen, unit.name)) if using else "architecture"

    def _by_role(self, change: Change, why: str) -> Vote:
        return Vote(change, self._role(change.unit), why, _weight(change))

    def _role_of_new(self, change: Change) -> Label | None:
        """Label by the role of the first user; None where a changed unit or nobody uses it."""
        using = [u for u in users(change.unit.short, self.units) if u.name != change.unit.name]
        keys = {(c.unit.path, c.unit.name) for c in self.changes}
        entry = "[" in change.unit.name  # who reads it is not known by name
        if entry or not using or any((unit.path, unit.name) in keys for unit in using):
            return None
        return self._role(using[0])

    def _text(self, change: Change) -> Vote:
        """Vote of a file that is no Python."""
        unit = change.unit
        role = self.roles.of(unit.path)
        old, new = (side.text if side else "" for side in (change.before, change.after))
        if role != "prompt" and change.state == "changed" and masked(old) == masked(new):
            return Vote(change, "hyperparameter", "differs in numbers only")
        return Vote(change, role or "architecture", "is changed", 1 + len(new.split()))

    def _assignment(self, change: Change) -> Vote:
        unit = change.unit
        key = unit.name.partition("[")[2].rstrip("]")
        found = change.places
        if key in self.parameters:
            return Vote(change, "hyperparameter", "is the default of a parameter")
        if all(map(is_number_swap, found)):
            return Vote(change, "hyperparameter", "is another number")
        if any(map(self._is_prompt, found)):
            return Vote(change, "prompt", "reaches a language model", _weight(change))
        if all(map(is_pattern, found)):
            return Vote(change, "bug_fix", "repairs a pattern")
        if all(map(is_word_swap, found)):
            return Vote(change, "hyperparameter", "is another choice")
        return Vote(change, self._role(unit), "is another constant", _weight(change))

    def _function(self, change: Change) -> Vote:
        found, role = change.places, self._role(change.unit)
        if all(map(is_handing_on, found)):
            return Vote(change, None, "hands something on")
        if all(is_number_swap(p) or self._is_setting(p) for p in found):
            return self._numbers(change)
        spoken = [place for place in found if self._is_prompt(place)]
        if spoken and 2 * sum(p.size for p in spoken) >= sum(p.size for p in found):
            return Vote(
                change, "prompt", "words a language model's input otherwise", _weight(change)
            )
        if role == "format" and all(map(is_constant_answer, found)):
            return self._by_role(change, "answers with a constant")
        repaired = repair(change, self.helpers)
        if repaired and not self._is_roles_own(role, found, repaired):
            return Vote(change, "bug_fix", repaired, _weight(change))
        if all(map(is_choice, found)):
            return Vote(change, "hyperparameter", "passes another choice")
        return self._by_role(change, "is changed")

    def _numbers(self, change: Change) -> Vote:
        repaired = repair(change, self.helpers)
        if repaired in {"off by one", "turns the order"}:
            return Vote(change, "bug_fix", repaired)
        return Vote(change, "hyperparameter", "differs in numbers only")

    def _is_setting(self, place: Difference) -> bool:
        """True if a parameter is replaced by a value, or scaled by a number."""
        if self._is_prompt(place):
            return False
        if place.swap and isinstance(place.after[0], ast.Constant):
            read = ast.walk(place.before[0])
            keys = [node.value for node in read if isinstance(node, ast.Constant)]
            return len(keys) == 1 and keys[0] in self.parameters and place.size <= 12
        names = {
            node.value
            for side in (place.before, place.after)
            for top in side
            for node in ast.walk(top)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        return bool(place.swap) and bool(names) and names <= self.parameters and place.size <= 12

    def _is_prompt(self, place: Difference) -> bool:
        """True if prose that reaches a model is added, changed or taken away."""
        tops = (*place.before, *place.after)
        nodes = [node for top in tops for node in ast.walk(top)]
        named = {name for top in tops for name in mentions(top)}
        texts = any(id(node) in self.prompts and is_prose(node) for node in nodes)
        return texts or bool(named & self.prompt_names)

    @staticmethod
    def _is_roles_own(role: Label, found: Sequence[Difference], repaired: str) -> bool:
        """True for a change that looks like a repair but is the very job of its place.

        Ingesting chooses what to take in; wording an answer cuts, joins and normalises texts.
        """
        if role == "data":
            chosen = any(map(is_choosing, found)) and repaired in FILTERING
            return chosen or repaired in {"takes another key", "takes another attribute"}
        if role == "format":
            texts = any(is_wording(place) for place in found)
            return texts or repaired in {
                "normalises",
                "converts or normalises",
                "takes another attribute",
            }
        return False


def _weight(change: Change) -> int:
    return sum(place.size for place in change.places) or size(change.unit.node)
