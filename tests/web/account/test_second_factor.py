"""Staff give a second factor; each of its codes counts once."""

from __future__ import annotations

from uuid import UUID

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.domain.access import Role
from app.extensions import db
from app.models import Person
from tests.conftest import Clock, MakeApp
from tests.factories import make_opening, make_person, make_staff, sign_in

PAGE = "/account/second-factor"


@pytest.fixture
def strict(make_app: MakeApp) -> Flask:
    return make_app(STAFF_SECOND_FACTOR=True)


@pytest.fixture
def reader(strict: Flask) -> UUID:
    with strict.app_context():
        return make_staff(make_opening(), Role.READER).id


def code_of(app: Flask, person: UUID, clock: Clock, *, begin: bool = False) -> str:
    if begin:
        client = app.test_client()
        sign_in(client, person)
        client.post(f"{PAGE}/begin")
    with app.app_context():
        secret = db.session.get_one(Person, person).totp_secret
    assert secret is not None
    return pyotp.TOTP(secret).at(int(clock.now().timestamp()))


def enrolled(app: Flask, person: UUID, clock: Clock) -> FlaskClient:
    client = app.test_client()
    sign_in(client, person)
    client.post(f"{PAGE}/begin")
    assert client.post(PAGE, data={"code": code_of(app, person, clock)}).status_code == 302
    return client


def test_staff_without_it_reach_only_its_page(strict: Flask, reader: UUID) -> None:
    client = strict.test_client()
    sign_in(client, reader)
    for path in ("/staff", "/account", "/applications"):
        assert client.get(path).location.startswith(PAGE)
    assert client.get("/openings").status_code == 200
    assert client.get(PAGE).status_code == 200
    assert client.post("/account/sign-out").status_code == 302


def test_setting_it_up_opens_the_way(strict: Flask, reader: UUID, clock: Clock) -> None:
    client = strict.test_client()
    sign_in(client, reader)
    assert client.get(f"{PAGE}/qr.svg").status_code == 404
    assert client.post(PAGE, data={"code": "123456"}).status_code == 404
    assert client.post(f"{PAGE}/begin", data={"next": "/staff"}).location == f"{PAGE}?next=/staff"
    picture = client.get(f"{PAGE}/qr.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert client.post(PAGE, data={"code": "12"}).status_code == 400
    given = {"code": code_of(strict, reader, clock), "next": "/staff"}
    assert client.post(PAGE, data=given).location == "/staff"
    assert client.get("/staff").status_code == 200
    assert client.get(f"{PAGE}/qr.svg").status_code == 404
    assert client.post(f"{PAGE}/begin").status_code == 404


def test_a_code_counts_once(strict: Flask, reader: UUID, clock: Clock) -> None:
    used = code_of(strict, reader, clock, begin=True)
    client = strict.test_client()
    sign_in(client, reader)
    assert client.post(PAGE, data={"code": used}).status_code == 302
    elsewhere = strict.test_client()
    sign_in(elsewhere, reader)
    assert elsewhere.post(PAGE, data={"code": used}).status_code == 400
    assert elsewhere.get("/staff").location.startswith(PAGE)
    clock.move(seconds=60)
    assert elsewhere.post(PAGE, data={"code": code_of(strict, reader, clock)}).status_code == 302


def test_the_sixth_try_in_five_minutes_is_refused(strict: Flask, reader: UUID, clock: Clock) -> None:
    enrolled(strict, reader, clock)
    clock.move(minutes=6)
    client = strict.test_client()
    sign_in(client, reader)
    wrong = f"{(int(code_of(strict, reader, clock)) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert client.post(PAGE, data={"code": wrong}).status_code == 400
    refused = client.post(PAGE, data={"code": code_of(strict, reader, clock)})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= 300
    clock.move(minutes=5, seconds=1)
    assert client.post(PAGE, data={"code": code_of(strict, reader, clock)}).status_code == 302


def test_applicants_and_offices_are_not_asked(strict: Flask) -> None:
    with strict.app_context():
        applicant = make_person().id
        supervisor = make_staff(make_opening(), Role.SUPERVISOR, office="rolla").id
    for person in (applicant, supervisor):
        client = strict.test_client()
        sign_in(client, person)
        assert client.get(PAGE).status_code == 404
        assert not (client.get("/account").location or "").startswith(PAGE)
