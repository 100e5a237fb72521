"""Weekends and federal holidays."""

from datetime import date

import pytest

from app.domain.workdays import federal_holidays, is_workday, next_workday

# As the Office of Personnel Management published them.
OF_2026 = {
    date(2026, 1, 1),
    date(2026, 1, 19),
    date(2026, 2, 16),
    date(2026, 5, 25),
    date(2026, 6, 19),
    date(2026, 7, 3),
    date(2026, 9, 7),
    date(2026, 10, 12),
    date(2026, 11, 11),
    date(2026, 11, 26),
    date(2026, 12, 25),
}


def test_the_holidays_of_a_year():
    assert federal_holidays(2026) == OF_2026


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 20), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 11, 26), False),
        (date(2026, 11, 27), True),
        # New Year's Day of 2028 is a Saturday: kept on the Friday before, which is in 2027.
        (date(2027, 12, 31), False),
        # July 4, 2027 is a Sunday: kept on Monday.
        (date(2027, 7, 5), False),
        (date(2028, 1, 3), True),
    ],
)
def test_a_workday_is_no_weekend_and_no_holiday(day: date, works: bool):
    assert is_workday(day) is works


def test_the_next_workday_leaves_out_holidays_and_what_is_taken() -> None:
    wednesday, friday, monday = date(2026, 11, 25), date(2026, 11, 27), date(2026, 11, 30)
    assert next_workday(date(2026, 11, 24)) == wednesday
    # Thanksgiving.
    assert next_workday(wednesday) == friday
    assert next_workday(wednesday, {friday}) == monday
