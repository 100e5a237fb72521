"""The recorded interview's rules in time: until when one may begin and go on, retakes, and formats."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from app.domain.answers import count_words
from app.domain.local_time import local_moment
from app.domain.workdays import next_workday

# What a person agrees to before recording; a change of the words needs the next number.
CONSENT_VERSION = 2
# Silent: for what was begun before the deadline.
DEADLINE_GRACE = timedelta(hours=1)
MORE_TIME = timedelta(days=7)
# An interview may be sent while an upload is under way; this is how long it may still arrive.
UPLOAD_PATIENCE = timedelta(days=1)
# Without a new slice for so long, a sent answer is made of what has arrived.
UPLOAD_GIVEN_UP = timedelta(hours=1)
MAX_MEDIA_ATTEMPTS = 5
# About what a person says in two minutes.
MOST_WRITTEN_WORDS = 300
# A run of letters without a space that is longer than any word counts as several.
LONGEST_WORD = 40
RECORDED_FORMATS = frozenset({"video", "audio", "upload"})


def written_words(text: str) -> int:
    """Count the words of a written answer, as they are held against MOST_WRITTEN_WORDS."""
    return count_words(text) + sum((len(piece) - 1) // LONGEST_WORD for piece in text.split())


# Whoever asks to be called is called within so many days on which people work.
CALL_WITHIN_WORKDAYS = 3
# While it is not sent: "record": the person's turn; "call": we call them; "over": the date has passed, they ask for
# more time; "asked": they have asked again, and a person answers.
RecordingWait = Literal["record", "call", "over", "asked"]


def recording_wait(due_at: datetime, adjustments: Mapping[str, Any], now: datetime, *, format: str) -> RecordingWait:
    """Return who does what next about a recorded interview that is not sent."""
    if format == "phone":
        return "call"
    if may_begin(due_at, now):
        return "record"
    return "asked" if adjustments.get("asked_again") else "over"


def call_by(now: datetime, zone: str) -> datetime:
    """Return until when we call somebody who asks for it now: the end of that workday in the opening's zone."""
    day = now.astimezone(ZoneInfo(zone)).date()
    for _number in range(CALL_WITHIN_WORKDAYS):
        day = next_workday(day)
    return local_moment(day, time(23, 59), zone)


def promised_call(due_at: datetime, adjustments: Mapping[str, Any]) -> datetime:
    """Return until when we said that we call; what was asked for before we said so is owed by the due date."""
    said = adjustments.get("call_by")
    return datetime.fromisoformat(said) if said else due_at


def may_begin(due_at: datetime, now: datetime) -> bool:
    """Tell whether something new may be begun: until the deadline."""
    return now <= due_at


def may_go_on(due_at: datetime, began_at: datetime, now: datetime) -> bool:
    """Tell whether what began at `began_at` may still be finished: the grace is for earlier beginnings only."""
    return now <= due_at or (began_at <= due_at and now <= due_at + DEADLINE_GRACE)


def retakes_left(allowed: int, finished_and_discarded: int) -> int:
    """Return how often a person may record again. Only takes that were finished and played back count."""
    return max(0, allowed - finished_and_discarded)


def interview_format(formats: Collection[str]) -> str:
    """Return the format of the whole interview out of its answers' formats, as reviewers are told it."""
    if "video" in formats or "upload" in formats:
        return "video"
    if "audio" in formats:
        return "audio"
    return "phone" if "phone" in formats else "written"
