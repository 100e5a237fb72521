"""What a schedule of reminders may say: the waits, the words that fit each, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from app.domain.reminders import (
    MEETING_AGREED,
    OCCASIONS,
    SCORECARD_DUE,
    WITH_DEADLINE,
    Occasion,
    Recipient,
    words_after_date,
)
from app.domain.words import N_

# wait -> (what staff call it, what its deadline is called)
WAITS: Mapping[str, tuple[str, str]] = {
    "draft": (N_("An application that was begun and not sent"), ""),
    "recording_due": (N_("The recorded interview"), N_("its due date")),
    "booking_due": (N_("Choosing a time for the final interview"), ""),
    "final_interview_booked": (N_("The booked final interview"), N_("its beginning")),
    SCORECARD_DUE: (N_("The interviewer’s scorecard, after the talk"), ""),
    "placement_in_review": (N_("The office’s decision, after the release"), ""),
    MEETING_AGREED: (N_("The meeting with the office"), N_("its beginning")),
    "offer_sent": (N_("The answer to an offer"), N_("the date for the answer")),
}
RECIPIENTS: Mapping[Recipient, str] = {
    Recipient.APPLICANT: N_("the applicant"),
    Recipient.READER: N_("the reader"),
    Recipient.INTERVIEWER: N_("the interviewer"),
    Recipient.SUPERVISORS: N_("the office’s supervisors"),
    Recipient.MANAGERS: N_("the program managers"),
}
# Nothing that waits longer is reminded of, and nobody is reminded more often of one thing.
LONGEST = timedelta(days=365)
MOST_TIMES = 20


def words_for(wait: str) -> frozenset[tuple[str, Recipient]]:
    """Return which words there are for a wait, each with whom they speak to."""
    return frozenset((occasion.kind, occasion.recipient) for occasion in OCCASIONS.get(wait, ()))


def occasion_faults(wait: str, occasion: Occasion) -> list[tuple[str, str]]:
    """Return what is wrong with one reminder: pairs of a part ("words", "from", "until", "every") and a sentence."""
    faults = []
    if (occasion.kind, occasion.recipient) not in words_for(wait):
        faults.append(("words", N_("There are no words of this kind for this wait and this recipient.")))
    if occasion.to_deadline and wait not in WITH_DEADLINE:
        faults.append(("from", N_("This wait has no date of its own: count from its start.")))
    elif not occasion.to_deadline and occasion.moment < timedelta(0):
        faults.append(("from", N_("Nobody is reminded before the wait begins.")))
    elif occasion.to_deadline and words_after_date(wait, occasion) is None:
        if occasion.moment >= timedelta(0):
            faults.append(("from", N_("Afterwards there is nothing to remind of.")))
        elif occasion.end > timedelta(0):
            faults.append(("until", N_("Afterwards there is nothing to remind of.")))
    if max(abs(occasion.moment), abs(occasion.end)) > LONGEST:
        faults.append(("from", N_("A year is the most.")))
    if occasion.end <= occasion.moment:
        faults.append(("until", N_("The end comes after the beginning.")))
    elif occasion.every is not None:
        if occasion.every < timedelta(hours=1):
            faults.append(("every", N_("Once an hour is the most.")))
        elif (occasion.end - occasion.moment) / occasion.every > MOST_TIMES:
            faults.append(("every", N_("Nobody is reminded of one thing more than 20 times.")))
    return faults


def repeated_names(occasions: Sequence[Occasion]) -> list[int]:
    """Return the places of reminders that have the name and the recipient of an earlier one."""
    seen: set[tuple[str, Recipient]] = set()
    found = []
    for place, occasion in enumerate(occasions):
        key = (occasion.name, occasion.recipient)
        if key in seen:
            found.append(place)
        seen.add(key)
    return found


def same_rule(one: Occasion, other: Occasion) -> bool:
    """Tell whether two reminders say the same, whenever they were put in force."""
    return _said(one) == _said(other)


def _said(occasion: Occasion) -> tuple[object, ...]:
    return (
        occasion.kind, occasion.name, occasion.moment, occasion.end, occasion.recipient, occasion.to_deadline,
        occasion.every, occasion.is_on,
    )  # fmt: skip


def fingerprint(schedule: Mapping[str, Sequence[Occasion]]) -> str:
    """Return a text that changes with anything that the schedule says: two people at once are noticed by it."""
    return ";".join(
        f"{wait}:{'|'.join(','.join(map(str, _said(occasion))) for occasion in schedule[wait])}"
        for wait in sorted(schedule)
    )
