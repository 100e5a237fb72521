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
from flask import Flask, current_app

from app.adapters.mail import (
    TIMEOUT,
    AddressRefused,
    Mailer,
    MailError,
    PermanentMailError,
    TemporaryMailError,
    UncertainMailError,
    Unreachable,
    mailer_for,
)
from app.domain.delivery import Outcome
from app.emails.messages import BrokenWords, message_of
from app.emails.mime import email_of
from app.extensions import db
from app.models.notice import Notice
from app.queries.notices import waiting_at_least
from app.services.claiming import Claimed, claim_next_notice, claim_notice
from app.services.delivery import LeaseLost, begin_data, finish_notice, take_back_expired

log = structlog.get_logger()

# Mails that wait, for each further connection; how often the first of a sweep counts them, in mails.
WORTH_A_CONNECTION = 10
LOOK_EVERY = 25
# Bytes of a notice's context: ours have a few hundred. More would be read into memory only to fail there.
LARGEST_CONTEXT = 1_000_000


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

    def __call__(self, notice_id: UUID, *, holder: str, now: datetime) -> Claimed | None: ...


def post_notice(notice_id: UUID, sender: Sender, *, claim: Claim = claim_notice) -> str | None:
    """Send this notice if it is due and nobody else does; return its new state, None where there was nothing to do."""
    with sender.commit():
        claimed = claim(notice_id, holder=sender.holder, now=sender.clock())
    if claimed is None:
        return None
    attempt = _try(claimed, sender)
    with sender.commit():
        return _finish(attempt, sender)


def sweep_outbox(sender: Sender, *, seconds: float = 60, stop: Callable[[], bool] = lambda: False) -> int:
    """Take back what dead senders held, then send all that is due; return how many were tried.

    Ends after `seconds`, when told to stop, or when the mail server is away (then nothing else would leave either).
    Where much waits, other threads send beside this one (MAIL_CONNECTIONS), each by a connection of its own.
    """
    crew = _Crew(sender, time.monotonic() + seconds, stop)
    try:
        tried = _drain(sender, crew, leads=True)
        crew.wait()
    except BaseException:  # a time limit, too: it is raised in this thread alone
        crew.over.set()
        crew.wait()
        raise
    return tried + crew.tried()


def _drain(sender: Sender, crew: _Crew, *, leads: bool = False) -> int:
    """Send one mail after the other until nothing is due or the crew's work is over; return how many were tried.

    How one mail ended and that the next is taken is one transaction: two commits for each mail. Who `leads` also
    takes back what dead senders held, sends first and alone what some have died with, and calls for the others.
    """
    suspects = leads

    def claim() -> Claimed | None:
        nonlocal suspects
        claimed = claim_next_notice(holder=sender.holder, now=sender.clock(), suspects=True) if suspects else None
        suspects = claimed is not None
        return claimed or claim_next_notice(holder=sender.holder, now=sender.clock())

    with sender.commit():
        if leads:
            take_back_expired(now=sender.clock())
        claimed = claim()
    tried = 0
    while claimed is not None:
        tried += 1
        attempt = _try(claimed, sender)
        if isinstance(attempt.fault, Unreachable):
            crew.over.set()
        try:
            with sender.commit():
                _finish(attempt, sender)
                claimed = claim() if crew.goes_on() else None
                if leads and claimed is not None and not suspects and tried % LOOK_EVERY == 1:
                    crew.grow()
        except Exception:
            # What is wrong with the next one must not take away what is known about this one.
            with sender.commit():
                _finish(attempt, sender)
            raise
    return tried


class _Crew:
    """The threads that send beside the first one of a sweep, and when the work of all is over."""

    def __init__(self, first: Sender, ends_at: float, stop: Callable[[], bool]) -> None:
        self.over = threading.Event()
        self._first = first
        self._ends_at = ends_at
        self._stop = stop
        self._threads: list[threading.Thread] = []
        self._tried: list[int] = []
        self._faults: list[BaseException] = []

    def goes_on(self) -> bool:
        """Tell whether another mail may be taken."""
        return time.monotonic() < self._ends_at and not self.over.is_set() and not self._stop()

    def grow(self) -> None:
        """Start as many threads as what waits is worth, once; the mail server has just been found to be there."""
        most = current_app.config["MAIL_CONNECTIONS"] - 1
        if self._threads or most < 1:
            return
        waiting = waiting_at_least(most * WORTH_A_CONNECTION, now=self._first.clock())
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        for _ in range(waiting // WORTH_A_CONNECTION):
            mailer = self._first.mailer.another()
            if mailer is not None:
                sender = Sender(mailer, self._first.commit, self._first.clock)
                thread = threading.Thread(name="sender", target=self._send, args=(app, sender), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _send(self, app: Flask, sender: Sender) -> None:
        try:
            with app.app_context():
                # A server that does not want so many connections says so before a mail is taken.
                sender.mailer.open()
                self._tried.append(_drain(sender, self))
        except Unreachable as refusal:
            log.info("outbox: no further connection", fault=str(refusal))
        except BaseException as fault:
            self.over.set()
            self._faults.append(fault)
        finally:
            sender.close()

    def wait(self) -> None:
        """Wait for the others, but not for one that hangs: what it holds ends with its lease."""
        for thread in self._threads:
            while thread.is_alive() and self.goes_on():
                thread.join(0.5)
        patience = time.monotonic() + TIMEOUT
        for thread in self._threads:
            thread.join(max(0.0, patience - time.monotonic()))

    def tried(self) -> int:
        """Return how many mails the others tried; raise what went wrong in one of them."""
        if self._faults:
            raise self._faults[0]
        return sum(self._tried)


@dataclass
class _Attempt:
    """How far one attempt came: its subject, whether the text began to leave, and what went wrong."""

    claimed: Claimed
    subject: str = ""
    leaving: bool = False
    lost: bool = False
    fault: Exception | None = None


def _try(claimed: Claimed, sender: Sender) -> _Attempt:
    """Render and send one claimed notice; nothing that goes wrong with it leaves this function."""
    attempt = _Attempt(claimed)
    try:
        _send(sender, attempt)
    except LeaseLost:
        attempt.lost = True
    except MailError as problem:
        attempt.fault = problem
    except Exception as problem:  # a time limit, for example: the connection may be in the middle of the text
        sender.mailer.drop()
        attempt.fault = problem
    db.session.rollback()
    return attempt


def _finish(attempt: _Attempt, sender: Sender) -> str | None:
    """Write down how an attempt ended, within the caller's transaction; return the notice's new state."""
    claimed, fault = attempt.claimed, attempt.fault
    if attempt.lost:
        log.warning("notice: somebody else took it", notice=str(claimed.id))
        return None
    outcome = _outcome(fault, attempt.leaving)
    state = finish_notice(
        claimed.id,
        outcome,
        holder=sender.holder,
        now=sender.clock(),
        error=None if fault is None else _words(fault),
        subject=attempt.subject,
        address_refused=isinstance(fault, AddressRefused),
    )
    if fault is not None:
        # The fault's text may hold what people wrote: staff read it in the outbox, the log names its kind only.
        log.warning("notice: not sent", notice=str(claimed.id), kind=claimed.kind, outcome=outcome.value, state=state,
                    fault=type(fault).__name__)  # fmt: skip
    return state


def _send(sender: Sender, attempt: _Attempt) -> None:
    """Render a notice and hand it to the mail server; what happens on the way is noted in `attempt`."""
    claimed = attempt.claimed

    def before_data() -> None:
        with sender.commit():
            begin_data(claimed.id, holder=sender.holder, now=sender.clock())
        attempt.leaving = True

    if claimed.size > LARGEST_CONTEXT:
        raise BrokenWords(f"what it is made from has {claimed.size} bytes; at most {LARGEST_CONTEXT} are read")
    notice = db.session.get_one(Notice, claimed.id, populate_existing=True)
    message = message_of(notice)
    attempt.subject = message.subject
    mail = email_of(
        message,
        notice_id=claimed.id,
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
