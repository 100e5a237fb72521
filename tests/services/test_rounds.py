"""`flask sweep` does what beat would call, whoever else does it at the same time."""

import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.adapters.clock import move_clock, now
from app.extensions import db, transaction
from app.models import Notice
from app.queries.jobs import job_run
from app.services.jobs import note_start
from app.services.rounds import OUTBOX, ROUNDS, sweep_all
from app.services.upkeep import JOBS
from config import ROOT
from tests.factories import make_application, make_draft, make_opening, make_readers
from tests.servers import Database
from tests.smtp import SmtpServer
from workers.celery_app import BEAT

FLASK = [sys.executable, "-m", "flask", "--app", "app", "sweep"]
# It shows that beat and a worker live, which a cron cannot say.
BEAT_ALONE = {"beat_heart"}


def test_the_sweep_and_beat_name_the_same_rounds() -> None:
    swept = {OUTBOX, *(one.task for one in ROUNDS), *(one.name for one in JOBS)}
    assert {str(entry["task"]) for entry in BEAT.values()} - BEAT_ALONE == swept


def _upkeep_of_a_sweep(clock: datetime) -> list[str]:
    names = {one.name for one in JOBS}
    return [done.task for done in sweep_all(transaction, lambda: clock) if done.task in names]


def test_a_sweep_looks_after_what_beat_has_neglected(app: Flask, smtp_server: SmtpServer) -> None:
    with app.app_context():
        moment = now()
        for one in JOBS:
            # One in each sweep, so that mails need not wait for all of them.
            assert _upkeep_of_a_sweep(moment) == [one.name]
            assert job_run(one.name).last_ok_at is not None
        assert _upkeep_of_a_sweep(moment) == []
        # An hour later beat asks for the rules as always, and the sweep has nothing to look after.
        with transaction():
            note_start("check_invariants", now=moment + timedelta(hours=2))
        assert _upkeep_of_a_sweep(moment + timedelta(hours=4)) == []
        assert _upkeep_of_a_sweep(moment + timedelta(hours=6)) == ["check_invariants"]


def test_upkeep_that_failed_says_so_and_is_not_tried_again_at_once(app: Flask, database: Database) -> None:
    with app.app_context():
        moment = now()
        with transaction():
            for one in JOBS:
                note_start(one.name, now=moment - (timedelta(days=2) if one.name == "verify_audit" else timedelta(0)))
        with database.admin() as admin:
            admin.execute("alter table audit_seal rename to elsewhere")
        try:
            (failed,) = [done for done in sweep_all(transaction, lambda: moment) if done.task == "verify_audit"]
        finally:
            with database.admin() as admin:
                admin.execute("alter table elsewhere rename to audit_seal")
        assert failed.fault == "ProgrammingError"
        run = job_run("verify_audit")
        assert run is not None and run.ok is False and run.result == {"fault": "ProgrammingError"}
        assert _upkeep_of_a_sweep(moment + timedelta(minutes=5)) == []


def test_three_sweeps_at_once_do_everything_once(
    session: Session, environment: dict[str, str], smtp_server: SmtpServer
) -> None:
    opening = make_opening()
    make_readers(opening, 3)
    drafts = [make_draft(opening) for _ in range(5)]
    make_application(opening)
    emails = {draft.person.email for draft in drafts}
    session.execute(text("delete from reading_assignment"))
    session.commit()
    move_clock(timedelta(days=3))
    running = [
        subprocess.Popen(FLASK, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], said
    session.rollback()
    owed = session.execute(text("select id, recipient_email from notice where kind = 'draft_reminder'")).all()
    assert sorted(email for _, email in owed) == sorted(emails)
    arrived = Counter(str(mail["Message-ID"]) for mail in smtp_server.messages)
    assert set(arrived.values()) == {1}
    assert {f"<{key}@placewell.example>" for key, _ in owed} <= set(arrived)
    assert session.execute(text("select count(*) from reading_assignment")).scalar_one() > 0


def test_a_round_that_fails_is_told_and_stops_no_other(
    app: Flask, session: Session, database: Database, smtp_server: SmtpServer
) -> None:
    draft = make_draft(make_opening())
    email = draft.person.email
    session.rollback()
    run = app.test_cli_runner()
    with database.admin() as admin:
        admin.execute("alter table reading_assignment rename to elsewhere")
    try:
        answer = run.invoke(args=["sweep"])
    finally:
        with database.admin() as admin:
            admin.execute("alter table elsewhere rename to reading_assignment")
    assert answer.exit_code == 1
    assert "assign_readers: failed, ProgrammingError" in answer.output
    assert "route_candidates: 0" in answer.output
    with transaction():
        move_clock(timedelta(days=3))
    assert run.invoke(args=["sweep"]).exit_code == 0
    assert [str(mail["To"]) for mail in smtp_server.messages] == [email, email]  # the draft was saved; the reminder
    session.rollback()
    assert db.session.query(Notice).filter_by(state="sent").count() == 2
