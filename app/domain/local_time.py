"""From a clock on a wall to a moment: what an hour means in a place, twice a year included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.words import N_

NO_SUCH_TIME = N_("The clocks go forward that night, so that time does not exist. Choose one hour later.")
TWICE = N_("The clocks go back that night, so that time comes twice. Choose another time.")
ENDS_BEFORE = N_("The end must be after the start.")
TOO_SHORT = N_("There is no room for one interview between these times.")


class NoSuchTime(ValueError):
    """A time on the wall that does not name one moment; the message says how to mend it."""


class TwiceThatNight(NoSuchTime):
    """A time that comes twice: ask which of the two is meant."""


def local_moment(day: date, clock: time, zone: str, *, which: str | None = None) -> datetime:
    """Return the moment in UTC; raise NoSuchTime for an hour that is skipped or comes twice.

    `which` says which of two is meant: "first" or "second"; elsewhere it says nothing.
    """
    place = ZoneInfo(zone)
    first = datetime.combine(day, clock, place)
    second = first.replace(fold=1)
    if first.utcoffset() != second.utcoffset():
        back = first.astimezone(UTC).astimezone(place)
        if back.replace(tzinfo=None) != first.replace(tzinfo=None):
            raise NoSuchTime(NO_SUCH_TIME)
        if which not in ("first", "second"):
            raise TwiceThatNight(TWICE)
        return (second if which == "second" else first).astimezone(UTC)
    return first.astimezone(UTC)


def end_of_day(moment: datetime, zone: str) -> datetime:
    """Return the last minute of that day in a place, in UTC: deadlines end with the day."""
    return local_moment(moment.astimezone(ZoneInfo(zone)).date(), time(23, 59), zone)


def cut_into_slots(start: datetime, end: datetime, minutes: int, buffer: int) -> list[tuple[datetime, datetime]]:
    """Cut a block into interviews of `minutes`, with `buffer` minutes between them."""
    if end <= start:
        raise NoSuchTime(ENDS_BEFORE)
    slots = []
    length, step = timedelta(minutes=minutes), timedelta(minutes=minutes + buffer)
    while start + length <= end:
        slots.append((start, start + length))
        start += step
    if not slots:
        raise NoSuchTime(TOO_SHORT)
    return slots
