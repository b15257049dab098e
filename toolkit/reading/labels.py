"""Label of an edit, read from the difference of two programs and nothing else.

The label that a searcher claims is an intent; this is what the syntax shows. It never replaces
the claim: where the two differ, both are reported. The rules are in docs/attribution-labels.md.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..records import Label
from ..study.roles import Roles
from .units import Change, mentions
from .votes import Ballot, Vote

ReadLabel = Label | Literal["mixed"]
STRUCTURAL: tuple[Label, ...] = ("architecture", "data", "format", "prompt")
MAIN_SHARE = 0.75  # of the changed code, for one label to name the whole


@dataclass(frozen=True)
class FoundLabel:
    """Label that the reader finds, or None where nothing that runs differs.

    evidence: a short line that tells why.
    """

    label: ReadLabel | None
    evidence: str


def classify(
    before: Mapping[str, str],
    after: Mapping[str, str],
    roles: Roles,
    parameters: Collection[str] = (),
    sets: Mapping[str, Any] | None = None,
) -> FoundLabel:
    """Label of an edit. parameters: declared names; sets: those that the edit sets as well."""
    votes = Ballot(before, after, roles, parameters).votes()
    groups = [_settled(group) for group in _groups(votes)]
    found = [(vote.label, _shown(vote)) for group in groups for vote in group if vote.label]
    if sets:
        found.append(("hyperparameter", f"sets {', '.join(sets)}"))
    labels = dict.fromkeys(label for label, _ in found)
    if not labels:
        return FoundLabel(None, "nothing that runs differs")
    if len(labels) == 1:
        (label,) = labels
        return FoundLabel(label, _brief([why for _, why in found]))
    parts = [f"{label}: {next(w for k, w in found if k == label)}" for label in labels]
    return FoundLabel("mixed", "; ".join(parts))


def _shown(vote: Vote) -> str:
    unit = vote.change.unit
    return f"{unit.path.rpartition('/')[2]}:{unit.name} {vote.why}".replace(": ", " ")


def _brief(lines: Sequence[str]) -> str:
    more = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
    return lines[0] + more


def _groups(votes: Sequence[Vote]) -> list[list[Vote]]:
    """Changed units that belong together: one is new or gone, or called in another way by the other."""
    groups: list[list[Vote]] = []
    for vote in votes:
        near = [group for group in groups if any(_linked(vote, other) for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(one for group in near for one in group), vote])
    return groups


def _linked(one: Vote, other: Vote) -> bool:
    return _needs(one.change, other.change) or _needs(other.change, one.change)


def _needs(user: Change, used: Change) -> bool:
    """True if a unit came to use another by this edit, or uses one that changed its shape."""
    name = used.unit.short
    old = mentions(user.before.node) if user.before else set()
    new = mentions(user.after.node) if user.after else set()
    if (name in old) != (name in new):
        return True
    return name in new and (used.state != "changed" or _reshaped(used))


def _reshaped(change: Change) -> bool:
    """Another signature, or other fields of a class."""
    if change.unit.form == "class":
        return True
    above = [step for place in change.places for step in place.way]
    return any(isinstance(node, ast.arguments) for node, _ in above)


def _settled(group: list[Vote]) -> list[Vote]:
    """Votes that count within one group: new structure outweighs its own repairs and numbers."""
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


def agreement(claimed: str | None, read: str | None) -> bool:
    """Whether the reader saw what was claimed; "mixed" and None agree with no claim."""
    return claimed == read


def kappa(pairs: Sequence[tuple[str | None, str | None]]) -> float:
    """Cohen's kappa of two raters over the same edits; NaN for no pairs or one constant label.

    Cohen (1960), A coefficient of agreement for nominal scales.
    """
    total = len(pairs)
    left, right = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(left[label] * right[label] for label in left) / total**2 if total else 1.0
    if chance == 1:
        return float("nan")
    return (sum(a == b for a, b in pairs) / total - chance) / (1 - chance)
