"""Collects what can be asked of a conversation, and chooses from it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from studies.daybook.generator.banks import Spot
from studies.daybook.generator.chance import Chance
from studies.daybook.generator.dialogue import Turn
from studies.daybook.generator.wording import Story

MULTI_HOP, TEMPORAL, OPEN, SINGLE, ADVERSARIAL = 1, 2, 3, 4, 5
QUOTA = {MULTI_HOP: 5, TEMPORAL: 5, OPEN: 2, SINGLE: 8, ADVERSARIAL: 7}
CAPTIONS = 4
ALL = 30
PHRASE = 5  # words of an answer that is more than a name or a number


@dataclass(frozen=True)
class Question:
    """Question of a story. caption: only that of a picture tells. about: where it comes from."""

    category: int
    text: str
    answer: str
    evidence: Sequence[str]
    about: str
    caption: bool = False
    moved: bool = False


class Examiner:
    """Asks about one conversation. ids: {(story, part, line): turn id}."""

    def __init__(self, stories: Sequence[Story], turns: Mapping[str, Turn], chance: Chance) -> None:
        self._stories, self._turns, self._chance = stories, turns, chance
        self._ids = {mark: id for id, turn in turns.items() for mark in turn.marks}

    def ask(self) -> list[Question]:
        """The questions of the conversation, in no telling order."""
        pool = {
            question.text: question
            for question in self._chance.shuffled([*self._of_stories(), *self._of_lists()])
        }
        chosen: list[Question] = []
        captions = [question for question in pool.values() if question.caption]
        chosen += self._spread(captions, CAPTIONS)
        for category in (MULTI_HOP, TEMPORAL, OPEN, ADVERSARIAL):
            fits = [question for question in pool.values() if question.category == category]
            fits.sort(key=lambda question: not question.moved)
            chosen += self._spread(fits, QUOTA[category])
        rest = [q for q in pool.values() if q.category == SINGLE and not q.caption]
        wanted = ALL - len(chosen)
        phrases = [question for question in rest if len(question.answer.split()) >= PHRASE]
        phrases.sort(key=self._echo, reverse=True)
        chosen += self._spread(phrases, wanted * 5 // 6)
        rest = [question for question in rest if question not in chosen]
        chosen += self._spread(rest, ALL - len(chosen))
        return self._chance.shuffled(chosen)

    def _spread(self, questions: Sequence[Question], count: int) -> list[Question]:
        """Questions of that number, from as many stories as possible."""
        seen: Counter[str] = Counter()
        ranked = []
        for question in questions:
            ranked.append((seen[question.about], len(ranked), question))
            seen[question.about] += 1
        return [question for *_, question in sorted(ranked, key=lambda entry: entry[:2])][:count]

    def _echo(self, question: Question) -> int:
        """Number of words of the question that its evidence has, up to four."""
        said = {word for id in question.evidence for word in words(self._turns[id].text)}
        return min(4, len(said & set(words(question.text)) - set(EMPTY)))

    def _of_stories(self) -> Iterator[Question]:
        for number, story in enumerate(self._stories):
            for ask in story.scene.asks:
                evidence = self._evidence(number, ask.spots)
                if not evidence:
                    continue
                caption = ask.kind == "c"
                category = SINGLE if caption else int(ask.kind)
                answer, about = story.ask(ask.answer), story.scene.title
                if caption and not self._turns[evidence[0]].photo:
                    continue  # the picture was left out
                if not caption or self._only_seen(answer):
                    text = story.ask(ask.question)
                    moved = (
                        category == TEMPORAL and "{d" in ask.answer and "{date" not in ask.answer
                    )
                    yield Question(category, text, answer, evidence, about, caption, moved)
                if ask.swaps:
                    text = story.ask(ask.question, swapped=True)
                    yield Question(ADVERSARIAL, text, answer, evidence, about)

    def _of_lists(self) -> Iterator[Question]:
        """Questions about what was told in pieces: "Which towns has X visited?" """
        entries: dict[tuple[str, str], list[tuple[Sequence[str], str]]] = {}
        templates: dict[tuple[str, str], str] = {}
        for number, story in enumerate(self._stories):
            for tag in story.scene.tags:
                if evidence := self._evidence(number, tag.spots):
                    key = (tag.name, story.owner.person.name)
                    entries.setdefault(key, []).append((evidence, bare(story.ask(tag.value))))
                    templates[key] = story.shared.bags[f"tag {tag.name}"].draw()
        for (name, who), found in entries.items():
            found.sort(key=lambda entry: order(entry[0][0]))
            ids = list(dict.fromkeys(id for evidence, _ in found for id in evidence))
            if len({order(id)[0] for id in ids}) > 1:
                answer = ", ".join(dict.fromkeys(value for _, value in found))
                text = templates[name, who].replace("{P}", who)
                yield Question(MULTI_HOP, text, answer, ids, f"{name} of {who}")

    def _evidence(self, number: int, spots: Sequence[Spot]) -> list[str]:
        """Turn ids; none if one of the lines was never said."""
        ids = [self._ids.get((number, part, line)) for part, line in spots]
        return [] if None in ids else list(dict.fromkeys(id for id in ids if id))

    def _only_seen(self, answer: str) -> bool:
        """True if no turn says the answer, nor all of its words in another order."""
        wanted = [word for word in words(answer) if word not in EMPTY]
        said = [words(turn.text) for turn in self._turns.values()]
        return not any(set(wanted) <= set(turn) for turn in said)


def words(text: str) -> list[str]:
    return re.findall(r"[\w-]+", text.lower())


def bare(value: str) -> str:
    """A phrase without its article, as entries of a list are."""
    return re.sub(r"^(?:a|an|the|some) ", "", value)


EMPTY = ("a", "an", "the", "of", "in", "from", "with")


def order(id: str) -> tuple[int, int]:
    """Numbers of a turn id, such as "D3:11"."""
    session, turn = id[1:].split(":")
    return int(session), int(turn)
