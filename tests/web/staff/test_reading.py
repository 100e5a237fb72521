"""Blind scoring through the pages."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models import Application, ReadingAssignment
from tests.conftest import Clock
from tests.factories import (
    make_application,
    make_opening,
    make_person,
    make_readers,
    open_readings,
    read_answers,
    sign_in,
)


def _world(app: Flask) -> dict[str, object]:
    with app.app_context():
        opening = make_opening()
        readers = make_readers(opening, 2)
        person = make_person("Wilhelmina Canary", "canary@example.org")
        application = make_application(opening, person, answer="I sat with her. We called. She went home.")
        mine = [reading for reading in open_readings(application) if reading.reader_id == readers[0].id]
        return {
            "reader": readers[0].id,
            "other": readers[1].id,
            "application": application.id,
            "reference": application.reference,
            "reading": mine[0].id,
            "question": mine[0].answer.question_id,  # type: ignore[union-attr]
            "rubrics": [f"score-{rubric.id}" for rubric in opening.rubrics if rubric.gate == "answers"],
        }


def test_the_scoring_page_tells_nothing_about_the_writer(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["reader"])  # type: ignore[arg-type]
    for path in ("/staff", "/staff/reading/mine", f"/staff/reading/{world['reading']}"):
        page = client.get(path).text
        for secret in ("Wilhelmina", "Canary", "canary@", str(world["reference"]), str(world["application"])):
            assert secret not in page, (path, secret)


def test_start_scoring_opens_an_answer_and_save_opens_the_next(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["reader"])  # type: ignore[arg-type]
    answer = client.get(f"/staff/reading/question/{world['question']}", follow_redirects=True)
    assert answer.request.path == f"/staff/reading/{world['reading']}"
    assert "I sat with her." in answer.text
    form = dict.fromkeys(world["rubrics"], "3")  # type: ignore[call-overload]
    saved = client.post(answer.request.path, data=form)
    assert (saved.status_code, saved.location) == (302, "/staff")
    with app.app_context():
        reading = db.session.get_one(ReadingAssignment, world["reading"])
        assert (reading.state, sorted(score.value for score in reading.scores)) == ("done", [3, 3])


def test_a_missing_score_is_asked_for_and_the_note_is_kept(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["reader"])  # type: ignore[arg-type]
    for bad in ("", "0", "5", "NaN", "4.0001"):
        form = dict.fromkeys(world["rubrics"], bad) | {"note": "Strong voice"}  # type: ignore[call-overload]
        answer = client.post(f"/staff/reading/{world['reading']}", data=form)
        assert answer.status_code == 422
        assert "There is a problem" in answer.text
        assert "Strong voice" in answer.text


def test_another_readers_answer_is_not_there(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["other"])  # type: ignore[arg-type]
    assert client.get(f"/staff/reading/{world['reading']}").status_code == 404


def test_the_resume_page_opens_after_the_answers_are_scored(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    with app.app_context():
        application = db.session.get_one(Application, world["application"])
        read_answers(application)
        reading = open_readings(application, "resume")[0]
        reading_id, reader_id = reading.id, reading.reader_id
        rubrics = [f"score-{rubric.id}" for rubric in application.opening.rubrics if rubric.gate == "resume"]
    sign_in(client, reader_id)
    page = client.get(f"/staff/resumes/{reading_id}")
    assert (page.status_code, "Wilhelmina Canary" in page.text) == (200, True)
    assert "transcript" not in page.text.lower()
    assert client.post(f"/staff/resumes/{reading_id}", data=dict.fromkeys(rubrics, "3")).status_code == 302
    with app.app_context():
        assert db.session.get_one(Application, world["application"]).state == "recording_due"


def test_readers_are_due_before_the_promised_day(app: Flask, client: FlaskClient, clock: Clock) -> None:
    clock.move_to(datetime(2027, 3, 1, 18, tzinfo=UTC))
    world = _world(app)
    with app.app_context():
        applicant = db.session.get_one(Application, world["application"]).person_id
    assert (
        "You hear from us by Mar. 15"
        in sign_in(app.test_client(), applicant)
        .get(f"/applications/{world['application']}/status", follow_redirects=True)
        .text
    )
    assert "due Mar. 8" in sign_in(client, world["reader"]).get("/staff").text  # type: ignore[arg-type]
    clock.move(days=6)
    with app.app_context():
        read_answers(db.session.get_one(Application, world["application"]))
        reader = open_readings(db.session.get_one(Application, world["application"]), "resume")[0].reader_id
    assert "Mar. 13" in sign_in(app.test_client(), reader).get("/staff").text
