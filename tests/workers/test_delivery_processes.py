"""Real relay, real worker, real broker: a mail that is owed leaves, whatever of them is away."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from app.adapters.clock import now
from app.adapters.mail import mailer_for
from app.adapters.servers import ValkeyServer
from app.extensions import db, transaction
from app.services.notices import owe_notice
from app.services.posting import Sender, sweep_outbox
from tests.servers import ROOT, Database
from tests.smtp import SmtpServer
from tests.workers.conftest import Process, StartProcess, states, wait_for

TASKS = ("sweep_outbox", "send_reminders", "send_due_offers", "assemble_recordings", "route_candidates", "beat_heart")


def owe(app: Flask, email: str = "maya@example.org", urgent: bool = False) -> None:
    with app.app_context(), transaction():
        owe_notice(
            "reading_overdue",
            subject_id=uuid4(),
            email=email,
            now=now(),
            context={"count": 1, "oldest": "2026-11-20T10:00:00+00:00"},
            urgent=urgent,
        )


@pytest.mark.slow
def test_a_code_leaves_within_five_seconds_whatever_the_broker_does(
    app: Flask, start: StartProcess, own_broker: ValkeyServer, database: Database, smtp_server: SmtpServer
) -> None:
    # What was owed before the relay began leaves with its first sweep.
    owe(app, "early@example.org")
    relay = start("workers.relay", REDIS_URL=own_broker.url)
    relay.wait_for_line("relay: listening")
    wait_for(lambda: states(app) == ["sent"], what="the sweep at the start")
    # Nobody works: the relay sees that after two seconds.
    owe(app, urgent=True)
    assert wait_for(lambda: len(smtp_server.messages) == 2, what="without a worker") < 5
    # The broker hangs.
    own_broker.process.send_signal(signal.SIGSTOP)
    for number in range(3):
        owe(app, f"hung{number}@example.org")
    assert wait_for(lambda: len(smtp_server.messages) == 5, what="with the broker hung") < 5
    # The broker is gone.
    own_broker.process.kill()
    own_broker.process.wait()
    owe(app, "gone@example.org")
    assert wait_for(lambda: len(smtp_server.messages) == 6, what="without a broker") < 5
    # The database drops the relay, which listens again.
    with database.admin() as admin:
        admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and query ilike 'listen%'"
        )
    owe(app, "dropped@example.org")
    wait_for(lambda: states(app) == ["sent"] * 7, what="after the database dropped the relay")
    assert len(smtp_server.messages) == 7
    with app.app_context():
        assert db.session.scalars(text("select name from heartbeat")).all() == ["relay"]
    assert relay.stop() == 0


@pytest.mark.slow
def test_a_worker_takes_the_mails_and_killed_with_kill_9_loses_none_and_doubles_none(
    app: Flask,
    start: StartProcess,
    own_broker: ValkeyServer,
    start_worker: Callable[..., Process],
    smtp_server: SmtpServer,
) -> None:
    relay = start("workers.relay", REDIS_URL=own_broker.url)
    worker = start_worker(REDIS_URL=own_broker.url)
    relay.wait_for_line("relay: listening")
    worker.wait_for_line("ready.")
    for name in TASKS:
        worker.wait_for_line(f". {name}")
    owe(app)
    wait_for(lambda: states(app) == ["sent"])
    worker.wait_for_line("Task deliver_notice[")
    for number in range(40):
        owe(app, f"p{number}@example.org")
    wait_for(lambda: len(smtp_server.messages) >= 5, what="the first mails")
    worker.kill()
    # What the dead worker held has its stage on the record; everything else leaves through the relay.
    wait_for(lambda: set(states(app)) <= {"sent", "sending"}, seconds=60, what="everything else")
    held = states(app).count("sending")
    assert held <= 2  # one for each pool process
    with app.app_context():
        sweep_outbox(Sender(mailer_for(app.config["SMTP_URL"], ""), transaction, lambda: now() + timedelta(minutes=3)))
        sweep_outbox(Sender(mailer_for(app.config["SMTP_URL"], ""), transaction, lambda: now() + timedelta(minutes=9)))
    assert set(states(app)) <= {"sent", "unconfirmed"}
    recipients = [str(mail["To"]) for mail in smtp_server.messages]
    assert len(recipients) == len(set(recipients))
    assert len(recipients) >= states(app).count("sent")


def test_a_sweep_from_the_command_line_sends_what_is_owed(
    app: Flask, environment: dict[str, str], smtp_server: SmtpServer
) -> None:
    owe(app)
    command = [sys.executable, "-m", "flask", "--app", "app", "outbox", "sweep"]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.endswith("1 mail(s) tried.\n")
    assert len(smtp_server.messages) == 1


def test_a_sender_killed_between_acceptance_and_commit_leaves_an_uncertain_mail(
    app: Flask, smtp_server: SmtpServer
) -> None:
    """The mail arrived, the record does not know; nothing sends it again by itself."""
    owe(app)
    child = os.fork()
    if child == 0:
        _send_and_die(app)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert (states(app), len(smtp_server.messages)) == (["sending"], 1)
    for minutes in (3, 60):
        with app.app_context():
            ahead = timedelta(minutes=minutes)
            sweep_outbox(Sender(mailer_for(app.config["SMTP_URL"], ""), transaction, lambda by=ahead: now() + by))
    assert (states(app), len(smtp_server.messages)) == (["unconfirmed"], 1)


def _send_and_die(app: Flask) -> None:
    """In a child process: send, then end by kill -9 before the last of the transactions."""
    done = 0

    @contextmanager
    def commit() -> Iterator[Any]:
        nonlocal done
        done += 1
        if done == 3:  # the claim and the stage were committed; this is the end of the attempt
            os.kill(os.getpid(), signal.SIGKILL)
        with transaction() as session:
            yield session

    try:
        with app.app_context():
            db.engine.dispose(close=False)
            sweep_outbox(Sender(mailer_for(app.config["SMTP_URL"], ""), commit, now))
    finally:
        os._exit(1)
