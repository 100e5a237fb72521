"""An office's own page: what it needs, whom to ask for, how many seats it has."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import AuditEvent, Office, Opening, Proposal, SeatPool, SeatRequest
from app.services.program import load_program
from app.services.releases import release_proposals
from tests.factories import make_opening, make_staff, office_named, program, sign_in
from tests.placing import World, make_world

FACTS = {
    "spanish_need": "needed",
    "contact_name": "Dana at the front desk",
    "contact_phone": "573 555 0100, ext. 4",
    "contact_email": "Front.Desk@Example.org",
    "hours": "Weekdays 8 to 5",
    "address": "1 Main Street, Rolla",
    "directions": "Park behind the courthouse.",
    "meeting_text": "An hour with two attorneys, then a walk to the court.",
}
CONTACTS = ("Dana", "555-0100", "front.desk@example.org", "Park behind", "two attorneys", "1 Main Street")


def _base(app: Flask, slug: str = "rolla") -> str:
    with app.app_context():
        return f"/defender/offices/{office_named(slug).id}"


def _version(client: FlaskClient, url: str) -> str:
    page = BeautifulSoup(client.get(url).get_data(as_text=True), "html.parser")
    return str(page.find("input", attrs={"name": "row_version"})["value"])


def _pool(app: Flask, slug: str = "rolla") -> tuple[str, int]:
    with app.app_context():
        pool = db.session.scalars(select(SeatPool).where(SeatPool.slug == slug)).one()
        return str(pool.id), pool.seats


def test_a_supervisor_says_what_the_office_needs(app: Flask) -> None:
    world = make_world(app)
    client, base = sign_in(app.test_client(), world.rolla), _base(app)
    public = f"/openings/{_slug(app, world)}"
    assert "Needs somebody who speaks Spanish" not in app.test_client().get(public).get_data(as_text=True)
    data = {**FACTS, "row_version": _version(client, f"{base}/facts")}
    assert client.post(f"{base}/facts", data=data).status_code == 302
    page = client.get(base).get_data(as_text=True)
    for words in ("Needed here", "Dana", "front.desk@example.org", "two attorneys", 'href="tel:'):
        assert words in page
    shown = app.test_client().get(public).get_data(as_text=True)
    assert "Needs somebody who speaks Spanish" in shown
    # The public page shows the need, never whom to ask for.
    assert [words for words in CONTACTS if words in shown] == []
    with app.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "office:changed")).one()
        assert event.actor_id == world.rolla
        assert event.details["changed"] == {"spanish_need": ["unknown", "needed"]}
        assert "contact_name" in event.details["fields"]
        assert "Dana" not in str(event.details)


def _slug(app: Flask, world: World) -> str:
    with app.app_context():
        return db.session.get_one(Opening, world.opening).slug


def test_a_supervisor_does_not_set_the_pay(app: Flask) -> None:
    world = make_world(app)
    client, base = sign_in(app.test_client(), world.rolla), _base(app)
    page = client.get(f"{base}/facts").get_data(as_text=True)
    assert "spanish_increase" not in page
    data = {
        **FACTS,
        "row_version": _version(client, f"{base}/facts"),
        "spanish_increase": "yes",
        "spanish_increase_hourly": "9",
    }
    assert client.post(f"{base}/facts", data=data).status_code == 302
    with app.app_context():
        office = office_named("rolla")
        assert (office.spanish_increase, office.spanish_increase_hourly) == (None, None)


def test_who_comes_second_compares_and_loses_nothing(app: Flask) -> None:
    world = make_world(app)
    client, base = sign_in(app.test_client(), world.rolla), _base(app)
    version = _version(client, f"{base}/facts")
    assert client.post(f"{base}/facts", data={**FACTS, "row_version": version}).status_code == 302
    second = {**FACTS, "hours": "Weekdays 9 to 4", "row_version": version}
    answer = client.post(f"{base}/facts", data=second)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "A colleague changed this office" in page
    assert "Weekdays 9 to 4" in page and "Weekdays 8 to 5" in page
    # Sent again from that page, it is kept.
    parsed = BeautifulSoup(page, "html.parser")
    again = {**second, "row_version": parsed.find("input", attrs={"name": "row_version"})["value"]}
    assert client.post(f"{base}/facts", data=again).status_code == 302
    with app.app_context():
        assert office_named("rolla").hours == "Weekdays 9 to 4"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("contact_phone", "call us", "Enter a phone number"),
        ("contact_email", "front desk", "name@example.org"),
        ("spanish_need", "perhaps", "Choose one of these"),
        ("meeting_text", "x" * 3001, "1 character over the limit of 3,000"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(app: Flask, field: str, value: str, says: str) -> None:
    world = make_world(app)
    client, base = sign_in(app.test_client(), world.rolla), _base(app)
    data = {**FACTS, "row_version": _version(client, f"{base}/facts"), field: value}
    answer = client.post(f"{base}/facts", data=data)
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    assert "Park behind the courthouse." in answer.get_data(as_text=True)


def test_loading_the_program_again_keeps_what_the_office_said(app: Flask) -> None:
    world = make_world(app)
    client, base = sign_in(app.test_client(), world.rolla), _base(app)
    client.post(f"{base}/facts", data={**FACTS, "row_version": _version(client, f"{base}/facts")})
    with app.app_context(), transaction():
        load_program(program(), now=now())
    with app.app_context():
        office = office_named("rolla")
        assert (office.spanish_need, office.address) == ("needed", "1 Main Street, Rolla")


def test_an_office_says_that_it_has_another_number_of_seats(app: Flask) -> None:
    world = make_world(app)
    client, base = sign_in(app.test_client(), world.rolla), _base(app)
    pool, seats = _pool(app)
    url = f"{base}/seats/{pool}"
    assert "No, it is another one" in client.get("/defender").get_data(as_text=True)
    assert client.get(url).status_code == 200
    for typed, says in (("", "Enter the number"), ("-1", "0 to 999"), ("two", "whole number"), (str(seats), "confirm")):
        answer = client.post(url, data={"seats": typed, "note": "A second line"})
        assert (answer.status_code, says in answer.get_data(as_text=True)) == (422, True)
        assert "A second line" in answer.get_data(as_text=True)
    assert client.post(url, data={"seats": "3", "note": "A second line from March"}).status_code == 302
    page = client.get(base).get_data(as_text=True)
    assert "You asked for 3" in page
    assert "Yes, the number is right" not in page
    # Corrected, it is one request still, and nothing has changed before the manager agrees.
    assert client.post(url, data={"seats": "2", "note": ""}).status_code == 302
    assert _pool(app) == (pool, seats)
    with app.app_context():
        asked = db.session.scalars(select(SeatRequest)).one()
        assert (asked.seats, asked.state, asked.asked_by_id) == (2, "open", world.rolla)
    # On second thought our number is right.
    assert client.post(f"{base}/confirm").status_code == 302
    with app.app_context():
        assert db.session.scalars(select(SeatRequest.state)).one() == "taken_back"
    assert "Confirmed" in client.get(base).get_data(as_text=True)


def test_another_offices_pool_is_not_found(app: Flask) -> None:
    world = make_world(app)
    client, base = sign_in(app.test_client(), world.rolla), _base(app)
    other, _seats = _pool(app, "jackson")
    assert client.get(f"{base}/seats/{other}").status_code == 404
    assert client.post(f"{base}/seats/{other}", data={"seats": "5"}).status_code == 404
    stranger = sign_in(app.test_client(), world.jackson)
    pool, _seats = _pool(app)
    assert stranger.post(f"{base}/seats/{pool}", data={"seats": "5"}).status_code == 404
    assert stranger.post(f"{base}/facts", data=FACTS).status_code == 404


def test_two_offices_that_share_seats_each_say_their_number(app: Flask) -> None:
    with app.app_context():
        opening = make_opening()
        monett = make_staff(opening, Role.SUPERVISOR, office="monett").id
        ava = make_staff(opening, Role.SUPERVISOR, office="ava").id
    pool, _seats = _pool(app, "monett-ava")
    for who, slug, seats in ((monett, "monett", "2"), (ava, "ava", "3")):
        client = sign_in(app.test_client(), who)
        assert client.post(f"{_base(app, slug)}/seats/{pool}", data={"seats": seats}).status_code == 302
        assert "shared with" in client.get(_base(app, slug)).get_data(as_text=True)
    with app.app_context():
        assert {(each.office.slug, each.seats) for each in db.session.scalars(select(SeatRequest))} == {
            ("monett", 2),
            ("ava", 3),
        }
        assert db.session.scalars(select(Office.id).where(Office.spanish_need != "unknown")).all() == []


def test_the_person_sees_whom_to_ask_for_from_the_release_on(app: Flask) -> None:
    world = make_world(app, "proposed")
    supervisor, base = sign_in(app.test_client(), world.rolla), _base(app)
    data = {**FACTS, "row_version": _version(supervisor, f"{base}/facts")}
    assert supervisor.post(f"{base}/facts", data=data).status_code == 302
    client = sign_in(app.test_client(), world.applicant)
    paths = [f"/applications/{world.application}/{page}" for page in ("status", "meeting")]
    for path in paths:
        shown = client.get(path, follow_redirects=True).get_data(as_text=True)
        assert [words for words in CONTACTS if words in shown] == [], path
    with app.app_context(), transaction():
        release_proposals([db.session.get_one(Proposal, world.proposal)], by=world.manager, now=now())
    assert paths[1] in client.get(paths[0]).get_data(as_text=True)
    shown = client.get(paths[1]).get_data(as_text=True)
    assert [words for words in CONTACTS if words not in shown] == []
