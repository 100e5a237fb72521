"""A program manager keeps what is known of each office, and answers what it says about its seats."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Office, Opening, Region, SeatPool, SeatRequest
from app.services.audit import record
from app.services.seat_requests import ask_for_seats
from app.services.seats import change_seats
from tests.factories import office_named, sign_in
from tests.placing import World, make_world


def _url(app: Flask) -> str:
    with app.app_context():
        return f"/manage/offices/{office_named('rolla').id}"


def _data(client: FlaskClient, url: str, **changes: str) -> dict[str, str]:
    page = BeautifulSoup(client.get(url).get_data(as_text=True), "html.parser")
    version = str(page.find("input", attrs={"name": "row_version"})["value"])
    return {"spanish_need": "welcome", "spanish_increase": "unknown", "row_version": version, **changes}


def _public(app: Flask, world: World) -> str:
    with app.app_context():
        slug = db.session.get_one(Opening, world.opening).slug
    return app.test_client().get(f"/openings/{slug}").get_data(as_text=True)


def _ask(app: Flask, world: World, seats: int, note: str = "") -> str:
    with app.app_context(), transaction():
        office = office_named("rolla")
        pool = db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one()
        return str(ask_for_seats(office, pool, seats=seats, note=note, by=world.rolla, now=now()).id)


def test_the_manager_sets_the_pay_and_the_public_page_says_so(app: Flask) -> None:
    world = make_world(app)
    client, url = sign_in(app.test_client(), world.manager), _url(app)
    assert "No office has told us yet that it pays more." in _public(app, world)
    data = _data(client, url, spanish_increase="yes", spanish_increase_hourly="1.25")
    assert client.post(url, data=data).status_code == 302
    assert "$1.25 an hour more" in _public(app, world)
    assert "No office has told us yet that it pays more." not in _public(app, world)
    assert "$1.25 an hour" in client.get("/manage/offices").get_data(as_text=True)
    assert client.post(url, data=_data(client, url, spanish_increase="no")).status_code == 302
    assert "No extra pay for Spanish here" in _public(app, world)
    with app.app_context():
        office = office_named("rolla")
        assert (office.spanish_increase, office.spanish_increase_hourly, office.spanish_need) == (
            False,
            None,
            "welcome",
        )
    rolla = sign_in(app.test_client(), world.rolla).get(url.replace("/manage", "/defender"))
    assert "Welcome" in rolla.get_data(as_text=True)


@pytest.mark.parametrize(
    ("increase", "hourly", "says"),
    [
        ("no", "1.25", "An amount needs"),
        ("unknown", "1.25", "An amount needs"),
        ("yes", "0", "dollars an hour"),
        ("yes", "-1", "dollars an hour"),
        ("yes", "500", "dollars an hour"),
        ("yes", "NaN", "dollars an hour"),
        ("yes", "much", "Enter a number"),
        ("perhaps", "", "Choose one of these"),
    ],
)
def test_pay_that_cannot_be_is_refused_at_its_field(app: Flask, increase: str, hourly: str, says: str) -> None:
    world = make_world(app)
    client, url = sign_in(app.test_client(), world.manager), _url(app)
    answer = client.post(url, data=_data(client, url, spanish_increase=increase, spanish_increase_hourly=hourly))
    assert answer.status_code == 422
    assert says in answer.get_data(as_text=True)
    with app.app_context():
        assert office_named("rolla").spanish_increase_hourly is None


def test_two_managers_at_once_lose_nothing(app: Flask) -> None:
    world = make_world(app)
    client, url = sign_in(app.test_client(), world.manager), _url(app)
    first, second = _data(client, url, hours="8 to 5"), _data(client, url, hours="9 to 4")
    assert client.post(url, data=first).status_code == 302
    answer = client.post(url, data=second)
    assert answer.status_code == 409
    assert "8 to 5" in answer.get_data(as_text=True) and "9 to 4" in answer.get_data(as_text=True)


def test_another_regions_office_is_not_found(app: Flask) -> None:
    world = make_world(app)
    with app.app_context(), transaction():
        here = db.session.get_one(Opening, world.opening)
        other = Region(organization_id=here.organization_id, slug="north", name="North")
        db.session.add(other)
        db.session.flush()
        office = Office(
            host_organization_id=here.host_organization_id, region_id=other.id, slug="far", name="Faraway",
            time_zone="America/Chicago",
        )  # fmt: skip
        db.session.add(office)
        db.session.flush()
        key = office.id
    client = sign_in(app.test_client(), world.manager)
    assert client.get(f"/manage/offices/{key}").status_code == 404
    assert "Faraway" not in client.get("/manage/offices").get_data(as_text=True)
    assert sign_in(app.test_client(), world.rolla).get("/manage/offices").status_code == 403


def test_an_offices_number_is_work_for_today_and_can_be_granted(app: Flask) -> None:
    world = make_world(app)
    client = sign_in(app.test_client(), world.manager)
    assert "Seats to answer" not in client.get("/manage").get_data(as_text=True)
    key = _ask(app, world, 3, "A second line is funded")
    for page in ("/manage", "/manage/offices", f"/manage/offices/seats/{key}"):
        assert "A second line is funded" in client.get(page).get_data(as_text=True)
    with app.app_context():
        pool = db.session.scalars(select(SeatPool.id).where(SeatPool.slug == "rolla")).one()
    assert "Rolla asks for 3" in client.get("/manage/routing").text
    assert "Asks for another number" in client.get("/manage/offices").text
    assert "You asked for 3 seats on" in sign_in(app.test_client(), world.rolla).get("/defender").text
    assert "Rolla says: 3 seats." in client.get(f"/manage/routing/pools/{pool}").get_data(as_text=True)
    url = f"/manage/offices/seats/{key}"
    assert client.post(url, data={"action": "grant"}).status_code == 302
    with app.app_context():
        row = db.session.get_one(SeatPool, pool)
        assert (row.seats, row.confirmed_by_id, row.changed_reason) == (3, world.rolla, "A second line is funded")
        assert db.session.scalars(select(SeatRequest.state)).one() == "granted"
    assert "Seats to answer" not in client.get("/manage").get_data(as_text=True)
    assert client.post(url, data={"action": "grant"}).status_code == 409
    assert "Confirmed" in sign_in(app.test_client(), world.rolla).get("/defender").get_data(as_text=True)


def test_below_the_taken_seats_a_manager_says_why_here_too(app: Flask) -> None:
    world = make_world(app, "approved")
    client, key = sign_in(app.test_client(), world.manager), _ask(app, world, 0)
    url = f"/manage/offices/seats/{key}"
    page = client.get(url).text
    assert "1 seat is taken already." in page and 'name="reason"' in page
    refused = client.post(url, data={"action": "grant", "reason": " "})
    assert refused.status_code == 422
    assert "More seats than that are taken already. Say why you lower the number below them." in refused.text
    assert 'href="#reason"' in refused.text
    with app.app_context():
        assert db.session.scalars(select(SeatPool.seats).where(SeatPool.slug == "rolla")).one() == 1
    assert client.post(url, data={"action": "grant", "reason": "The desk is gone"}).status_code == 302
    with app.app_context():
        pool = db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one()
        assert (pool.seats, pool.changed_reason) == (0, "The desk is gone")


def test_the_number_stays_with_a_reason_that_the_office_reads(app: Flask) -> None:
    world = make_world(app)
    client, key = sign_in(app.test_client(), world.manager), _ask(app, world, 4)
    url = f"/manage/offices/seats/{key}"
    assert client.post(url, data={"answer": " "}).status_code == 422
    assert client.post(url, data={"answer": "Only one line is funded."}).status_code == 302
    page = sign_in(app.test_client(), world.rolla).get("/defender").get_data(as_text=True)
    assert "Only one line is funded." in page
    assert "Yes, the number is right" in page
    assert client.post(url, data={"answer": "Again"}).status_code == 409


def test_a_number_below_the_reserve_is_refused_in_plain_words(app: Flask) -> None:
    world = make_world(app, seats=2)
    with app.app_context(), transaction():
        db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one().spanish_minimum = 1
    client, key = sign_in(app.test_client(), world.manager), _ask(app, world, 0)
    answer = client.post(f"/manage/offices/seats/{key}", data={"action": "grant"})
    assert answer.status_code == 422
    assert "reserved for Spanish speakers" in answer.get_data(as_text=True)
    with app.app_context():
        assert db.session.scalars(select(SeatRequest.state)).one() == "open"


def test_setting_the_number_itself_answers_the_office(app: Flask) -> None:
    world = make_world(app)
    _ask(app, world, 2)
    with app.app_context(), transaction():
        pool = db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one()
        change_seats(pool, 2, reason="The office called", by=world.manager, now=now())
    with app.app_context():
        assert db.session.scalars(select(SeatRequest.state)).one() == "granted"


def test_a_need_without_a_held_seat_is_pointed_out(app: Flask) -> None:
    world = make_world(app)
    with app.app_context(), transaction():
        office_named("rolla").spanish_need = "needed"
    page = sign_in(app.test_client(), world.manager).get("/manage/offices").get_data(as_text=True)
    assert page.count("No seat is held") == 1
    assert "nobody" in page


def test_the_audit_log_says_changes_in_words(app: Flask) -> None:
    world = make_world(app)
    client, url = sign_in(app.test_client(), world.manager), _url(app)
    assert client.post(url, data=_data(client, url, spanish_increase="yes")).status_code == 302
    with app.app_context(), transaction():
        by, moment = world.manager, now()
        record("role:delegate", "office", office_named("rolla").id, by=by, now=moment, office="rolla",
               until="2026-11-26T06:00:00+00:00", proposal=str(world.proposal))  # fmt: skip
        record("role:revoke", "office", office_named("rolla").id, by=by, now=moment, role="reading_lead",
               reason="other_work", seats=1, before=3, after=0)  # fmt: skip
    page = BeautifulSoup(client.get("/manage/audit").get_data(as_text=True), "html.parser").get_text(" ", strip=True)
    assert "Need for Spanish: unknown → welcome · More pay for Spanish: nothing → yes" in page
    assert "Office: rolla · Until: Thursday, Nov. 26" in page and "12:00 a.m. Central" in page
    assert "3 → 0 · Why: Their work changed · Role: Reading lead · Seats: 1" in page
    assert not set("{}[]") & set(page) and "+00:00" not in page and str(world.proposal) not in page
