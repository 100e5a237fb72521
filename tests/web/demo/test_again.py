"""Starting the demo again: asked first, refused beside anything real, and everybody waits while it happens.

That the new demo is like the first one is shown at the end of test_demo.py: preparing takes a good while.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.demo_people import MAYA
from app.extensions import db, transaction
from app.models import AuditEvent, Organization
from app.queries.demo_again import LOCK
from app.services.demo.again import ASKED, note_failure
from tests.conftest import Clock
from tests.factories import add_role, make_application, make_opening, make_person, make_staff


@pytest.fixture
def demo(make_app: Callable[..., Flask]) -> Flask:
    """The demo's pages, with no more in them than Maya's application."""
    return make_app(DEMO=True)


def _maya(app: Flask) -> UUID:
    with app.app_context():
        return make_application(make_opening(), make_person(MAYA.name, MAYA.email)).id


def test_asking_leads_to_a_page_that_looks_by_itself(demo: Flask) -> None:
    was, client = _maya(demo), demo.test_client()
    assert "Start the demo again?" in client.get("/demo/again").text
    asked = client.post("/demo/again")
    assert asked.location == f"/demo/again/wait?was={was}"
    waiting = client.get(asked.location)
    assert (waiting.status_code, waiting.headers["Refresh"]) == (200, "3")
    assert "The demo begins again" in waiting.text
    with demo.app_context():
        events = db.session.execute(select(AuditEvent.action, AuditEvent.object_id).filter_by(object_type="demo"))
        assert events.all() == [(ASKED, str(was))]


def test_whoever_waits_is_told_when_it_failed_or_never_began(demo: Flask, clock: Clock) -> None:
    was, client = _maya(demo), demo.test_client()
    wait = client.post("/demo/again").location
    clock.move(minutes=2)
    never = client.get(wait)
    assert ("did not begin again" in never.text, "Refresh" in never.headers) == (True, False)
    client.post("/demo/again")
    assert "Refresh" in client.get(wait).headers
    with demo.app_context(), transaction():
        note_failure(was, now=now())
    assert "did not begin again" in client.get(wait).text


@pytest.mark.parametrize("was", ["", "nonsense", "00000000-0000-4000-8000-000000000000"])
def test_waiting_for_what_is_over_leads_to_the_start(demo: Flask, was: str) -> None:
    _maya(demo)
    client = demo.test_client()
    assert client.get(f"/demo/again/wait?was={was}").location == "/demo"
    assert "back at its beginning" in client.get("/demo").text


def test_every_other_page_makes_way_while_the_demo_is_made_anew(demo: Flask) -> None:
    was, client = _maya(demo), demo.test_client()
    with demo.app_context():
        worker = db.engine.connect()
    worker.execute(text("SELECT pg_try_advisory_xact_lock(:a, :b)"), {"a": LOCK[0], "b": LOCK[1]})
    try:
        _everything_waits(client, was)
    finally:
        worker.close()
    assert client.get("/demo").status_code == 200


def _everything_waits(client: FlaskClient, was: UUID) -> None:
    for path in ("/demo", "/openings", "/demo/story"):
        answer = client.get(path)
        assert (answer.status_code, answer.location) == (303, "/demo/again/wait"), path
    assert client.post("/demo/next").status_code == 303
    script = client.post("/demo/next", headers={"Accept": "application/json"})
    assert script.status_code == 503
    assert "Under way" in client.get(f"/demo/again/wait?was={was}").text


def test_a_real_organization_in_the_same_database_is_never_touched(demo: Flask) -> None:
    _maya(demo)
    client = demo.test_client()
    with demo.app_context(), transaction() as session:
        session.add(Organization(slug="other", name="Other", help_email="help@other.example", time_zone="UTC"))
    assert "not possible here" in client.get("/demo/again").text
    assert client.post("/demo/again").status_code == 409
    with demo.app_context():
        assert db.session.scalars(select(AuditEvent).filter_by(action=ASKED)).all() == []


def test_staff_who_were_invited_by_nobody_of_the_demo_are_real(demo: Flask) -> None:
    with demo.app_context():
        opening = make_opening()
        make_application(opening, make_person(MAYA.name, MAYA.email))
        admin, guest = make_staff(opening, Role.ADMIN), make_person("A Visitor", "visitor@work.example")
        add_role(guest, opening, Role.READER)
        with transaction():
            guest.grants[0].granted_by_id = admin.id
    client = demo.test_client()
    # Whom the demo's administrator invited is a visitor's doing.
    assert "not possible here" not in client.get("/demo/again").text
    with demo.app_context(), transaction() as session:
        session.execute(text("update role_grant set granted_by_id = null"))
    assert "not possible here" in client.get("/demo/again").text
