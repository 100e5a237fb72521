"""Passing on what one was asked to read or watch: the same assignment gives it to somebody else.

It never comes back to whoever passed it on, and the record keeps who did it, when and why.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.domain.passing import Because
from app.models.reading import ReadingAssignment
from app.models.recording import RecordingReview
from app.queries.reading import open_readings_of_question, who_reads_instead
from app.queries.recordings import open_review_of
from app.services.audit import record
from app.services.reading import recuse
from app.services.recordings import recuse_review


def pass_on_reading(reading: ReadingAssignment, *, because: Because, by: UUID, now: datetime) -> bool:
    """Give an answer or a résumé to another reader; tell whether somebody has it now.

    Raises Refusal where it no longer waits. Where nobody can take it, a worker asks again every minute, and
    the manager's work list says so.
    """
    recuse(reading, now=now)
    record("reading:pass_on", "reading", reading.id, by=by, now=now, because=because.value)
    return who_reads_instead(reading) is not None


def pass_on_question(question_id: UUID, *, reader_id: UUID, now: datetime) -> tuple[int, int]:
    """Give back every answer to one question that this reader still owes; return how many, and how many are taken."""
    readings = open_readings_of_question(reader_id, question_id)
    taken = [pass_on_reading(reading, because=Because.TIME, by=reader_id, now=now) for reading in readings]
    return len(taken), sum(taken)


def pass_on_review(review: RecordingReview, *, because: Because, by: UUID, now: datetime) -> bool:
    """Give a recorded interview to another reviewer; tell whether somebody has it now. Raises Refusal as above."""
    recuse_review(review, now=now)
    record("recording:pass_on", "recording_review", review.id, by=by, now=now, because=because.value)
    return open_review_of(review.interview_id) is not None
