"""Dates that people point at from the day on which they talk, in LoCoMo's way of writing them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NUMBERS = ("a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

DAYS: Mapping[str, int] = {
    **dict.fromkeys(("today", "tonight", "this morning", "this afternoon", "this evening"), 0),
    **dict.fromkeys(("yesterday", "last night"), -1),
    "the day before yesterday": -2,
    "tomorrow": 1,
    "tomorrow night": 1,
    "the day after tomorrow": 2,
}
"""{phrase: days from the day on which it is said}"""
SPANS: Mapping[str, str] = {
    "last week": "the week before {}",
    "last weekend": "the weekend before {}",
    "next week": "the week after {}",
    "next weekend": "the weekend after {}",
    "this weekend": "the weekend after {}",
}
"""{phrase: the span by the day on which it is said}"""

_MONTH = "|".join(MONTHS)
_WEEKDAY = "|".join(WEEKDAYS)
_COUNT = rf"({'|'.join(NUMBERS)}|an|one|couple of|\d+)"


def resolve(said: str, today: date) -> str:
    """The date or span that a phrase means on the day on which it is said.

    "last Friday" on 14 March 2023 is "the Friday before 14 March 2023", "next month" is "April
    2023", "two days ago" is "12 March 2023". Raises ValueError at a phrase that it does not know.
    """
    phrase = " ".join(said.split())
    low = phrase.lower()
    if low in DAYS:
        return day(today + timedelta(DAYS[low]))
    if low in SPANS:
        return SPANS[low].format(day(today))
    for pattern, answer in _PATTERNS:
        if found := re.fullmatch(pattern, phrase, re.IGNORECASE):
            return answer(found.groups(), today)
    raise ValueError(f"no date that is understood: {said!r}")


def day(when: date) -> str:
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def _month(today: date, step: int) -> str:
    """The month that lies a number of months from today's."""
    months = today.year * 12 + today.month - 1 + step
    return f"{MONTHS[months % 12]} {months // 12}"


def _ago(found: Sequence[str], today: date) -> str:
    """ "three days ago", "two weeks ago", "a fortnight ago", "two months ago" """
    return _apart(found, today, -1)


def _ahead(found: Sequence[str], today: date) -> str:
    """ "in three days", "in two weeks" """
    return _apart(found, today, 1)


def _apart(found: Sequence[str], today: date, way: int) -> str:
    count, unit = _number(found[0]), found[1].lower().rstrip("s")
    if unit == "fortnight":
        count, unit = 2 * count, "week"
    if unit == "day":
        return day(today + timedelta(way * count))
    if unit == "month":
        return _month(today, way * count)
    if unit == "year":
        return str(today.year + way * count)
    weeks = "a week" if count == 1 else f"{NUMBERS[count - 1]} weeks"
    if unit == "weekend":
        weeks = f"{NUMBERS[count - 1]} weekends"
    return f"{weeks} {'before' if way < 0 else 'after'} {day(today)}"


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    return {"an": 1, "one": 1, "couple of": 2}.get(word.lower()) or NUMBERS.index(word.lower()) + 1


def _weekday_before(found: Sequence[str], today: date) -> str:
    return f"the {found[0].capitalize()} before {day(today)}"


def _weekday_after(found: Sequence[str], today: date) -> str:
    return f"the {found[0].capitalize()} after {day(today)}"


def _day_of_this_month(found: Sequence[str], today: date) -> str:
    return day(today.replace(day=int(found[0])))


def _day_first(found: Sequence[str], today: date) -> str:
    return _nearest(int(found[0]), found[1], today)


def _month_first(found: Sequence[str], today: date) -> str:
    return _nearest(int(found[1]), found[0], today)


def _nearest(number: int, month: str, today: date) -> str:
    """Day of a month, in the year in which it is nearest to today."""
    at = MONTHS.index(month.capitalize()) + 1
    days = [
        date(year, at, number)
        for year in (today.year - 1, today.year, today.year + 1)
        if number <= monthrange(year, at)[1]
    ]
    return day(min(days, key=lambda one: abs(one - today)))


_TH = r"(\d{1,2})(?:st|nd|rd|th)?"
_PATTERNS: Sequence[tuple[str, Callable[[Sequence[str], date], str]]] = (
    (rf"(?:a )?{_COUNT} (days?|weeks?|weekends?|fortnight|months?|years?) ago", _ago),
    (rf"in (?:a )?{_COUNT} (days?|weeks?|months?|years?)(?:' time)?", _ahead),
    (rf"(?:last|on|this past|this last) ({_WEEKDAY})(?: night| morning)?", _weekday_before),
    (rf"(?:this coming|this|next|coming) ({_WEEKDAY})(?: night| morning)?", _weekday_after),
    (r"on the (\d{1,2})(?:st|nd|rd|th)", _day_of_this_month),
    (rf"(?:on )?(?:the )?{_TH}(?: of)? ({_MONTH})", _day_first),
    (rf"(?:on )?({_MONTH}) {_TH}", _month_first),
    (r"last month", lambda _, today: _month(today, -1)),
    (r"next month", lambda _, today: _month(today, 1)),
    (r"last year", lambda _, today: str(today.year - 1)),
    (r"next year", lambda _, today: str(today.year + 1)),
    (rf"in ({_MONTH})", lambda found, today: _month_of(found[0], today)),
)


def _month_of(name: str, today: date) -> str:
    return " ".join(_nearest(15, name, today).split()[1:])
