"""The final interview's pages, for the person who is interviewed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import db
from app.models import Application
from app.queries.final_interviews import live_booking
from app.web.shell import day, short_day
from tests.conftest import Clock
from tests.factories import book, make_application, make_opening, make_readers, make_slot, make_staff, read, sign_in


@dataclass(frozen=True)
class Booked:
    """An application whose final interview is booked."""

    path: str
    person_id: UUID
    application_id: UUID
    slot_id: UUID
    starts_at: datetime
    ends_at: datetime


@pytest.fixture
def booked(app: Flask) -> Booked:
    with app.app_context():
        opening = make_opening(recorded=False)
        make_readers(opening, 2)
        application = read(make_application(opening))
        slot = make_slot(opening, make_staff(opening, Role.INTERVIEWER), starts_at=now() + timedelta(days=3))
        book(application, slot)
        return Booked(
            f"/applications/{application.id}",
            application.person_id,
            application.id,
            slot.id,
            slot.starts_at,
            slot.ends_at,
        )


def test_an_interview_ahead_can_be_moved_and_canceled(client: FlaskClient, booked: Booked) -> None:
    sign_in(client, booked.person_id)
    page = client.get(f"{booked.path}/interview").text
    assert "Move it" in page
    assert "Cancel this interview" in page
    assert client.get(f"{booked.path}/interview/move").status_code == 200
    assert "See or move your interview" in client.get(f"{booked.path}/status").text


def test_close_to_the_interview_nothing_is_offered_that_would_be_refused(
    app: Flask, client: FlaskClient, booked: Booked, clock: Clock
) -> None:
    clock.move_to(booked.starts_at - timedelta(hours=2))
    sign_in(client, booked.person_id)
    page = client.get(f"{booked.path}/interview").text
    assert "Move it" not in page
    assert "Cancel this interview" not in page
    assert "too late to move or cancel it here" in page
    assert client.get(f"{booked.path}/interview/move").location == f"{booked.path}/interview"
    status = client.get(f"{booked.path}/status").text
    assert "See your interview" in status
    assert "See or move" not in status
    # A page that was opened in time.
    answer = client.post(f"{booked.path}/interview/cancel", follow_redirects=True)
    assert answer.status_code == 200
    assert "too late to move this interview yourself" in answer.text
    with app.app_context():
        assert live_booking(booked.application_id) is not None


def test_after_the_interview_the_pages_say_that_we_are_deciding(
    app: Flask, client: FlaskClient, booked: Booked, clock: Clock
) -> None:
    clock.move_to(booked.ends_at + timedelta(minutes=1))
    sign_in(client, booked.person_id)
    with app.test_request_context():
        on, by = day(booked.starts_at), short_day(booked.ends_at + timedelta(days=7))
    for path in ("/interview", "/status"):
        page = client.get(booked.path + path).text
        assert f"Your interview was on {on}" in page.replace("<b>", "")
        for gone in ("Move it", "See or move", "You can move it", "Cancel this interview", "is booked", "Booked for"):
            assert gone not in page, (path, gone)
    assert "We are deciding" in client.get(f"{booked.path}/interview").text
    assert by in client.get(f"{booked.path}/status").text
    assert "Thank you for talking with us" in client.get("/applications").text
    assert client.get(f"{booked.path}/interview/move").location == f"{booked.path}/interview"
    # Pages that were opened before: the answer is a sentence, and the interview stays as it was.
    answer = client.post(f"{booked.path}/interview/cancel", follow_redirects=True)
    assert (answer.status_code, "has passed" in answer.text) == (200, True)
    with app.app_context():
        assert db.session.get_one(Application, booked.application_id).state == "final_interview_booked"
