"""Recorded interviews for tests: an application that is invited, sample recordings cut into slices."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from app.adapters.clock import now as clock_now
from app.adapters.media import make_sample_recording
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import Application, Opening, Person, Question, RecordedInterview, RecordingReview
from app.queries.openings import questions_of
from app.queries.recordings import interview_of, open_review_of
from app.services.recordings import (
    finish_take,
    give_consent,
    keep_slice,
    keep_take,
    open_segment,
    submit_recording,
    write_answer,
)
from tests.factories import make_application, make_opening, make_person, make_readers, make_staff, read


@cache
def sample(seconds: float = 3, container: str = "webm") -> bytes:
    """A real recording, made by ffmpeg once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sample.{container}"
        make_sample_recording(path, seconds, container)
        return path.read_bytes()


def slices(data: bytes, count: int = 4) -> list[bytes]:
    """The bytes in so many pieces, as a browser sends them."""
    size = -(-len(data) // count)
    return [data[start : start + size] for start in range(0, len(data), size)]


def make_invited(
    opening: Opening | None = None, person: Person | None = None, *, consent: bool = True
) -> RecordedInterview:
    """An application whose answers and résumé were read: its interview waits to be recorded."""
    if opening is None:
        opening = make_opening()
        make_readers(opening, 2)
        make_staff(opening, Role.INTERVIEWER, name="Irene Interviewer")
    application = read(make_application(opening, person or make_person("Maya Example")))
    assert application.state == "recording_due", application.state
    interview = interview_of(application.id)
    assert interview is not None
    if consent:
        with transaction():
            give_consent(interview, now=clock_now())
    return interview


def questions(interview: RecordedInterview) -> list[Question]:
    """The interview's questions."""
    return questions_of(interview.application.opening, "recorded")


def record(interview: RecordedInterview, question: Question, data: bytes | None = None, *, keep: bool = True) -> None:
    """Record one answer as the browser does: a segment, its slices, the end, keep."""
    pieces = slices(data or sample())
    with transaction():
        segment = open_segment(
            interview, question, mime="video/webm;codecs=vp8,opus", audio_only=False, now=clock_now()
        )
        for index, piece in enumerate(pieces):
            keep_slice(segment, index, piece, now=clock_now())
        finish_take(interview, question, {segment.id: len(pieces)}, seconds=3, now=clock_now())
        if keep:
            keep_take(interview, question, now=clock_now())


def make_sent(interview: RecordedInterview | None = None, *, written: bool = True) -> Application:
    """An interview that was sent, in writing if nothing else is said."""
    interview = interview or make_invited()
    for question in questions(interview):
        if written:
            with transaction():
                write_answer(
                    interview, question, "I would listen first. Then I would say what I can do.", now=clock_now()
                )
        else:
            record(interview, question)
    application = interview.application
    with transaction():
        submit_recording(application, by=application.person_id, now=clock_now())
    return application


def review_of(application: Application) -> RecordingReview:
    """The review that is open or done."""
    interview = interview_of(application.id)
    assert interview is not None
    review = open_review_of(interview.id)
    assert review is not None
    db.session.refresh(review)
    return review
