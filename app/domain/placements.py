"""Rules of the last gate: how long an approval can be undone, until when an offer is open, when a placement ends."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from app.domain.words import N_

UNDO_FOR = timedelta(hours=24)
# A day further off than this is a slip of the keyboard.
FURTHEST = timedelta(days=2 * 365 + 1)

MEETING_FORMATS: Mapping[str, str] = MappingProxyType(
    {"in_person": N_("In person"), "video": N_("Video call"), "phone": N_("Phone call")}
)

# Why an office does not go on with a person. "conflict" is asked first: it says nothing about the person.
DECLINE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "conflict": N_("Conflict of interest (a client, a witness, a relative)"),
        "fit": N_("Not the right match for this office’s work"),
        "needs": N_("We need skills that this person does not have yet"),
        "timing": N_("The start date does not work for us"),
        "other": N_("Another reason"),
    }
)


def meeting_problem(held_on: date, *, asked_on: date, today: date) -> str | None:
    """Return why the office cannot have met the person on that day, or None. All days are the office's own."""
    if held_on > today:
        return N_("Record the meeting when it has taken place.")
    if held_on < asked_on:
        return N_("That is before your office was asked about this person. Enter the day on which you met.")
    return None


def start_problem(starts_on: date, *, today: date) -> str | None:
    """Return why a fellowship cannot begin on that day, or None."""
    if starts_on < today:
        return N_("That day has passed. Enter a start date that is still to come.")
    if starts_on > today + FURTHEST:
        return N_("That is more than two years away. Check the year.")
    return None


def again_problem(not_before: date, *, today: date) -> str | None:
    """Return why "not now" cannot end on that day, or None."""
    if not_before <= today:
        return N_("Choose a date that is still to come.")
    if not_before > today + FURTHEST:
        return N_("That is more than two years away. Check the year, or choose “Not for our office”.")
    return None


def undo_until(decided_at: datetime) -> datetime:
    """Return until when an approval can be undone; the offer leaves then."""
    return decided_at + UNDO_FOR


def may_undo(decided_at: datetime, now: datetime) -> bool:
    """Tell whether an approval can still be undone by the clock."""
    return now < undo_until(decided_at)


def end_of_day(now: datetime, days: int, zone: str) -> datetime:
    """Return 11:59:59 p.m. in this zone, so many days after today there (an aware datetime)."""
    place = ZoneInfo(zone)
    last = now.astimezone(place).date() + timedelta(days=days)
    return datetime.combine(last, time(23, 59, 59), tzinfo=place)


def last_day(starts_on: date | None, months: int | None) -> date | None:
    """Return the last day of a term: 24 months from Aug. 1, 2027 end on July 31, 2029."""
    if starts_on is None or not months:
        return None
    count = starts_on.month - 1 + months
    year, month = starts_on.year + count // 12, count % 12 + 1
    after = date(year, month, min(starts_on.day, monthrange(year, month)[1]))
    return after - timedelta(days=1)


def local_day(moment: datetime, zone: str) -> date:
    """Return the date of a moment in this zone."""
    return moment.astimezone(ZoneInfo(zone)).date()
