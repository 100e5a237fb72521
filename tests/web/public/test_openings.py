"""The public pages: every fact of both postings, without an account."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Application
from app.queries.openings import measured_waits, opening_by_name, opening_by_slug
from tests.conftest import Clock
from tests.factories import make_application, make_opening, make_readers, program, read

ADVOCATE, MANAGER = "client-advocate-mspd", "program-manager-missouri"


@pytest.fixture
def pages(app: Flask, client: FlaskClient) -> FlaskClient:
    with app.app_context():
        make_opening()
        make_opening(name=MANAGER, recorded=False, final=False)
    return client


def words(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def texts_of(value: object) -> list[str]:
    """Every English text anywhere in a program's values."""
    if isinstance(value, dict):
        return [str(value["en"])] if "en" in value else []
    if isinstance(value, tuple | list):
        return [text for item in value for text in texts_of(item)]
    if hasattr(value, "__dataclass_fields__"):
        return [text for name in value.__dataclass_fields__ for text in texts_of(getattr(value, name))]
    return []


@pytest.mark.parametrize("slug", [ADVOCATE, MANAGER])
def test_an_opening_shows_every_fact_of_its_posting(pages: FlaskClient, slug: str) -> None:
    shown, opening = words(pages, f"/openings/{slug}"), program(slug).opening
    content = opening.content
    told_later = {*texts_of(content.attestations), *texts_of(content.lived_experience)}
    wanted = [text for text in texts_of(content) if text not in told_later]
    wanted += texts_of((opening.title, opening.summary, opening.pay.note, opening.pay.spanish_note))
    wanted += [text for document in opening.documents for text in texts_of((document.title, document.hint))]
    for question in opening.short_answers.questions if opening.short_answers else ():
        wanted += texts_of((question.text, question.hint))
    assert [text for text in wanted if " ".join(text.split()) not in shown] == []


def test_the_fellowship_states_pay_first_and_where(pages: FlaskClient) -> None:
    shown = words(pages, f"/openings/{ADVOCATE}")
    for fact in ("$19.23 an hour", "$40,000 a year", "$20.43 an hour", "$42,500 a year", "possible", "up to 2 years"):
        assert fact in shown
    assert shown.index("$19.23") < shown.index("Where you could work")
    for office in program().offices:
        assert office.name in shown
    for hint in ("Outside St. Louis", "Near Springfield. Shares its seat with Ava.", "within 14 days", "optional"):
        assert hint in shown
    assert "mailto:apply@partnersforjustice.org" in pages.get(f"/openings/{ADVOCATE}").text


def test_a_closed_opening_can_be_read_and_not_started(pages: FlaskClient) -> None:
    shown, page = words(pages, f"/openings/{MANAGER}"), pages.get(f"/openings/{MANAGER}").text
    assert "Closed on Monday, Oct. 30, 2023." in shown
    assert "$65,000 to $80,000" in shown
    assert "References (2)" in shown
    assert f'href="/openings/{ADVOCATE}"' in page
    assert f"/openings/{MANAGER}/check" not in page
    assert 'content="noindex"' in page
    assert "ld+json" not in page
    assert pages.get(f"/openings/{MANAGER}/check").status_code == 302


def test_search_engines_get_a_job_posting(pages: FlaskClient) -> None:
    page = pages.get(f"/openings/{ADVOCATE}").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    posting = json.loads(found[1])
    assert posting["baseSalary"]["value"] == {"@type": "QuantitativeValue", "unitText": "HOUR", "value": 19.23}
    assert len(posting["jobLocation"]) == 8
    assert posting["directApply"] is True
    assert "validThrough" not in posting


def test_a_draft_opening_and_an_unknown_one_are_404(app: Flask, pages: FlaskClient) -> None:
    with app.app_context(), transaction():
        opening = opening_by_slug(ADVOCATE)
        assert opening is not None
        opening.status = "draft"
    assert pages.get(f"/openings/{ADVOCATE}").status_code == 404
    assert pages.get("/openings/nothing").status_code == 404
    assert "Nothing is open right now." in pages.get("/openings").text


def test_the_list_has_open_ones_first_and_the_closed_below(pages: FlaskClient) -> None:
    page = pages.get("/openings").text
    assert page.index(ADVOCATE) < page.index("Closed</h2>") < page.index(MANAGER)


def test_the_process_page_tells_steps_and_waits(pages: FlaskClient) -> None:
    shown = words(pages, "/how-we-choose")
    for promise in ("within 14 days", "within 10 days", "within 7 days", "within 21 days"):
        assert promise in shown
    assert "Half of people" not in shown


def test_an_opening_is_found_by_its_aliases(pages: FlaskClient, app: Flask) -> None:
    with app.app_context():
        found = opening_by_name("south region  PROGRAM manager")
        assert found is not None
        assert found.slug == MANAGER


@pytest.mark.slow
def test_waits_are_measured_where_five_people_went_through(app: Flask, clock: Clock) -> None:
    with app.app_context():
        make_readers(make_opening(), 2)
    for _ in range(5):
        with app.app_context():
            opening = opening_by_slug(ADVOCATE)
            assert opening is not None
            assert measured_waits(opening, now=now()) == {}
            application_id = make_application(opening).id
        clock.move(days=3)
        with app.app_context():
            read(db.session.get_one(Application, application_id))
    with app.app_context():
        opening = opening_by_slug(ADVOCATE)
        assert opening is not None
        assert measured_waits(opening, now=now()) == {"reading": 3}
    assert "Half of people waited 3 days or less." in words(app.test_client(), "/how-we-choose")


@pytest.mark.parametrize("path", ["/robots.txt", "/sitemap.xml", "/openings.atom", "/", "/help"])
def test_small_pages_answer(pages: FlaskClient, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 200
    if path in ("/sitemap.xml", "/openings.atom"):
        assert ADVOCATE in answer.text
        assert MANAGER not in answer.text
