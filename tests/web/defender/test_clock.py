"""The decision clock: days waited, until when, the reminders, and who hears of an office's silence."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import Notice, Opening, Person, Proposal, Region
from app.services.accounts import grant_role
from app.services.reminders import send_due_reminders
from tests.conftest import Clock
from tests.factories import make_person, make_staff, sign_in
from tests.placing import make_world


def _told(app: Flask, kind: str) -> set[str]:
    with app.app_context():
        with transaction():
            send_due_reminders(now=now())
        return set(db.session.scalars(select(Notice.recipient_email).where(Notice.kind == kind)))


def test_list_and_page_say_since_when_and_until_when(app: Flask, clock: Clock) -> None:
    world = make_world(app)
    client = sign_in(app.test_client(), world.rolla)
    assert "since today" in client.get("/defender").get_data(as_text=True)
    clock.move(days=4, hours=1)
    client = sign_in(app.test_client(), world.rolla)
    listed = client.get("/defender").get_data(as_text=True)
    assert "waiting for 4 days" in listed
    assert "Answer by" in listed
    page = client.get(f"/defender/placements/{world.proposal}").get_data(as_text=True)
    assert "Waiting for 4 days" in page
    assert "Your answer" in page and "by " in page
    clock.move(days=7)
    client = sign_in(app.test_client(), world.rolla)
    assert "Late, was due" in client.get("/defender").get_data(as_text=True)
    assert "It is late" in client.get(f"/defender/placements/{world.proposal}").get_data(as_text=True)


def test_a_weeks_silence_reaches_manager_and_regional_director(app: Flask, clock: Clock) -> None:
    world = make_world(app)
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        director = make_staff(opening, Role.DIRECTOR, name="Dee Director")
        elsewhere = make_person("Other Director")
        with transaction():
            region = Region(organization_id=opening.organization_id, slug="north", name="North")
            db.session.add(region)
            db.session.flush()
            grant_role(elsewhere, Role.DIRECTOR, organization=opening.organization, region=region, by=None, now=now())
        told = {director.email, db.session.get_one(Person, world.manager).email}
        supervisor, director_id = db.session.get_one(Person, world.rolla).email, director.id
    clock.move(days=3, hours=1)
    assert _told(app, "office_overdue") == {supervisor}
    clock.move(days=2)
    assert _told(app, "office_overdue") == {supervisor}
    assert _told(app, "office_escalated") == set()
    clock.move(days=2)
    assert _told(app, "office_escalated") == told
    for who in (world.manager, director_id):
        page = sign_in(app.test_client(), who).get("/manage?group=escalated").get_data(as_text=True)
        assert "Maya Example" in page and "escalated" in page
        # The date is the one that the office sees.
        with app.app_context():
            due_at = db.session.get_one(Proposal, world.proposal).due_at
        assert due_at is not None and f'datetime="{due_at.isoformat()}"' in page
        assert "Call the office" in page
        assert "Pass on" in page
    # Nothing ends by itself.
    page = sign_in(app.test_client(), world.rolla).get("/defender").get_data(as_text=True)
    assert "1 person is waiting for you" in page
