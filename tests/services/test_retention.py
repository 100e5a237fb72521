"""The retention rule: to the day, never what is held, whole after a kill, and nothing that tells whose it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.domain.retention import erase_on, last_action_on, recording_goes_at
from app.extensions import Base, db, transaction
from app.models import (
    Application,
    AuditEvent,
    Change,
    DoomedFile,
    LegalHold,
    Person,
    RecordedTake,
    Season,
)
from app.services.applications import start_application
from app.services.legal_holds import lift_hold, set_hold
from app.services.recordings import ask_for_deletion
from app.services.retention import delete_recordings, erase_application, run_retention
from app.services.storage import file_store
from app.services.withdrawals import withdraw_application
from tests.adapters.hostile_documents import pdf
from tests.conftest import Clock
from tests.factories import make_application, make_opening, make_person, make_readers
from tests.recordings import make_invited, make_sent
from tests.servers import ROOT, Database

CANARY = "Quetzalcoatlus"
MOMENT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "gone"),
    [
        (date(2026, 11, 22), date(2028, 11, 23)),
        (date(2027, 12, 31), date(2030, 1, 1)),
        (date(2028, 2, 29), date(2030, 3, 2)),
        (date(2026, 2, 28), date(2028, 2, 29)),
    ],
)
def test_two_whole_years_pass_before_anything_is_erased(last: date, gone: date) -> None:
    assert erase_on(last) == gone


def test_the_clock_begins_with_the_last_of_move_season_and_work() -> None:
    days = {"moved_on": date(2026, 3, 1), "saved_on": None, "season_ends_on": date(2026, 6, 30), "works_until": None}
    assert last_action_on("withdrawn", **days) == date(2026, 6, 30)
    assert last_action_on("not_selected", **{**days, "season_ends_on": None}) == date(2026, 3, 1)
    assert last_action_on("draft", **{**days, "saved_on": date(2026, 7, 2)}) == date(2026, 7, 2)
    assert last_action_on("placed", **days) is None
    assert last_action_on("placed", **{**days, "works_until": date(2028, 6, 1)}) == date(2028, 6, 1)
    assert last_action_on("in_routing", **days) is None


def test_a_recording_goes_when_it_was_watched_and_within_thirty_days() -> None:
    assert recording_goes_at(MOMENT, "booking_due") == MOMENT
    assert recording_goes_at(MOMENT, "withdrawn") == MOMENT
    assert recording_goes_at(MOMENT, "recording_in_review") == MOMENT + timedelta(days=29)


def _run() -> dict[str, int]:
    return vars(run_retention(transaction, file_store(), clock=now))


def _broken(app: Flask) -> set[str]:
    """The rules that are broken, but for those about workers: none run here, and the clock has jumped."""
    answer = app.test_cli_runner().invoke(args=["invariants", "--whole"])
    return {line.partition(":")[0] for line in answer.stderr.splitlines()} - {"due_mail_is_tried", "events_are_sealed"}


def _end_seasons() -> None:
    with transaction():
        for season in db.session.scalars(select(Season)):
            season.ends_on = None


def _withdrawn(application: Application) -> None:
    with transaction():
        withdraw_application(application, by=application.person_id, now=now())


def test_it_is_erased_to_the_day_and_counts_stay(app: Flask, clock: Clock) -> None:
    with app.app_context():
        opening = make_opening()
        application = make_application(opening)
        _end_seasons()
        _withdrawn(application)
        key, person_id = application.id, application.person_id
        gone = erase_on(now().astimezone().date())
    clock.move(days=729)
    with app.app_context():
        assert _run()["applications"] == 0
    assert app.test_cli_runner().invoke(args=["retention", "preview", "--days", "5"]).output.count("withdrawn") == 1
    clock.move(days=4)
    answer = app.test_cli_runner().invoke(args=["retention", "run"])
    assert (answer.exit_code, "1 applications" in answer.output) == (0, True)
    with app.app_context():
        row = db.session.get_one(Application, key)
        assert (row.state, row.erased_at is None, row.submitted_at is None) == ("withdrawn", False, False)
        moves = db.session.scalars(select(Change).where(Change.application_id == key).order_by(Change.seq)).all()
        assert [move.to_state for move in moves] == ["draft", "answers_in_review", "withdrawn"]
        assert person_id not in {move.by_person_id for move in moves}
        old = db.session.get_one(Person, person_id)
        assert (old.full_name, old.phone, old.email.endswith("@erased.invalid")) == (None, None, True)
        stone = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "retention:erased")).one()
        assert (stone.object_id, stone.actor_id, abs((date.fromisoformat(stone.details["due"]) - gone).days) <= 1) == (
            str(key), None, True,
        )  # fmt: skip
    assert _broken(app) == set()


def test_a_legal_hold_stops_it_until_a_manager_lifts_it(app: Flask, clock: Clock) -> None:
    with app.app_context():
        opening = make_opening()
        application = make_application(opening)
        _end_seasons()
        _withdrawn(application)
        key, by = application.id, make_person("Morgan Manager").id
        with pytest.raises(Refusal), transaction():
            set_hold(application, reason=" ", by=by, now=now())
        with transaction():
            set_hold(application, reason="A complaint is open", by=by, now=now())
        with pytest.raises(Refusal), transaction():
            set_hold(application, reason="Once more", by=by, now=now())
    clock.move(days=800)
    with app.app_context():
        assert _run()["applications"] == 0
        with transaction():
            assert erase_application(key, now=now()) is False
        assert "on legal hold" in app.test_cli_runner().invoke(args=["retention", "preview"]).output
        application = db.session.get_one(Application, key)
        with pytest.raises(Refusal), transaction():
            lift_hold(application, reason="", by=by, now=now())
        with transaction():
            lift_hold(application, reason="It was settled", by=by, now=now())
        assert _run()["applications"] == 1
        assert db.session.scalars(select(LegalHold.reason)).all() == ["-"]


def test_the_database_itself_refuses_to_blank_what_is_not_erased_or_is_held(app: Flask) -> None:
    with app.app_context():
        application = make_application(make_opening())
        key, by = application.id, application.person_id
        call = select(func.erase_history(key, by))
        with pytest.raises(Exception, match="not marked as erased"), transaction():
            db.session.execute(call)
        with transaction():
            set_hold(db.session.get_one(Application, key), reason="Why", by=by, now=now())
            db.session.execute(text("update application set erased_at = state_since"))
        with pytest.raises(Exception, match="legal hold"), transaction():
            db.session.execute(call)
        assert db.session.scalar(select(func.count(Change.id))) == 2


# Where a text about or by the applicant may stand. What is left out names the program, the staff or a moment.
OTHERS = {
    "organization", "host_organization", "region", "office", "opening", "season", "question", "rubric",
    "document_kind", "seat_pool", "eligibility_rules", "role_grant", "seat_request", "opening_office",
    "heartbeat", "job_run", "audit_seal", "clock_shift", "routing_scenario", "routing_run", "interview_slot",
    "reminder_rule",
}  # fmt: skip


def _write_canaries(database: Database, key: UUID) -> int:
    """Put the word into every free text column of every row that belongs to the application; return how many."""
    written = 0
    with database.admin() as admin:
        admin.execute("set session_replication_role = replica")
        admin.execute(
            "insert into mail_suppression (id, email, cause, reason, added_at) select gen_random_uuid(), email,"
            " 'bounced', '550', created_at from person where full_name ilike %s",
            (f"%{CANARY}%",),
        )
        for table in Base.metadata.sorted_tables:
            if table.name in OTHERS or table.name in ("audit_event", "doomed_file", "parked_post", "sign_in_attempt"):
                continue
            for column in table.columns:
                kind = column.type.__class__.__name__
                if kind == "Text" and column.name not in ("next_path", "lift_reason"):
                    admin.execute(f'update "{table.name}" set "{column.name}" = %s', (CANARY,))
                    written += 1
    return written


def _rows_with_canary(database: Database) -> list[str]:
    found = []
    with database.admin() as admin:
        for table in Base.metadata.sorted_tables:
            query = f'select count(*) from "{table.name}" t where t::text ilike %s'
            count = admin.execute(query, (f"%{CANARY}%",)).fetchone()
            if count and count[0]:
                found.append(table.name)
    return found


def test_no_word_stays_in_any_table_or_file(app: Flask, database: Database, clock: Clock) -> None:
    """One person, one application that went through everything; a word in every text column; then it is erased."""
    with app.app_context():
        person = make_person(f"{CANARY} Example", f"{CANARY.lower()}@example.org")
        interview = make_invited(person=person)
        application = make_sent(interview)
        kind = next(kind for kind in application.opening.document_kinds if kind.slug == "transcript")
        keys_before = set(file_store().keys())
        _end_seasons()
        key = application.id
        _withdrawn(application)
        _plant_file(application, kind)
        keys = set(file_store().keys()) - keys_before
        assert keys
    assert _write_canaries(database, key) > 25
    with database.admin() as admin:
        admin.execute("update application set lived_experience_readers = '[\"manager\"]'")
        # Other people's rows of this world are not the applicant's.
        admin.execute("update person set used_name = null where id <> %s", (person_id_of(app, key),))
        for column in ("full_name", "pronunciation", "pronouns", "city"):
            admin.execute(f"update person set {column} = null where id <> %s", (person_id_of(app, key),))
    assert len(_rows_with_canary(database)) > 8
    clock.move(days=740)
    with app.app_context():
        done = _run()
        assert (done["applications"], done["files"]) == (1, len(keys))
        assert keys & set(file_store().keys()) == set()
    assert _rows_with_canary(database) == []


def person_id_of(app: Flask, key: UUID) -> UUID:
    with app.app_context():
        return db.session.get_one(Application, key).person_id


def _plant_file(application: Application, kind: Any) -> None:
    """A stored document beside the pasted one, put on the record by hand: the application is no draft any more."""
    with transaction():
        stored = file_store().put_verified("documents/retention-test", pdf("A transcript."))
        db.session.execute(
            text(
                "insert into document (id, application_id, kind, source, storage_key, size, sha256, text, flags,"
                " uploaded_at, media_type) values (gen_random_uuid(), :a, :k, 'file', :s, 1, :h, 'x', '[]', :at, 'x')"
            ),
            {"a": application.id, "k": kind.slug, "s": stored.key, "h": stored.sha256, "at": now()},
        )


def test_somebody_who_applies_again_keeps_the_account_and_the_new_application(app: Flask, clock: Clock) -> None:
    with app.app_context():
        opening = make_opening()
        person = make_person("Ada Example")
        old = make_application(opening, person)
        _end_seasons()
        _withdrawn(old)
        old_id, person_id = old.id, person.id
    clock.move(days=740)
    with app.app_context():
        opening = make_opening(name="program-manager-missouri")
        with transaction():
            opening.status, opening.closes_at = "open", None
            person = db.session.get_one(Person, person_id)
            new_id = start_application(person, opening, by=person_id, now=now()).id
        assert _run()["applications"] == 1
        assert db.session.get_one(Application, old_id).person_id != person_id
        assert db.session.get_one(Application, new_id).person_id == person_id
        assert db.session.get_one(Person, person_id).full_name == "Ada Example"


def test_a_recording_is_deleted_on_request_once_it_was_watched(app: Flask, clock: Clock) -> None:
    with app.app_context():
        before = set(file_store().keys())
        application = make_sent(make_invited(), written=False)
        interview = application.recorded_interview
        files = set(file_store().keys()) - before
        assert len(files) > 3
        with transaction():
            ask_for_deletion(interview, by=application.person_id, now=now())
            ask_for_deletion(interview, by=application.person_id, now=now())
        assert _run()["recordings"] == 0
        with transaction():
            set_hold(application, reason="Why", by=application.person_id, now=now())
        key = interview.id
    clock.move(days=29, hours=1)
    with app.app_context():
        assert _run()["recordings"] == 0
        with transaction():
            assert delete_recordings(key, now=now()) is False
            application = db.session.scalars(select(Application)).one()
            lift_hold(application, reason="Settled", by=application.person_id, now=now())
        assert _run()["recordings"] == 1
        assert set(file_store().keys()) & files == set()
        assert set(db.session.scalars(select(RecordedTake.media_state))) == {"none"}
        with pytest.raises(Refusal), transaction():
            ask_for_deletion(db.session.scalars(select(Application)).one().recorded_interview, by=key, now=now())
        assert db.session.scalar(select(func.count()).where(AuditEvent.action == "recording:deleted")) == 1


def test_old_accounts_questions_and_mails_go_and_newer_ones_stay(app: Flask, clock: Clock) -> None:
    with app.app_context():
        make_opening()
        old = make_person("Old Example").id
    clock.move(days=735)
    with app.app_context():
        new = make_person("New Example").id
        assert _run()["accounts"] == 1
        assert (db.session.get_one(Person, old).full_name, db.session.get_one(Person, new).full_name) == (
            None,
            "New Example",
        )


@pytest.mark.slow
def test_killed_half_way_it_goes_on_where_it_was(app: Flask, clock: Clock, environment: dict[str, str]) -> None:
    """kill -9 at whatever point; each application is whole or erased, and a second run ends it."""
    with app.app_context():
        before = set(file_store().keys())
        opening = make_opening()
        make_readers(opening, 2)
        applications = [make_application(opening) for _ in range(6)]
        _end_seasons()
        for application in applications:
            _plant_files(application, 3)
            _withdrawn(application)
        with transaction():
            set_hold(applications[0], reason="Held", by=applications[0].person_id, now=now())
        held = applications[0].id
    clock.move(days=740)
    command = [sys.executable, "-m", "flask", "--app", "app", "retention", "run"]
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while child.poll() is None:
        with app.app_context():
            if db.session.scalar(select(func.count()).where(Application.erased_at.is_not(None))):
                break
    os.kill(child.pid, signal.SIGKILL) if child.poll() is None else None
    child.wait()
    assert _broken(app) == set()
    assert app.test_cli_runner().invoke(args=["retention", "run"]).exit_code == 0
    with app.app_context():
        left = db.session.scalars(select(Application).where(Application.erased_at.is_(None))).all()
        assert [application.id for application in left] == [held]
        assert db.session.scalar(select(func.count(DoomedFile.storage_key))) == 0
        assert len(set(file_store().keys()) - before) == 3
        assert db.session.scalar(select(func.count()).where(AuditEvent.action == "retention:erased")) == 5
    assert _broken(app) == set()


def _plant_files(application: Application, count: int) -> None:
    with transaction():
        for number in range(count):
            stored = file_store().put_verified(f"documents/{application.id}-{number}", b"words")
            db.session.execute(
                text(
                    "insert into document (id, application_id, kind, source, storage_key, size, sha256, text, flags,"
                    " uploaded_at) values (gen_random_uuid(), :a, 'resume', 'file', :s, 5, :h, 'x', '[]', :at)"
                ),
                {"a": application.id, "s": stored.key, "h": stored.sha256, "at": now()},
            )
