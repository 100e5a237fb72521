"""`flask sweep` does what beat would call, whoever else does it at the same time."""

import subprocess
import sys
from collections import Counter
from datetime import timedelta

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.adapters.clock import move_clock
from app.extensions import db, transaction
from app.models import Notice
from app.services.rounds import OUTBOX, ROUNDS
from config import ROOT
from tests.factories import make_application, make_draft, make_opening, make_readers
from tests.servers import Database
from tests.smtp import SmtpServer
from workers.celery_app import BEAT

FLASK = [sys.executable, "-m", "flask", "--app", "app", "sweep"]
# One shows that beat and a worker live, which a cron cannot say; the others have commands of their own.
BEAT_ALONE = {"beat_heart", "verify_audit", "check_invariants", "run_retention"}


def test_the_sweep_and_beat_name_the_same_rounds() -> None:
    assert {str(entry["task"]) for entry in BEAT.values()} - BEAT_ALONE == {OUTBOX, *(one.task for one in ROUNDS)}


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
