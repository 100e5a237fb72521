"""When whom is reminded: every occasion on one page. An opening may have a schedule of its own.

An occasion has a moment (some time after or before an anchor) and an end. It is due from its moment to its
end, not on a day: whenever the worker runs, it finds what is due and not yet done. An occasion whose end has
passed is never caught up on, and one whose moment came before the wait began, or before the occasion was put into
the schedule, is none. Everything about an occasion may be changed but its name: whoever had it does not get it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Recipient(StrEnum):
    """To whom a reminder goes."""

    APPLICANT = "applicant"
    READER = "reader"
    INTERVIEWER = "interviewer"
    SUPERVISORS = "supervisors"
    MANAGERS = "managers"


class Due(NamedTuple):
    """One reminder that is due now; `occurrence` is its name for ever, so that it goes out once."""

    kind: str
    occurrence: str
    recipient: Recipient
    void_after: datetime
    # Which words it is sent in: the occasion's name, or OTHER where its time is not the one that its words speak of.
    step: str = ""
    # The name with the number of the repetition; the occurrence is this and the anchor.
    name: str = ""


OTHER = "other"


@dataclass(frozen=True, slots=True)
class Occasion:
    """`moment` and `end` count from the anchor; the anchor is the deadline where `to_deadline`, else the start.

    `every`: it comes again after so long, until the end. `in_force_since`: what was due before is none.
    """

    kind: str
    name: str
    moment: timedelta
    end: timedelta
    recipient: Recipient = Recipient.APPLICANT
    to_deadline: bool = False
    every: timedelta | None = None
    is_on: bool = True
    in_force_since: datetime | None = None


Schedule = Mapping[str, Sequence[Occasion]]


def _days(number: float) -> timedelta:
    return timedelta(days=number)


def _hours(number: float) -> timedelta:
    return timedelta(hours=number)


# A talk that has ended without its scorecard: no state of an application, but a wait like the others.
SCORECARD_DUE = "scorecard_due"

# A time that the office and the applicant agreed on, while the application waits for the office's decision.
MEETING_AGREED = "meeting_agreed"

# The office's decision. From the first reminder to the managers on, its silence is their matter.
OFFICE_DECIDES = "placement_in_review"

# state of the application -> its occasions. Where two are due at once, the earlier has ended.
OCCASIONS: Schedule = {
    "draft": (
        Occasion("draft_reminder", "2 days", _days(2), _days(7)),
        Occasion("draft_reminder", "7 days", _days(7), _days(30)),
    ),
    "recording_due": (
        Occasion("recording_reminder", "3 days before", _days(-3), _days(-1), to_deadline=True),
        Occasion("recording_reminder", "1 day before", _days(-1), _days(0), to_deadline=True),
        # It never closes by itself: the person is told so, and asked whether something stands in the way.
        Occasion("recording_reminder", "overdue", _days(0), _days(14), to_deadline=True),
    ),
    "booking_due": (
        Occasion("booking_reminder", "2 days", _days(2), _days(5)),
        Occasion("booking_reminder", "5 days", _days(5), _days(14)),
    ),
    "final_interview_booked": (
        Occasion("interview_reminder", "24 hours before", _hours(-24), _hours(-1), to_deadline=True),
        Occasion("interview_reminder", "1 hour before", _hours(-1), _hours(0), to_deadline=True),
    ),
    # The manager sees the late scorecard on the work list from the second one on.
    SCORECARD_DUE: (
        Occasion("scorecard_reminder", "2 hours", _hours(2), _hours(24), Recipient.INTERVIEWER),
        Occasion("scorecard_reminder", "24 hours", _hours(24), _days(7), Recipient.INTERVIEWER),
    ),
    OFFICE_DECIDES: (
        Occasion("office_overdue", "3 days", _days(3), _days(5), Recipient.SUPERVISORS),
        Occasion("office_overdue", "5 days", _days(5), _days(7), Recipient.SUPERVISORS),
        Occasion("office_escalated", "7 days", _days(7), _days(30), Recipient.MANAGERS),
    ),
    MEETING_AGREED: (
        Occasion("meeting_reminder", "24 hours before", _hours(-24), _hours(0), to_deadline=True),
        Occasion("meeting_reminder", "24 hours before", _hours(-24), _hours(0), Recipient.SUPERVISORS, True),
    ),
    "offer_sent": (
        Occasion("offer_reminder", "2 days before", _days(-2), _days(0), to_deadline=True),
        Occasion("offer_reminder", "answer date", _days(0), _days(7), to_deadline=True),
    ),
}


# The waits that have a date of their own, before or after which one may be reminded.
WITH_DEADLINE = frozenset({"recording_due", "final_interview_booked", MEETING_AGREED, "offer_sent"})


def due(
    state: str,
    since: datetime,
    now: datetime,
    *,
    deadline: datetime | None = None,
    schedule: Schedule = OCCASIONS,
) -> list[Due]:
    """Return what is due for an application that has waited in this state since then.

    Where the same words are due to the same recipient by more than one reminder, only the latest is.
    `deadline` is the recording's due date, the interview's beginning, or the day by which an offer is answered.
    """
    found: list[tuple[datetime, Due]] = []
    for occasion in schedule.get(state, ()):
        latest = None
        for moment, one in _all(occasion, state, since, deadline):
            if moment > now:
                break
            latest = moment, one
        if latest is not None and now < latest[1].void_after:
            found.append(latest)
    newest: dict[tuple[str, Recipient], datetime] = {}
    for moment, one in found:
        newest[one.kind, one.recipient] = max(moment, newest.get((one.kind, one.recipient), moment))
    return [one for moment, one in found if moment == newest[one.kind, one.recipient]]


def coming(
    state: str,
    since: datetime,
    now: datetime,
    until: datetime,
    *,
    deadline: datetime | None = None,
    schedule: Schedule = OCCASIONS,
) -> list[tuple[datetime, Due]]:
    """Return what will be due after this moment and until then, with its moment, in order."""
    found = [
        (moment, one)
        for occasion in schedule.get(state, ())
        for moment, one in _all(occasion, state, since, deadline)
        if now < moment <= until
    ]
    return sorted(found, key=lambda pair: (pair[0], pair[1].name))


def next_moment(
    state: str,
    since: datetime,
    now: datetime,
    *,
    deadline: datetime | None = None,
    schedule: Schedule = OCCASIONS,
) -> datetime | None:
    """Return the next moment after this one at which something will be due; None where nothing will."""
    moments = [
        moment
        for occasion in schedule.get(state, ())
        for moment, _one in _all(occasion, state, since, deadline)
        if moment > now
    ]
    return min(moments, default=None)


def _all(occasion: Occasion, state: str, since: datetime, deadline: datetime | None) -> Iterator[tuple[datetime, Due]]:
    """Every time at which this occasion comes for one wait, in order."""
    anchor = deadline if occasion.to_deadline else since
    if anchor is None or not occasion.is_on:
        return
    moment, end = anchor + occasion.moment, anchor + occasion.end
    earliest = since if occasion.in_force_since is None else max(since, occasion.in_force_since)
    number = 0
    while moment < end:
        following = end if occasion.every is None else min(end, moment + occasion.every)
        if moment >= earliest:
            name = f"{occasion.name} +{number}" if number else occasion.name
            step = words_of(state, occasion, moment - anchor)
            occurrence = f"{name} {anchor:%Y-%m-%dT%H:%M:%S}"
            yield moment, Due(occasion.kind, occurrence, occasion.recipient, following, step, name)
        moment, number = following, number + 1


def escalates_after(schedule: Schedule) -> timedelta | None:
    """Return how long after its release an office's silence becomes the managers' matter; None: it never does.

    It holds for whoever waits now, also where the schedule was changed meanwhile and no mail is sent any more.
    """
    times = [
        one.moment for one in schedule.get(OFFICE_DECIDES, ()) if one.is_on and one.recipient is Recipient.MANAGERS
    ]
    return min(times, default=None)


def warning_of(schedule: Schedule, since: datetime, now: datetime) -> datetime | None:
    """Return when the managers are told of an office that is reminded now; None where it is reminded again before."""
    following = coming(OFFICE_DECIDES, since, now, now + _days(366), schedule=schedule)  # a year is the most
    after = escalates_after(schedule)
    if not following or after is None or since + after <= now:
        return None
    moment, one = following[0]
    return moment if one.recipient is Recipient.MANAGERS else None


def times_reminded(schedule: Schedule, since: datetime, now: datetime) -> int:
    """Return how often an office that was asked then has been reminded until now."""
    past = coming(OFFICE_DECIDES, since, since, now, schedule=schedule)
    return sum(one.recipient is Recipient.SUPERVISORS for _, one in past)


def words_of(state: str, occasion: Occasion, offset: timedelta) -> str:
    """Return the step whose words fit so long after the anchor: its own name, unless its time is another by now.

    What comes after a date speaks of a date that has passed, however long ago.
    """
    if occasion.to_deadline and offset >= timedelta(0):
        return words_after_date(state, occasion) or OTHER
    for known in OCCASIONS.get(state, ()):
        same = (known.name, known.recipient, known.to_deadline, known.moment) == (
            occasion.name, occasion.recipient, occasion.to_deadline, offset,
        )  # fmt: skip
        if same:
            return occasion.name
    return OTHER


def words_after_date(state: str, occasion: Occasion) -> str | None:
    """Return the step whose words speak of a date that has passed; None where nobody wrote such words."""
    for known in OCCASIONS.get(state, ()):
        fits = (known.kind, known.recipient, known.to_deadline) == (occasion.kind, occasion.recipient, True)
        if fits and known.moment >= timedelta(0):
            return known.name
    return None


def late_answer(new_date: datetime) -> Due:
    """Return the mail about a date of ours that has passed: once for each new date, and void after it."""
    return Due("answer_late", f"{new_date:%Y-%m-%d}", Recipient.APPLICANT, new_date)


def reading_digest(earliest_due: datetime, now: datetime, zone: str) -> Due | None:
    """Return the digest for a reader whose earliest reading was due then: at most one mail a day, by their calendar."""
    if now < earliest_due:
        return None
    local = now.astimezone(ZoneInfo(zone))
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return Due("reading_overdue", f"{local:%Y-%m-%d}", Recipient.READER, midnight.astimezone(now.tzinfo))
