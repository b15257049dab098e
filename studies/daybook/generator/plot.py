"""Decides which stories a conversation tells, who tells them, and in which sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from studies.daybook.generator.banks import Pool, Scene
from studies.daybook.generator.cast import Speaker
from studies.daybook.generator.chance import Chance
from studies.daybook.generator.timeline import When, choose, future, past
from studies.daybook.generator.wording import Shared, Story

SERIES = (3, 2, 2, 2)  # stories that share a list: two lists a speaker
TURNS = 100
WEEKS = ("week", "weeks", "month", "fortnight")
AGO = {"weeks": WEEKS, "long": (*WEEKS, "weekend", "weekends")}  # for what took some days
AGO["fresh"] = ("yesterday", "days")  # for what still hurts
REACH = {"tomorrow": 1, "after": 2, "weekday": 6, "week": 13, "weeks": 21, "month": 61}  # in days
OVERHEAD = 3.5  # greetings and small talk of a session, in turns


class Plot:
    """Deals the scenes of a pool evenly over its conversations."""

    def __init__(self, pool: Pool, chance: Chance) -> None:
        self._pool, self._chance = pool, chance
        self._uses: Counter[str] = Counter()

    def stories(self, speakers: Sequence[Speaker], shared: Shared) -> list[Story]:
        dealt = list(self._deal(speakers, len(shared.dates)))
        loads = [0] * len(shared.dates)
        placed: list[Story] = []
        for scene, owner in sorted(dealt, key=lambda deal: -len(deal[0].parts)):
            other = speakers[1] if owner is speakers[0] else speakers[0]
            story = Story(scene, owner, other, shared, [])
            self._place(story, placed, loads)
            placed.append(story)
        tell_times(placed, shared)
        return placed

    def _deal(self, speakers: Sequence[Speaker], sessions: int) -> Iterator[tuple[Scene, Speaker]]:
        """Scenes with their tellers, as many as make a conversation."""
        groups: set[str] = set()
        turns = sessions * OVERHEAD
        for scene, owner in [*self._series(speakers, groups)]:
            turns += scene.length
            yield scene, owner
        tellers = self._chance.shuffled(speakers)
        while turns < TURNS:
            owner, *_ = tellers = tellers[::-1]
            scene = self._take(
                [scene for scene in self._pool.scenes if not scene.tags], owner, groups
            )
            if scene is None:
                return
            turns += scene.length
            yield scene, owner

    def _series(
        self, speakers: Sequence[Speaker], groups: set[str]
    ) -> Iterator[tuple[Scene, Speaker]]:
        names = sorted({tag.name for scene in self._pool.scenes for tag in scene.tags})
        chosen = sorted(self._chance.shuffled(names), key=lambda name: self._uses[name])
        tellers = [*speakers, *reversed(speakers)]
        for name, count, owner in zip(chosen, SERIES, tellers, strict=False):
            self._uses[name] += 1
            groups.add(name)
            ring = [s for s in self._pool.scenes if any(tag.name == name for tag in s.tags)]
            for _ in range(count):
                if scene := self._take(ring, owner, groups):
                    yield scene, owner

    def _take(self, scenes: Sequence[Scene], owner: Speaker, groups: set[str]) -> Scene | None:
        """The least told scene that fits the teller; None if none does."""
        fits = [
            scene
            for scene in self._chance.shuffled(scenes)
            if owner.has(scene.listed("needs"))
            and not groups.intersection([scene.title, *scene.listed("bars")])
            and scene.headers.get("group") not in groups
        ]
        if not fits:
            return None
        scene = min(fits, key=lambda scene: self._uses[scene.title])
        self._uses[scene.title] += 1
        groups.update({scene.title, scene.headers.get("group", scene.title)})
        return scene

    def _place(self, story: Story, placed: Sequence[Story], loads: list[int]) -> None:
        """Chooses the sessions: light ones, and no two entries of a list in one."""
        parts, last = story.scene.parts, len(loads) - 1
        spare = {1: 0, 2: 1}.get(len(parts), 4)
        names = {tag.name for tag in story.scene.tags}
        busy = {at for other in placed for at in other.at if story_names(other) & names}
        starts = [at for at in range(max(1, last - spare + 1)) if at not in busy]
        if "ago" in story.scene.headers:
            dates = story.shared.dates
            starts = [at for at in starts if not at or (dates[at] - dates[at - 1]).days > 8]
        starts = self._chance.shuffled(starts or range(last - spare + 1))
        story.at.append(min(starts, key=lambda at: loads[at]))
        story.draw()
        for part in parts[1:]:
            at = self._continue(story, part.place, loads)
            if at is None:
                break
            story.at.append(at)
            story.draw()
        for at, part in zip(story.at, parts, strict=False):
            loads[at] += len(part.lines)

    def _continue(self, story: Story, place: str, loads: Sequence[int]) -> int | None:
        """The session of the next part, None if the conversation is over by then."""
        at = story.at[-1] + 1
        if place.startswith("past "):
            dates, until = story.shared.dates, story.days[place[5:]]
            return next((n for n in range(at, len(dates)) if dates[n] > until), None)
        if at >= len(loads):
            return None
        if place == "next":
            return at
        return min(range(at, min(at + 3, len(loads))), key=lambda n: loads[n])


def story_names(story: Story) -> set[str]:
    return {tag.name for tag in story.scene.tags}


def tell_times(stories: Sequence[Story], shared: Shared) -> None:
    """Gives each part of each story its time; within a session the times differ."""
    used: dict[int, set[str]] = {n: set() for n in range(len(shared.dates))}
    for story in stories:
        for part, at in enumerate(story.at):
            today, kinds = shared.dates[at], used[at] if times(story, part) else set()
            gap = (today - shared.dates[at - 1]).days if at else 30
            if story.scene.verb[0] == "plan" and part == 0:
                options = fulfilled(story, today, future(today, shared.pool.name))
            else:
                options = past(today, gap, shared.pool.name)
                fitting = AGO.get(story.scene.headers.get("ago", "")) if part == 0 else None
                options = [one for one in options if not fitting or one.kind in fitting] or options
            story.whens.append(choose(options, kinds, shared.chance))


def fulfilled(story: Story, today: date, options: list[When]) -> list[When]:
    """The times of a plan that have passed when a friend asks how it went."""
    if len(story.at) == 1 or story.scene.parts[1].place != "later":
        return options
    gap = (story.shared.dates[story.at[1]] - today).days
    return [option for option in options if REACH[option.kind] < gap]


def times(story: Story, part: int) -> bool:
    """True if a part says a time at all."""
    text = " ".join(line.text for line in story.scene.parts[part].lines)
    return any(slot in text for slot in ("{when}", "{When}", "{event}", "{plan}"))
