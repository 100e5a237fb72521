"""The recorded interview's rules in time: until when one may begin and go on, retakes, and formats."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from app.domain.answers import count_words

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


# While it is not sent: "record": the person's turn; "over": the date has passed, they ask for more time; "asked": they
# have asked again, and a person answers.
RecordingWait = Literal["record", "over", "asked"]


def recording_wait(due_at: datetime, adjustments: Mapping[str, Any], now: datetime) -> RecordingWait:
    """Return who does what next about a recorded interview that is not sent."""
    if may_begin(due_at, now):
        return "record"
    return "asked" if adjustments.get("asked_again") else "over"


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
