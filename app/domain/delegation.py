"""A supervisor who is away lends a colleague the right to decide, for some days.

The first and the last day are whole days in the office's zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.words import N_

MOST_DAYS = 60
# Nobody plans an absence further ahead.
MOST_AHEAD = timedelta(days=366)
MOST_DELEGATES = 5


def in_force(starts_at: datetime | None, ends_at: datetime | None, revoked_at: datetime | None, now: datetime) -> bool:
    """Tell whether a right holds at this moment. One without a period holds until it is taken back."""
    if revoked_at is not None:
        return False
    return (starts_at is None or starts_at <= now) and (ends_at is None or now < ends_at)


def period_problem(first: date, last: date, *, today: date) -> tuple[str, str] | None:
    """Return (field, sentence) where these days cannot be a delegation, or None."""
    if first < today:
        return "first_day", N_("That day has passed. Begin today or later.")
    if first > today + MOST_AHEAD:
        return "first_day", N_("That is more than a year away. Check the year.")
    if last < first:
        return "last_day", N_("The last day is before the first one.")
    if (last - first).days + 1 > MOST_DAYS:
        return "last_day", N_("A colleague can decide for 60 days at most. Who stays longer gets an invitation.")
    return None


def period(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """Return when it begins and when it is over, in UTC: from the first midnight to the one after the last day."""
    place = ZoneInfo(zone)
    return (
        datetime.combine(first, time.min, place).astimezone(UTC),
        datetime.combine(last + timedelta(days=1), time.min, place).astimezone(UTC),
    )


def last_day_of(ends_at: datetime, zone: str) -> date:
    """Return the last whole day of a period that is over at this moment."""
    return (ends_at.astimezone(ZoneInfo(zone)) - timedelta(seconds=1)).date()
