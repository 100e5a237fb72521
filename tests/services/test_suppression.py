"""An address that was refused for good twice, or that staff put on the list, gets no mail but its own codes."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.models import AuditEvent, MailSuppression, Notice
from app.services.claiming import SUPPRESSED
from app.services.delivery import settle_notice
from app.services.posting import post_notice
from app.services.suppression import lift_suppression, suppress_address
from tests.factories import make_person
from tests.services.test_delivery import a_sender, owe, row
from tests.smtp import SmtpServer

GONE = "550 5.1.1 no such user"


def post(app: Flask, session: Session, key: UUID) -> tuple[str, str | None]:
    post_notice(key, a_sender(app))
    notice = row(session, key)
    return notice.state, notice.error


def listed(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(MailSuppression.email).where(MailSuppression.lifted_at.is_(None))))


def test_twice_refused_is_believed_and_a_code_still_leaves(
    app: Flask, session: Session, smtp_server: SmtpServer
) -> None:
    manager = make_person()
    smtp_server.unknown["maya@example.org"] = GONE
    first = owe()
    assert post(app, session, first) == ("bounced", GONE)
    assert listed(session) == []
    with transaction():
        settle_notice(row(session, first), "send_again", by=manager.id, now=now())
    assert post(app, session, first) == ("bounced", GONE)
    assert listed(session) == ["maya@example.org"]
    assert row(session, first).address_refused
    smtp_server.unknown.clear()
    held, code = owe(), owe("sign_in_code", context={"code": "123456", "token": "secret", "known": False})
    assert post(app, session, held) == ("bounced", SUPPRESSED)
    assert post(app, session, code) == ("sent", None)

    entry = session.scalars(select(MailSuppression)).one()
    assert (entry.cause, entry.reason, entry.added_by_id) == ("bounced", GONE, None)
    with transaction():
        lift_suppression(entry, reason="She has a new mailbox", by=manager.id, now=now())
    with pytest.raises(Refusal), transaction():
        lift_suppression(entry, reason="Again", by=manager.id, now=now())
    with transaction():
        settle_notice(row(session, held), "send_again", by=manager.id, now=now())
    assert post(app, session, held) == ("sent", None)
    # What was refused before it was taken off is forgiven.
    smtp_server.unknown["maya@example.org"] = GONE
    assert post(app, session, owe())[0] == "bounced"
    assert listed(session) == []
    assert session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all() == [
        "notice.settle", "suppression:add", "suppression:lift", "notice.settle",
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["550 5.7.1 blocked for policy", "554 5.7.1 relay access denied", "450 4.2.1 full"])
def test_what_may_be_about_us_puts_nobody_on_the_list(
    app: Flask, session: Session, smtp_server: SmtpServer, said: str
) -> None:
    smtp_server.unknown["maya@example.org"] = said
    for _ in range(3):
        post(app, session, owe())
    assert listed(session) == []


def test_staff_put_an_address_on_the_list_once(app: Flask, session: Session, smtp_server: SmtpServer) -> None:
    manager = make_person()
    with transaction():
        suppress_address(" Maya@Example.org", reason="She asked us to call", by=manager.id, now=now())
    for wrong in ("maya@example.org", "maya@"):
        with pytest.raises(Refusal), transaction():
            suppress_address(wrong, reason="x", by=manager.id, now=now())
    assert post(app, session, owe()) == ("bounced", SUPPRESSED)
    assert session.scalars(select(Notice.state)).all() == ["bounced"]
    assert smtp_server.messages == []
