"""Dates that the bundled reader finds, moves and writes."""

from __future__ import annotations

import pytest

from studies.reader.dates import When, find, resolve

MONDAY = When(2023, 5, 8)


@pytest.mark.parametrize(
    ("text", "date", "form"),
    [
        ("on 2023-05-08, late", (2023, 5, 8), "iso"),
        ("1:56 pm on 8 May, 2023", (2023, 5, 8), "day first"),
        ("the 8th of May 2023", (2023, 5, 8), "day first"),
        ("Sept. 3, 2021", (2021, 9, 3), "month first"),
        ("in March 2020", (2020, 3, 0), "month"),
        ("back in 2019", (2019, 0, 0), "year"),
    ],
)
def test_dates_are_read(text: str, date: tuple[int, int, int], form: str) -> None:
    found = find(text)
    assert found is not None
    assert ((found.year, found.month, found.day), found.form) == (date, form)


@pytest.mark.parametrize("text", ["31 February", "room 1234", "2 may call", "", "may we?"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert find(text) is None


def test_a_day_that_does_not_exist_is_read_as_its_month() -> None:
    found = find("31 February 2023")
    assert found is not None
    assert (found.month, found.day) == (2, 0)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("yesterday", "7 May 2023"),
        ("Last night we", "7 May 2023"),
        ("the day before yesterday", "6 May 2023"),
        ("tomorrow", "9 May 2023"),
        ("this morning", "8 May 2023"),
        ("3 days ago", "5 May 2023"),
        ("two weeks ago", "week of 24 April 2023"),
        ("a few months ago", "February 2023"),
        ("ten years ago", "2013"),
        ("last week", "week of 1 May 2023"),
        ("last month", "April 2023"),
        ("next year", "2024"),
        ("last Friday", "5 May 2023"),
        ("last Monday", "1 May 2023"),
        ("next Monday", "15 May 2023"),
        ("this Friday", "12 May 2023"),
        ("last weekend", "weekend of 6 May 2023"),
    ],
)
def test_relative_times_are_counted_from_a_monday(text: str, written: str) -> None:
    moved = resolve(text, MONDAY)
    assert moved is not None
    assert moved.written("") == written


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("soon", MONDAY),
        ("yesterday", When(2023, 5)),
        ("999 years ago", When(150, 1, 1)),
        ("yesterday", When(1, 1, 1)),
    ],
)
def test_what_cannot_be_counted_is_none(text: str, day: When) -> None:
    assert resolve(text, day) is None


@pytest.mark.parametrize(
    ("form", "day", "month"),
    [
        ("iso", "2023-05-08", "2023-05"),
        ("day first", "8 May 2023", "May 2023"),
        ("month first", "May 8, 2023", "May 2023"),
        ("year", "2023", "2023"),
        ("", "8 May 2023", "May 2023"),
    ],
)
def test_dates_are_written_in_a_form(form: str, day: str, month: str) -> None:
    assert (MONDAY.written(form), When(2023, 5).written(form)) == (day, month)
