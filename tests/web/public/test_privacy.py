"""How we use what people tell us, before there is an account."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db, transaction
from app.models import Organization
from tests.factories import make_draft, make_opening, make_person, sign_in

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"


def test_anybody_finds_what_is_kept_who_reads_it_and_for_how_long(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        make_opening()
    page = client.get("/privacy")
    assert page.status_code == 200
    for words in ("What we keep", "Who reads it", "for 2 years after it", "ask us to delete something sooner",
                  "apply@partnersforjustice.org"):  # fmt: skip
        assert words in page.text
    for path in ("/", "/openings", "/account/sign-in", "/help", "/nowhere"):
        assert 'href="/privacy"' in client.get(path).text, path
    assert "/privacy" in client.get("/sitemap.xml").text


def test_the_account_page_leads_there(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        person = make_person()
    sign_in(client, person)
    page = client.get("/account", follow_redirects=True).text
    assert 'href="/privacy"' in page


@pytest.mark.parametrize("phone", [None, "573 555 0142"])
def test_nobody_is_told_to_call_where_there_is_no_number(app: Flask, client: FlaskClient, phone: str | None) -> None:
    with app.app_context():
        application = make_draft(make_opening())
        with transaction():
            db.session.scalars(select(Organization)).one().help_phone = phone
        path, person_id = f"/applications/{application.id}", application.person_id
    sign_in(client, person_id)
    for page in (client.get(path).text, client.get("/privacy").text):
        assert ("call" in re.sub(r"<[^>]+>", " ", page.partition('class="foot"')[2])) is (phone is not None)
        assert ('href="tel:5735550142"' in page) is (phone is not None)
    assert ("write or call" in client.get(path).text) is (phone is not None)


def test_no_page_promises_a_deletion_that_nothing_does() -> None:
    promises = [
        path.relative_to(TEMPLATES).as_posix()
        for path in TEMPLATES.rglob("*")
        if path.is_file()
        if re.search(r"then deleted|deleted after|delete[sd]? (it )?automatically|24 months", path.read_text())
    ]
    assert promises == []
