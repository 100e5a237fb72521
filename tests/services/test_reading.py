"""Reading: assignment, the third reader, the résumé, the outcome."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.extensions import db, transaction
from app.models import Application, ReadingAssignment
from app.queries.access import blind_readers_of
from app.queries.reading import next_reading, rubrics_for_answer
from app.services.reading import assign_missing_readers, recuse, save_scores
from tests.factories import (
    make_application,
    make_opening,
    make_readers,
    open_readings,
    read,
    read_answers,
    read_resume,
)


def _score(reading: ReadingAssignment, value: int) -> None:
    assert reading.answer is not None
    values = {rubric.id: value for rubric in rubrics_for_answer(reading.answer.question)}
    with transaction():
        save_scores(reading, values, note=None, by=reading.reader_id, now=now())


def test_each_answer_gets_two_different_readers(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 3)
    application = make_application(opening)
    readings = open_readings(application)
    per_answer = Counter(reading.answer_id for reading in readings)
    assert set(per_answer.values()) == {2}
    assert len(per_answer) == 5
    assert len({(reading.answer_id, reading.reader_id) for reading in readings}) == 10


def test_readings_are_spread_evenly(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 5)
    for _ in range(3):
        make_application(opening)
    loads = Counter(session.scalars(select(ReadingAssignment.reader_id)))
    assert sorted(loads.values()) == [6, 6, 6, 6, 6]


def test_without_readers_the_answers_wait_and_are_assigned_later(session: Session) -> None:
    opening = make_opening()
    application = make_application(opening)
    assert open_readings(application) == []
    make_readers(opening, 2)
    with transaction():
        assert assign_missing_readers(now=now()) == 10
    with transaction():
        assert assign_missing_readers(now=now()) == 0


def test_an_applicant_never_reads_the_own_answers(session: Session) -> None:
    opening = make_opening()
    readers = make_readers(opening, 3)
    application = make_application(opening, readers[0])
    assert readers[0].id not in {reading.reader_id for reading in open_readings(application)}


def test_two_points_apart_call_a_third_reader(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 3)
    application = make_application(opening)
    first, second = [
        reading
        for reading in open_readings(application)
        if reading.answer_id == open_readings(application)[0].answer_id
    ][:2]
    _score(first, 1)
    _score(second, 3)
    thirds = [reading for reading in open_readings(application) if reading.ordinal == 3]
    assert len(thirds) == 1
    assert thirds[0].answer_id == first.answer_id
    assert thirds[0].reader_id not in (first.reader_id, second.reader_id)


def test_a_changed_score_takes_the_third_reading_back(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 3)
    application = make_application(opening)
    answer_id = open_readings(application)[0].answer_id
    first, second = [reading for reading in open_readings(application) if reading.answer_id == answer_id]
    _score(first, 1)
    _score(second, 4)
    _score(first, 3)
    assert [reading for reading in open_readings(application) if reading.ordinal == 3] == []


def test_the_median_of_three_counts(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 3)
    application = make_application(opening)
    answer_id = open_readings(application)[0].answer_id
    first, second = [reading for reading in open_readings(application) if reading.answer_id == answer_id]
    _score(first, 1)
    _score(second, 4)
    read_answers(application, 3)
    # Four answers of 3 and one with the median of 1, 4 and 3.
    assert application.answers_result == 3
    assert application.state == "resume_in_review"


def test_a_pass_invites_to_record(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 3)
    application = read(make_application(opening), 3)
    assert application.state == "recording_due"
    assert [change.event for change in application.changes] == [
        "start_application",
        "submit_application",
        "finish_answers",
        "invite_to_record",
    ]


def test_below_the_threshold_a_manager_decides(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 3)
    assert read(make_application(opening), 2).state == "reading_decision"


def test_who_still_reads_is_blind_and_sees_again_afterwards(session: Session) -> None:
    opening = make_opening()
    readers = make_readers(opening, 2)
    application = make_application(opening)
    assert blind_readers_of(application.id) == {reader.id for reader in readers}
    read_answers(application)
    assert blind_readers_of(application.id) == frozenset()


def test_a_recusal_gives_the_answer_to_somebody_new(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 3)
    application = make_application(opening)
    reading = open_readings(application)[0]
    known = set(session.scalars(select(ReadingAssignment.reader_id).filter_by(answer_id=reading.answer_id)))
    with transaction():
        recuse(reading, now=now())
    after = [row for row in open_readings(application) if row.answer_id == reading.answer_id]
    assert len(after) == 2
    assert {row.reader_id for row in after} - known != set()


def test_a_closed_reading_keeps_its_scores(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 2)
    application = make_application(opening)
    reading = open_readings(application)[0]
    read_answers(application, 3)
    with pytest.raises(Refusal):
        _score(reading, 4)


def test_the_queue_shows_skipped_answers_last(session: Session) -> None:
    opening = make_opening()
    reader, _ = make_readers(opening, 2)
    for _ in range(3):
        make_application(opening)
    question_id = next(row.id for row in opening.questions if row.kind == "short_answer")
    first = next_reading(reader.id, question_id)
    assert first is not None
    with transaction():
        first.skipped_at = now()
    second = next_reading(reader.id, question_id)
    assert second is not None
    assert second.id != first.id


def test_two_last_scores_at_once_finish_the_reading_once(app: Flask) -> None:
    with app.app_context():
        opening = make_opening()
        make_readers(opening, 2)
        application = make_application(opening)
        *rest, one, two = open_readings(application)
        for reading in rest:
            _score(reading, 3)
        last, application_id = [one.id, two.id], application.id

    def finish(reading_id: object) -> None:
        with app.app_context():
            _score(db.session.get_one(ReadingAssignment, reading_id), 3)

    threads = [threading.Thread(target=finish, args=(reading_id,)) for reading_id in last]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        application = db.session.get_one(Application, application_id)
        assert [change.event for change in application.changes].count("finish_answers") == 1
        read_resume(application)
        assert application.state == "recording_due"
