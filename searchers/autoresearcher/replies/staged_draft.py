"""The edits of a staged reply as far as it was read: with alternatives, needs and predictions."""

from __future__ import annotations

import re
from collections import Counter

from searchers.autoresearcher.edit import Edit, Prediction, Unusable
from searchers.autoresearcher.replies.draft import FIELD_CHARS, Draft
from searchers.autoresearcher.replies.limits import LIMITS
from searchers.autoresearcher.replies.values import read_set, split_values

MOST_PREDICTIONS = 20
MOST_NEEDS = 50
_UP = ("up", "rise", "rises", "higher", "better", "increase", "increases", "improves", "+", "↑")
_DOWN = ("down", "fall", "falls", "lower", "worse", "decrease", "decreases", "-", "−", "↓")
_DIRECTIONS = {**dict.fromkeys(_UP, "up"), **dict.fromkeys(_DOWN, "down")}
_NUMBER = re.compile(r"(?:experiments?|edits?|no\.?)?\s*#?\s*([0-9]{1,6})", re.IGNORECASE)
_NONE = {"", "-", "–", "none", "nothing", "no", "n/a", "null"}


class StagedDraft(Draft):
    """edits are flat here: each alternative follows its edit.

    parents: {number of an alternative in `edits`: that of its edit}. told: what was left out of the
    reply, in sentences.
    """

    def __init__(self, labels: tuple[str, ...], thought: int = 0) -> None:
        super().__init__(labels, thought)
        self.parents: dict[int, int] = {}
        self.told: list[str] = []

    def begin_alternative(self) -> None:
        """Another way for the hypothesis of the last edit."""
        if not self.edits:
            self.begin(Edit(problem="an ALTERNATIVE stands before the first line '# EDIT'"))
            return
        last = len(self.edits) - 1
        self.begin(Edit())
        self.parents[last + 1] = self.parents.get(last, last)

    def end(self) -> None:
        """The end of an edit, behind which no edit follows at once."""
        self.close()
        self.path, self.used, self.strict = "", True, False

    def close(self) -> None:
        if self.edits and len(self.edits) - 1 in self.parents:
            edit, own = self.edits[-1], self.edits[self.parents[len(self.edits) - 1]]
            edit.label = edit.label or own.label
            edit.hypothesis = edit.hypothesis or own.hypothesis
        super().close()

    def is_idle(self, edit: Edit) -> bool:
        return super().is_idle(edit) and not edit.grid

    def field(self, name: str, value: str) -> None:
        edit = self.edits[-1]
        if name == "DEPENDS":
            self.depend(edit, value)
        elif name == "PREDICT":
            self.predict(edit, value)
        elif name == "SET" and len(split_values(value.partition("=")[2])) > 1:
            self.grid(edit, value)
        elif name == "SET" and value.partition("=")[0].strip().strip("`") in edit.grid:
            raise Unusable(f"two SET lines for {value.partition('=')[0].strip()}; write one")
        else:
            super().field(name, value)

    def predict(self, edit: Edit, value: str) -> None:
        """Add predictions; of one kind the first counts, or saying it twice would count twice."""
        first = {one.kind.casefold(): one for one in edit.predicts}
        for one in self.predictions(value):
            known = first.setdefault(one.kind.casefold(), one)
            if known.direction != one.direction:
                self.told.append(f"PREDICT: {one.kind[:40]!r} stands there both up and down")
        edit.predicts = tuple(first.values())[:MOST_PREDICTIONS]

    def depend(self, edit: Edit, value: str) -> None:
        """Add experiments that an edit needs; raises Unusable where they are too many."""
        found = dict.fromkeys((*edit.depends, *self.needs(value)))
        edit.depends = tuple(found)[:MOST_NEEDS]
        if len(found) > MOST_NEEDS:
            raise Unusable(f"DEPENDS names more than {MOST_NEEDS} experiments")

    def needs(self, value: str) -> list[int]:
        """Numbers of experiments in `2, 3`; what is none is told."""
        found = []
        for part in re.split(r"[,;&]|\band\b", value):
            number = _NUMBER.fullmatch(part.strip().rstrip("."))
            if number:
                found.append(int(number[1]))
            elif part.strip().lower() not in _NONE:
                self.told.append(f"DEPENDS: {part.strip()[:40]!r} is no number of an experiment")
        return found

    def predictions(self, value: str) -> list[Prediction]:
        """Predictions in `temporal up, adversarial down`; what is none is told."""
        found = []
        for part in re.split(r"[,;]", value):
            kind, direction = _prediction(part)
            if kind and direction in ("up", "down"):
                found.append(Prediction(kind, direction))  # type: ignore[arg-type]
            elif part.strip().lower() not in _NONE:
                self.told.append(f"PREDICT: {part.strip()[:40]!r} is not 'KIND up' or 'KIND down'")
        return found

    def grid(self, edit: Edit, text: str) -> None:
        """Several values of one parameter; raises Unusable where the edit has a grid already."""
        name, _, values = text.partition("=")
        if edit.grid:
            raise Unusable("two SET lines of one edit hold several values; only one may")
        sets, found = edit.sets, []
        for value in split_values(values):
            one = dict(sets)
            read_set(one, f"{name}={value}")
            found.append(one[name.strip().strip("`")])
        if len(found) > LIMITS.values:
            left = f"{len(found) - LIMITS.values} values of {name.strip()[:40]} were left out"
            self.told.append(f"{left}: at most {LIMITS.values} are tried in one edit")
        edit.grid = {name.strip().strip("`"): tuple(found[: LIMITS.values])}

    def grouped(self) -> list[Edit]:
        """The edits, each with its alternatives; those that hold nothing are told."""
        found = []
        left: Counter[str] = Counter()
        for number, edit in enumerate(self.edits):
            if number not in self.parents:
                found.append(edit)
                continue
            own = self.edits[self.parents[number]]
            if self.is_idle(edit):
                self.told.append(f"an alternative was left out: {edit.problem}")
            elif len(own.alternatives) < LIMITS.alternatives:
                own.alternatives = (*own.alternatives, edit)
            else:
                left[own.hypothesis[:60]] += 1
        for hypothesis, number in left.items():
            what = f"{number} alternatives of {hypothesis!r} were left out"
            self.told.append(f"{what}: at most {LIMITS.alternatives} are tried")
        return found


def _prediction(text: str) -> tuple[str, str]:
    """(kind, direction) of one prediction; empty where it is none."""
    words = text.strip().strip("`*.").rsplit(maxsplit=1)
    if len(words) < 2:
        bare = text.strip()
        words = [bare[:-1], bare[-1:]] if bare[-1:] in ("+", "↑", "↓") else words
    if len(words) < 2:
        return "", ""
    kind = words[0].strip(" `*:=\"'").removesuffix(" will").removesuffix(" goes")
    return kind[:FIELD_CHARS], _DIRECTIONS.get(words[1].lower().strip("`*"), "")
