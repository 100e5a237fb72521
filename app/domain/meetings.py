"""Rules of the meeting between an office and a person: which times may be offered, and whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from app.domain.local_time import local_moment
from app.domain.words import N_

# Whoever is asked has to see the mail first, and has to get there.
LEAD = timedelta(hours=2)
FURTHEST_DAYS = 60
# So many times an office offers; the other side may answer with as many of its own.
TIMES = 3
MINUTES = (10, 240)
USUAL_MINUTES = 30
DAYTIME = (time(7), time(21))

Side = Literal["office", "applicant"]
# "answer": the side that was asked answers; "agreed": a time stands; "close": too near to be moved;
# "over": its end has passed, so the office says whether it was held; "stale": no offered time is left to take.
Stage = Literal["none", "answer", "stale", "agreed", "close", "over"]

PLACE_LABELS: Mapping[str, str] = MappingProxyType(
    {"video": N_("Video link"), "phone": N_("Phone number"), "in_person": N_("Place")}
)

# What an office records when the time has passed. Only the first opens the way to an approval.
OUTCOME_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "held": N_("Yes, we met"),
        "absent": N_("No, the person did not come"),
        "canceled": N_("No, we had to cancel"),
    }
)

TOO_SOON = N_("Choose a time that is at least two hours from now.")
TOO_FAR = N_("Choose a time within the next 60 days.")
SAME_TWICE = N_("This is the same time as another one. Choose a different time.")


def stored_outcome(word: str) -> str:
    """Return what is kept of an outcome: "held" or "not_held"."""
    return "held" if word == "held" else "not_held"


def day_problem(day: date, *, today: date) -> str | None:
    """Return why no meeting can be on that day, or None: asked before a clock is looked at. Days are local."""
    if day < today:
        return TOO_SOON
    return TOO_FAR if day > today + timedelta(days=FURTHEST_DAYS) else None


def time_problem(starts_at: datetime, *, now: datetime) -> str | None:
    """Return why a meeting cannot begin at that moment, or None."""
    if starts_at < now + LEAD:
        return TOO_SOON
    return TOO_FAR if starts_at > now + timedelta(days=FURTHEST_DAYS) else None


def in_the_night(clock: time) -> bool:
    """Tell whether that is an hour at which hardly anybody meets: most likely a.m. was typed for p.m."""
    return not DAYTIME[0] <= clock < DAYTIME[1]


def times_problem(times: Sequence[datetime], *, now: datetime) -> tuple[int, str] | None:
    """Return the first time that cannot be offered, by its place in the list, and why."""
    for place, starts_at in enumerate(times):
        problem = time_problem(starts_at, now=now)
        if problem is None and starts_at in times[:place]:
            problem = SAME_TWICE
        if problem is not None:
            return place, problem
    return None


def moment_in(day: date, clock: time, zone: str, *, now: datetime, which: str | None = None) -> datetime:
    """Return the moment of a wall clock in a place, in UTC.

    `which` is "first" or "second" for an hour that comes twice. Raises NoSuchTime (its message says how to
    mend it) for an hour that is skipped, and for one that comes twice where `which` is not said; ValueError with
    a sentence for a day that is out of reach.
    """
    problem = day_problem(day, today=now.astimezone(ZoneInfo(zone)).date())
    if problem is not None:
        raise ValueError(problem)
    return local_moment(day, clock, zone, which=which)


def takeable(starts_at: datetime, *, now: datetime) -> bool:
    """Tell whether an offered time can still be taken: the other side has to see the answer."""
    return starts_at >= now + LEAD


def stage_of(state: str | None, starts: Sequence[datetime], minutes: int, *, now: datetime) -> Stage:
    """Return where the arrangement stands. `starts`: the offered times, or the one that was taken."""
    if state == "open":
        return "answer" if any(takeable(one, now=now) for one in starts) else "stale"
    if state != "accepted" or not starts:
        return "none"
    if now >= starts[0] + timedelta(minutes=minutes):
        return "over"
    return "agreed" if takeable(starts[0], now=now) else "close"
