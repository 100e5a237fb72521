"""The operator's page, the audit log of each role, and legal holds."""

from __future__ import annotations

import ast
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.audit_words import ACTION_WORDS
from app.extensions import db, transaction
from app.models import Application, AuditEvent, LegalHold, Notice, Person
from app.services.alarms import alarm_if_silent
from app.services.audit_check import verify_audit
from app.services.heartbeats import beat_heart
from app.services.invariants import check_invariants
from app.services.sealing import seal_events
from app.services.storage import file_store
from tests.conftest import Clock
from tests.factories import add_role, make_application, make_opening, make_person, make_readers, make_staff, sign_in
from tests.placing import make_world
from tests.recordings import make_invited, make_sent
from tests.servers import Database
from workers.celery_app import celery
from workers.noting import run_noted

ROOT = Path(__file__).resolve().parents[3]


def test_every_action_in_the_log_has_words() -> None:
    named = set()
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    named.add(first.value)
    assert named - set(ACTION_WORDS) == set()
    assert len(named) > 35


def test_the_operator_sees_what_is_wrong_first(app: Flask, clock: Clock, database: Database) -> None:
    with app.app_context():
        opening = make_opening()
        admin = make_staff(opening, Role.ADMIN).id
        with transaction():
            beat_heart("relay", now=now() - timedelta(minutes=9))
            beat_heart("worker", now=now())
            db.session.add(
                Notice(
                    kind="application_received", subject_id=admin, recipient_email="bounced@example.org", context={},
                    state="bounced", created_at=now(), due_at=now(), error="550 no such user", attempts=1,
                )
            )  # fmt: skip
            seal_events(now=now())
        celery.loader.import_default_modules()
        run_noted("send_reminders", lambda: 3)
        with transaction():
            assert verify_audit(now=now()).ok
            assert check_invariants(file_store(), now=now()) == []
    client = sign_in(app.test_client(), admin)
    page = client.get("/manage/operations").text
    for words in ("It has been silent for 9 minutes", "bounced@example.org", "550 no such user", "3 done",
                  "Send again", "All hold, checked on", "Whole, checked on", "Room that is left"):  # fmt: skip
        assert words in page, words
    with database.admin() as behind:
        behind.execute("update audit_event set action = 'role:revoke'")
        behind.execute("update person set email = 'x@example.org' where id <> %s", (admin,))
        behind.execute("update role_grant set granted_by_id = person_id")
    with app.app_context(), transaction():
        assert not verify_audit(now=now()).ok
        assert len(check_invariants(file_store(), now=now())) == 1
    page = client.get("/manage/operations").text
    assert "Nobody gave a role to themselves." in page and "The chain of the audit log is broken" in page
    assert "An event was changed after it was sealed" in client.get("/manage/audit").text


def test_a_silent_process_is_told_once_by_mail(app: Flask) -> None:
    with app.app_context():
        opening = make_opening()
        make_staff(opening, Role.ADMIN)
        make_staff(opening, Role.MANAGER)
        with transaction():
            beat_heart("relay", now=now() - timedelta(minutes=4))
            beat_heart("worker", now=now())
            beat_heart("retired", now=now() - timedelta(days=30))
        for _ in range(2):
            with transaction():
                alarm_if_silent(now=now())
        rows = db.session.scalars(select(Notice).where(Notice.kind == "process_silent")).all()
        assert [row.context["process"] for row in rows] == ["the relay"]
        with transaction():
            beat_heart("relay", now=now())
            assert alarm_if_silent(now=now()) == 0


def test_each_role_reads_its_own_part_of_the_log(app: Flask) -> None:
    world = make_world(app, "offered")
    with app.app_context():
        opening_id = db.session.get_one(Application, world.application).opening_id
        opening = db.session.get_one(Application, world.application).opening
        admin = make_staff(opening, Role.ADMIN).id
        reference = db.session.get_one(Application, world.application).reference
        assert opening_id == opening.id
    manager, admins, rolla, jackson, applicant = (
        sign_in(app.test_client(), who) for who in (world.manager, admin, world.rolla, world.jackson, world.applicant)
    )
    assert manager.get(f"/manage/candidates/{world.application}").status_code == 200
    assert manager.get(f"/manage/candidates/{world.application}").status_code == 200  # one view in an hour
    assert rolla.get(f"/defender/placements/{world.proposal}").status_code == 200
    seen = manager.get("/manage/audit").text
    for words in (reference, "The office approved", "Opened the file", "Morgan Manager", "Sam Supervisor", "Maya"):
        assert words in seen, words
    assert manager.get("/manage/audit?topic=file").text.count("Opened the file") == 2
    assert "Opened the file" not in manager.get("/manage/audit?topic=file&reference=NONE").text
    technical = admins.get("/manage/audit").text
    assert reference in technical and "Maya Example" not in technical and "an applicant" in technical
    office = manager.get("/manage/audit?before=1").text
    assert "Nothing here." in office
    table = manager.post("/manage/audit/audit.csv?topic=file")
    assert (table.status_code, table.text.count("file:opened")) == (200, 2)
    with app.app_context():
        rolla_office = db.session.scalars(
            select(AuditEvent.object_id).where(AuditEvent.action == "audit:exported")
        ).all()
        assert rolla_office == ["log"]
        office_id = {
            grant.office_id
            for person in db.session.scalars(select(Person).where(Person.id.in_([world.rolla, world.jackson])))
            for grant in person.grants
        }
        own = db.session.get_one(Person, world.rolla).grants[0].office_id
    log = rolla.get(f"/defender/offices/{own}/log").text
    assert "Approved" in log and "Recorded the meeting" in log and reference in log and "Morgan" not in log
    (others,) = office_id - {own}
    assert rolla.get(f"/defender/offices/{others}/log").status_code == 404
    assert "Nothing yet." in jackson.get(f"/defender/offices/{others}/log").text
    mine = applicant.get(f"/applications/{world.application}/access").text
    assert "Opened your file" in mine and "A program manager" in mine and "The office in Rolla" in mine
    assert "Morgan" not in mine and "Sam Supervisor" not in mine


def test_who_still_scores_an_application_blind_finds_nothing_of_it(app: Flask) -> None:
    with app.app_context():
        opening = make_opening()
        reader = make_readers(opening, 2)[0]
        add_role(reader, opening, Role.MANAGER)
        reference = make_application(opening).reference
        make_application(make_opening(), make_person("Second Example"))
        manager, both = make_staff(opening, Role.MANAGER).id, reader.id
    assert reference in sign_in(app.test_client(), manager).get("/manage/audit").text
    blind = sign_in(app.test_client(), both).get("/manage/audit")
    assert (blind.status_code, reference in blind.text) == (200, False)


def test_a_manager_holds_and_lifts_with_a_reason(app: Flask) -> None:
    world = make_world(app, "proposed")
    client = sign_in(app.test_client(), world.manager)
    path = f"/manage/candidates/{world.application}"
    assert f'href="{path}/hold"' in client.get(path).text
    empty = client.post(f"{path}/hold", data={"reason": " "})
    assert (empty.status_code, "Say why." in empty.text) == (422, True)
    assert client.post(f"{path}/hold", data={"reason": "A charge was filed"}).status_code == 302
    assert client.post(f"{path}/hold", data={"reason": "Again"}).status_code == 409
    assert "A charge was filed" in client.get(f"{path}/hold").text and "On legal hold" in client.get(path).text
    assert client.post(f"{path}/hold/lift", data={"reason": ""}).status_code == 422
    assert client.post(f"{path}/hold/lift", data={"reason": "It was closed"}).status_code == 302
    assert client.post(f"{path}/hold/lift", data={"reason": "It was closed"}).status_code == 409
    assert "A charge was filed / It was closed" in client.get(f"{path}/hold").text
    with app.app_context():
        hold = db.session.scalars(select(LegalHold)).one()
        assert (hold.set_by_id, hold.lifted_by_id) == (world.manager, world.manager)


def test_the_writer_asks_for_the_recording_to_be_deleted(app: Flask) -> None:
    with app.app_context():
        application = make_sent(make_invited(person=make_person("Maya Example")))
        key, person_id = application.id, application.person_id
    client = sign_in(app.test_client(), person_id)
    path = f"/applications/{key}/recording/delete"
    assert path in client.get(f"/applications/{key}/sent").text
    page = client.get(path).text
    assert "still waits to be watched" in page and "Delete my recording" in page
    assert client.post(path, follow_redirects=True).text.count("You asked us on") == 1
    assert "Delete my recording" not in client.get(path).text
    assert sign_in(app.test_client(), _another(app)).get(path).status_code == 404


def _another(app: Flask) -> object:
    with app.app_context():
        return make_person().id
