"""Reads what kind of change an edit is, from the difference of two programs and nothing else.

The label that a searcher claims is an intent; this is what the syntax shows. It never replaces
the claim: where the two differ, both are reported. The rules are in docs/attribution-labels.md.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..records import Label
from ..roles import Roles
from .prompts import is_prose, prompt_texts
from .repairs import calls, repair
from .trees import Place, size
from .units import Change, Unit, changes, mentions, program, users

ReadLabel = Label | Literal["mixed"]
STRUCTURAL: tuple[Label, ...] = ("architecture", "data", "format", "prompt")
MAIN_SHARE = 0.75  # of the changed code, for one type to name the whole
FILTERING = {  # what a repair of a filter of the input looks like
    "asks another condition", "turns a comparison", "turns a condition", "guards a special case",
    "normalises", "converts or normalises",
}  # fmt: skip
NEW_STAGE = 150  # nodes: more new code than this words no answer, it is a new part


@dataclass(frozen=True)
class Reading:
    """label: None where nothing that runs differs. evidence: a short line saying why."""

    label: ReadLabel | None
    evidence: str


@dataclass(frozen=True)
class Vote:
    """What one changed unit speaks for. label: None where it only follows another unit."""

    change: Change
    label: Label | None
    why: str
    weight: int = 1


def classify(
    before: Mapping[str, str],
    after: Mapping[str, str],
    roles: Roles,
    parameters: Collection[str] = (),
    sets: Mapping[str, Any] | None = None,
) -> Reading:
    """The type of an edit. parameters: declared names; sets: those that the edit sets as well."""
    votes = _Reader(before, after, roles, parameters).votes()
    groups = [_settled(group) for group in _groups(votes)]
    heard = [vote for group in groups for vote in group if vote.label]
    if sets:
        names = ", ".join(sets)
        found = [(vote.label, f"{_shown(vote)}") for vote in heard]
        found.append(("hyperparameter", f"sets {names}"))
    else:
        found = [(vote.label, _shown(vote)) for vote in heard]
    kinds = dict.fromkeys(label for label, _ in found)
    if not kinds:
        return Reading(None, "nothing that runs differs")
    if len(kinds) == 1:
        (label,) = kinds
        return Reading(label, _brief([why for _, why in found]))
    parts = [f"{label}: {next(w for k, w in found if k == label)}" for label in kinds]
    return Reading("mixed", "; ".join(parts))


def _shown(vote: Vote) -> str:
    unit = vote.change.unit
    return f"{unit.path.rpartition('/')[2]}:{unit.name} {vote.why}".replace(": ", " ")


def _brief(lines: Sequence[str]) -> str:
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return lines[0] + more


def _groups(votes: Sequence[Vote]) -> list[list[Vote]]:
    """Changed units that belong together: one is new, gone or otherwise called by the other."""
    groups: list[list[Vote]] = []
    for vote in votes:
        near = [group for group in groups if any(_linked(vote, other) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(one for group in near for one in group), vote])
    return groups


def _linked(one: Vote, other: Vote) -> bool:
    return _needs(one.change, other.change) or _needs(other.change, one.change)


def _needs(user: Change, used: Change) -> bool:
    """Whether a unit came to use another by this edit, or one that has another shape since."""
    name = used.unit.short
    old = mentions(user.before.node) if user.before else set()
    new = mentions(user.after.node) if user.after else set()
    if (name in old) != (name in new):
        return True
    return name in new and (used.state != "changed" or _reshaped(used))


def _reshaped(change: Change) -> bool:
    """Another signature, or other fields of a class."""
    if change.unit.kind == "class":
        return True
    above = [step for place in change.places for step in place.way]
    return any(isinstance(node, ast.arguments) for node, _ in above)


def _settled(group: list[Vote]) -> list[Vote]:
    """Within one group new structure outweighs the repairs and numbers that come with it."""
    heard = [vote for vote in group if vote.label]
    structural = [vote for vote in heard if vote.label in STRUCTURAL]
    kept = structural or [v for v in heard if v.label == "bug_fix"] or heard
    weights: Counter[Label | None] = Counter()
    for vote in kept:
        weights[vote.label] += vote.weight
    for label, weight in weights.items():
        if weight >= MAIN_SHARE * weights.total():
            return [vote for vote in kept if vote.label == label]
    return kept


class _Reader:
    """Every changed unit of an edit, read one by one."""

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
            if c.state == "added" and c.unit.kind in {"function", "assignment"}
        }

    def votes(self) -> list[Vote]:
        spoken = [self.vote(c) for c in self.changes if c.unit.kind != "import"]
        if not spoken:
            return [self._by_role(c, "imports another thing") for c in self.changes]
        if not any(vote.label for vote in spoken):  # only new, unused or handed-on things
            return [self._by_role(vote.change, vote.why) for vote in spoken]
        return self._weighed(spoken)

    def _weighed(self, votes: Sequence[Vote]) -> list[Vote]:
        """New units count for those that use them, and make a new stage where they are many."""
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
        """The new units that a changed unit uses, directly or through one another."""
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
        """Whether more is asked of what ranks or chooses, which is no matter of wording."""
        if change.before is None or change.after is None:
            return False
        more = calls(change.after.node, *(unit.node for unit in new)) - calls(change.before.node)
        beside = [unit for unit in self.units if unit.path == change.unit.path]
        ranking = {u.short for u in beside if self.roles.of(u.path, u.name) == "architecture"}
        return bool(set(more) & ranking)

    def vote(self, change: Change) -> Vote:
        kind = change.unit.kind
        if kind == "text":
            return self._text(change)
        if change.state == "added":
            return Vote(change, self._role_of_new(change), "is new")
        if change.state == "removed":
            return Vote(change, None, "is gone")
        if kind == "assignment":
            return self._assignment(change)
        if kind == "function":
            return self._function(change)
        if all(_is_number_swap(place) or _is_word_swap(place) for place in change.places):
            return Vote(change, "hyperparameter", "differs in values only")
        return self._by_role(change, "is changed")

    def _role(self, unit: Unit, seen: tuple[str, ...] = ()) -> Label:
        """What the study says; of a place it does not name, the role of who uses it."""
        found = self.roles.of(unit.path, unit.name)
        if found:
            return found
        using = [user for user in users(unit.short, self.units) if user.name not in seen]
        return self._role(using[0], (*seen, unit.name)) if using else "architecture"

    def _by_role(self, change: Change, why: str) -> Vote:
        return Vote(change, self._role(change.unit), why, _weight(change))

    def _role_of_new(self, change: Change) -> Label | None:
        """None where a changed unit uses it; else the role of who uses it; None if nobody does."""
        using = [u for u in users(change.unit.short, self.units) if u.name != change.unit.name]
        keys = {(c.unit.path, c.unit.name) for c in self.changes}
        entry = "[" in change.unit.name  # who reads it is not known by name
        if entry or not using or any((unit.path, unit.name) in keys for unit in using):
            return None
        return self._role(using[0])

    def _text(self, change: Change) -> Vote:
        """A file that is no Python."""
        unit = change.unit
        role = self.roles.of(unit.path)
        old, new = (side.text if side else "" for side in (change.before, change.after))
        if role != "prompt" and change.state == "changed" and _masked(old) == _masked(new):
            return Vote(change, "hyperparameter", "differs in numbers only")
        return Vote(change, role or "architecture", "is changed", 1 + len(new.split()))

    def _assignment(self, change: Change) -> Vote:
        unit = change.unit
        key = unit.name.partition("[")[2].rstrip("]")
        found = change.places
        if key in self.parameters:
            return Vote(change, "hyperparameter", "is the default of a parameter")
        if all(map(_is_number_swap, found)):
            return Vote(change, "hyperparameter", "is another number")
        if any(map(self._is_prompt, found)):
            return Vote(change, "prompt", "reaches a language model", _weight(change))
        if all(map(_is_pattern, found)):
            return Vote(change, "bug_fix", "repairs a pattern")
        if all(map(_is_word_swap, found)):
            return Vote(change, "hyperparameter", "is another choice")
        return Vote(change, self._role(unit), "is another constant", _weight(change))

    def _function(self, change: Change) -> Vote:
        found, role = change.places, self._role(change.unit)
        if all(map(_is_handing_on, found)):
            return Vote(change, None, "hands something on")
        if all(_is_number_swap(p) or self._is_setting(p) for p in found):
            return self._numbers(change)
        spoken = [place for place in found if self._is_prompt(place)]
        if spoken and 2 * sum(p.size for p in spoken) >= sum(p.size for p in found):
            return Vote(
                change, "prompt", "words a language model's input otherwise", _weight(change)
            )
        kind = repair(change, self.helpers)
        if kind and not self._is_roles_own(role, found, kind):
            return Vote(change, "bug_fix", kind, _weight(change))
        if all(map(_is_choice, found)):
            return Vote(change, "hyperparameter", "passes another choice")
        return self._by_role(change, "is changed")

    def _numbers(self, change: Change) -> Vote:
        kind = repair(change, self.helpers)
        if kind in {"off by one", "turns the order"}:
            return Vote(change, "bug_fix", kind)
        return Vote(change, "hyperparameter", "differs in numbers only")

    def _is_setting(self, place: Place) -> bool:
        """A parameter is replaced by a value, or scaled by a number."""
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

    def _is_prompt(self, place: Place) -> bool:
        """Prose that reaches a model is added, changed or taken away."""
        tops = (*place.before, *place.after)
        nodes = [node for top in tops for node in ast.walk(top)]
        named = {name for top in tops for name in mentions(top)}
        texts = any(id(node) in self.prompts and is_prose(node) for node in nodes)
        return texts or bool(named & self.prompt_names)

    @staticmethod
    def _is_roles_own(role: Label, found: Sequence[Place], kind: str) -> bool:
        """What looks like a repair but is what the place is there for.

        Ingesting chooses what to take in; wording an answer cuts, joins and normalises texts.
        """
        if role == "data":
            chosen = any(map(_is_choosing, found)) and kind in FILTERING
            return chosen or kind in {"takes another key", "takes another attribute"}
        if role == "format":
            texts = any(_is_wording(place) for place in found)
            return texts or kind in {
                "normalises",
                "converts or normalises",
                "takes another attribute",
            }
        return False


def _is_choosing(place: Place) -> bool:
    """A condition that decides what is taken in."""
    asked = any(field in {"test", "ifs"} for _, field in place.way)
    tops = (*place.before, *place.after)
    guards = (node for top in tops for node in ast.walk(top) if isinstance(node, ast.If))
    return asked or any(isinstance(node.body[0], ast.Return | ast.Continue) for node in guards)


def _weight(change: Change) -> int:
    return sum(place.size for place in change.places) or size(change.unit.node)


def _masked(text: str) -> str:
    return re.sub(r"-?\b\d+(?:\.\d+)?(?:e[-+]?\d+)?\b|\btrue\b|\bfalse\b|\bnull\b", "#", text)


def _is_number_swap(place: Place) -> bool:
    if not place.swap:
        return False
    return all(
        isinstance(n, ast.Constant) and (n.value is None or isinstance(n.value, bool | int | float))
        for n in place.swap
    )


def _is_pattern(place: Place) -> bool:
    """A format of dates or a regular expression, by its look."""
    texts = [n.value for n in place.swap or () if isinstance(n, ast.Constant)]
    marks = ("%Y", "%d", "%m", "\\w", "\\b", "\\s", "\\d", "[^")
    return len(texts) == 2 and all(
        isinstance(text, str) and any(mark in text for mark in marks) for text in texts
    )


def _is_word_swap(place: Place) -> bool:
    """One word for another: a mode, a metric, a model."""
    texts = [node.value for node in place.swap or () if isinstance(node, ast.Constant)]
    words = [t for t in texts if isinstance(t, str) and re.fullmatch(r"\w[\w./:-]*", t)]
    return len(words) == 2


def _is_choice(place: Place) -> bool:
    """A word passed to a call by keyword, or a number that was left to the callee's default."""
    if place.swap and place.way and isinstance(place.way[-1][0], ast.keyword):
        values = [node.value for node in place.swap if isinstance(node, ast.Constant)]
        return _is_word_swap(place) or (len(values) == 2 and None in values)
    added = place.before or place.after if not (place.before and place.after) else ()
    return bool(added) and all(
        isinstance(node, ast.keyword)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, bool | int | float)
        for node in added
    )


def _is_handing_on(place: Place) -> bool:
    """Only an argument more or less, in a signature or a call."""
    plain = (ast.arg, ast.Name, ast.keyword, ast.Attribute)
    where = bool(place.way) and place.way[-1][1] in {"args", "keywords", "kwonlyargs", "defaults"}
    nodes = (*place.before, *place.after)
    grown = not place.before or not place.after
    return (
        where and grown and all(isinstance(node, plain) for node in nodes) and not _is_asked(nodes)
    )


def _is_asked(nodes: Sequence[ast.AST]) -> bool:
    return any(isinstance(n, ast.keyword) and not isinstance(n.value, ast.Name) for n in nodes)


def _is_wording(place: Place) -> bool:
    """Texts that are put together, cut or taken apart."""
    for side in (place.before, place.after):
        for top in side:
            for node in ast.walk(top):
                text = isinstance(node, ast.Constant) and isinstance(node.value, str)
                if text or isinstance(node, ast.JoinedStr):
                    return not any(field in {"test", "ifs"} for _, field in place.way)
    return False


def agreement(claimed: str | None, read: str | None) -> bool:
    """Whether the claim stands: the reader saw the same type, or nothing to tell it by."""
    return claimed == read


def kappa(pairs: Sequence[tuple[str | None, str | None]]) -> float:
    """Cohen's kappa of two raters over the same edits; NaN for no pairs or one constant answer.

    Cohen (1960), A coefficient of agreement for nominal scales.
    """
    total = len(pairs)
    left, right = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(left[kind] * right[kind] for kind in left) / total**2 if total else 1.0
    if chance == 1:
        return float("nan")
    return (sum(a == b for a, b in pairs) / total - chance) / (1 - chance)
