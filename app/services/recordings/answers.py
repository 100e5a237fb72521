"""The other ways to answer: a file, words, a phone call. Granted at once, without proof or reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from app.adapters.ffmpeg import sniff_container
from app.adapters.filestore import StorageError
from app.domain.interview_rules import CONSENT_VERSION, MOST_WRITTEN_WORDS, call_by, written_words
from app.domain.recordings import MAX_UPLOADED_VIDEO_BYTES, REFUSALS
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import HelpRequest
from app.models.opening import Question
from app.models.recording import RecordedInterview, RecordedSegment, RecordedSlice, RecordedTake
from app.queries.openings import questions_of
from app.services.recordings.common import (
    ALREADY_SENT,
    lock,
    must_be_open,
    new_key,
    new_take,
    not_stored,
    replace_current,
)
from app.services.recordings.reviews import assign_reviewer
from app.services.recordings.sending import hand_over
from app.services.storage import file_store

EMPTY_FILE = N_("The selected file is empty. Choose the recording again.")
FILE_TOO_BIG = N_("The selected file must be smaller than 500 MB. Choose a shorter or smaller recording.")
NO_WORDS = N_("Write your answer, or choose another way to answer.")
LONG_WORDS = N_("Your answer has %(words)s words; up to %(most)s fit. Shorten it by %(over)s.")
NOTES_MISSING = N_("Write down the answer to every question before you save the call.")
_TYPES = {"webm": "video/webm", "mp4": "video/mp4", "mov": "video/quicktime"}


def upload_file(interview: RecordedInterview, question: Question, file: BinaryIO, *, now: datetime) -> RecordedTake:
    """Take a video or audio file as the answer; it is kept at once, and a worker makes it play.

    Raises Refusal (field "file") for what is no recording; earlier answers are set aside only when it is one.
    """
    interview = lock(interview.id)
    must_be_open(interview, now)
    container = sniff_container(file.read(64))
    size, digest = _measure(file)
    if size == 0:
        raise Refusal(EMPTY_FILE, status=422, field="file")
    if size > MAX_UPLOADED_VIDEO_BYTES:
        raise Refusal(FILE_TOO_BIG, status=413, field="file")
    if container is None:
        raise Refusal(REFUSALS["not_media"], status=415, field="file")
    store, key = file_store(), new_key()
    try:
        store.keep_room()
        store.put(key, file)
        if store.size(key) != size:
            store.delete(key)
            raise StorageError("the stored file is shorter than what was sent")
    except StorageError as error:
        raise not_stored(error) from error
    replace_current(interview, question.id)
    take = new_take(interview, question.id, "upload", now)
    take.state, take.finished_at, take.media_state = "kept", now, "pending"
    segment = RecordedSegment(position=0, media_type=_TYPES[container], opened_at=now, closed_at=now, slices_expected=1)
    segment.slices.append(RecordedSlice(position=0, storage_key=key, size=size, sha256=digest, received_at=now))
    take.segments.append(segment)
    db.session.flush()
    return take


def _measure(file: BinaryIO) -> tuple[int, str]:
    """Size and digest; leaves the file at its beginning."""
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(1024 * 1024):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return size, digest.hexdigest()


def write_answer(interview: RecordedInterview, question: Question, words: str, *, now: datetime) -> RecordedTake:
    """Take written words as the answer; a written answer may be changed until the interview is sent."""
    interview = lock(interview.id)
    must_be_open(interview, now)
    words = words.replace("\r\n", "\n").strip()
    if not words:
        raise Refusal(NO_WORDS, status=422, field="words")
    over = written_words(words) - MOST_WRITTEN_WORDS
    if over > 0:
        counts = {"words": f"{over + MOST_WRITTEN_WORDS:,}", "most": MOST_WRITTEN_WORDS, "over": f"{over:,}"}
        raise Refusal(LONG_WORDS, status=422, field="words", **counts)
    return _in_words(interview, question.id, "written", words, now)


def _in_words(interview: RecordedInterview, question_id: UUID, kind: str, words: str, now: datetime) -> RecordedTake:
    replace_current(interview, question_id)
    take = new_take(interview, question_id, kind, now)
    take.state, take.finished_at, take.written_text = "kept", now, words
    db.session.flush()
    return take


def ask_for_phone(interview: RecordedInterview, *, by: UUID, now: datetime) -> None:
    """Answer by phone instead: granted at once. One reviewer is named and told, who calls and writes the answers down.

    From now on it is our turn, until the day that the person is told.
    """
    interview = lock(interview.id)
    application = interview.application
    if interview.submitted_at is not None or application.state != "recording_due":
        raise Refusal(ALREADY_SENT)
    if interview.format == "phone":
        return
    interview.format = "phone"
    promised = call_by(now, application.opening.time_zone)
    interview.adjustments = {**interview.adjustments, "call_by": promised.isoformat()}
    if interview.consented_at is None:
        interview.consented_at, interview.consent_version = now, CONSENT_VERSION
    days = int(application.opening.promises.get("answer_question", 2))
    request = HelpRequest(
        kind="adjustment",
        email=application.person.email,
        person_id=by,
        opening_id=application.opening_id,
        application_id=application.id,
        body="",
        details={"interview": "phone"},
        created_at=now,
        due_at=now + timedelta(days=days),
    )
    db.session.add(request)
    # Until the call they may still record or write instead, however late they asked.
    interview.due_at = max(interview.due_at, promised, now + timedelta(days=days + 5))
    assign_reviewer(interview, now=now)
    db.session.flush()


def record_phone_notes(interview: RecordedInterview, notes: Mapping[UUID, str], *, by: UUID, now: datetime) -> None:
    """After the call, staff write down each answer; the interview is then sent on the person's behalf."""
    interview = lock(interview.id)
    if interview.submitted_at is not None or interview.application.state != "recording_due":
        raise Refusal(ALREADY_SENT)
    questions = questions_of(interview.application.opening, "recorded")
    if any(not notes.get(question.id, "").strip() for question in questions):
        raise Refusal(NOTES_MISSING, status=422)
    for question in questions:
        _in_words(interview, question.id, "phone", notes[question.id].strip(), now)
    hand_over(interview, by=by, now=now)
