"""When a reminder may leave: not at night, and no more than a few a day. Everything else leaves at once.

A reminder waits for the morning of its recipient, unless too little of its time would be left by then. Beyond so
many a day the rest become one digest on the next morning. Decisions, offers, sign-in codes and whatever a person has
just asked for never wait; neither does a reminder of an appointment for a digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

# Kinds of mail that wait for the morning.
REMINDERS: frozenset[str] = frozenset(
    {
        "draft_reminder",
        "recording_reminder",
        "booking_reminder",
        "interview_reminder",
        "meeting_reminder",
        "offer_reminder",
        "reading_overdue",
        "scorecard_reminder",
        "office_overdue",
        "answer_late",
        "office_escalated",
    }
)
# Those of them that are counted, and become one digest beyond the count: no appointment, no offer, no news of ours.
COUNTED: frozenset[str] = REMINDERS - {"interview_reminder", "meeting_reminder", "offer_reminder", "answer_late"}
DIGEST = "reminder_digest"
# It comes anew each day: what would be too late in the morning is not sent, and does not wake anybody.
DAILY = frozenset({"reading_overdue"})
# A reminder that waits must still be of use when it arrives.
LEAST_LEFT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Manners:
    """The organization's own: local times between which no reminder leaves (equal: none), and how many a day (0: all).

    The night may contain midnight or not.
    """

    quiet_from: time = time(21)
    quiet_until: time = time(8)
    a_day: int = 3


class Held(StrEnum):
    """Why a reminder waits."""

    QUIET = "quiet"
    DIGEST = "digest"


class Wait(NamedTuple):
    """A reminder that may not leave yet."""

    until: datetime
    held_for: Held


def is_quiet(moment: datetime, zone: str, manners: Manners) -> bool:
    """Tell whether this is night for somebody in this zone."""
    start, end = manners.quiet_from, manners.quiet_until
    local = moment.astimezone(ZoneInfo(zone)).time().replace(tzinfo=None)
    if start <= end:
        return start <= local < end
    return local >= start or local < end


def morning_after(moment: datetime, zone: str, manners: Manners) -> datetime:
    """Return the end of the first night that ends after this moment. Aware, in the moment's own zone."""
    local = moment.astimezone(ZoneInfo(zone))
    for days in range(3):
        # A morning that the spring's missing hour swallows comes when the clocks have moved.
        morning = datetime.combine(local.date() + timedelta(days=days), manners.quiet_until, ZoneInfo(zone))
        found = morning.astimezone(moment.tzinfo)
        if found > moment:
            return found
    raise AssertionError("a morning comes every day")


def start_of_day(moment: datetime, zone: str) -> datetime:
    """Return the midnight before this moment, by the clock of the zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return datetime.combine(local.date(), time(), ZoneInfo(zone)).astimezone(moment.tzinfo)


def wait_of(
    kind: str,
    *,
    urgent: bool,
    now: datetime,
    zone: str,
    left_today: int,
    void_after: datetime | None,
    manners: Manners,
    in_digest: bool = False,
) -> Wait | None:
    """Return until when a mail waits, None where it leaves now.

    `left_today`: how many counted reminders have left for its recipient on this local day. `in_digest`: it has waited
    for its digest already, and leaves by itself where nothing else came to be in it.
    """
    if urgent or kind not in REMINDERS:
        return None
    wait: Wait | None = None
    if is_quiet(now, zone, manners):
        wait = Wait(morning_after(now, zone, manners), Held.QUIET)
    elif kind in COUNTED and manners.a_day and left_today >= manners.a_day and not in_digest:
        tomorrow = start_of_day(now, zone) + timedelta(hours=36)  # its noon, whatever the clocks do
        wait = Wait(morning_after(start_of_day(tomorrow, zone), zone, manners), Held.DIGEST)
    too_late = wait is not None and void_after is not None and wait.until + LEAST_LEFT > void_after
    if too_late and not (wait is not None and wait.held_for is Held.QUIET and kind in DAILY):
        return None
    return wait
