"""Passing on what one was asked to read or watch: asked first, given to somebody else, kept on the record."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import Application, AuditEvent, ReadingAssignment, RecordingReview
from app.queries.access import blind_readers_of
from tests.factories import make_application, make_opening, make_person, make_readers, open_readings, sign_in
from tests.factories import read_answers as score_answers
from tests.recordings import make_invited, make_sent, review_of


def _world(app: Flask, readers: int = 3, applications: int = 1) -> dict[str, UUID]:
    with app.app_context():
        opening = make_opening()
        make_readers(opening, readers)
        made = [
            make_application(opening, make_person(f"Wilhelmina Canary {number}", f"canary{number}@example.org"))
            for number in range(applications)
        ]
        reading = open_readings(made[0])[0]
        assert reading.answer is not None
        return {
            "reader": reading.reader_id,
            "application": made[0].id,
            "reading": reading.id,
            "answer": reading.answer.id,
            "question": reading.answer.question_id,
        }


def _of_answer(answer_id: UUID) -> dict[str, set[UUID]]:
    rows = db.session.execute(
        select(ReadingAssignment.state, ReadingAssignment.reader_id).filter_by(answer_id=answer_id)
    ).all()
    return {state: {reader for of, reader in rows if of == state} for state, _ in rows}


def _events() -> list[tuple[UUID | None, str, str, object]]:
    rows = db.session.scalars(select(AuditEvent).where(AuditEvent.action.endswith(":pass_on")).order_by(AuditEvent.id))
    return [(row.actor_id, row.action, row.object_id, row.details["because"]) for row in rows]


@pytest.mark.parametrize("because", ["knows", "time"])
def test_an_answer_is_passed_on_only_after_a_question(app: Flask, client: FlaskClient, because: str) -> None:
    world = _world(app)
    sign_in(client, world["reader"])
    page = client.get(f"/staff/reading/{world['reading']}").text
    ask = f"/staff/pass-on/answers/{world['reading']}"
    assert f'href="{ask}?because={because}"' in page
    asked = client.get(f"{ask}?because={because}").text
    assert re.findall(r'<input checked[^>]*value="(\w+)"', asked) == [because]
    assert "Canary" not in asked and str(world["application"]) not in asked
    with app.app_context():
        before = _of_answer(world["answer"])
        assert world["reader"] in before["open"]
    assert client.post(ask, data={}).status_code == 422
    passed = client.post(ask, data={"because": because}, follow_redirects=True)
    assert "Somebody else reads that answer now." in passed.text
    with app.app_context():
        after = _of_answer(world["answer"])
        assert after["recused"] == {world["reader"]}
        assert len(after["open"]) == 2 and world["reader"] not in after["open"]
        assert _events() == [(world["reader"], "reading:pass_on", str(world["reading"]), because)]
        # Whoever takes it on is blind like the first, and the first still is: other answers of theirs wait.
        assert after["open"] | {world["reader"]} <= blind_readers_of(world["application"])
    assert client.post(ask, data={"because": because}).status_code == 409


def test_all_answers_to_a_question_are_given_back_at_once(app: Flask, client: FlaskClient) -> None:
    world = _world(app, applications=2)
    with app.app_context():
        own = select(ReadingAssignment.id).where(
            ReadingAssignment.reader_id == world["reader"], ReadingAssignment.state == "open"
        )
        owed = len(db.session.scalars(own).all())
    sign_in(client, world["reader"])
    ask = f"/staff/pass-on/questions/{world['question']}"
    assert f'href="{ask}"' in client.get("/staff").text
    asked = client.get(ask).text
    assert "Give back" in asked and "Canary" not in asked
    done = client.post(ask, follow_redirects=True)
    assert (done.status_code, "given back" in done.text, ask in done.text) == (200, True, False)
    with app.app_context():
        given = len(_events())
        assert given >= 1
        assert len(db.session.scalars(own).all()) == owed - given
    # A second time there is nothing left: no fault, no further event.
    assert client.post(ask).status_code == 302
    assert client.get(ask).status_code == 302
    with app.app_context():
        assert len(_events()) == given


def test_where_nobody_is_free_the_reader_is_told_so_and_nothing_is_lost(app: Flask, client: FlaskClient) -> None:
    world = _world(app, readers=2)
    sign_in(client, world["reader"])
    ask = f"/staff/pass-on/answers/{world['reading']}"
    passed = client.post(ask, data={"because": "time"}, follow_redirects=True)
    assert "Nobody else is free yet, so a program manager looks for somebody." in passed.text
    with app.app_context():
        assert len(_of_answer(world["answer"])["open"]) == 1


def test_a_resume_is_passed_on(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    with app.app_context():
        application = db.session.get_one(Application, world["application"])
        score_answers(application)
        reading = open_readings(application, "resume")[0]
        reading_id, reader = reading.id, reading.reader_id
    sign_in(client, reader)
    ask = f"/staff/pass-on/resumes/{reading_id}"
    assert f'href="{ask}?because=time"' in client.get("/staff").text
    assert f'href="{ask}?because=knows"' in client.get(f"/staff/resumes/{reading_id}").text
    assert "Canary" in client.get(ask).text
    # The page of one kind does not serve the other.
    assert client.get(f"/staff/pass-on/answers/{reading_id}").status_code == 404
    passed = client.post(ask, data={"because": "knows"}, follow_redirects=True)
    assert "Somebody else reads that résumé now." in passed.text
    with app.app_context():
        states = {
            row.reader_id: row.state for row in db.session.scalars(select(ReadingAssignment)) if row.kind != "answer"
        }
        assert (states.pop(reader), list(states.values())) == ("recused", ["open"])


def test_a_recorded_interview_is_passed_on(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        application = make_sent(make_invited(), written=True)
        review = review_of(application)
        review_id, reviewer, name = review.id, review.reviewer_id, application.person.name
    sign_in(client, reviewer)
    ask = f"/staff/pass-on/recordings/{review_id}"
    assert f'href="{ask}?because=time"' in client.get("/staff/recordings").text
    assert f'href="{ask}?because=knows"' in client.get(f"/staff/recordings/{review_id}").text
    assert name in client.get(ask).text
    assert client.post(ask, data={"because": "nonsense"}).status_code == 422
    assert client.post(ask, data={"because": "knows"}).location == "/staff/recordings"
    with app.app_context():
        assert db.session.get_one(RecordingReview, review_id).state == "recused"
        assert _events() == [(reviewer, "recording:pass_on", str(review_id), "knows")]
    assert name not in client.get("/staff/recordings").text
