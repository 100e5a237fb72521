"""Signing in by code and by link: the same for everybody, limited, and over when it should be."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.domain.access import Role
from app.emails.messages import message_of
from app.extensions import db
from app.models import AuditEvent, Notice, Person, SignInCode
from tests.conftest import Clock, MakeApp
from tests.factories import make_opening, make_person, make_staff, sign_in

FORM, CODE = "/account/sign-in", "/account/sign-in/code"


def newest_mail(app: Flask) -> tuple[str, str]:
    """The code and the path of the link in the newest mail."""
    with app.app_context():
        notice = db.session.scalars(select(Notice).order_by(Notice.created_at.desc()).limit(1)).one()
        assert notice.kind == "sign_in_code"
        assert notice.urgent is True
        text = message_of(notice).text
    code = re.search(r"\b(\d{6})\b", text)
    link = re.search(r"http://localhost(/account/sign-in/link/[\w-]+)", text)
    assert code is not None
    assert link is not None
    return code[1], link[1]


def ask(client: FlaskClient, email: str = "maya@example.org", **more: str) -> None:
    assert client.post(FORM, data={"email": email, **more}).location == CODE


def signed_in(client: FlaskClient) -> bool:
    return client.get("/applications").status_code == 200


def test_a_code_makes_an_account_and_leads_on(app: Flask, client: FlaskClient) -> None:
    ask(client, " Maya@Example.ORG ", next="/applications?x=1")
    page = client.get(CODE).text
    assert 'autocomplete="one-time-code"' in page
    assert "maya@example.org" in page
    code, _link = newest_mail(app)
    assert client.post(CODE, data={"code": f" {code[:3]} {code[3:]} "}).location == "/applications?x=1"
    assert signed_in(client)
    with app.app_context():
        person = db.session.scalars(select(Person)).one()
        assert person.email == "maya@example.org"
        assert person.email_confirmed_at is not None
        row = db.session.scalars(select(SignInCode)).one()
        assert code not in row.code_hash + row.token_hash
        assert db.session.scalars(select(AuditEvent.action)).all() == ["session:start"]


def test_known_and_unknown_addresses_get_the_same_pages(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        make_person(email="maya@example.org")
    pages = []
    for email in ("maya@example.org", "noah@example.org"):
        answer = client.post(FORM, data={"email": email})
        page = client.get(CODE).text.replace(email, "")
        pages.append((answer.status_code, answer.location, re.sub(r"[\w.-]{60,}", "", page)))
    assert pages[0] == pages[1]


def test_a_link_shows_a_button_and_signs_in_once(app: Flask, client: FlaskClient) -> None:
    ask(client)
    _code, link = newest_mail(app)
    elsewhere = app.test_client()
    for _ in range(2):
        assert "Sign in as m***@example.org" in elsewhere.get(link).text
    assert not signed_in(elsewhere)
    assert elsewhere.post(link).location == "/account"
    assert signed_in(elsewhere)
    assert client.post(link).status_code == 410
    assert client.get(link).status_code == 410
    assert client.get("/account/sign-in/link/nonsense").status_code == 410


def test_a_used_code_and_an_old_code_are_refused(app: Flask, client: FlaskClient, clock: Clock) -> None:
    ask(client)
    code, _link = newest_mail(app)
    clock.move(minutes=16)
    answer = client.post(CODE, data={"code": code})
    assert answer.status_code == 400
    assert "cannot be used any more" in answer.text
    assert not signed_in(client)


def test_a_code_dies_after_five_wrong_tries(app: Flask, client: FlaskClient) -> None:
    ask(client)
    code, _link = newest_mail(app)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert "4 more times" in client.post(CODE, data={"code": wrong}).text
    for _ in range(4):
        client.post(CODE, data={"code": wrong})
    assert client.post(CODE, data={"code": code}).status_code == 400
    assert not signed_in(client)


@pytest.mark.parametrize("given", ["", "12345", "abcdef", "1234567"])
def test_what_is_no_code_is_pointed_at_and_costs_nothing(app: Flask, client: FlaskClient, given: str) -> None:
    ask(client)
    answer = client.post(CODE, data={"code": given})
    assert answer.status_code == 400
    assert '<a href="#code">Enter the 6 digits' in answer.text
    with app.app_context():
        assert db.session.scalars(select(SignInCode.attempts)).all() == [0]


def test_a_new_code_can_be_asked_for_after_thirty_seconds(app: Flask, client: FlaskClient, clock: Clock) -> None:
    ask(client)
    first, _link = newest_mail(app)
    assert client.post("/account/sign-in/resend").location == CODE
    assert "The last e-mail left only just now" in client.get(CODE).text
    clock.move(seconds=31)
    client.post("/account/sign-in/resend")
    assert "We sent a new code" in client.get(CODE).text
    second, _link = newest_mail(app)
    with app.app_context():
        assert db.session.scalar(select(func.count(Notice.id))) == 2
    if first != second:
        assert client.post(CODE, data={"code": first}).status_code == 400
    assert client.post(CODE, data={"code": second}).status_code == 302


def test_codes_for_one_address_are_limited(app: Flask, client: FlaskClient, clock: Clock) -> None:
    for _ in range(5):
        ask(client)
    refused = app.test_client().post(FORM, data={"email": "MAYA@example.org"})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert "in 15 minutes" in refused.text
    ask(client, "noah@example.org")
    clock.move(minutes=15, seconds=1)
    ask(client)


def test_one_client_is_limited_over_all_addresses(client: FlaskClient) -> None:
    for number in range(40):
        ask(client, f"person{number}@example.org")
    assert client.post(FORM, data={"email": "one-more@example.org"}).status_code == 429


@pytest.mark.parametrize("email", ["", "maya", "maya@home", "a@b\r\nBcc: x@example.org", "x" * 300 + "@example.org"])
def test_what_is_no_address_is_refused_at_the_field(client: FlaskClient, email: str) -> None:
    answer = client.post(FORM, data={"email": email})
    assert answer.status_code == 400
    assert '<a href="#email">' in answer.text


def test_a_slip_of_the_domain_is_asked_about_once(app: Flask, client: FlaskClient) -> None:
    answer = client.post(FORM, data={"email": "maya@gmial.com", "next": "/applications"})
    assert "Did you mean maya@gmail.com?" in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count(Notice.id))) == 0
    ask(client, "maya@gmial.com", as_typed="maya@gmial.com")
    ask(client, "maya@gmail.com")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\/evil",
        "javascript:alert(1)",
        "/ok\r\nX: y",
        "/\t/e",
    ],
)
def test_nobody_is_led_to_another_site(app: Flask, client: FlaskClient, target: str) -> None:
    ask(client, next=target)
    code, _link = newest_mail(app)
    assert client.post(CODE, data={"code": code}).location == "/account"
    assert client.get(FORM, query_string={"next": target}).location == "/account"


def test_signing_out_leaves_nothing(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        person = make_person()
    sign_in(client, person)
    assert signed_in(client)
    assert client.get("/account/sign-out").status_code == 405
    answer = client.post("/account/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "You are signed out" in client.get(answer.location).text
    assert not signed_in(client)


def begin(app: Flask, client: FlaskClient, **form: str) -> str:
    ask(client)
    code, _link = newest_mail(app)
    answer = client.post(CODE, data={"code": code, **form})
    return "; ".join(answer.headers.getlist("Set-Cookie"))


def test_an_own_device_stays_signed_in_for_thirty_days(app: Flask, client: FlaskClient, clock: Clock) -> None:
    assert "Expires=" in begin(app, client, own_device="y")
    clock.move(days=29)
    assert signed_in(client)
    clock.move(days=2)
    assert not signed_in(client)


def test_another_device_is_signed_out_at_the_close_or_after_half_an_hour(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    assert "Expires=" not in begin(app, client)
    for _ in range(3):
        clock.move(minutes=20)
        assert signed_in(client)
    clock.move(minutes=31)
    assert not signed_in(client)
    assert "You were signed out" in client.get("/account/sign-in").text


def test_staff_are_signed_out_after_twelve_hours_at_most(app: Flask, client: FlaskClient, clock: Clock) -> None:
    with app.app_context():
        person = make_staff(make_opening(), Role.READER)
    sign_in(client, person)
    for _ in range(24):
        clock.move(minutes=29)
        assert client.get("/staff").status_code == 200
    clock.move(minutes=29)
    assert client.get("/staff").status_code == 302


def test_a_session_ends_everywhere_when_its_key_changes(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        person_id = make_person().id
    sign_in(client, person_id)
    assert signed_in(client)
    assert app.test_cli_runner().invoke(args=["person", "reset-second-factor", "nobody@example.org"]).exit_code == 1
    with app.app_context():
        email = db.session.get_one(Person, person_id).email
    assert app.test_cli_runner().invoke(args=["person", "reset-second-factor", email]).exit_code == 0
    assert not signed_in(client)


def test_an_anonymous_visitor_comes_back_to_where_they_were(client: FlaskClient) -> None:
    assert client.get("/applications?page=2").location == "/account/sign-in?next=/applications?page%3D2"


def test_signing_in_on_the_way_back_says_that_the_text_is_kept(make_app: MakeApp) -> None:
    site = make_app(WTF_CSRF_ENABLED=True)
    client = site.test_client()
    text = {"text": "I met Dr. Lee."}
    lost = client.post("/applications/00000000-0000-4000-8000-000000000000/withdraw", data={"reason": "Other work"})
    assert "What you wrote is kept." in client.get(lost.location).text
    # Another browser has typed nothing, whatever the address says.
    assert "What you wrote is kept." not in site.test_client().get(lost.location).text
    assert "What you wrote is kept." not in client.get("/account/sign-in?next=/applications?kept%3Dx").text
    saving = "/applications/00000000-0000-4000-8000-000000000000/answers/00000000-0000-4000-8000-000000000000/autosave"
    told = client.post(saving, data=text, headers={"Accept": "application/json"})
    assert (told.status_code, told.json["csrf_token"]) == (401, None)
    assert told.json["message"] == "You are signed out. Sign in again in a new tab; your text stays here."


def test_a_form_of_a_lost_session_is_kept(make_app: MakeApp) -> None:
    client = make_app(WTF_CSRF_ENABLED=True).test_client()
    answer = client.post("/help", data={"kind": "question", "body": "A long question", "email": "a@example.org"})
    assert answer.status_code == 302
    assert "A long question" in client.get(answer.location).text or "kept" in answer.location
