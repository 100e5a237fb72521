"""Check and send: what is missing is named one by one, and who reads what is said before it is sent."""

import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.adapters.clock import now
from app.domain.drafting import STATEMENT_READERS
from app.extensions import db, transaction
from app.models import Application
from app.services.applications import save_attestations, save_background
from tests.factories import make_draft, make_opening, make_person, sign_in


@pytest.fixture
def draft(app: Flask, client: FlaskClient) -> tuple[str, UUID]:
    """A finished draft of the signed-in person, with nothing confirmed yet."""
    with app.app_context():
        application = make_draft(make_opening(), make_person("Maya Example"))
        with transaction():
            save_attestations(application, [], by=application.person_id, now=now())
        path, application_id, person_id = f"/applications/{application.id}", application.id, application.person_id
    sign_in(client, person_id)
    return path, application_id


def test_every_statement_that_is_not_confirmed_is_named(client: FlaskClient, draft: tuple[str, UUID]) -> None:
    path, _application_id = draft
    page = client.post(f"{path}/review")
    assert page.status_code == 422
    summary = page.text.partition('class="error-summary"')[2].partition("</div>")[0]
    errors = [re.sub(r"\s+", " ", words) for words in re.findall(r">([^<>]*Confirm before you send[^<>]*)<", summary)]
    assert len(errors) == 6
    assert len(set(errors)) == 6
    assert any("I wrote my answers myself" in words for words in errors)
    assert any("reliable transportation" in words for words in errors)
    # The same words stand beside the box.
    assert page.text.count("I have reliable transportation") == 3


@pytest.mark.parametrize(
    ("readers", "words"),
    [
        ((), "Nobody"),
        (("manager",), "The program manager"),
        (STATEMENT_READERS, "The person who interviews me; The program manager; The public defender office"),
    ],
)
def test_the_review_says_who_may_read_the_statement(
    app: Flask, client: FlaskClient, draft: tuple[str, UUID], readers: tuple[str, ...], words: str
) -> None:
    path, application_id = draft
    assert "Who may read your statement" not in client.get(f"{path}/review").text
    with app.app_context(), transaction():
        application = db.session.get_one(Application, application_id)
        save_background(
            application,
            spanish="none",
            statement="My brother was in jail for a month.",
            statement_readers=readers,
            by=application.person_id,
            now=now(),
        )
    page = client.get(f"{path}/review").text
    assert words in page.partition("Who may read your statement")[2].partition("</dd>")[0]


def test_the_address_offers_no_change_that_the_form_does_not_make(client: FlaskClient, draft: tuple[str, UUID]) -> None:
    path, _application_id = draft
    labels = re.findall(r'/contact">Change<span class="vh"> ([^<]+)<', client.get(f"{path}/review").text)
    assert labels == ["Full name", "Name to use", "How to say your name", "Pronouns", "Phone", "City and state"]
    contact = client.get(f"{path}/contact").text
    assert "To change it, write to us:" in contact and "mailto:apply@partnersforjustice.org" in contact


def test_puerto_rico_has_its_time_and_details_change_after_the_end(
    app: Flask, client: FlaskClient, draft: tuple[str, UUID]
) -> None:
    path, application_id = draft
    form = {"full_name": "Maya Example", "state": "PR", "time_zone": "America/Puerto_Rico", "language": "en"}
    assert client.post(f"{path}/contact", data=form).status_code == 302
    assert '<option selected value="America/Puerto_Rico">Atlantic (Puerto Rico)' in client.get(f"{path}/contact").text
    assert client.post(f"{path}/withdraw", data={"confirm": "yes"}).status_code == 302
    with app.app_context():
        assert db.session.get_one(Application, application_id).state == "withdrawn"
    assert client.post(f"{path}/contact", data={**form, "full_name": "Maya Later"}).status_code == 302
    assert "Maya Later" in client.get(f"{path}/contact").text
    assert "Correct your contact details at any time." in client.get("/privacy").text
