"""Several connections in one sweep: each mail once, one that kills takes no innocent with it for good."""

import os
import signal
import threading
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.adapters.mail import SmtpMailer, Unreachable
from app.extensions import db, transaction
from app.models import Notice
from app.services.claiming import claim_next_notice
from app.services.notices import owe_notice
from app.services.posting import Sender, sweep_outbox
from tests.smtp import SmtpServer

KILLS = "kills@example.org"


def owe(count: int, context: dict[str, Any] | None = None) -> None:
    """Owe so many mails in one transaction."""
    words = context or {"count": 2, "oldest": "2026-11-20T10:00:00+00:00"}
    with transaction():
        for number in range(count):
            owe_notice("reading_overdue", subject_id=uuid4(), email=f"p{number}@example.org", now=now(), context=words)


def a_sender(app: Flask, mailer: type[SmtpMailer] = SmtpMailer, **ahead: float) -> Sender:
    """A sender whose clock goes ahead."""
    return Sender(mailer(app.config["SMTP_URL"]), transaction, lambda: now() + timedelta(**ahead))


def states(session: Session) -> Counter[str]:
    """How many mails are in which state."""
    session.expire_all()
    return Counter(session.scalars(select(Notice.state)))


def test_much_leaves_by_four_connections_and_little_by_one(
    app: Flask, session: Session, smtp_server: SmtpServer
) -> None:
    owe(9)
    threads = threading.active_count()
    assert sweep_outbox(a_sender(app)) == 9
    assert len(set(smtp_server.peers)) == 1
    owe(60)
    assert sweep_outbox(a_sender(app)) == 60
    assert len(set(smtp_server.peers)) == 5
    assert threading.active_count() == threads
    assert set(Counter(str(mail["Message-ID"]) for mail in smtp_server.messages).values()) == {1}
    assert states(session) == {"sent": 69}


def test_poisonous_words_stop_none_of_the_connections(app: Flask, session: Session, smtp_server: SmtpServer) -> None:
    owe(5, {"count": "many", "oldest": "never"})
    owe(60)
    for hours in range(6):
        sweep_outbox(a_sender(app, hours=hours))
    assert states(session) == {"sent": 60, "failed": 5}
    assert set(session.scalars(select(Notice.attempts).where(Notice.state == "failed"))) == {5}
    assert len(smtp_server.messages) == 60


def test_a_server_that_goes_away_ends_all_connections_and_one_that_wants_few_has_few(
    app: Flask, session: Session, smtp_server: SmtpServer
) -> None:
    class Leaves(SmtpMailer):
        """Answers ten times, all connections together."""

        carried = 0

        def send(self, mail: Any, *, before_data: Any) -> None:
            if Leaves.carried >= 10:
                raise Unreachable("gone")
            Leaves.carried += 1
            super().send(mail, before_data=before_data)

    class First(SmtpMailer):
        """The server takes one connection."""

        def another(self) -> SmtpMailer:
            return Second(self._url)

    class Second(SmtpMailer):
        def open(self) -> None:
            raise Unreachable("421 too many connections")

    owe(60)
    assert 11 <= sweep_outbox(a_sender(app, Leaves)) <= 14
    session.expire_all()
    assert session.scalar(select(func.count()).where(Notice.attempts == 0)) in range(46, 50)
    assert sweep_outbox(a_sender(app, First, minutes=1)) == 50
    assert states(session) == {"sent": 60}
    assert set(session.scalars(select(Notice.attempts))) == {1, 2}


def test_what_goes_wrong_in_a_thread_is_raised_when_all_have_ended(
    app: Flask, session: Session, smtp_server: SmtpServer
) -> None:
    class First(SmtpMailer):
        def another(self) -> SmtpMailer:
            return Broken(self._url)

    class Broken(SmtpMailer):
        def open(self) -> None:
            raise MemoryError

    owe(60)
    threads = threading.active_count()
    with pytest.raises(MemoryError):
        sweep_outbox(a_sender(app, First))
    assert threading.active_count() == threads
    assert set(states(session)) == {"sent", "pending"}
    assert sweep_outbox(a_sender(app), stop=lambda: True) == 1  # told to stop: the one that was taken
    assert sweep_outbox(a_sender(app), seconds=0) == 1
    sweep_outbox(a_sender(app))
    assert states(session) == {"sent": 60}
    assert len(smtp_server.messages) == 60


def test_what_a_sender_has_died_with_is_taken_apart_from_all_others(app: Flask, session: Session) -> None:
    owe(1)
    with transaction():
        session.execute(update(Notice).values(attempts=1))
    with transaction():
        assert claim_next_notice(holder="a", now=now()) is None
        session.execute(update(Notice).values(error="451 later"))
        assert claim_next_notice(holder="a", now=now(), suspects=True) is None
        assert claim_next_notice(holder="a", now=now()) is not None


def test_a_mail_that_kills_its_sender_is_set_aside_alone(app: Flask, session: Session, smtp_server: SmtpServer) -> None:
    """Its first death takes what leaves beside it with it; later it dies alone."""
    owe(60)
    with transaction():
        session.execute(update(Notice).where(Notice.recipient_email == "p20@example.org").values(recipient_email=KILLS))
    deaths = 0
    for minutes in range(0, 40, 2):
        session.rollback()
        child = os.fork()
        if child == 0:
            _send(app, Dies, minutes)
        deaths += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        if not {"pending", "sending"} & set(states(session)):
            break
    ended = states(session)
    assert (deaths, ended["failed"], ended["sent"] + ended["unconfirmed"]) == (5, 1, 59)
    assert ended["unconfirmed"] <= 3
    assert session.scalar(select(func.max(Notice.attempts)).where(Notice.state == "sent")) in (1, 2)
    assert set(Counter(str(mail["Message-ID"]) for mail in smtp_server.messages).values()) == {1}


@pytest.mark.parametrize("moment", ["before the text", "after the text"])
def test_a_process_killed_with_four_connections_loses_nothing_and_sends_nothing_twice(
    app: Flask, session: Session, smtp_server: SmtpServer, moment: str
) -> None:
    owe(80)
    session.rollback()
    child = os.fork()
    if child == 0:
        _send_and_die(app, moment)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    held = states(session)["sending"]
    assert 1 <= held <= 4
    for minutes in (3, 60):
        sweep_outbox(a_sender(app, minutes=minutes))
    ended = states(session)
    assert set(ended) <= {"sent", "unconfirmed"} and ended.total() == 80
    assert ended["unconfirmed"] <= held
    arrived = Counter(str(mail["Message-ID"]) for mail in smtp_server.messages)
    assert set(arrived.values()) == {1}
    assert ended["sent"] <= len(arrived) <= 80


class Dies(SmtpMailer):
    """Ends its process when it is given a certain mail."""

    def send(self, mail: Any, *, before_data: Any) -> None:
        if KILLS in str(mail["To"]):
            os.kill(os.getpid(), signal.SIGKILL)
        super().send(mail, before_data=before_data)


def _send_and_die(app: Flask, moment: str) -> None:
    """In a child process: send by several connections; the thirtieth mail ends it by kill -9."""
    begun = Counter[str]()

    class DiesLater(SmtpMailer):
        def send(self, mail: Any, *, before_data: Any) -> None:
            begun["mails"] += 1
            last = begun["mails"] >= 30
            if last and moment == "before the text":
                os.kill(os.getpid(), signal.SIGKILL)
            super().send(mail, before_data=before_data)
            if last:
                os.kill(os.getpid(), signal.SIGKILL)

    _send(app, DiesLater)


def _send(app: Flask, mailer: type[SmtpMailer], minutes: float = 0) -> None:
    """In a child process: sweep, and end."""
    try:
        with app.app_context():
            db.engine.dispose(close=False)
            sweep_outbox(a_sender(app, mailer, minutes=minutes))
    finally:
        os._exit(0)
