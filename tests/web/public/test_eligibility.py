"""Can I apply: a reason for every no, a person to ask, and nothing stored before somebody goes on."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Application, EligibilityRules, HelpRequest, Person
from app.services.withdrawals import withdraw_application
from tests.factories import make_application, make_draft, make_opening, make_person, make_readers, sign_in

CHECK = "/openings/client-advocate-mspd/check"
FITS = {
    "office-interest": "yes",
    "transportation": "yes",
    "early-career": "yes",
    "social-work-license": "no",
    "law-degree": "no",
}


@pytest.fixture
def pages(app: Flask, client: FlaskClient) -> FlaskClient:
    with app.app_context():
        make_opening()
    return client


def test_who_fits_goes_on_to_an_account_and_the_answers_go_along(app: Flask, pages: FlaskClient) -> None:
    answer = pages.post(CHECK, data=FITS, follow_redirects=True)
    assert "You can apply" in answer.text
    assert "/account/sign-in?next=/applications/start/" in answer.text
    with app.app_context():
        assert db.session.scalar(select(func.count(Person.id))) == 0
        assert db.session.scalar(select(func.count(Application.id))) == 0
        person = make_person()
        opening_id = db.session.scalars(select(EligibilityRules.opening_id)).one()
    kept = {}
    with pages.session_transaction() as session:
        kept = session["eligibility"]
    sign_in(pages, person)
    with pages.session_transaction() as session:
        session["eligibility"] = kept
    assert "Start my application" in pages.get(f"{CHECK}/result").text
    assert pages.post(f"/applications/start/{opening_id}").status_code == 302
    with app.app_context():
        application = db.session.scalars(select(Application)).one()
        assert application.eligibility_answers["transportation"] is True
        assert application.eligibility_answers["law-degree"] is False


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"social-work-license": "yes"}, "We are not able to place licensed social workers"),
        ({"law-degree": "yes"}, "We are not able to place people who have a JD"),
        ({"office-interest": "no"}, "This opening places people only in the Missouri offices"),
        ({"transportation": "no"}, "reliable transportation is needed"),
        ({"early-career": "no", "entry-level-is-fine": "no"}, "This is an entry-level position"),
    ],
)
def test_a_rule_that_excludes_is_told_with_its_reason(pages: FlaskClient, given: dict[str, str], reason: str) -> None:
    answer = pages.post(CHECK, data=FITS | given, follow_redirects=True)
    assert answer.status_code == 200
    assert reason in " ".join(answer.text.split())
    assert "Ask a person to look" in answer.text
    assert "You answered: " in answer.text


def test_either_way_of_an_alternative_is_enough(pages: FlaskClient) -> None:
    given = FITS | {"early-career": "no", "entry-level-is-fine": "yes"}
    assert "You can apply" in pages.post(CHECK, data=given, follow_redirects=True).text


def test_an_open_question_is_pointed_at_and_the_others_stay(pages: FlaskClient) -> None:
    given = {name: value for name, value in FITS.items() if name != "law-degree"} | {"transportation": "maybe"}
    answer = pages.post(CHECK, data=given)
    assert answer.status_code == 400
    assert answer.text.count('<a href="#law-degree-0">Choose yes or no: Do you have a law degree') == 1
    assert '<a href="#transportation-0">' in answer.text
    assert "checked" in answer.text


def test_the_result_needs_answers_first(pages: FlaskClient) -> None:
    assert pages.get(f"{CHECK}/result").location == CHECK


def test_another_look_brings_the_answers_to_a_person(app: Flask, pages: FlaskClient) -> None:
    pages.post(CHECK, data=FITS | {"social-work-license": "yes"})
    form = {"kind": "eligibility", "opening": "client-advocate-mspd", "email": "ada@example.org", "body": "It lapsed."}
    assert pages.post("/help", data=form).status_code == 302
    with app.app_context():
        asked = db.session.scalars(select(HelpRequest)).one()
        assert (asked.kind, asked.body) == ("eligibility", "It lapsed.")
        assert asked.details["answers"]["social-work-license"] is True


@pytest.mark.parametrize(
    ("state", "title", "label"),
    [
        ("draft", "You have begun an application.", "Go on with your application"),
        ("sent", "You have applied.", "See your application"),
        ("withdrawn", "You withdrew your application.", "See your application"),
    ],
)
def test_who_has_applied_is_told_so_on_the_opening_and_asked_nothing(
    app: Flask, client: FlaskClient, state: str, title: str, label: str
) -> None:
    with app.app_context():
        opening = make_opening()
        make_readers(opening, 2)
        application = make_draft(opening) if state == "draft" else make_application(opening)
        person_id, path = application.person_id, f"/applications/{application.id}"
        opening_id = opening.id
        if state == "withdrawn":
            with transaction():
                withdraw_application(application, by=person_id, now=now(), reason=None)
    page = "/openings/client-advocate-mspd"
    assert "Start your application" in client.get(page).text
    sign_in(client, person_id)
    text = client.get(page).text
    assert title in text
    assert "Start your application" not in text
    assert f'href="{path}">{label}</a>' in text
    assert ("You can apply again when the next season opens" in text) is (state == "withdrawn")
    for answer in (client.get(CHECK), client.post(CHECK, data=FITS), client.get(f"{CHECK}/result")):
        assert answer.location == page
    # Who had answered before signing in lands here.
    landed = client.get(f"/applications/start/{opening_id}", follow_redirects=True)
    assert ("You have applied in this season already." in landed.text) is (state == "withdrawn")


def test_the_opening_speaks_only_of_pages_that_exist(pages: FlaskClient) -> None:
    text = pages.get("/openings/client-advocate-mspd").text
    assert "ffice's page" not in text.replace("&#39;", "'")
    # No office of the opening states one, so the page promises none.
    assert "No office has told us yet that it pays more." in text
    assert 'id="offices"' in text
