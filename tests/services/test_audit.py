"""The audit chain: sealed behind the writers, never forked, and every tampering is found and named."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy import func, select

from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import AuditEvent, AuditSeal, JobRun
from app.services.audit import record
from app.services.audit_check import verify_audit
from app.services.sealing import seal_events
from tests.factories import make_opening, make_person, make_waiting
from tests.servers import Database


def _events(count: int) -> None:
    for number in range(count):
        with transaction():
            record("role:grant", "person", f"p{number}", by=None, now=now(), number=number, share=number / 7)


def _verify(app: Flask) -> list[tuple[str, int]]:
    with app.app_context(), transaction():
        return [(fault.code, fault.seq) for fault in verify_audit(now=now()).faults]


def test_every_move_is_in_the_log_and_the_chain_is_whole(app: Flask) -> None:
    with app.app_context():
        application = make_waiting(make_opening())
        moves = db.session.scalars(
            select(AuditEvent).where(AuditEvent.action == "application:moved").order_by(AuditEvent.id)
        ).all()
        assert [(event.details["seq"], event.details["after"]) for event in moves] == [
            (1, "draft"), (2, "answers_in_review"), (3, "resume_in_review"), (4, "in_routing"),
        ]  # fmt: skip
        assert {event.object_id for event in moves} == {str(application.id)}
        with transaction():
            sealed = seal_events(now=now())
        assert sealed == db.session.scalar(select(func.count(AuditEvent.id)))
        with transaction():
            assert seal_events(now=now()) == 0
    done = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert (done.exit_code, done.output.count(f"whole: {sealed} events")) == (0, 1)
    head = done.output.rpartition(" ")[2].strip()
    assert app.test_cli_runner().invoke(args=["audit", "verify", "--expect", head]).exit_code == 0
    assert app.test_cli_runner().invoke(args=["audit", "verify", "--expect", f"{sealed}:{'0' * 64}"]).exit_code == 1
    assert app.test_cli_runner().invoke(args=["audit", "verify", "--expect", "x"]).exit_code == 2


def test_writers_and_sealers_at_once_make_one_chain_without_a_fork(app: Flask) -> None:
    """Events commit in another order than their ids; several sealers run beside them."""
    failed: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            with app.app_context():
                work()
        except BaseException as fault:
            failed.append(fault)

    def write() -> None:
        for number in range(15):
            with transaction() as session:
                record("role:grant", "person", "p", by=None, now=now(), number=number)
                session.flush()
                threading.Event().wait(0.001 * (number % 5))

    def seal() -> None:
        for _ in range(12):
            with transaction():
                seal_events(now=now())

    threads = [threading.Thread(target=run, args=(work,)) for work in (write, write, write, write, seal, seal, seal)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with app.app_context():
        with transaction():
            seal_events(now=now())
        assert db.session.scalar(select(func.count(AuditSeal.seq))) == 60
    assert _verify(app) == []


def test_a_sealer_does_not_wait_for_another(app: Flask, make_app: Callable[..., Flask]) -> None:
    with app.app_context():
        _events(2)
        with transaction():
            assert seal_events(now=now()) == 2
            other = make_app()
            with other.app_context(), transaction():
                assert seal_events(now=now()) == 0  # the lock is the first one's until it commits


TAMPERED = {
    "an event's words": ("update audit_event set action = 'role:revoke' where id = 3", [("changed", 3)]),
    "an event's details": ("""update audit_event set details = '{"number": 9}' where id = 2""", [("changed", 2)]),
    "its time": ("update audit_event set at = at + interval '1 microsecond' where id = 5", [("changed", 5)]),
    "an event deleted": ("delete from audit_event where id = 4", [("gone", 4)]),
    "an event and its link": (
        "delete from audit_seal where event_id = 4; delete from audit_event where id = 4", [("missing", 4)],
    ),
    "a link made anew for other words": (
        "update audit_event set object_id = 'x' where id = 3; "
        "update audit_seal set hash = encode(sha256('x'), 'hex') where seq = 3",
        [("changed", 3), ("broken", 4)],
    ),
    "the newest ones cut off": (
        "delete from audit_seal where seq > 4; delete from audit_event where id > 4", [("head", 6)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_whoever_owns_the_tables_is_found_out(app: Flask, database: Database, what: str) -> None:
    statement, faults = TAMPERED[what]
    with app.app_context():
        _events(6)
        with transaction():
            seal_events(now=now())
    assert _verify(app) == []
    with database.admin() as admin:
        admin.execute("set session_replication_role = replica")  # no foreign key stands in the way
        for each in statement.split("; "):
            admin.execute(sql.SQL(each))  # type: ignore[arg-type]
    assert _verify(app) == faults
    answer = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert answer.exit_code == 1
    assert [f"(place {seq}, event " in line for line, (_, seq) in zip(answer.stderr.splitlines(), faults, strict=True)]


def test_an_event_that_nobody_sealed_is_a_fault_after_a_while(app: Flask) -> None:
    with app.app_context():
        with transaction():
            record("role:grant", "person", "p", by=None, now=now() - timedelta(minutes=20))
        event = db.session.scalars(select(AuditEvent)).one().id
        with transaction():
            verdict = verify_audit(now=now())
        assert [(fault.code, fault.event_id) for fault in verdict.faults] == [("unsealed", event)]
        run = db.session.get_one(JobRun, "verify_audit")
        assert (run.ok, run.result["faults"]) == (False, [["unsealed", 0, event]])


def test_an_id_that_commits_late_is_sealed_later(app: Flask, make_app: Callable[..., Flask]) -> None:
    with app.app_context():
        person = make_person()
        with transaction() as session:
            record("role:grant", "person", person.id, by=None, now=now(), early=True)
            session.flush()
            other = make_app()
            with other.app_context():
                _events(3)
                with transaction():
                    assert seal_events(now=now()) == 3
        with transaction():
            assert seal_events(now=now()) == 1
        rows = db.session.scalars(select(AuditSeal.event_id).order_by(AuditSeal.seq)).all()
        assert rows == [2, 3, 4, 1]
    assert _verify(app) == []
