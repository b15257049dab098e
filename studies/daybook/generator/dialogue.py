"""Writes the sessions: greetings, stories, small talk and goodbyes as one talk."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from studies.daybook.generator.banks import Chat, Scene, Spot
from studies.daybook.generator.cast import Speaker
from studies.daybook.generator.chance import Chance
from studies.daybook.generator.wording import Shared, Story, sentences

Mark = tuple[int, int, int]  # story, part, line
TRIES = 12
SEASONS = dict.fromkeys((11, 12, 1, 2, 3), "winter") | dict.fromkeys((4, 5, 10), "")
SEASONS |= dict.fromkeys((6, 7, 8, 9), "summer")
LONGEST = 58  # words of a turn that takes in another one
SHORTER = 48  # the same where a phrase may have to go between the two


@dataclass
class Turn:
    speaker: Speaker
    text: str
    photo: str = ""
    marks: list[Mark] = field(default_factory=list)  # the lines of stories that it says
    leads: bool = False  # says by itself that something new begins
    owner: Speaker | None = None  # whose story it belongs to

    @property
    def asks(self) -> bool:
        """True if the other one has to answer: a question, or a friend's way into a story."""
        return self.text.endswith("?") or self.owner not in (None, self.speaker)

    def absorb(self, turn: Turn) -> None:
        self.text = f"{self.text} {turn.text}"
        self.photo = self.photo or turn.photo
        self.marks += turn.marks
        self.owner = turn.owner or self.owner

    def takes(self, turn: Turn, most: int = LONGEST) -> bool:
        """True if the same person can say both in one breath."""
        words = len(self.text.split()) + len(turn.text.split())
        return self.speaker is turn.speaker and words <= most and not self.photo


class Writer:
    """Writes one conversation. seen: texts of turns so far, in any conversation of the file."""

    def __init__(self, pair: Sequence[Speaker], shared: Shared, seen: set[str]) -> None:
        self._pair, self._shared, self._seen = pair, shared, seen
        self._chance, self._month = shared.chance, 0
        self._chats: set[str] = set()

    def sessions(self, stories: Sequence[Story]) -> list[list[Turn]]:
        return [self._session(stories, number) for number in range(len(self._shared.dates))]

    def _session(self, stories: Sequence[Story], session: int) -> list[Turn]:
        self._month = self._shared.dates[session].month
        told = [
            (number, part)
            for number, story in enumerate(stories)
            for part, at in enumerate(story.at)
            if at == session
        ]
        old = [entry for entry in told if entry[1]]
        order = old + self._chance.shuffled([entry for entry in told if not entry[1]])
        chat = self._chance.between(1, len(order)) if self._chance.flip(0.5) else 0
        turns: list[Turn] = []
        for position, (number, part) in enumerate(order, 1):
            block = self._tell(stories[number], number, part)
            if turns:
                self._join(turns, block)
            else:
                turns += self._greet(block)
            if position == chat:
                self._join(turns, self._chat(self._other(turns[-1].speaker)))
        return turns + self._leave(turns[-1].speaker)

    def _tell(self, story: Story, number: int, part: int) -> list[Turn]:
        turns = []
        for position, line in enumerate(story.scene.parts[part].lines):
            who = story.owner if line.voice == "A" else story.other
            to = self._other(who)
            text = self._fresh(partial(story.say, line.text, line.voice, part), to)
            caption = line.photo or self._extra(story.scene, (part, position))
            photo = story.ask(caption) if caption else ""
            leads = "{event}" in line.text or "{plan}" in line.text
            turns.append(Turn(who, text, photo, [(number, part, position)], leads, story.owner))
        return turns

    def _extra(self, scene: Scene, spot: Spot) -> str:
        """The caption of a picture that can do without: most of them when asked about."""
        asked = scene.asks_of_photo(spot)
        return scene.photos.get(spot, "") if self._chance.flip(0.9 if asked else 0.3) else ""

    def _chat(self, first: Speaker) -> list[Turn]:
        """Small talk that has nothing to do with any story."""
        names = {"X": first, "Y": self._other(first)}
        turns = []
        for line in self._small_talk().lines:
            who = names[line.voice]
            make = partial(self._name, line.text, names)
            turns.append(Turn(who, self._fresh(make, self._other(who)), line.photo))
        return turns

    def _small_talk(self) -> Chat:
        """Small talk that fits the season and that the two have not had."""
        while True:
            number = self._shared.bags["chat"].draw()
            chat = self._shared.pool.chats[int(number)]
            if number not in self._chats and chat.season in ("", SEASONS[self._month]):
                self._chats.add(number)
                return chat

    def _greet(self, block: list[Turn]) -> list[Turn]:
        """Hellos, and the block that they lead to."""
        first = block[0].speaker
        other = self._other(first)
        asks = block[0].asks
        style = self._chance.between(0, 9)
        if asks or style < 3:
            hello = self._unnamed(first, "{greet}", block[0].text)
            if hello.takes(block[0]):
                hello.absorb(block[0])
                return [hello, *block[1:]]
        if asks:
            return [self._turn(other, "{greet}"), *block]
        if style < 8:
            reply = self._unnamed(first, "{back}", block[0].text)
            if reply.takes(block[0]) and self._chance.flip(0.5):
                reply.absorb(block[0])
                block = [reply, *block[1:]]
            return [self._turn(other, "{greet} {ask}"), *block]
        return [self._turn(first, "{greet} {ask}"), self._turn(other, "{fine}"), *block]

    def _join(self, turns: list[Turn], block: list[Turn]) -> None:
        """Goes over to the next block so that the speakers keep taking turns."""
        last, first = turns[-1], block[0]
        same = last.speaker is first.speaker
        goes_on = last.takes(first, SHORTER) and not first.leads and self._chance.flip(0.6)
        if same and not goes_on:
            told = any(turn.owner is first.speaker for turn in turns[-3:])
            question = "{bridge}" if told else "{bridgeyou}"
            turns.append(self._turn(self._other(last.speaker), "{ok}" if first.asks else question))
            turns += block
            return
        if not first.asks and not first.leads:
            nod = self._prelude(first.speaker, self._turning(first, same))
            nod.absorb(first)
            first = nod
        if same:
            last.absorb(first)
        turns += block[1:] if same else [first, *block[1:]]

    def _turning(self, first: Turn, same: bool) -> str:
        """Lines that lead over to a turn that starts from nothing. same: who talks goes on."""
        if not first.marks:
            return "{aside}"
        return "{more}" if same else "{shift}"

    def _leave(self, last: Speaker) -> list[Turn]:
        other = self._other(last)
        turns = [self._turn(other, "{bye}")] if self._chance.flip(0.85) else []
        if turns and self._chance.flip(0.7):
            turns.append(self._turn(last, "{byeback}"))
        return turns

    def _turn(self, speaker: Speaker, pattern: str) -> Turn:
        """Small change from the bags: a hello, a nod, a goodbye."""
        to = self._other(speaker)
        return Turn(speaker, self._fresh(partial(self._small, pattern, to), to))

    def _prelude(self, speaker: Speaker, pattern: str) -> Turn:
        """Small change that opens a turn; what follows is new, so it may be old."""
        return Turn(speaker, self._small(pattern, self._other(speaker)))

    def _unnamed(self, speaker: Speaker, pattern: str, text: str) -> Turn:
        """A prelude that does not say a name which the rest of the turn says as well."""
        nick = self._other(speaker).nick
        while nick in (prelude := self._prelude(speaker, pattern)).text and nick in text:
            pass
        return prelude

    def _small(self, pattern: str, to: Speaker) -> str:
        words = [self._shared.phrase(name.strip("{}")) for name in pattern.split()]
        return sentences(self._shared.choose(" ".join(words)).replace("{Xn}", to.nick))

    def _name(self, text: str, names: dict[str, Speaker]) -> str:
        for key, who in names.items():
            text = text.replace(f"{{{key}n}}", who.nick)
        return sentences(self._shared.choose(text))

    def _fresh(self, make: Callable[[], str], to: Speaker) -> str:
        """A text that no turn has had yet, if a few tries find one."""
        circle = [who for speaker in self._pair for who in speaker.circle.values()]
        met, said = [who.met for who in circle], set(self._shared.said)
        for _ in range(TRIES):
            for who, known in zip(circle, met, strict=True):
                who.met = known  # a first mention that was thrown away was none
            self._shared.said = set(said)
            text = make()
            if text not in self._seen:
                break
        else:
            text = vary(text, to.nick, self._chance)
        self._seen.add(text)
        return text

    def _other(self, speaker: Speaker) -> Speaker:
        return self._pair[1] if speaker is self._pair[0] else self._pair[0]


OPENINGS = ["Well,", "Honestly,", "You know,", "Oh,", "I mean,", "To be fair,", "Ah,", "Hm,"]
LOWER = "the it in we they you that this not and a an no so never some send put"
SMALL = {word.capitalize(): word for word in LOWER.split()}
SMALL |= {word: word for word in ("I", "I'd", "I'm", "I've", "I'll")}


def vary(text: str, nick: str, chance: Chance) -> str:
    """Nearly the same text in other words, for a text that another conversation has."""
    first, _, rest = text.partition(" ")
    if first in SMALL and not text.endswith("?") and chance.flip(0.7):
        return f"{chance.pick(OPENINGS)} {SMALL[first]} {rest}"
    last = re.split(r"[.!?] ", text)[-1]
    if nick in text or "," in last or len(last.split()) < 2 or chance.flip(0.1):
        return text
    return f"{text[:-1]}, {nick}{text[-1]}"
