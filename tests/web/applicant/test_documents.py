"""A résumé as a file and as text in one form: nothing that was typed is lost, and the page says what counts."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.models import Document
from app.queries.applications import documents_in_force
from tests.adapters.hostile_documents import pdf
from tests.factories import make_draft, make_opening, make_person, sign_in

TYPED = "Ada Éxample, advocate\nI answered phones & doors."
TOO_LARGE = b"%PDF" + b"0" * 11_000_000


@pytest.fixture
def page(app: Flask, client: FlaskClient) -> str:
    with app.app_context():
        draft = make_draft(make_opening(), make_person())
        sign_in(client, draft.person_id)
        return f"/applications/{draft.id}/documents/resume"


def test_text_stays_beside_a_file_that_is_refused(client: FlaskClient, page: str) -> None:
    for content, status in ((TOO_LARGE, 413), (pdf()[:300], 400)):
        refused = client.post(page, data={"file": (io.BytesIO(content), "cv.pdf"), "text": TYPED})
        assert refused.status_code == status
        assert "I answered phones &amp; doors.</textarea>" in refused.text and "Ada Éxample" in refused.text


def test_a_body_that_is_no_form_shows_the_same_page(client: FlaskClient, page: str) -> None:
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data", "text/plain"):
        assert client.post(page, data=TOO_LARGE, content_type=kind).status_code == 413


def test_of_a_file_and_a_text_the_file_counts_and_the_text_is_still_there(
    app: Flask, client: FlaskClient, page: str
) -> None:
    both = client.post(page, data={"file": (io.BytesIO(pdf()), "cv.pdf"), "text": TYPED})
    assert both.status_code == 200
    assert "Your file is saved. The text is not used." in both.text and "doors.</textarea>" in both.text
    with app.app_context():
        application_id = db.session.scalars(select(Document.application_id)).first()
        assert application_id is not None
        assert [document.source for document in documents_in_force(application_id)] == ["file"]
    # The file replaces a text that was saved before: that is no second text.
    assert client.post(page, data={"text": TYPED}).status_code == 302
    again = client.post(page, data={"file": (io.BytesIO(pdf()), "cv.pdf"), "text": TYPED.replace("\n", "\r\n")})
    assert again.status_code == 302
