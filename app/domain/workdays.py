"""Days on which people work: no weekends and no federal holidays of the United States."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from functools import cache
from types import MappingProxyType

from app.domain.words import N_

MONDAY, THURSDAY, SATURDAY = 0, 3, 5


def is_workday(day: date) -> bool:
    """Tell whether this is a day from Monday to Friday that is no federal holiday."""
    return day.weekday() < SATURDAY and day not in federal_holidays(day.year)


def day_off(day: date) -> str | None:
    """Return what day it is if people do not work on it: a holiday's name, or the weekend; else None."""
    weekend = N_("Weekend") if day.weekday() >= SATURDAY else None
    return holidays(day.year).get(day) or weekend


def next_workday(after: date, taken: Collection[date] = ()) -> date:
    """Return the first workday after this one that is not among the days `taken`."""
    day = after + timedelta(days=1)
    while not is_workday(day) or day in taken:
        day += timedelta(days=1)
    return day


def federal_holidays(year: int) -> frozenset[date]:
    """Return the days off of a year that are holidays."""
    return frozenset(holidays(year))


@cache
def holidays(year: int) -> Mapping[date, str]:
    """Return the federal holidays of a year: one on a Saturday is kept on Friday, one on a Sunday on Monday."""
    new_year = N_("New Year’s Day")
    # Next year's first of January may be kept on this year's last day.
    fixed = {
        date(year, 1, 1): new_year,
        date(year, 6, 19): N_("Juneteenth"),
        date(year, 7, 4): N_("Independence Day"),
        date(year, 11, 11): N_("Veterans Day"),
        date(year, 12, 25): N_("Christmas Day"),
        date(year + 1, 1, 1): new_year,
    }
    moving = {
        _weekday_of(year, 1, MONDAY, 3): N_("Martin Luther King Jr. Day"),
        _weekday_of(year, 2, MONDAY, 3): N_("Washington’s Birthday"),
        _last_monday_of_may(year): N_("Memorial Day"),
        _weekday_of(year, 9, MONDAY, 1): N_("Labor Day"),
        _weekday_of(year, 10, MONDAY, 2): N_("Columbus Day"),
        _weekday_of(year, 11, THURSDAY, 4): N_("Thanksgiving Day"),
    }
    kept = {_kept_on(day): name for day, name in fixed.items()} | moving
    return MappingProxyType({day: name for day, name in kept.items() if day.year == year})


def _kept_on(day: date) -> date:
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def _weekday_of(year: int, month: int, weekday: int, number: int) -> date:
    """Return the `number`th Monday (0) to Sunday (6) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())
