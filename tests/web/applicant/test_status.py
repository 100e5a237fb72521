"""What the status page says when something is not as planned."""

from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient

from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Proposal
from app.queries.status import status_of
from app.services.placements import decline_placement
from app.web.shell import day, short_day
from tests.conftest import Clock
from tests.factories import make_application, make_opening, make_readers, sign_in
from tests.placing import make_world, today


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


def test_whoever_is_routed_again_reads_why_and_how_to_change_the_order(app: Flask) -> None:
    world = make_world(app)
    status = f"/applications/{world.application}/status"
    client = sign_in(app.test_client(), world.applicant)
    asked = client.get(status).text
    assert "Meet the office" in asked and "could not take you" not in asked
    with app.app_context(), transaction():
        proposal = db.session.get_one(Proposal, world.proposal)
        decline_placement(proposal, reason_code="conflict", reason="Secret", by=world.rolla, now=now())
    again = client.get(status).text
    assert "Rolla could not take you this year. We are looking at your other choices." in again
    assert "We look for the right office" in again and "Meet the office" not in again
    assert "Secret" not in again and "onflict" not in again
    assert "your order of offices is settled" in again and "Ask us to change it" in again


def test_whoever_has_met_the_office_reads_that_it_decides(app: Flask) -> None:
    world = make_world(app)
    status = f"/applications/{world.application}/status"
    client, office = sign_in(app.test_client(), world.applicant), sign_in(app.test_client(), world.rolla)
    before = client.get(status).text
    assert "The office meets you before it decides" in before and "You have met" not in before
    base = f"/defender/placements/{world.proposal}"
    met = {"held_on": str(today()), "format": "video", "notes": "", "outcome": "held"}
    assert office.post(f"{base}/meeting", data=met).status_code == 302
    pages = [client.get(status).text]
    assert office.post(f"{base}/approve", data={"conditions": "", "starts_on": ""}).status_code == 302
    pages.append(client.get(status).text)
    for page in pages:
        assert "You have met Rolla; the office decides." in page and "The office meets you" not in page
        assert "You have met; the office decides" in page and "Meet the office" not in page
        assert "You hear from us by" in page
