"""Dates of the sessions, and the ways in which people point at a date from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from studies.daybook.generator.chance import Chance

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WORDS = {2: "two", 3: "three", 4: "four", 5: "five"}


@dataclass(frozen=True)
class When:
    """A time as it is said, and as it is asked for. kind: which sort of expression."""

    said: str
    gold: str
    kind: str


def day(when: date) -> str:
    return f"{when.day} {month(when)}"


def month(when: date) -> str:
    return f"{MONTHS[when.month - 1]} {when.year}"


def weekday(when: date) -> str:
    return WEEKDAYS[when.weekday()]


def ordinal(number: int) -> str:
    tail = "th" if 10 < number < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{tail}"


def spell(when: date, chance: Chance) -> str:
    """A date without its year, as one says it."""
    name = MONTHS[when.month - 1]
    return chance.pick(
        [f"{name} {ordinal(when.day)}", f"the {ordinal(when.day)} of {name}", f"{when.day} {name}"]
    )


def stamp(when: date, chance: Chance) -> str:
    hour, minute = chance.between(8, 21), chance.between(0, 59)
    half = "am" if hour < 12 else "pm"
    return f"{(hour - 1) % 12 + 1}:{minute:02} {half} on {when.day} {MONTHS[when.month - 1]}, " + (
        str(when.year)
    )


def sessions(count: int, chance: Chance) -> list[date]:
    """Dates of the sessions; some gaps are long, for else nobody could say "last month"."""
    dates = [date(chance.between(2021, 2024), chance.between(1, 12), chance.between(1, 28))]
    while len(dates) < count:
        gap = chance.between(17, 26) if chance.flip(0.35) else chance.between(6, 16)
        dates.append(dates[-1] + timedelta(gap))
    return dates


def next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(32)).replace(day=1)


def past(today: date, gap: int, pool: str) -> list[When]:
    """Phrasings for something since the last talk, `gap` days ago: news, not old hat."""
    back = [today - timedelta(n) for n in range(15)]
    on = day(today)
    options = [When("yesterday", day(back[1]), "yesterday")]
    options += [When(f"{WORDS[n]} days ago", day(back[n]), "days") for n in (2, 3, 4) if n < gap]
    options += [
        When(f"last {weekday(back[n])}", f"the {weekday(back[n])} before {on}", "weekday")
        for n in range(3, 8)
        if n < gap
    ]
    if gap > 8:
        options.append(When("last week", f"the week before {on}", "week"))
    if gap > 7 and today.weekday() in (1, 2, 3, 4):
        options.append(When("last weekend", f"the weekend before {on}", "weekend"))
    if gap > 15:
        options.append(When("two weeks ago", f"two weeks before {on}", "weeks"))
    if gap > 16:
        options.append(When("two weekends ago", f"two weekends before {on}", "weekends"))
    if gap > today.day + 4:
        options.append(When("last month", month(today.replace(day=1) - timedelta(1)), "month"))
    return options + (past_of_test(today, gap, back) if pool == "test" else [])


def past_of_test(today: date, gap: int, back: Sequence[date]) -> list[When]:
    """Phrasings that the search split never uses."""
    options = [When("the day before yesterday", day(back[2]), "before")]
    options += [
        When(f"on {weekday(back[n])}", f"the {weekday(back[n])} before {day(today)}", "on")
        for n in range(2, 6)
        if n < gap
    ]
    options += [
        When(f"on the {ordinal(back[n].day)}", day(back[n]), "ordinal")
        for n in range(4, 11)
        if n < gap and back[n].month == today.month
    ]
    if gap > 15:
        options.append(When("a fortnight ago", f"two weeks before {day(today)}", "fortnight"))
    return options


def future(today: date, pool: str) -> list[When]:
    on = day(today)
    ahead = [today + timedelta(n) for n in range(7)]
    options = [
        When("tomorrow", day(ahead[1]), "tomorrow"),
        When("next week", f"the week after {on}", "week"),
        When("next month", month(next_month(today)), "month"),
        When("in two weeks", f"two weeks after {on}", "weeks"),
    ]
    options += [
        When(f"this coming {weekday(to)}", f"the {weekday(to)} after {on}", "weekday")
        for to in ahead[2:]
    ]
    if pool == "test":
        options.append(When("the day after tomorrow", day(ahead[2]), "after"))
        options.append(When("in three weeks", f"three weeks after {on}", "weeks"))
    return options


def choose(options: Sequence[When], used: set[str], chance: Chance) -> When:
    """Every sort of expression alike often, and none twice in one session if it can be helped."""
    kinds = sorted({option.kind for option in options})
    fresh = [kind for kind in kinds if kind not in used] or kinds
    kind = chance.pick(fresh)
    used.add(kind)
    return chance.pick([option for option in options if option.kind == kind])


def slip(when: When, today: date, chance: Chance) -> str:
    """The weekday said wrong first and then put right."""
    right = when.said.split()[-1]
    wrong = chance.pick([name for name in WEEKDAYS if name not in (right, weekday(today))])
    return f"last {wrong}, " + chance.pick(["no, sorry,", "no, wait,"]) + f" {when.said}"
