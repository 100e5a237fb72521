"""One notice from the outbox to the mail server, in three short transactions of its caller.

The caller lends its unit of work (`commit`), because what happened has to be on the record before and after
the text leaves: whatever dies in between, the outbox knows how far it came.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import structlog
from flask import current_app

from app.adapters.mail import (
    Mailer,
    MailError,
    PermanentMailError,
    TemporaryMailError,
    UncertainMailError,
    Unreachable,
    mailer_for,
)
from app.domain.delivery import Outcome
from app.emails.messages import message_of
from app.emails.mime import email_of
from app.extensions import db
from app.models.notice import Notice
from app.services.delivery import (
    LeaseLost,
    begin_data,
    claim_next_notice,
    claim_notice,
    finish_notice,
    take_back_expired,
)

log = structlog.get_logger()


def _holder() -> str:
    return f"{socket.gethostname()[:30]}/{os.getpid()}/{threading.get_ident() % 100000}/{uuid4().hex[:8]}"


@dataclass
class Sender:
    """Who sends: a connection, the caller's unit of work and the clock. One for each thread."""

    mailer: Mailer
    commit: Callable[[], AbstractContextManager[Any]]
    clock: Callable[[], datetime]
    holder: str = field(default_factory=_holder)

    def close(self) -> None:
        """Leave the mail server."""
        self.mailer.close()


def sender_here(commit: Callable[[], AbstractContextManager[Any]], clock: Callable[[], datetime]) -> Sender:
    """Return a sender with the mail server of the settings."""
    return Sender(mailer_for(current_app.config["SMTP_URL"], current_app.config["MAILDIR"]), commit, clock)


class Claim(Protocol):
    """How a notice is taken for sending."""

    def __call__(self, notice_id: UUID, *, holder: str, now: datetime) -> Notice | None: ...


def post_notice(notice_id: UUID, sender: Sender, *, claim: Claim = claim_notice) -> str | None:
    """Send this notice if it is due and nobody else does; return its new state, None where there was nothing to do."""
    with sender.commit():
        notice = claim(notice_id, holder=sender.holder, now=sender.clock())
    return None if notice is None else _post(notice, sender)[0]


def sweep_outbox(sender: Sender, *, seconds: float = 60, stop: Callable[[], bool] = lambda: False) -> int:
    """Take back what dead senders held, then send all that is due; return how many were tried.

    Ends after `seconds`, when told to stop, or when the mail server is away (then nothing else would leave either).
    """
    ends_at = time.monotonic() + seconds
    with sender.commit():
        take_back_expired(now=sender.clock())
    tried = 0
    while time.monotonic() < ends_at and not stop():
        with sender.commit():
            notice = claim_next_notice(holder=sender.holder, now=sender.clock())
        if notice is None:
            break
        tried += 1
        if isinstance(_post(notice, sender)[1], Unreachable):
            break
    return tried


def _post(notice: Notice, sender: Sender) -> tuple[str | None, Exception | None]:
    """Render, send and finish one claimed notice; nothing that goes wrong with it leaves this function."""
    notice_id, kind = notice.id, notice.kind
    attempt = _Attempt()
    try:
        _send(notice, sender, attempt)
    except LeaseLost:
        db.session.rollback()
        log.warning("notice: somebody else took it", notice=str(notice_id))
        return None, None
    except MailError as problem:
        attempt.fault = problem
    except Exception as problem:  # a time limit, for example: the connection may be in the middle of the text
        sender.mailer.drop()
        attempt.fault = problem
    db.session.rollback()
    fault = attempt.fault
    outcome = _outcome(fault, attempt.leaving)
    with sender.commit():
        state = finish_notice(
            notice_id,
            outcome,
            holder=sender.holder,
            now=sender.clock(),
            error=None if fault is None else _words(fault),
            subject=attempt.subject,
        )
    if fault is not None:
        # The fault's text may hold what people wrote: staff read it in the outbox, the log names its kind only.
        log.warning("notice: not sent", notice=str(notice_id), kind=kind, outcome=outcome.value, state=state,
                    fault=type(fault).__name__)  # fmt: skip
    return state, fault


@dataclass
class _Attempt:
    """How far one attempt came: its subject, whether the text began to leave, and what went wrong."""

    subject: str = ""
    leaving: bool = False
    fault: Exception | None = None


def _send(notice: Notice, sender: Sender, attempt: _Attempt) -> None:
    """Render a notice and hand it to the mail server; what happens on the way is noted in `attempt`."""
    notice_id = notice.id

    def before_data() -> None:
        with sender.commit():
            begin_data(notice_id, holder=sender.holder, now=sender.clock())
        attempt.leaving = True

    message = message_of(notice)
    attempt.subject = message.subject
    mail = email_of(
        message,
        notice_id=notice_id,
        to=notice.recipient_email,
        sender=current_app.config["MAIL_FROM"],
        now=sender.clock(),
    )
    # What was read for the words must not keep a transaction open while the network is slow.
    db.session.rollback()
    sender.mailer.send(mail, before_data=before_data)


def _outcome(fault: Exception | None, leaving: bool) -> Outcome:
    if fault is None:
        return Outcome.SENT
    for kind, outcome in (
        (UncertainMailError, Outcome.UNCERTAIN),
        (PermanentMailError, Outcome.PERMANENT),
        (TemporaryMailError, Outcome.TEMPORARY),
    ):
        if isinstance(fault, kind):
            return outcome
    return Outcome.UNCERTAIN if leaving else Outcome.BROKEN


def _words(fault: Exception) -> str:
    return str(fault)[:500] if isinstance(fault, MailError) else f"{type(fault).__name__}: {fault}"[:500]
