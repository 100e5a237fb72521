"""What a schedule of reminders may say: the waits, the words that fit each, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

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
# So many reminders of one wait are enough.
MOST_REMINDERS = 12
# How the names of those begin that a manager has added; no file may give such a name.
ADDED = "added "
_NOT_YET = f"{ADDED}new "


class Change(NamedTuple):
    """One reminder that differs between two schedules. `what`: "new", "away", "on", "off" or "changed"."""

    wait: str
    what: str
    occasion: Occasion


def added_name(token: str) -> str:
    """Return the name for ever of a reminder that is added; no other may ever have had this token."""
    return f"{ADDED}{token}"


def name_until_saved(number: int) -> str:
    """Return what a reminder is called until it is saved: nothing was ever sent by this name."""
    return f"{_NOT_YET}{number}"


def is_added(name: str) -> bool:
    """Tell whether a manager has added this reminder, who may take it away again."""
    return name.startswith(ADDED)


def is_unsaved(name: str) -> bool:
    """Tell whether this reminder has no name of its own yet."""
    return name.startswith(_NOT_YET)


def token_of(name: str) -> str:
    """Return what makes the name of an added reminder its own."""
    return name.removeprefix(ADDED)


def choices_for(wait: str) -> list[tuple[str, Recipient]]:
    """Return the words there are for a wait, in the order in which its reminders come."""
    return list(dict.fromkeys((occasion.kind, occasion.recipient) for occasion in OCCASIONS.get(wait, ())))


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


def clashes(occasions: Sequence[Occasion]) -> list[int]:
    """Return the places of reminders that once come together with an earlier one, in its words, to its recipient."""
    seen: set[tuple[str, Recipient, bool, timedelta]] = set()
    found = []
    for place, occasion in enumerate(occasions):
        if not occasion.is_on:
            continue
        times = {(occasion.kind, occasion.recipient, occasion.to_deadline, time) for time in _times(occasion)}
        if seen & times:
            found.append(place)
        seen |= times
    return found


def _times(occasion: Occasion) -> Iterator[timedelta]:
    time = occasion.moment
    for _ in range(MOST_TIMES + 1):
        yield time
        if occasion.every is None or time + occasion.every >= occasion.end:
            return
        time += occasion.every


def changes_of(before: Mapping[str, Sequence[Occasion]], after: Mapping[str, Sequence[Occasion]]) -> list[Change]:
    """Return what the second schedule has that the first has not, and the other way round, in the order of the page."""
    found = []
    for wait in WAITS:
        old = {(one.name, one.recipient): one for one in before[wait]}
        new = {(one.name, one.recipient): one for one in after[wait]}
        for key, one in new.items():
            if key not in old:
                found.append(Change(wait, "new", one))
            elif not same_rule(old[key], one):
                switched = "on" if one.is_on else "off"
                found.append(Change(wait, switched if old[key].is_on != one.is_on else "changed", one))
        found += [Change(wait, "away", one) for key, one in old.items() if key not in new]
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
