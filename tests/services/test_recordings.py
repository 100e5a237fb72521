"""The recorded interview on a real database, a real store and a real ffmpeg."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.domain.local_time import end_of_day
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.models import AuditEvent, Change, HelpRequest, Notice, RecordedSlice, RecordedTake, RecordingReview
from app.queries.recordings import answer_states, kept_takes, takes_made
from app.services.recordings import (
    ask_for_more_time,
    ask_for_phone,
    assemble_due_takes,
    assign_missing_reviewers,
    discard,
    finish_take,
    keep_slice,
    keep_take,
    note_watched,
    open_segment,
    prepare_again,
    record_phone_notes,
    recuse_review,
    save_recording_review,
    save_review_draft,
    submit_recording,
    upload_file,
    write_answer,
)
from app.services.recordings.reviews import wanted_scores
from app.services.storage import file_store
from tests.factories import make_opening, make_person, make_readers
from tests.recordings import make_invited, make_sent, questions, record, review_of, sample, slices

WEBM = "video/webm;codecs=vp8,opus"


def _assemble() -> int:
    with transaction():
        return assemble_due_takes(now=now())


def test_slices_become_one_file_that_plays(session: Session) -> None:
    interview = make_invited()
    question = questions(interview)[0]
    record(interview, question)
    assert _assemble() == 1
    take = kept_takes(interview.id)[question.id]
    assert (take.media_state, take.media_type, take.seconds) == ("ready", "video/webm", 3)
    assert file_store().size(take.storage_key or "") == take.size
    assert session.scalar(select(func.count()).select_from(RecordedSlice)) == 4
    assert _assemble() == 0


def test_a_repeated_slice_is_stored_once_and_order_does_not_matter(session: Session) -> None:
    interview = make_invited()
    question = questions(interview)[0]
    pieces = slices(sample())
    with transaction():
        segment = open_segment(interview, question, mime=WEBM, audio_only=False, now=now())
    for index in (2, 0, 0, 3, 1, 2):
        with transaction():
            keep_slice(segment, index, pieces[index], now=now())
    assert session.scalar(select(func.count()).select_from(RecordedSlice)) == 4
    assert len(list(file_store().keys("recordings"))) >= 4
    with transaction():
        finish_take(interview, question, {segment.id: 4}, seconds=3, now=now())
    assert _assemble() == 1


def test_a_take_with_a_missing_slice_does_not_end_until_it_is_there(session: Session) -> None:
    interview = make_invited()
    question = questions(interview)[0]
    pieces = slices(sample())
    with transaction():
        segment = open_segment(interview, question, mime=WEBM, audio_only=False, now=now())
        for index in (0, 1, 3):
            keep_slice(segment, index, pieces[index], now=now())
    with pytest.raises(Refusal) as refused, transaction():
        finish_take(interview, question, {segment.id: 4}, seconds=3, now=now())
    assert refused.value.status == 425
    with transaction():
        keep_slice(segment, 2, pieces[2], now=now())
        finish_take(interview, question, {segment.id: 4}, seconds=3, now=now())
        assert finish_take(interview, question, {segment.id: 4}, seconds=3, now=now()).state == "finished"


def test_a_reload_begins_a_second_segment_and_the_file_holds_both(session: Session) -> None:
    interview = make_invited()
    question = questions(interview)[0]
    counts = {}
    with transaction():
        for _turn in range(2):
            segment = open_segment(interview, question, mime=WEBM, audio_only=False, now=now())
            counts[segment.id] = 4
            for index, piece in enumerate(slices(sample())):
                keep_slice(segment, index, piece, now=now())
        take = finish_take(interview, question, counts, seconds=6, now=now())
    assert len(takes_made(interview.id, question.id)) == 1
    assert _assemble() == 1
    session.refresh(take)
    assert (take.media_type, take.seconds) == ("video/mp4", 6)


@pytest.mark.parametrize(
    ("index", "data", "status"), [(0, b"", 422), (-1, b"x", 422), (999_999, b"x", 422), (0, b"x" * (17 << 20), 413)]
)
def test_a_slice_that_does_not_fit_is_refused(session: Session, index: int, data: bytes, status: int) -> None:
    interview = make_invited()
    with transaction():
        segment = open_segment(interview, questions(interview)[0], mime=WEBM, audio_only=False, now=now())
    with pytest.raises(Refusal) as refused, transaction():
        keep_slice(segment, index, data, now=now())
    assert refused.value.status == status


def test_only_a_finished_take_that_plays_uses_up_a_retake(session: Session) -> None:
    interview = make_invited()
    question = questions(interview)[0]
    with transaction():
        open_segment(interview, question, mime=WEBM, audio_only=False, now=now())
        discard(interview, question, now=now())
    assert answer_states(interview)[0].retakes_left == 2
    record(interview, question, b"<html>not a video</html>" * 50, keep=False)
    assert _assemble() == 0
    assert answer_states(interview)[0].status == "failed"
    with transaction():
        discard(interview, question, now=now())
    assert answer_states(interview)[0].retakes_left == 2
    for left in (1, 0):
        record(interview, question, keep=False)
        with transaction():
            discard(interview, question, now=now())
        assert answer_states(interview)[0].retakes_left == left
    record(interview, question)
    with pytest.raises(Refusal), transaction():
        discard(interview, question, now=now())
    assert answer_states(interview)[0].status == "kept"


def test_one_kept_take_for_each_question_and_no_second_beside_it(session: Session) -> None:
    interview = make_invited()
    question = questions(interview)[0]
    record(interview, question)
    with pytest.raises(Refusal), transaction():
        open_segment(interview, question, mime=WEBM, audio_only=False, now=now())
    with transaction():
        keep_take(interview, question, now=now())
        write_answer(interview, question, "In words instead.", now=now())
    take = kept_takes(interview.id)[question.id]
    assert (take.format, take.written_text) == ("written", "In words instead.")


def test_an_uploaded_file_counts_when_it_is_a_recording_and_is_refused_when_not(session: Session) -> None:
    interview = make_invited()
    first, second, _third = questions(interview)
    with transaction():
        upload_file(interview, first, io.BytesIO(sample(container="mp4")), now=now())
    assert _assemble() == 1
    assert kept_takes(interview.id)[first.id].media_type == "video/mp4"
    for data, status in ((b"<!doctype html><title>clip.mp4</title>", 415), (b"", 422)):
        with pytest.raises(Refusal) as refused, transaction():
            upload_file(interview, second, io.BytesIO(data), now=now())
        assert (refused.value.status, refused.value.field) == (status, "file")
    assert second.id not in kept_takes(interview.id)


def test_sending_moves_on_names_one_reviewer_and_tells_the_applicant(session: Session) -> None:
    application = make_sent()
    review = review_of(application)
    assert application.state == "recording_in_review"
    assert review.interview.format == "written"
    events = session.scalars(select(Change.event).where(Change.application_id == application.id)).all()
    assert "submit_recording" in events
    kinds = session.scalars(select(Notice.kind).where(Notice.application_id == application.id)).all()
    assert sorted(kinds).count("recording_received") == 1
    assert "recording_invitation" in kinds
    with transaction():
        assert assign_missing_reviewers(now=now()) == 0


def test_sending_needs_every_answer_and_consent(session: Session) -> None:
    interview = make_invited()
    record(interview, questions(interview)[0])
    with pytest.raises(Refusal) as refused, transaction():
        submit_recording(interview.application, by=interview.application.person_id, now=now())
    assert refused.value.status == 422
    other = make_invited(interview.application.opening, make_person("Without Consent"), consent=False)
    with pytest.raises(Refusal), transaction():
        write_answer(other, questions(other)[0], "Words", now=now())


def test_sending_with_an_upload_under_way_finishes_later(session: Session) -> None:
    interview = make_invited()
    first, *others = questions(interview)
    pieces = slices(sample())
    with transaction():
        segment = open_segment(interview, first, mime=WEBM, audio_only=False, now=now())
        keep_slice(segment, 0, pieces[0], now=now())
        for question in others:
            write_answer(interview, question, "In words.", now=now())
        submit_recording(interview.application, by=interview.application.person_id, now=now())
    review = review_of(interview.application)
    scores = dict.fromkeys(wanted_scores(interview.application), 3)
    with pytest.raises(Refusal), transaction():
        save_recording_review(review, scores, note=None, by=review.reviewer_id, now=now())
    with transaction():
        for index in (1, 2, 3):
            keep_slice(segment, index, pieces[index], now=now())
        finish_take(interview, first, {segment.id: 4}, seconds=3, now=now())
    assert _assemble() == 1
    assert kept_takes(interview.id)[first.id].seconds == 3


def test_an_upload_that_never_ends_is_made_of_what_arrived(session: Session) -> None:
    interview = make_invited()
    first, *others = questions(interview)
    pieces = slices(sample(4), 8)
    with transaction():
        segment = open_segment(interview, first, mime=WEBM, audio_only=False, now=now())
        for index in (0, 1, 2, 3, 4, 6):
            keep_slice(segment, index, pieces[index], now=now())
        for question in others:
            write_answer(interview, question, "In words.", now=now())
        submit_recording(interview.application, by=interview.application.person_id, now=now())
    assert _assemble() == 0
    with transaction():
        assert assemble_due_takes(now=now() + timedelta(hours=2)) == 1
    take = kept_takes(interview.id)[first.id]
    assert take.media_state == "ready"
    assert 1 <= (take.seconds or 0) < 4


def test_a_recording_that_does_not_play_is_shown_as_failed_and_its_slices_stay(session: Session) -> None:
    interview = make_invited()
    question = questions(interview)[0]
    record(interview, question, b"\x1a\x45\xdf\xa3 webm that is none" * 30)
    assert _assemble() == 0
    take = kept_takes(interview.id)[question.id]
    assert (take.media_state, take.media_failure, take.media_attempts) == ("failed", "damaged", 1)
    assert session.scalar(select(func.count()).select_from(RecordedSlice)) == 4
    with transaction():
        prepare_again(take, now=now())
    assert take.media_state == "pending"


def test_a_store_that_is_away_is_tried_five_times(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    interview = make_invited()
    question = questions(interview)[0]
    record(interview, question)
    piece = session.scalars(select(RecordedSlice)).first()
    assert piece is not None
    file_store().delete(piece.storage_key)
    for attempt in range(1, 6):
        assert _assemble() == 0
        take = kept_takes(interview.id)[question.id]
        assert take.media_attempts == attempt
    assert take.media_state == "failed"


def test_the_deadline_has_a_grace_for_what_began_before_and_more_time_is_a_button(session: Session) -> None:
    interview = make_invited()
    first, second, _third = questions(interview)
    due = interview.due_at
    with transaction():
        segment = open_segment(interview, first, mime=WEBM, audio_only=False, now=due - timedelta(minutes=1))
        keep_slice(segment, 0, slices(sample())[0], now=due + timedelta(minutes=30))
    for act in (
        lambda: keep_slice(segment, 1, b"x", now=due + timedelta(minutes=61)),
        lambda: open_segment(interview, second, mime=WEBM, audio_only=False, now=due + timedelta(minutes=1)),
    ):
        with pytest.raises(Refusal) as refused, transaction():
            act()
        assert refused.value.status == 410
    late = due + timedelta(days=2)
    with transaction():
        assert ask_for_more_time(interview, by=interview.application.person_id, now=late) is True
    assert interview.due_at == end_of_day(late + timedelta(days=7), "America/Chicago")
    assert due == end_of_day(due, "America/Chicago")
    with transaction():
        assert ask_for_more_time(interview, by=interview.application.person_id, now=late) is False
        assert ask_for_more_time(interview, by=interview.application.person_id, now=late) is False
        open_segment(interview, second, mime=WEBM, audio_only=False, now=late)
    requests = session.scalars(select(HelpRequest).order_by(HelpRequest.answered_at.nulls_last())).all()
    assert [(request.kind, request.answered_at is None) for request in requests] == [
        ("more_time", False),
        ("more_time", True),
    ]


def test_a_phone_call_is_granted_at_once_and_its_notes_are_the_answers(session: Session) -> None:
    interview = make_invited(consent=False)
    with transaction():
        ask_for_phone(interview, by=interview.application.person_id, now=now())
    review = review_of(interview.application)
    assert (interview.format, review.state) == ("phone", "open")
    with pytest.raises(Refusal), transaction():
        record_phone_notes(interview, {}, by=review.reviewer_id, now=now())
    notes = {question.id: "She would listen first." for question in questions(interview)}
    with transaction():
        record_phone_notes(interview, notes, by=review.reviewer_id, now=now())
    assert interview.application.state == "recording_in_review"
    assert interview.format == "phone"
    assert session.scalar(select(func.count()).select_from(RecordingReview)) == 1


@pytest.mark.parametrize(("value", "state"), [(3, "booking_due"), (2, "recording_decision")])
def test_scores_decide_between_the_next_gate_and_a_manager(session: Session, value: int, state: str) -> None:
    application = make_sent()
    review = review_of(application)
    scores = dict.fromkeys(wanted_scores(application), value)
    assert len(scores) == 6
    one = dict(list(scores.items())[:1])
    with transaction():
        save_review_draft(review, one, note="So far", now=now())
    with pytest.raises(Refusal), transaction():
        save_recording_review(review, one, note=None, by=review.reviewer_id, now=now())
    with transaction():
        save_recording_review(review, scores, note="Clear", by=review.reviewer_id, now=now())
    assert (application.state, application.recorded_result) == (state, value)
    with pytest.raises(Refusal), transaction():
        save_recording_review(review, scores, note=None, by=review.reviewer_id, now=now())


def test_who_knows_the_person_hands_the_interview_to_somebody_else(session: Session) -> None:
    application = make_sent()
    first = review_of(application)
    with transaction():
        recuse_review(first, now=now())
    second = review_of(application)
    assert second.reviewer_id != first.reviewer_id


def test_an_interview_without_a_reviewer_gets_one_when_somebody_is_there(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 2)
    application = make_sent(make_invited(opening))
    for _turn in range(2):
        with transaction():
            recuse_review(review_of(application), now=now())
    with transaction():
        assert assign_missing_reviewers(now=now()) == 0
    make_readers(opening, 1)
    with transaction():
        assert assign_missing_reviewers(now=now()) == 1
        assert assign_missing_reviewers(now=now()) == 0


def test_a_view_is_on_the_record_once_an_hour(session: Session) -> None:
    interview = make_invited()
    record(interview, questions(interview)[0])
    take = session.scalars(select(RecordedTake)).one()
    reviewer = make_person("Reviewer")
    with transaction():
        assert note_watched(take, by=reviewer.id, now=now()) is True
        session.flush()
        assert note_watched(take, by=reviewer.id, now=now()) is False
        assert note_watched(take, by=reviewer.id, now=now() + timedelta(minutes=61)) is True
    assert session.scalar(select(func.count()).where(AuditEvent.action == "recording:watch")) == 2


def test_segments_of_another_person_are_unknown(session: Session) -> None:
    mine = make_invited()
    other = make_invited(mine.application.opening, make_person("Other Person"))
    with transaction():
        segment = open_segment(other, questions(other)[0], mime=WEBM, audio_only=False, now=now())
    for counts in ({segment.id: 1}, {uuid4(): 1}):
        with pytest.raises(Refusal) as refused, transaction():
            finish_take(mine, questions(mine)[0], counts, seconds=1, now=now())
        assert refused.value.status == 422
