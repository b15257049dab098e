"""The two speakers of a conversation and the people in their lives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from studies.daybook.generator.banks import Pool
from studies.daybook.generator.chance import Bag, Chance

PRONOUNS = {"f": ("she", "her", "her"), "m": ("he", "him", "his")}


@dataclass
class Person:
    """Somebody with a name. tie: what a speaker calls them at first, "my sister"."""

    name: str
    sex: str
    tie: str = ""
    origin: str = ""
    met: bool = False

    def form(self, wish: str) -> str:
        """Pronoun or name of somebody. wish: n (the name), he, him or his."""
        return self.name if wish == "n" else PRONOUNS[self.sex][("he", "him", "his").index(wish)]

    def mention(self, possessive: bool, chance: Chance) -> str:
        """Name of somebody, with the tie when they first come up, and now and then later."""
        first, self.met = not self.met, True
        if not first and chance.flip(0.75):
            return self.name
        tail = f" {self.origin}" if first and self.origin and not possessive else ""
        return f"{self.tie} {self.name}{tail}".strip()


@dataclass
class Speaker:
    person: Person
    nick: str
    circle: Mapping[str, Person] = field(default_factory=dict)
    siblings: str = ""

    def has(self, needs: Sequence[str]) -> bool:
        return all(need == "sib" or need in self.circle for need in needs)


class Casting:
    """Casts conversation after conversation from one pool; names come round in turn."""

    def __init__(self, pool: Pool, chance: Chance) -> None:
        self._chance = chance
        self._speakers = list(pool.people["speakers"])  # in order: pairs that never met before
        self._round = 0
        self._taken: set[tuple[str, str]] = set()  # entries that this pair has already
        self._people = pool.people
        self._orders = {
            key: Bag([str(n) for n in range(len(pool.people[key]))], chance)
            for key in sorted(pool.people)
            if key not in ("speakers", "lists")
        }

    def pair(self) -> tuple[Speaker, Speaker]:
        """Two speakers. After the last of the pool the second of each pair moves one further."""
        pairs, lap = len(self._speakers) // 2, self._round // (len(self._speakers) // 2)
        first = self._round % pairs
        second = (first + lap) % pairs
        self._round += 1
        self._taken = set()
        names = [self._speakers[2 * first], self._speakers[2 * second + 1]]
        flags = self._chance.shuffled([True, False])
        speakers = [self._cast(name, flag) for name, flag in zip(names, flags, strict=True)]
        return speakers[0], speakers[1]

    def _cast(self, entry: Sequence[str], sisters: bool) -> Speaker:
        name, sex, nick = entry
        pair = self._next("sisters" if sisters else "brothers")
        tie, kin = ("sister", "f") if sisters else ("brother", "m")
        circle = {
            key: Person(sibling, kin, f"my {tie}")
            for key, sibling in zip(("sibA", "sibB"), pair, strict=True)
        }
        *friends, friend_sex = self._next("friends")
        origins = self._next("friend_from")
        for key, friend, origin in zip(("friendA", "friendB"), friends, origins, strict=True):
            circle[key] = Person(friend, friend_sex, "my friend", origin)
        circle["neigh"] = Person(*self._next("neighbours"), "my neighbour")
        circle["coll"] = Person(*self._next("colleagues"), "my colleague")
        circle |= self._family()
        return Speaker(Person(name, sex), nick, circle, f"{tie}s")

    def _family(self) -> dict[str, Person]:
        family = {}
        if self._chance.flip(0.6):
            partner, sex = self._next("partners")
            tie = "my husband" if sex == "m" else "my wife"
            family["partner"] = Person(partner, sex, tie)
        if self._chance.flip(0.6):
            kid, sex = self._next("kids")
            family["kid"] = Person(kid, sex, "my son" if sex == "m" else "my daughter")
        return family

    def _next(self, key: str) -> Sequence[str]:
        """The next entry of a list, not one that the other speaker has."""
        while (key, number := self._orders[key].draw()) in self._taken:
            pass
        self._taken.add((key, number))
        return self._people[key][int(number)]
