"""A take out of segments and slices: every slice is stored as it comes, and a failure never burns a try."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert

from app.adapters.filestore import StorageError
from app.domain.interview_rules import UPLOAD_PATIENCE, may_go_on, retakes_left
from app.domain.recordings import (
    MAX_SEGMENTS,
    MAX_TAKE_SECONDS,
    REFUSALS,
    SliceRefused,
    check_slice,
    media_type_of,
    missing_slices,
)
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.opening import Question
from app.models.recording import RecordedInterview, RecordedSegment, RecordedSlice, RecordedTake
from app.queries.recordings import bytes_of_take, counts_as_take, current_take, positions_of, slice_at, takes_made
from app.services.recordings.common import (
    ALREADY_SENT,
    TOO_LATE,
    lock,
    must_be_open,
    new_key,
    new_take,
    not_stored,
)
from app.services.storage import file_store

GONE = N_("You set this recording aside and started over, so this part is no longer needed.")
HAVE_ANSWER = N_("There is already an answer to this question. Choose “Record again” first.")
WRONG_TYPE = N_("This browser records in a format that we cannot take. Upload a video file, or write your answer.")
MANY_PARTS = N_("This answer was interrupted too often. Start it over; it does not count as a try.")
NO_RETAKES = N_("You have used every retake for this question, so the answer that you have is the one to keep.")
NOTHING_TO_KEEP = N_("There is no finished answer to this question yet.")
_STATUS = {"slice_too_big": 413, "take_too_big": 413}


def open_segment(
    interview: RecordedInterview, question: Question, *, mime: str, audio_only: bool, now: datetime
) -> RecordedSegment:
    """Begin one unbroken run of the recorder, in the take that is under way or in a new one.

    Raises Refusal: not open, an answer is already there, unknown format, too many segments.
    """
    media_type = media_type_of(mime)
    if media_type is None:
        raise Refusal(WRONG_TYPE, status=415)
    interview = lock(interview.id)
    take = current_take(interview.id, question.id)
    if take is not None and take.media_state == "failed":
        take.state = "discarded"
        take = None
    if take is None:
        must_be_open(interview, now)
        take = new_take(interview, question.id, "audio" if audio_only else "video", now)
    elif take.state != "recording":
        raise Refusal(HAVE_ANSWER)
    else:
        _must_go_on(take, now)
    if not audio_only:
        take.format = "video"
    if len(take.segments) >= MAX_SEGMENTS:
        raise Refusal(MANY_PARTS)
    segment = RecordedSegment(position=len(take.segments), media_type=media_type, opened_at=now)
    take.segments.append(segment)
    db.session.flush()
    return segment


def keep_slice(segment: RecordedSegment, index: int, data: bytes, *, now: datetime) -> bool:
    """Store one slice: the file first, the row after. Return False where it was there already.

    Raises Refusal: 413 too big, 422 empty or misnumbered, 410 set aside or too late, 503/507 not stored.
    """
    _must_go_on(segment.take, now)
    if slice_at(segment.id, index) is not None:
        return False
    try:
        check_slice(index, len(data), bytes_so_far=bytes_of_take(segment.take_id))
    except SliceRefused as refused:
        raise Refusal(refused.message, status=_STATUS.get(refused.code, 422)) from refused
    store, key = file_store(), new_key()
    try:
        store.keep_room()
        store.put_verified(key, data)
    except StorageError as error:
        raise not_stored(error) from error
    stored = db.session.scalar(
        insert(RecordedSlice)
        .values(
            id=uuid4(),
            segment_id=segment.id,
            position=index,
            storage_key=key,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            received_at=now,
        )
        .on_conflict_do_nothing(index_elements=["segment_id", "position"])
        .returning(RecordedSlice.id)
    )
    if stored is None:
        store.delete(key)
    return stored is not None


def finish_take(
    interview: RecordedInterview, question: Question, counts: Mapping[UUID, int], *, seconds: int, now: datetime
) -> RecordedTake:
    """End a take when all its slices are there; `counts` says how many each segment has. Twice is once.

    Segments of another device may be unknown to this one: they count as far as they arrived.
    Raises Refusal: 425 while slices are missing (the page tries again), 410 set aside, 422 nothing recorded.
    """
    interview = lock(interview.id)
    take = _take_of(interview, question, counts)
    if take.state == "discarded":
        raise Refusal(GONE, status=410)
    if take.finished_at is not None:
        return take
    _must_go_on(take, now)
    for segment in take.segments:
        there = positions_of(segment.id)
        expected = counts.get(segment.id)
        if expected is not None and missing_slices(there, expected):
            raise Refusal(REFUSALS["missing_slices"], status=425)
        segment.slices_expected = expected if expected is not None else len(there)
        segment.closed_at = now
    if not any(segment.slices_expected for segment in take.segments):
        raise Refusal(REFUSALS["nothing_recorded"], status=422)
    take.finished_at = now
    take.seconds = max(0, min(seconds, MAX_TAKE_SECONDS))
    take.media_state = "pending"
    if take.state == "recording":
        take.state = "finished"
    db.session.flush()
    return take


def keep_take(interview: RecordedInterview, question: Question, *, now: datetime) -> RecordedTake:
    """Keep the finished take as the answer. Twice is once."""
    interview = lock(interview.id)
    take = current_take(interview.id, question.id)
    if take is None or take.state == "recording" or take.media_state == "failed":
        raise Refusal(NOTHING_TO_KEEP)
    if take.state == "finished":
        if interview.submitted_at is not None:
            raise Refusal(ALREADY_SENT)
        take.state = "kept"
        db.session.flush()
    return take


def discard(interview: RecordedInterview, question: Question, *, now: datetime) -> None:
    """Set the present take aside to record again. What was not finished, or does not play, burns no retake."""
    interview = lock(interview.id)
    take = current_take(interview.id, question.id)
    if take is None:
        return
    if interview.submitted_at is not None:
        raise Refusal(ALREADY_SENT)
    if now > interview.due_at:
        # Who discards now could not record again: the answer that is there is the one to send.
        raise Refusal(TOO_LATE, status=410)
    used = sum(old.state == "discarded" and counts_as_take(old) for old in takes_made(interview.id, question.id))
    allowed = int(interview.application.opening.recording_settings.get("retakes", 0))
    if counts_as_take(take) and retakes_left(allowed, used) == 0:
        raise Refusal(NO_RETAKES)
    take.state = "discarded"
    db.session.flush()


def _take_of(interview: RecordedInterview, question: Question, counts: Mapping[UUID, int]) -> RecordedTake:
    """The take that these segments belong to; ids of another interview or question are unknown here."""
    takes = {take.id: take for take in takes_made(interview.id, question.id)}
    found = set()
    for segment_id in counts:
        segment = db.session.get(RecordedSegment, segment_id)
        if segment is None or segment.take_id not in takes:
            raise Refusal(NOTHING_TO_KEEP, status=422)
        found.add(segment.take_id)
    if len(found) > 1:
        raise Refusal(NOTHING_TO_KEEP, status=422)
    take = takes[found.pop()] if found else current_take(interview.id, question.id)
    if take is None:
        raise Refusal(NOTHING_TO_KEEP, status=422)
    return take


def _must_go_on(take: RecordedTake, now: datetime) -> None:
    """What was begun in time may end in time's grace; of a sent interview the rest may still arrive."""
    interview = take.interview
    if take.state == "discarded":
        raise Refusal(GONE, status=410)
    if interview.submitted_at is not None:
        if now > interview.submitted_at + UPLOAD_PATIENCE or take.finished_at is not None:
            raise Refusal(ALREADY_SENT, status=410)
    elif not may_go_on(interview.due_at, take.started_at, now):
        raise Refusal(TOO_LATE, status=410)
