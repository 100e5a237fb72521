"""The packet and the letter: what stands in them, who may have them, and how they leave."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import Application, AuditEvent, Document, Offer, Opening, Person
from app.services.offers import accept_offer
from tests.factories import make_staff, sign_in
from tests.pdfs import facts_of, text_of
from tests.placing import CONDITIONS, World, make_world

STATEMENT = "My brother was in jail for a year."


def _tell(app: Flask, world: World, *, readers: list[str]) -> None:
    """A résumé, a statement and its readers; a name that looks like markup."""
    with app.app_context(), transaction() as session:
        application = session.get_one(Application, world.application)
        application.lived_experience = STATEMENT
        application.lived_experience_readers = readers
        session.get_one(Person, world.applicant).full_name = "Maya #import $x$"
        session.add(
            Document(
                application_id=application.id, kind="resume", source="pasted", size=9, sha256="0" * 64,
                text="Case aide at a food pantry.\n\nSpeaks *plainly*.", flags=[], uploaded_at=now(),
            )
        )  # fmt: skip


def test_packet_holds_what_the_office_may_read_and_nothing_more(app: Flask) -> None:
    world = make_world(app, "met")
    _tell(app, world, readers=["office"])
    answer = sign_in(app.test_client(), world.rolla).get(f"/defender/placements/{world.proposal}/packet.pdf")
    assert answer.status_code == 200
    words = text_of(answer.data)
    for part in ("Maya #import $x$", "first choice", "Case aide at a food pantry.", "*plainly*", STATEMENT, "Rolla"):
        assert part in words, part
    for part in ("Jackson", "3.5", "16.6", "Morgan"):
        assert part not in words, part
    facts = facts_of(answer.data)
    assert facts["tagged"] and facts["active"] == []
    assert (facts["lang"], facts["title"], facts["standard"]) == ("en", "Maya #import $x$", "1")


@pytest.mark.parametrize("reason", ["conflict", "fit"])
def test_a_declared_conflict_closes_the_file_for_the_office(app: Flask, reason: str) -> None:
    """Declined for any other reason, what the office decided about stays readable."""
    world = make_world(app)
    _tell(app, world, readers=["office"])
    base = f"/defender/placements/{world.proposal}"
    client = sign_in(app.test_client(), world.rolla)
    files = (f"{base}/packet.pdf", f"{base}/resume")
    assert all(f'href="{path}"' in client.get(base).text for path in files)
    assert [client.get(path).status_code for path in files] == [200, 200]
    said = {"reason_code": reason, "reason": "Our lawyers know the family"}
    assert client.post(f"{base}/not-for-us", data=said).status_code == 302
    page = client.get(base).text
    assert "Declined by Sam Supervisor" in page and "Our lawyers know the family" in page
    closed = reason == "conflict"
    assert ("Conflict of interest" in page and "is closed to it." in page) is closed
    assert [(path in page) for path in files] == [not closed] * 2
    assert ("Strengths" in page) is (STATEMENT in page) is not closed
    assert [client.get(path).status_code for path in files] == [404 if closed else 200] * 2


def test_statement_stays_out_where_the_person_did_not_choose_the_office(app: Flask) -> None:
    world = make_world(app)
    _tell(app, world, readers=["manager"])
    words = text_of(
        sign_in(app.test_client(), world.rolla).get(f"/defender/placements/{world.proposal}/packet.pdf").data
    )
    assert "jail" not in words and "Lived experience" not in words


def test_a_resume_that_is_a_file_is_named_and_not_copied(app: Flask) -> None:
    world = make_world(app)
    _tell(app, world, readers=[])
    with app.app_context(), transaction() as session:
        document = session.scalars(select(Document)).one()
        document.source, document.storage_key, document.pages = "file", "x", 2
    words = text_of(
        sign_in(app.test_client(), world.rolla).get(f"/defender/placements/{world.proposal}/packet.pdf").data
    )
    assert "The résumé is a file (2 pages)." in words and "food pantry" not in words


def test_files_leave_as_downloads_that_no_browser_runs_and_on_the_record(app: Flask) -> None:
    world = make_world(app, "offered")
    office = sign_in(app.test_client(), world.rolla)
    for path, action in (("packet.pdf", "packet:download"), ("letter.pdf", "letter:download")):
        answer = office.get(f"/defender/placements/{world.proposal}/{path}")
        assert answer.mimetype == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Maya" not in answer.headers["Content-Disposition"]
        assert office.head(f"/defender/placements/{world.proposal}/{path}").status_code == 200
        with app.app_context():
            actors = db.session.scalars(select(AuditEvent.actor_id).where(AuditEvent.action == action)).all()
        assert actors == [world.rolla]


@pytest.mark.parametrize("who", ["jackson", "manager", "applicant"])
@pytest.mark.parametrize("path", ["packet.pdf", "letter.pdf"])
def test_other_offices_get_nothing(app: Flask, who: str, path: str) -> None:
    world = make_world(app, "offered")
    client = sign_in(app.test_client(), getattr(world, who))
    status = client.get(f"/defender/placements/{world.proposal}/{path}").status_code
    assert status == (404 if who == "jackson" else 403)


def test_letter_states_the_whole_offer(app: Flask) -> None:
    world = make_world(app, "offered")
    with app.app_context():
        offer = db.session.scalars(select(Offer)).one()
        offer_id = offer.id
        reader = make_staff(db.session.get_one(Opening, world.opening), Role.READER).id
    person = sign_in(app.test_client(), world.applicant)
    letter = person.get(f"/applications/{world.application}/offer/letter.pdf").data
    words = text_of(letter)
    for part in ("Rolla", "Sam Supervisor", "$19.23", "$40,000", "$20.43", "$42,500", "possible, not automatic"):
        assert part in words, part
    assert CONDITIONS in words and "Please answer by" in words and "Central" in words and "@" in words
    assert {"/Table", "/TH", "/TD"} <= facts_of(letter)["kinds"]
    assert "letter.pdf" in person.get(f"/applications/{world.application}/offer").get_data(as_text=True)
    manager = sign_in(app.test_client(), world.manager)
    assert text_of(manager.get(f"/manage/offers/{offer_id}/letter.pdf").data)[:40] == words[:40]
    file = manager.get(f"/manage/candidates/{world.application}").get_data(as_text=True)
    assert f"/manage/offers/{offer_id}/letter.pdf" in file
    stranger = sign_in(app.test_client(), reader)
    assert stranger.get(f"/manage/offers/{offer_id}/letter.pdf").status_code == 403
    assert stranger.get(f"/applications/{world.application}/offer/letter.pdf").status_code == 404
    with app.app_context(), transaction():
        accept_offer(db.session.get_one(Offer, offer_id), by=world.applicant, now=now())
    words = text_of(person.get(f"/applications/{world.application}/offer/letter.pdf").data)
    assert "You accepted this offer" in words
    assert "letter.pdf" in person.get(f"/applications/{world.application}/placement").get_data(as_text=True)


def test_there_is_no_letter_before_an_offer(app: Flask) -> None:
    world = make_world(app, "met")
    assert (
        sign_in(app.test_client(), world.rolla).get(f"/defender/placements/{world.proposal}/letter.pdf").status_code
        == 404
    )
    person = sign_in(app.test_client(), world.applicant)
    assert person.get(f"/applications/{world.application}/offer/letter.pdf").status_code == 404
