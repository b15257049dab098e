"""Dates in plain English: found, written in a form, and moved by "yesterday" and its like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_YEAR = r"(?:19|20)\d\d"
FORMS = {
    "iso": re.compile(rf"\b(?P<y>{_YEAR})-(?P<m>\d\d)-(?P<d>\d\d)\b"),
    "day first": re.compile(
        rf"\b(?P<d>\d\d?)(?:st|nd|rd|th)?(?: of)? (?P<m>{_MONTH}),? (?P<y>{_YEAR})\b", re.I
    ),
    "month first": re.compile(
        rf"\b(?P<m>{_MONTH}) (?P<d>\d\d?)(?:st|nd|rd|th)?,? (?P<y>{_YEAR})\b", re.I
    ),
    "month": re.compile(rf"\b(?P<m>{_MONTH}),? (?P<y>{_YEAR})\b", re.I),
    "year": re.compile(rf"\b(?P<y>{_YEAR})\b"),
}
"""forms in which a date is read, the most telling first"""
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
            "seven": 7, "eight": 8, "nine": 9, "ten": 10, "few": 3, "couple of": 2}  # fmt: skip
RELATIVE = re.compile(
    r"\b(?P<word>day before yesterday|yesterday|last night|today|tonight"
    r"|this (?:morning|afternoon|evening)|tomorrow)\b"
    r"|\b(?P<n>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|(?:a )?few"
    r"|(?:a )?couple of) (?P<unit>day|week|month|year)s? ago\b"
    r"|\b(?P<way>last|this|next|past) (?P<what>weekend|week|month|year|" + "|".join(DAYS) + r")\b",
    re.I,
)


@dataclass(frozen=True)
class When:
    """A date that may lack its day or month (0). text: as it was written. week: "week of" it."""

    year: int
    month: int = 0
    day: int = 0
    text: str = ""
    form: str = ""
    lead: str = ""

    def written(self, form: str) -> str:
        """The date in a form of FORMS; without one as it was written, or with the day first."""
        if not form and self.text:
            return self.text
        if form == "year" or not self.month:
            return str(self.year)
        return self.lead + self._whole(form)

    def _whole(self, form: str) -> str:
        name = MONTHS[self.month - 1]
        if form == "iso":
            day = f"-{self.day:02}" if self.day else ""
            return f"{self.year}-{self.month:02}{day}"
        if not self.day or form == "month":
            return f"{name} {self.year}"
        if form == "month first":
            return f"{name} {self.day}, {self.year}"
        return f"{self.day} {name} {self.year}"


def find(text: str) -> When | None:
    """The first date of the most telling form in a text; None if there is none."""
    for form, pattern in FORMS.items():
        for found in pattern.finditer(text):
            if made := _read(found, form):
                return made
    return None


def _read(found: re.Match[str], form: str) -> When | None:
    parts = found.groupdict()
    month = parts.get("m") or "0"
    number = int(month) if month.isdigit() else _month(month)
    made = When(int(parts["y"]), number, int(parts.get("d") or 0), found[0], form)
    valid = form == "year" or (number and (not made.day or _day(made)))
    return made if valid else None


def _month(name: str) -> int:
    """Number of a month; 0 for a word that only begins like one, such as "marching"."""
    plain = name.lower().rstrip(".")
    return next((n for n, m in enumerate(MONTHS, 1) if m.lower().startswith(plain)), 0)


def _day(when: When) -> date | None:
    """The calendar day of a whole date; None where there is no such day."""
    try:
        return date(when.year, when.month, when.day)
    except ValueError:
        return None


def resolve(text: str, told: When) -> When | None:
    """Date of the first relative expression in a text that is said on the day `told`."""
    found, day = RELATIVE.search(text), _day(told)
    if not found or day is None:
        return None
    try:
        moved = next(_moved(found, day), None)
        return moved if moved and moved.year > 0 else None
    except (OverflowError, ValueError):  # before the year 1
        return None


def _moved(found: re.Match[str], day: date) -> Iterator[When]:
    if word := found["word"]:
        back = {"day before yesterday": 2, "yesterday": 1, "last night": 1, "tomorrow": -1}
        yield _of(day - timedelta(days=back.get(word.lower(), 0)))
    elif unit := found["unit"]:
        count = found["n"].lower().removeprefix("a ") or "a"
        yield _back(day, int(count) if count.isdigit() else _NUMBERS[count], unit.lower())
    else:
        steps = {"last": 1, "past": 1, "this": 0, "next": -1}[found["way"].lower()]
        what = found["what"].lower()
        if what in DAYS:
            yield _of(_weekday(day, DAYS.index(what), steps))
        elif what == "weekend":
            yield replace(_of(_weekday(day, 5, steps)), lead="weekend of ")
        else:
            yield _back(day, steps, what)


def _of(day: date) -> When:
    return When(day.year, day.month, day.day)


def _back(day: date, count: int, unit: str) -> When:
    """The time so many units before a day, as exactly as the unit says."""
    if unit == "year":
        return When(day.year - count)
    if unit == "month":
        months = day.year * 12 + day.month - 1 - count
        return When(months // 12, months % 12 + 1)
    if unit == "day":
        return _of(day - timedelta(days=count))
    monday = day - timedelta(days=day.weekday() + 7 * count)
    return replace(_of(monday), lead="week of ")


def _weekday(day: date, weekday: int, steps: int) -> date:
    """The last such weekday before a day, the next one after it, or the one of its week."""
    if steps > 0:
        return day - timedelta(days=(day.weekday() - weekday - 1) % 7 + 1)
    if steps < 0:
        return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)
    return day + timedelta(days=weekday - day.weekday())
