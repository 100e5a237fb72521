"""Rules of an offer that waits and of a placement that goes on: more time, the second year, the end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from app.domain.placements import FURTHEST, end_of_day
from app.domain.words import N_

# The first time, whoever has an offer gets this many days more at once; after that a manager decides.
MORE_DAYS = 7
MOST_DAYS = 60


def more_time(answer_by: datetime, now: datetime, zone: str, days: int = MORE_DAYS) -> datetime:
    """Return the new day to answer by: so many days after the old one, or after today where that has passed."""
    return end_of_day(max(answer_by, now), days, zone)


def answer_day_problem(day: date, *, present: date, today: date) -> str | None:
    """Return why a manager cannot move the day to answer by to this one, or None."""
    if day <= max(present, today):
        return N_("Choose a day after the present one.")
    if day > today + timedelta(days=MOST_DAYS):
        return N_("That is more than 60 days away. The seat waits as long; choose an earlier day.")
    return None


def first_day_problem(starts_on: date, *, today: date) -> str | None:
    """Return why a placement cannot begin on that day, or None. It may have begun already."""
    return _far_problem(starts_on, today)


def last_day_problem(last_day: date, *, starts_on: date | None, today: date) -> str | None:
    """Return why a placement cannot end on that day, or None. A last day may be up to two years back or ahead."""
    if starts_on is not None and last_day < starts_on - timedelta(days=1):
        # Somebody who never began ended on the day before the start.
        return N_("That is before the placement began. For somebody who never began, enter the day before the start.")
    return _far_problem(last_day, today)


def _far_problem(day: date, today: date) -> str | None:
    if day < today - FURTHEST:
        return N_("That is more than two years ago. Check the year.")
    if day > today + FURTHEST:
        return N_("That is more than two years away. Check the year.")
    return None


def second_year_from(starts_on: date | None) -> date | None:
    """Return the first day of the second year; Feb. 29 is followed by March 1."""
    if starts_on is None:
        return None
    try:
        return starts_on.replace(year=starts_on.year + 1)
    except ValueError:
        return date(starts_on.year + 1, 3, 1)
