"""Stored files leave with their size checked: by ourselves, or by the web server in front (X-Accel-Redirect)."""

from __future__ import annotations

import hashlib
import io
from uuid import UUID

import pytest
from flask import Flask
from reportlab.pdfgen.canvas import Canvas

from app.adapters.clock import now
from app.adapters.document_reader import DocumentReader
from app.extensions import db, transaction
from app.models import Document
from app.queries.recordings import kept_takes
from app.services.recordings import assemble_due_takes
from app.services.storage import file_store
from tests.conftest import MakeApp
from tests.factories import make_draft, make_opening, sign_in
from tests.recordings import make_invited, questions, record
from tests.s3 import S3Server


def _pdf() -> bytes:
    page = io.BytesIO()
    canvas = Canvas(page)
    canvas.drawString(72, 720, "Two years at a crisis line; I would like to do this work.")
    canvas.save()
    return page.getvalue()


def _draft(app: Flask) -> tuple[UUID, UUID]:
    with app.app_context(), transaction():
        draft = make_draft(make_opening())
        return draft.id, draft.person_id


def _upload(app: Flask) -> tuple[str, UUID, UUID]:
    """The address of an uploaded résumé, its owner and its row."""
    draft, owner = _draft(app)
    client = sign_in(app.test_client(), owner)
    place = f"/applications/{draft}/documents/resume"
    assert client.post(place, data={"file": (io.BytesIO(_pdf()), "cv.pdf")}).status_code == 302
    with app.app_context():
        document = db.session.query(Document).filter_by(application_id=draft, source="file").one()
        return f"{place}/{document.id}", owner, document.id


def test_document_that_cannot_be_read_now_is_not_the_persons_fault(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = DocumentReader(seconds=1, memory_mb=1024, file_mb=8, words=())
    monkeypatch.setattr("app.adapters.documents._READER", broken)
    draft, owner = _draft(app)
    answer = sign_in(app.test_client(), owner).post(
        f"/applications/{draft}/documents/resume", data={"file": (io.BytesIO(_pdf()), "cv.pdf")}
    )
    assert answer.status_code == 503
    assert "We could not save your file just now" in answer.text
    with app.app_context():
        assert db.session.query(Document).filter_by(application_id=draft, source="file").count() == 0


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_document_leaves_whole_or_in_ranges(
    app: Flask, make_app: MakeApp, request: pytest.FixtureRequest, place: str
) -> None:
    if place == "s3":
        remote: S3Server = request.getfixturevalue("s3")
        app = make_app(STORAGE_URL=remote.new_bucket())
    url, owner, document = _upload(app)
    client = sign_in(app.test_client(), owner)
    whole = client.get(url)
    assert (whole.status_code, whole.mimetype) == (200, "application/pdf")
    assert whole.headers["Content-Disposition"].startswith("attachment;")
    with app.app_context():
        row = db.session.get_one(Document, document)
        assert (len(whole.data), hashlib.sha256(whole.data).hexdigest()) == (row.size, row.sha256)
        key = row.storage_key or ""
    part = client.get(url, headers={"Range": "bytes=5-14"})
    assert (part.status_code, part.data) == (206, whole.data[5:15])
    assert client.head(url).headers["Content-Length"] == str(len(whole.data))

    with app.app_context():
        file_store().put(key, whole.data[:-1])
    damaged = client.get(url)
    assert damaged.status_code == 503
    with app.app_context():
        file_store().delete(key)
    assert client.get(url).status_code == 404


def test_web_server_in_front_hands_out_local_files(app: Flask, make_app: MakeApp) -> None:
    app = make_app(X_ACCEL_PREFIX="/_files/")
    url, owner, document = _upload(app)
    with app.app_context():
        row = db.session.get_one(Document, document)
        key, size = row.storage_key or "", row.size or 0
        store = file_store()
        assert store.root is not None
        assert oct((store.root / key).stat().st_mode & 0o777) == "0o640"
    client = sign_in(app.test_client(), owner)
    answer = client.get(url, headers={"Range": "bytes=0-1"})  # the range is for the server in front
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["X-Accel-Redirect"] == f"/_files/{key}"
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    with app.app_context():
        file_store().put(key, b"x" * (size + 1))
    assert client.get(url).status_code == 503
    assert app.test_client().get(url).status_code in (302, 404)


def test_remote_store_never_asks_the_web_server_in_front(app: Flask, make_app: MakeApp, s3: S3Server) -> None:
    app = make_app(X_ACCEL_PREFIX="/_files/", STORAGE_URL=s3.new_bucket())
    url, owner, _document = _upload(app)
    answer = sign_in(app.test_client(), owner).get(url)
    assert "X-Accel-Redirect" not in answer.headers
    assert answer.data.startswith(b"%PDF")


def test_recording_goes_through_a_remote_store(make_app: MakeApp, s3: S3Server) -> None:
    """Slices in, one file that plays out of them, watched in ranges: nothing touches a local folder."""
    app = make_app(STORAGE_URL=s3.new_bucket())
    with app.app_context():
        interview = make_invited()
        record(interview, questions(interview)[0])
        with transaction():
            assert assemble_due_takes(now=now()) == 1
        [take] = kept_takes(interview.id).values()
        key, size, take_id = take.storage_key or "", take.size or 0, take.id
        assert file_store().digest(key) == (take.sha256, size)
        assert len(list(file_store().keys("recordings"))) == 5
        owner = interview.application.person_id
    client = sign_in(app.test_client(), owner)
    whole = client.get(f"/staff/media/{take_id}")
    assert (whole.status_code, len(whole.data)) == (200, size)
    part = client.get(f"/staff/media/{take_id}", headers={"Range": f"bytes={size - 5}-"})
    assert (part.status_code, part.data) == (206, whole.data[-5:])
