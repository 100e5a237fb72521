"""Days on which people work: no weekends and no federal holidays of the United States."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache

MONDAY, THURSDAY, SATURDAY = 0, 3, 5


def is_workday(day: date) -> bool:
    """Tell whether this is a day from Monday to Friday that is no federal holiday."""
    return day.weekday() < SATURDAY and day not in federal_holidays(day.year)


def next_workday(after: date, taken: Collection[date] = ()) -> date:
    """Return the first workday after this one that is not among the days `taken`."""
    day = after + timedelta(days=1)
    while not is_workday(day) or day in taken:
        day += timedelta(days=1)
    return day


@cache
def federal_holidays(year: int) -> frozenset[date]:
    """Return the days off of a year: a holiday on a Saturday is kept on Friday, one on a Sunday on Monday."""
    # Next year's first of January may be kept on this year's last day.
    fixed = [date(year, 1, 1), date(year, 6, 19), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25),
             date(year + 1, 1, 1)]  # fmt: skip
    moving = [
        _weekday_of(year, 1, MONDAY, 3),
        _weekday_of(year, 2, MONDAY, 3),
        _last_monday_of_may(year),
        _weekday_of(year, 9, MONDAY, 1),
        _weekday_of(year, 10, MONDAY, 2),
        _weekday_of(year, 11, THURSDAY, 4),
    ]
    return frozenset(day for day in (*map(_kept_on, fixed), *moving) if day.year == year)


def _kept_on(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _weekday_of(year: int, month: int, weekday: int, number: int) -> date:
    """Return the `number`th Monday (0) to Sunday (6) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())
