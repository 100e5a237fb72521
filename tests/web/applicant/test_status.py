"""What the status page says when something is not as planned."""

from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient

from app.queries.status import status_of
from app.web.shell import day, short_day
from tests.conftest import Clock
from tests.factories import make_application, make_opening, make_readers, sign_in


def _promised(app: Flask) -> tuple[str, object, datetime]:
    """An application with us: its status page, its person and until when we promised to answer."""
    with app.app_context():
        opening = make_opening()
        make_readers(opening, 2)
        application = make_application(opening)
        promised = status_of(application, now=application.submitted_at).promised_by
        assert promised is not None
        return f"/applications/{application.id}/status", application.person_id, promised


def test_late_on_our_side_gives_a_new_date_that_stays(app: Flask, client: FlaskClient, clock: Clock) -> None:
    status, person_id, promised = _promised(app)
    sign_in(client, person_id)
    assert "We are late" not in client.get(status).text
    with app.test_request_context():
        said, new = short_day(promised), promised + timedelta(days=7)
        words = f"We said {said}. We are late; new date {short_day(new)}"
        new_day = day(new)
    for later in (timedelta(minutes=5), timedelta(days=3)):
        clock.move_to(promised + later)
        sign_in(client, person_id)
        page = client.get(status).text
        assert words in page
        assert "We are late." in page
        assert f"New date: <b>{new_day}</b>" in page
