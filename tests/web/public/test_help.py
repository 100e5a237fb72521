"""Questions to a person."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.emails.messages import message_of
from app.extensions import db
from app.models import HelpRequest, Notice
from tests.factories import make_opening, make_person, sign_in

ASK = {"kind": "question", "opening": "", "email": "Ada@Example.org ", "body": "When do you\r\nread?"}


def test_a_question_is_kept_and_its_writer_is_told(app: Flask, client: FlaskClient) -> None:
    assert client.post("/help", data=ASK).location == "/help/sent"
    assert "We have it" in client.get("/help/sent").text
    with app.app_context():
        asked = db.session.scalars(select(HelpRequest)).one()
        assert (asked.email, asked.body, asked.person_id) == ("ada@example.org", "When do you\nread?", None)
        assert asked.due_at - asked.created_at == timedelta(days=2)
        notice = db.session.scalars(select(Notice)).one()
        assert (notice.kind, notice.recipient_email) == ("help_received", "ada@example.org")
        mail = message_of(notice)
        assert mail.subject == "We have your question"
        assert "within 2 days" in mail.text
        assert "read?" not in mail.text


def test_a_double_click_is_one_question(app: Flask, client: FlaskClient) -> None:
    client.post("/help", data=ASK)
    client.post("/help", data=ASK)
    with app.app_context():
        assert db.session.scalar(select(func.count(HelpRequest.id))) == 1
        assert db.session.scalar(select(func.count(Notice.id))) == 1


def test_what_is_missing_is_said_and_the_text_stays(client: FlaskClient) -> None:
    answer = client.post("/help", data=ASK | {"email": "ada@", "body": "My <b>text</b>"})
    assert answer.status_code == 400
    assert "There is a problem" in answer.text
    assert "<title>Error:" in answer.text
    assert "My &lt;b&gt;text&lt;/b&gt;" in answer.text
    assert client.post("/help", data=ASK | {"opening": "no-such", "kind": "nonsense"}).status_code == 400


def test_the_links_of_other_pages_fill_the_form(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        make_opening()
        person = make_person(email="maya@example.org")
    page = client.get("/help?kind=eligibility&opening=client-advocate-mspd").text
    assert '<option selected value="client-advocate-mspd">' in page
    assert 'checked id="kind-1"' in page
    assert client.get("/help?kind=%00&opening=../x").status_code == 200
    sign_in(client, person)
    assert 'value="maya@example.org"' in client.get("/help?kind=adjustment").text


def test_nobody_is_flooded_with_our_mails(app: Flask, client: FlaskClient) -> None:
    for number in range(5):
        assert client.post("/help", data=ASK | {"body": f"Question {number}"}).status_code == 302
    refused = client.post("/help", data=ASK | {"body": "One more"})
    assert refused.status_code == 429
    assert 3000 < int(refused.headers["Retry-After"]) <= 3600
    assert "Try again" in refused.text
