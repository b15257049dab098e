"""Turns a line of a scene into words: alternatives, slots, people and dates filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from studies.daybook.generator.banks import Pool, Scene
from studies.daybook.generator.cast import Speaker
from studies.daybook.generator.chance import Bag, Chance
from studies.daybook.generator.timeline import When, day, month, next_month, slip, spell, weekday

ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"\{(\w+)((?:\.\w+)*)\}('s)?")
ARTICLE = re.compile(r"^(?:a|an|the|some) ")
THIRD = [
    (r"\bmy\b", "{A.his}"),
    (r"\bI've\b", "{A.he} has"),
    (r"\bI\b", "{A.he}"),
    (r"\bme\b", "{A.him}"),
    (r"\bwe\b", "they"),
    (r"\byou\b", "{B}"),
]
FRAMES = {"past": "did", "clause": "happened", "plan": "plan"}
GLOOMY = {"past": "mishap", "clause": "struck"}  # the same for what one would rather not tell
REACTIONS = ("wow", "proud", "glad", "aw", "ugh", "haha")
SILENT = 0.4  # how often a line does without its exclamation, if it says something else as well


@dataclass
class Shared:
    """Things that all scenes of one conversation have in common."""

    pool: Pool
    chance: Chance
    bags: dict[str, Bag]
    dates: list[date]
    taken: set[str] = field(default_factory=set)  # list entries that are in use already
    said: set[str] = field(default_factory=set)  # phrases that were drawn from the bags already

    def phrase(self, name: str) -> str:
        """An entry of a bag, one that the conversation has not had as long as there is one."""
        phrase = self.bags[name].draw(self.said)
        self.said.add(phrase)
        return phrase

    def turn(self, key: str, options: Sequence[str]) -> str:
        """One of the options, each as often as the others over the conversations of the pool."""
        if key not in self.bags:
            self.bags[key] = Bag(options, self.chance)
        return self.bags[key].draw()

    def choose(self, text: str) -> str:
        """A text with one of each list of [alternatives|in brackets]."""
        while found := ALTERNATIVES.search(text):
            choice = self.turn(found[0], found[1].split("|"))
            text = text[: found.start()] + choice + text[found.end() :]
        return text


@dataclass
class Story:
    """A scene in the mouth of a speaker, at its sessions, with its values drawn."""

    scene: Scene
    owner: Speaker
    other: Speaker
    shared: Shared
    at: list[int]  # session of each part, as far as there is one
    whens: list[When] = field(default_factory=list)
    days: dict[str, date] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)

    def draw(self) -> None:
        """Chooses the value of every slot, and the day of every date whose session is known."""
        for name, options in self.scene.slots.items():
            if name not in self.values:
                self.values[name] = self.shared.turn(f"{self.scene.title} {name}", options)
        for name, (part, low, high) in self.scene.dates.items():
            if part < len(self.at) and name not in self.days:
                start = self.shared.dates[self.at[part]]
                self.days[name] = start + timedelta(self.shared.chance.between(low, high))

    def say(self, text: str, voice: str, part: int) -> str:
        """A line of the conversation."""
        for name in REACTIONS:
            if f"{{{name}}} " in text and self.shared.chance.flip(SILENT):
                text = text.replace(f"{{{name}}} ", "")
        return sentences(self._fill(self.shared.choose(text), voice, part))

    def ask(self, text: str, swapped: bool = False) -> str:
        """A question or an answer: everybody by name."""
        filled = articles(self._fill(text, "Q", 0, swapped))
        return filled[0].upper() + filled[1:] if text.endswith("?") else filled

    def _fill(self, text: str, voice: str, part: int, swapped: bool = False) -> str:
        while found := SLOT.search(text):
            name, wishes, owned = found[1], found[2].split(".")[1:], found[3] or ""
            value = self._value(name, wishes, voice, part, bool(owned), swapped)
            text = text[: found.start()] + value + owned + text[found.end() :]
        return text

    def _value(
        self, name: str, wishes: list[str], voice: str, part: int, owned: bool, swapped: bool
    ) -> str:
        if name in ("A", "B"):
            who = self.owner if (name == "A") != swapped else self.other
            return who.person.form(wishes[0] if wishes else "n")
        if name in self.owner.circle:
            return self._person(name, wishes, voice, owned)
        value = self._plain(name, wishes, part)
        if voice == "Q" and name in self.values:
            wishes = [*wishes, "3"]  # a question or its answer is not said by the owner
        if voice == "Q" and "{" in value:
            value = self._fill(value, voice, part)
        return self._bend(value, wishes)

    def _person(self, name: str, wishes: list[str], voice: str, owned: bool) -> str:
        person = self.owner.circle[name]
        forms = [wish for wish in wishes if wish != "c"]
        if forms:
            value = person.form(forms[0])
        elif voice == "A":
            value = person.mention(owned, self.shared.chance)
        else:
            value = person.name
        return value[0].upper() + value[1:] if "c" in wishes else value

    def _plain(self, name: str, wishes: list[str], part: int) -> str:
        if name in ("An", "Bn"):
            return (self.owner if name == "An" else self.other).nick
        if name in self.values:
            return self.values[name]
        if name == "sibs":
            return self.owner.siblings
        if name in self.days:
            return self._date(name, wishes)
        if name in ("when", "When"):
            return self.whens[part].said
        if name.startswith("date"):
            return self.whens[int(name[4:] or 1) - 1].gold
        if name == "nextmonth":
            return month(next_month(self.shared.dates[self.at[0]]))
        if name in ("event", "plan"):
            return self._event(part)
        if name in self.shared.bags:
            return self.shared.phrase(name)
        return self._listed(name)

    def _date(self, name: str, wishes: list[str]) -> str:
        when = self.days[name]
        if "gold" in wishes:
            return day(when)
        if "wd" in wishes:
            return weekday(when)
        if "after2" in wishes:
            return f"the {weekday(when)} after {day(self.shared.dates[self.at[1]])}"
        return spell(when, self.shared.chance)

    def _event(self, part: int) -> str:
        """The event in one of the ways in which one can bring it up."""
        kind, words = self.scene.verb
        gloomy = self.scene.headers.get("mood") == "bad"
        frame = self.shared.phrase((GLOOMY if gloomy else FRAMES)[kind])
        when = self.whens[part]
        said = when.said
        if when.kind == "weekday" and re.search(r"\{when\}[.!]", frame):
            today = self.shared.dates[self.at[part]]
            said = slip(when, today, self.shared.chance) if self.shared.chance.flip(0.2) else said
        words = self.shared.choose(words)
        for mark, text in ((kind, words), ("when", said)):
            frame = frame.replace(f"{{{mark}}}", text)
            frame = frame.replace(f"{{{mark.capitalize()}}}", text[0].upper() + text[1:])
        return frame

    def _listed(self, name: str) -> str:
        """An entry of a list of the pool, one that the conversation has not had."""
        entries = self.shared.pool.people["lists"][name.rstrip("12")]
        fresh = [entry for entry in entries if entry not in self.shared.taken] or entries
        self.values[name] = self.shared.chance.pick(fresh)
        self.shared.taken.add(self.values[name])
        return self.values[name]

    def _bend(self, value: str, wishes: list[str]) -> str:
        if "b" in wishes:
            value = ARTICLE.sub("", value)
        if "own" in wishes:
            value = value.removeprefix("my ")
        if "3" in wishes and not value.startswith('"'):
            for pattern, by in THIRD:
                value = re.sub(pattern, by, value)
        return value[0].upper() + value[1:] if "c" in wishes else value


def articles(text: str) -> str:
    """A text with `an` where a slot has brought a vowel."""
    return re.sub(r"\b([Aa]) (?=[aeio](?!ne\b)|u[nmp](?!i))", r"\1n ", text)


def sentences(text: str) -> str:
    """A text with a capital in every sentence, single spaces."""
    text = re.sub(r"\s+", " ", articles(text)).strip()
    return re.sub(r"(?:^|(?<=[.!?] ))[a-z]", lambda found: found[0].upper(), text)
