"""Dates that daybook's answers give, worked out by hand from the day of the talk."""

from __future__ import annotations

from datetime import date

import pytest

from studies.daybook.generator.dates import resolve

TUESDAY = date(2023, 3, 14)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("yesterday", "13 March 2023"),
        ("Today", "14 March 2023"),
        ("the day after tomorrow", "16 March 2023"),
        ("three days ago", "11 March 2023"),
        ("20 days ago", "22 February 2023"),
        ("last Friday", "the Friday before 14 March 2023"),
        ("on sunday", "the Sunday before 14 March 2023"),
        ("this coming Friday", "the Friday after 14 March 2023"),
        ("last week", "the week before 14 March 2023"),
        ("a week ago", "a week before 14 March 2023"),
        ("a fortnight ago", "two weeks before 14 March 2023"),
        ("in two weeks", "two weeks after 14 March 2023"),
        ("in three days", "17 March 2023"),
        ("next weekend", "the weekend after 14 March 2023"),
        ("last month", "February 2023"),
        ("three months ago", "December 2022"),
        ("next month", "April 2023"),
        ("last year", "2022"),
        ("on the 4th", "4 March 2023"),
        ("on 20 April", "20 April 2023"),
        ("May 3rd", "3 May 2023"),
        ("the 3rd of December", "3 December 2022"),
        ("in June", "June 2023"),
    ],
)
def test_a_phrase_means_a_date(said: str, answer: str) -> None:
    assert resolve(said, TUESDAY) == answer


def test_a_leap_day_is_of_a_leap_year() -> None:
    assert resolve("on 29 February", date(2024, 3, 1)) == "29 February 2024"


def test_a_phrase_that_is_no_date_is_refused() -> None:
    with pytest.raises(ValueError, match="no date that is understood: 'some day'"):
        resolve("some day", TUESDAY)
