"""Each invariant holds for a whole invented season, and each one notices when it is broken.

The violations are planted behind the program's back: by a superuser, without foreign keys, where need be without
the database's own rule; every one is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.exc import DatabaseError

from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Document, JobRun
from app.queries.invariants import RULES, look
from app.services.demo import prepare_demo
from app.services.documents import save_file
from app.services.invariants import FILES, check_invariants
from app.services.sealing import seal_events
from app.services.storage import file_store
from tests.adapters.hostile_documents import pdf
from tests.factories import make_draft, make_opening
from tests.models.test_constraints import twin
from tests.servers import Database

NOBODY = "(select id from person where id not in (select person_id from role_grant) limit 1)"
PLACED = "(select application_id from placement limit 1)"
ROUTED = "(select id from application where state = 'in_routing' order by id limit 1)"
HELD = (
    "insert into legal_hold (id, application_id, reason, set_by_id, set_at)"
    " select gen_random_uuid(), id, 'Why', person_id, state_since from application where id = {0}"
)
ANOTHER_PROPOSAL = twin("proposal", "state in ('released', 'approved')")
APPROVAL = "kind = 'approve' and undone_at is null and ended_at is null"
ANOTHER_APPROVAL = twin("placement_decision", APPROVAL)

# rule -> statements that break it
PLANTED: dict[str, str] = {
    "state_is_the_last_move": f"update application set state = 'withdrawn' where id = {ROUTED}",
    "history_has_no_gap": f"delete from change where application_id = {ROUTED} and seq = 2",
    "history_is_a_legal_path": f"update change set event = 'accept_offer' where application_id = {ROUTED} and seq = 2",
    "history_agrees_with_the_audit_log": ""
    "update change set at = at - interval '1 day' where event = 'approve_placement'",
    "sent_application_has_its_mail": f"delete from notice where application_id = {ROUTED}",
    "application_belongs_together": ""
    f"update office_choice set office_id = gen_random_uuid() where application_id = {ROUTED}",
    "state_has_what_it_stands_for": "delete from placement",
    "erased_is_empty": f"update application set erased_at = state_since where id = {ROUTED}",
    "held_is_whole": f"{HELD.format(ROUTED)}; update application set erased_at = state_since where id = {ROUTED}",
    "recordings_go_when_asked": "update recorded_interview set deletion_asked_at = invited_at - interval '60 days'",
    "answer_has_different_readers": (
        "drop index uq_reading_answer_reader; drop index uq_reading_answer_ordinal; "
        + twin("reading_assignment", "kind = 'answer' and state = 'done'", ordinal="2")
    ),
    "answers_were_read_as_promised": f"delete from reading_assignment where application_id = {ROUTED} and ordinal = 2",
    "nobody_judges_themselves": (
        f"update reading_assignment set reader_id = (select person_id from application where id = {ROUTED})"
        f" where application_id = {ROUTED} and kind = 'resume'"
    ),
    "readers_are_staff": f"update reading_assignment set reader_id = {NOBODY}"
    " where id = (select id from reading_assignment where state = 'open' limit 1)",
    "no_time_is_booked_twice": (
        "drop index uq_booking_slot; "
        + twin(
            "booking",
            "cancelled_at is null",
            application_id="(select id from application where state = 'draft' limit 1)",
        )
    ),
    "booked_times_stand": ""
    "update interview_slot set withdrawn_at = starts_at where id in (select slot_id from booking)",
    "recordings_are_assembled": (
        "update recorded_take set media_state = 'pending', finished_at = started_at - interval '1 day'"
    ),
    "one_approval_each": f"drop index uq_placement_decision_approved; {ANOTHER_APPROVAL}",
    "seats_are_not_exceeded": (
        "update seat_pool set seats = 0, spanish_minimum = 0, changed_reason = null"
        f" where id in (select pool_id from placement_decision where {APPROVAL})"
    ),
    "one_open_proposal_each": f"drop index uq_proposal_open; {ANOTHER_PROPOSAL}",
    "released_proposals_are_in_review": "update proposal set state = 'released' where state = 'approved'",
    "offers_were_approved": "update placement_decision set undone_at = decided_at, undone_by_id = decided_by_id"
    " where id in (select decision_id from offer)",
    "placements_were_accepted": "update offer set answer = null, answered_at = null",
    "approvals_follow_a_meeting": "delete from meeting",
    "approvals_are_the_offices_own": f"update placement_decision set decided_by_id = {NOBODY}",
    "proposals_respect_both_sides": (
        "update office_choice c set rank = null, not_here = true from proposal p"
        " where p.application_id = c.application_id and p.office_id = c.office_id"
        " and p.state in ('released', 'approved')"
    ),
    "overrides_end": (
        "insert into routing_pin (id, application_id, office_id, reason, by_id, made_at)"
        f" select gen_random_uuid(), application_id, office_id, 'Why', {NOBODY}, created_at from placement limit 1"
    ),
    "mail_being_sent_has_a_lease": (
        "alter table notice drop constraint ck_notice_sending_has_lease;"
        " update notice set state = 'sending', sent_at = null, lease_until = null where kind = 'application_received'"
    ),
    "uncertain_mail_is_shown": (
        "update notice set state = 'sending', stage = 'data', sent_at = null,"
        " lease_until = created_at - interval '1 day' where kind = 'application_received'"
    ),
    "due_mail_is_tried": (
        "update notice set state = 'pending', attempts = 0, sent_at = null, due_at = created_at - interval '1 hour',"
        " lease_until = null, void_after = null where kind = 'application_received'"
    ),
    "no_mail_is_sent_twice": (
        "alter table notice drop constraint uq_notice_kind_subject_id_recipient_email_occurrence;"
        " update notice set state = 'sent', sent_at = created_at, lease_until = null; " + twin("notice")
    ),
    "secrets_are_forgotten": (
        "update notice set state = 'sent', sent_at = created_at, lease_until = null, kind = 'sign_in_code',"
        """ context = '{"code": "123456"}' where id = (select id from notice limit 1)"""
    ),
    "delegations_end": twin(
        "role_grant", "role = 'supervisor'", person_id=NOBODY, delegated_by_id="o.person_id",
        starts_at="o.granted_at", ends_at="o.granted_at + interval '400 days'",
    ),
    "nobody_promotes_themselves": "update role_grant set granted_by_id = person_id",
    "events_are_sealed": "delete from audit_seal where seq = 1",
    "chain_has_no_gap": "delete from audit_seal where seq = 2",
}  # fmt: skip


def _season(app: Flask) -> None:
    with app.app_context():
        with transaction():
            prepare_demo(now=now())
        while True:
            with transaction():
                if not seal_events(now=now(), whole=True):
                    break


def _findings(connection: Connection) -> dict[str, int]:
    moment = connection.scalar(text("select max(at) from change"))
    found = {name: look(one, now=moment, ask=connection.execute) for name, one in RULES.items()}
    return {name: finding.count for name, finding in found.items() if finding is not None}


@pytest.mark.slow
def test_every_rule_holds_for_a_season_and_notices_its_violation(
    make_app: Callable[..., Flask], database: Database
) -> None:
    _season(make_app(DEMO=True))
    assert set(PLANTED) == set(RULES)
    engine = create_engine(database.where.url("postgres", database.name))
    silent = {}
    with engine.connect() as connection:
        assert _findings(connection) == {}
        connection.rollback()
        for name, statements in PLANTED.items():
            connection.execute(text("set local session_replication_role = replica"))
            try:
                for statement in statements.split("; "):
                    connection.exec_driver_sql(statement)
                moment = connection.scalar(text("select max(at) from change"))
                finding = look(RULES[name], now=moment, ask=connection.execute)
            except DatabaseError as problem:
                silent[name] = str(problem.orig)
            else:
                if finding is None or not finding.ids:
                    silent[name] = statements
            connection.rollback()
    engine.dispose()
    assert silent == {}


def test_the_command_names_what_is_broken_and_the_files_that_are_gone(app: Flask, database: Database) -> None:
    run = app.test_cli_runner()
    with app.app_context():
        application = make_draft(make_opening())
        kind = next(kind for kind in application.opening.document_kinds if kind.slug == "transcript")
        with transaction():
            save_file(
                application,
                kind,
                data=pdf("A transcript."),
                file_name="t.pdf",
                by=application.person_id,
                now=now(),
            )
    whole = run.invoke(args=["invariants", "--whole"])
    assert (whole.exit_code, whole.output) == (0, "Every rule holds.\n"), whole.output
    with app.app_context():
        key = db.session.scalars(select(Document.storage_key).where(Document.storage_key.is_not(None))).one()
        file_store().delete(key)
    with database.admin() as admin:
        admin.execute("update application set state = 'withdrawn'")
    for options in ([], ["--whole"]):
        broken = run.invoke(args=["invariants", *options])
        assert broken.exit_code == 1
        assert [line.partition(":")[0] for line in broken.stderr.splitlines()] == ["state_is_the_last_move", FILES]
        assert key in broken.stderr
    with app.app_context():
        noted = db.session.get_one(JobRun, "check_invariants")
        assert noted.ok is False and noted.last_ok_at is not None
        assert [row["rule"] for row in noted.result["findings"]] == ["state_is_the_last_move", FILES]


def test_the_hourly_round_reads_and_changes_nothing_but_its_own_note(app: Flask) -> None:
    with app.app_context():
        make_opening()
        with transaction():
            assert check_invariants(file_store(), now=now()) == []
        assert [run.name for run in db.session.scalars(select(JobRun))] == ["check_invariants"]
