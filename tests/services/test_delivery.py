"""The outbox: claimed once, sent once, never lost, never sent twice by itself."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.adapters.mail import mailer_for
from app.domain.delivery import LEASE, Outcome
from app.domain.refusals import Refusal
from app.extensions import db, transaction
from app.models import AuditEvent, Notice
from app.services.claiming import claim_next_notice, claim_notice
from app.services.delivery import (
    LeaseLost,
    begin_data,
    finish_notice,
    settle_notice,
    take_back_expired,
)
from app.services.notices import owe_notice
from app.services.posting import Sender, post_notice, sweep_outbox
from tests.factories import make_draft, make_opening, make_person
from tests.smtp import SmtpServer


def owe(kind: str = "reading_overdue", email: str = "maya@example.org", **more: Any) -> UUID:
    context = more.pop("context", {"count": 2, "oldest": "2026-11-20T10:00:00+00:00"})
    with transaction():
        key = owe_notice(kind, subject_id=uuid4(), email=email, now=now(), context=context, **more)
    assert key is not None
    return key


def a_sender(app: Flask, **clock: float) -> Sender:
    ahead = timedelta(**clock)
    return Sender(mailer_for(app.config["SMTP_URL"], ""), transaction, lambda: now() + ahead)


def row(session: Session, key: UUID) -> Notice:
    session.expire_all()
    return session.get_one(Notice, key)


def test_a_notice_leaves_once_however_often_it_is_posted(app: Flask, session: Session, smtp_server: SmtpServer) -> None:
    key = owe()
    assert [post_notice(key, a_sender(app)) for _ in range(3)] == ["sent", None, None]
    mail = smtp_server.messages[0]
    assert (str(mail["Subject"]), str(mail["Message-ID"])) == ("2 reviews are overdue", f"<{key}@placewell.example>")
    notice = row(session, key)
    assert (notice.state, notice.attempts, notice.stage, notice.subject_line) == (
        "sent",
        1,
        "data",
        "2 reviews are overdue",
    )


def test_eight_threads_send_two_hundred_notices_once_each(
    app: Flask, session: Session, smtp_server: SmtpServer
) -> None:
    keys = [owe(email=f"p{number}@example.org") for number in range(200)]

    def work() -> None:
        with app.app_context():
            sender = a_sender(app)
            sweep_outbox(sender)
            sender.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = Counter(str(mail["Message-ID"]) for mail in smtp_server.messages)
    assert sent == Counter(f"<{key}@placewell.example>" for key in keys)
    assert set(session.scalars(select(Notice.state))) == {"sent"}


def test_a_hundred_mails_share_a_connection_and_one_that_was_closed_meanwhile_costs_nothing(
    app: Flask, session: Session, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_CONNECTIONS", 1)
    for number in range(130):
        owe(email=f"p{number}@example.org")
    sender = a_sender(app)
    assert sweep_outbox(sender) == 130
    assert sorted(Counter(smtp_server.peers).values()) == [30, 100]
    smtp_server.stop()
    smtp_server.start()
    key = owe(email="last@example.org")
    assert post_notice(key, sender) == "sent"
    assert row(session, key).attempts == 1


@pytest.mark.parametrize("context", [{"count": "x" * 2_000_000}, {"count": "many", "oldest": "never"}])
def test_a_poisonous_mail_is_set_aside_after_five_tries_and_stops_nobody(
    app: Flask, session: Session, smtp_server: SmtpServer, context: dict[str, Any]
) -> None:
    poison, good = owe(context=context, urgent=True), owe(email="good@example.org")
    nowhere = owe(email="no address at all", urgent=True)
    for hours in range(6):
        sweep_outbox(a_sender(app, hours=hours))
    assert [(row(session, key).state, row(session, key).attempts) for key in (poison, nowhere, good)] == [
        ("failed", 5), ("failed", 5), ("sent", 1),
    ]  # fmt: skip
    assert [str(mail["To"]) for mail in smtp_server.messages] == ["good@example.org"]


def test_urgent_notices_leave_first(app: Flask, session: Session) -> None:
    owe()
    urgent = owe(urgent=True)
    with transaction():
        taken = claim_next_notice(holder="a", now=now())
    assert taken is not None and taken.id == urgent


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [("451 4.7.1 later", "pending", "451 4.7.1 later"), ("550 5.1.1 unknown", "bounced", "550 5.1.1 unknown")],
)
def test_a_refusal_is_kept_with_the_servers_own_words(
    app: Flask, session: Session, smtp_server: SmtpServer, answer: str, state: str, error: str
) -> None:
    key = owe()
    smtp_server.refusals.append(answer)
    assert post_notice(key, a_sender(app)) == state
    assert row(session, key).error == error
    if state == "pending":
        assert post_notice(key, a_sender(app)) is None  # it waits
        assert post_notice(key, a_sender(app, seconds=20)) == "sent"


def test_a_mail_server_that_is_away_costs_one_try_and_all_leaves_when_it_is_back(
    app: Flask, session: Session, smtp_server: SmtpServer
) -> None:
    for number in range(5):
        owe(email=f"p{number}@example.org")
    gone = owe(email="late@example.org", void_after=now() + timedelta(minutes=30))
    smtp_server.stop()
    try:
        assert sweep_outbox(a_sender(app)) == 1
        assert sweep_outbox(a_sender(app, minutes=40)) == 1
    finally:
        smtp_server.start()
    assert sweep_outbox(a_sender(app, minutes=49)) == 5
    assert len(smtp_server.messages) == 5
    assert row(session, gone).state == "cancelled"


def test_a_sender_that_died_before_the_text_left_is_followed_by_another(app: Flask, session: Session) -> None:
    key = owe()
    with transaction():
        claim_notice(key, holder="dead", now=now())
    later = now() + LEASE
    with transaction():
        assert take_back_expired(now=later) == 1
    assert row(session, key).state == "pending"
    with transaction(), pytest.raises(LeaseLost):
        begin_data(key, holder="dead", now=later)


def test_a_sender_that_died_after_the_text_left_leaves_it_to_a_person(
    app: Flask, session: Session, smtp_server: SmtpServer
) -> None:
    key = owe()
    with transaction():
        claim_notice(key, holder="dead", now=now())
        begin_data(key, holder="dead", now=now())
    assert sweep_outbox(a_sender(app, minutes=3)) == 0
    assert row(session, key).state == "unconfirmed"
    assert sweep_outbox(a_sender(app, days=1)) == 0
    assert smtp_server.messages == []


def test_a_sender_that_comes_back_late_still_says_how_it_ended(app: Flask, session: Session) -> None:
    key = owe()
    with transaction():
        claim_notice(key, holder="slow", now=now())
        begin_data(key, holder="slow", now=now())
    with transaction():
        take_back_expired(now=now() + LEASE)
    with transaction():
        assert finish_notice(key, Outcome.SENT, holder="somebody else", now=now()) is None
        assert finish_notice(key, Outcome.SENT, holder="slow", now=now()) == "sent"
    assert row(session, key).state == "sent"


def test_a_broken_template_is_set_aside_and_stops_nobody_else(
    app: Flask, session: Session, smtp_server: SmtpServer
) -> None:
    broken, good = owe("no_such_kind", email="a@example.org"), owe(email="b@example.org")
    for hours in range(5):
        sweep_outbox(a_sender(app, hours=hours))
    assert (row(session, broken).state, row(session, broken).attempts) == ("failed", 5)
    assert row(session, good).state == "sent"
    assert "no_such_kind" in str(row(session, broken).error)


def test_something_that_breaks_while_the_text_leaves_is_uncertain(app: Flask, session: Session) -> None:
    key = owe()
    sender = a_sender(app)

    class Breaks(type(sender.mailer)):  # type: ignore[misc]
        def send(self, mail: Any, *, before_data: Any) -> None:
            before_data()
            raise RuntimeError("a time limit, for example")

    sender.mailer = Breaks(app.config["SMTP_URL"])
    assert post_notice(key, sender) == "unconfirmed"


def test_the_secret_of_a_code_is_not_kept_after_it_left(app: Flask, session: Session) -> None:
    key = owe("sign_in_code", context={"code": "123456", "token": "secret", "known": False})
    assert post_notice(key, a_sender(app)) == "sent"
    notice = row(session, key)
    assert (notice.context, notice.subject_line) == ({}, None)


def test_a_reminder_for_a_state_that_is_over_is_not_sent(app: Flask, session: Session) -> None:
    application = make_draft(make_opening())
    with transaction():
        key = owe_notice(
            "draft_reminder",
            subject_id=application.id,
            recipient=application.person,
            application=application,
            now=now(),
            context={"while_state": "recording_due"},
        )
    assert key is not None
    assert post_notice(key, a_sender(app)) is None
    assert row(session, key).state == "cancelled"


def test_a_person_settles_what_is_uncertain(app: Flask, session: Session, smtp_server: SmtpServer) -> None:
    manager = make_person()
    arrived, again = owe(email="a@example.org"), owe(email="b@example.org")
    for key in (arrived, again):
        with transaction():
            claim_notice(key, holder="dead", now=now())
            begin_data(key, holder="dead", now=now())
    with transaction():
        take_back_expired(now=now() + LEASE)
    for key, outcome in ((arrived, "sent"), (again, "send_again")):
        with transaction():
            settle_notice(row(session, key), outcome, by=manager.id, now=now())
    sweep_outbox(a_sender(app))
    assert [row(session, key).state for key in (arrived, again)] == ["sent", "sent"]
    assert [str(mail["To"]) for mail in smtp_server.messages] == ["b@example.org"]
    assert db.session.scalars(select(AuditEvent.action)).all().count("notice.settle") == 2
    with pytest.raises(Refusal), transaction():
        settle_notice(row(session, arrived), "send_again", by=manager.id, now=now())


def test_a_refused_mail_cannot_be_called_arrived(app: Flask, session: Session, smtp_server: SmtpServer) -> None:
    manager, key = make_person(), owe()
    smtp_server.refusals.append("550 5.1.1 unknown")
    post_notice(key, a_sender(app))
    with pytest.raises(Refusal), transaction():
        settle_notice(row(session, key), "sent", by=manager.id, now=now())
