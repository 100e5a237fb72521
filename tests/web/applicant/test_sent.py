"""What you sent: a copy for its writer, and for nobody else."""

import io
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import Application
from app.queries.applications import documents_in_force
from app.services.applications import save_background, submit_application
from app.services.withdrawals import withdraw_application
from tests.adapters.hostile_documents import pdf
from tests.factories import ANSWER, make_draft, make_opening, make_person, make_readers, make_staff, sign_in

FILE = pdf("Maya, advocate")
STATEMENT = "My brother & I <b>were</b> in court often."


@dataclass(frozen=True)
class Sent:
    path: str
    person_id: UUID
    application_id: UUID
    reference: str
    manager_id: UUID


@pytest.fixture
def sent(app: Flask, client: FlaskClient) -> Sent:
    """An application that was sent with a file, a statement and a ranking; its writer is signed in."""
    with app.app_context():
        opening = make_opening()
        make_readers(opening, 2)
        application = make_draft(opening, make_person("Maya Example"))
        with transaction():
            save_background(
                application,
                spanish="professional",
                statement=STATEMENT,
                statement_readers=("office",),
                by=application.person_id,
                now=now(),
            )
        found = Sent(
            f"/applications/{application.id}",
            application.person_id,
            application.id,
            application.reference,
            make_staff(opening, Role.MANAGER).id,
        )
    sign_in(client, found.person_id)
    file = {"file": (io.BytesIO(FILE), "maya résumé.pdf")}
    assert client.post(f"{found.path}/documents/resume", data=file).status_code == 302
    with app.app_context(), transaction():
        application = db.session.get_one(Application, found.application_id)
        submit_application(application, by=found.person_id, now=now())
    return found


def test_the_copy_shows_everything_that_was_sent(client: FlaskClient, sent: Sent) -> None:
    assert f'href="{sent.path}/sent"' in client.get(f"{sent.path}/status").text
    page = client.get(f"{sent.path}/sent").text
    for words in (sent.reference, "Maya Example", ANSWER, "1. Rolla", "The public defender office", "maya résumé.pdf",
                  "My brother &amp; I &lt;b&gt;were&lt;/b&gt;", "What you confirmed", "Central"):  # fmt: skip
        assert words in page, words
    assert ">Change<" not in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


def test_the_copy_is_kept_as_plain_text(client: FlaskClient, sent: Sent) -> None:
    answer = client.get(f"{sent.path}/sent/copy.txt")
    assert answer.mimetype == "text/plain"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="application-{sent.reference}.txt"'
    for words in (sent.reference, ANSWER, STATEMENT, "1. Rolla\n2. Jackson", "maya résumé.pdf"):
        assert words in answer.text, words


def test_the_file_comes_back_as_it_was_sent(app: Flask, client: FlaskClient, sent: Sent) -> None:
    with app.app_context():
        (document,) = documents_in_force(sent.application_id, "resume")
        path = f"{sent.path}/documents/resume/{document.id}"
    assert f'href="{path}"' in client.get(f"{sent.path}/sent").text
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.data == FILE
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert client.get(path.replace("/resume/", "/transcript/")).status_code == 404
    for somebody in (sent.manager_id, None):
        other = app.test_client()
        if somebody is None:
            assert other.get(path).status_code == 302
            continue
        sign_in(other, somebody)
        for here in (path, f"{sent.path}/sent", f"{sent.path}/sent/copy.txt"):
            assert other.get(here).status_code == 404, here


def test_another_applicants_file_is_not_found_under_ones_own_address(
    app: Flask, client: FlaskClient, sent: Sent
) -> None:
    with app.app_context():
        (document,) = documents_in_force(sent.application_id, "resume")
        document_id = document.id
        other = make_person("Somebody Else").id
    stranger = sign_in(app.test_client(), other)
    with app.app_context():
        opening_id = db.session.get_one(Application, sent.application_id).opening_id
    own = stranger.post(f"/applications/start/{opening_id}").location
    assert stranger.get(f"{own}/documents/resume/{document_id}").status_code == 404


def test_a_draft_has_no_copy_and_a_withdrawn_application_keeps_its_own(
    app: Flask, client: FlaskClient, sent: Sent
) -> None:
    with app.app_context():
        draft = make_draft(make_opening(name="client-advocate-mspd"), make_person("Ada Draft"))
        path, person_id = f"/applications/{draft.id}", draft.person_id
        with transaction():
            application = db.session.get_one(Application, sent.application_id)
            withdraw_application(application, by=sent.person_id, now=now(), reason=None)
    assert ANSWER in client.get(f"{sent.path}/sent").text
    writer = sign_in(app.test_client(), person_id)
    for here in ("/sent", "/sent/copy.txt"):
        assert writer.get(path + here).location == path


def test_an_opening_without_statements_has_a_copy_too(app: Flask, client: FlaskClient, sent: Sent) -> None:
    with app.app_context(), transaction():
        application = db.session.get_one(Application, sent.application_id)
        application.opening.content = {**application.opening.content, "attestations": []}
        application.attestations = {}
    page = client.get(f"{sent.path}/sent")
    assert page.status_code == 200
    assert "What you confirmed" not in page.text
