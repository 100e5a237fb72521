"""The outbox's state machine: claim, stage, finish, take back, settle. Each is one short transaction.

pending -> sending (lease, attempt + 1) -> sent | pending with a later due_at | bounced | failed | unconfirmed;
cancelled where its moment has passed. A lease that ran out before DATA goes back to pending; after DATA the
notice is unconfirmed, and only a person decides.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, update

from app.domain.delivery import LEASE, SECRET_KINDS, TROUBLED, Outcome, after_attempt, after_silence
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import Application
from app.models.notice import Notice
from app.queries.outbox_hold import may_leave
from app.services.audit import record
from app.services.notices import CHANNEL

BATCH = 500


class LeaseLost(Exception):
    """Somebody else looks after this notice by now: do not send it."""


def claim_notice(notice_id: UUID, *, holder: str, now: datetime) -> Notice | None:
    """Take this notice for sending; None where it is not due, already taken or past its moment."""
    notice = _due_notice(now, Notice.id == notice_id)
    return notice if notice is not None and _take(notice, holder, now) else None


def claim_next_notice(*, holder: str, now: datetime) -> Notice | None:
    """Take the next notice that is due, urgent ones first; None where nothing is left."""
    while (notice := _due_notice(now)) is not None:
        if _take(notice, holder, now):
            return notice
    return None


def _due_notice(now: datetime, *which: ColumnElement[bool]) -> Notice | None:
    return db.session.scalar(
        select(Notice)
        .where(
            *which,
            Notice.state == "pending",
            Notice.due_at <= now,
            may_leave(),
            or_(Notice.void_after.is_(None), Notice.void_after > now),
        )
        .order_by(Notice.urgent.desc(), Notice.due_at, Notice.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _take(notice: Notice, holder: str, now: datetime) -> bool:
    if _still_true(notice):
        notice.state, notice.stage = "sending", "before_data"
        notice.attempts += 1
        notice.lease_until, notice.lease_holder = now + LEASE, holder
    else:
        _end(notice, "cancelled")
    db.session.flush()
    return notice.state == "sending"


def _still_true(notice: Notice) -> bool:
    """A reminder names the state that it speaks of (`while_state`); when that is over, it is not sent."""
    wanted = notice.context.get("while_state")
    if wanted is None or notice.application_id is None:
        return True
    return db.session.scalar(select(Application.state).where(Application.id == notice.application_id)) == wanted


def begin_data(notice_id: UUID, *, holder: str, now: datetime) -> None:
    """Note that the text leaves now. Raises LeaseLost where the lease is over: then nothing may leave."""
    kept = db.session.execute(
        update(Notice)
        .where(
            Notice.id == notice_id,
            Notice.state == "sending",
            Notice.lease_holder == holder,
            Notice.lease_until > now,
        )
        .values(stage="data", lease_until=func.greatest(Notice.lease_until, now + LEASE))
        .returning(Notice.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if kept is None:
        raise LeaseLost(str(notice_id))


def finish_notice(
    notice_id: UUID, outcome: Outcome, *, holder: str, now: datetime, error: str | None = None, subject: str = ""
) -> str | None:
    """Write down how the attempt ended; return the new state.

    A sender that comes back late still knows what happened, so its word also ends `unconfirmed`. None where the
    notice is no longer its own.
    """
    notice = db.session.scalar(
        select(Notice)
        .where(Notice.id == notice_id, Notice.lease_holder == holder, Notice.state.in_(("sending", "unconfirmed")))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if notice is None:
        return None
    following = after_attempt(
        outcome,
        attempts=notice.attempts,
        created_at=notice.created_at,
        void_after=notice.void_after,
        now=now,
    )
    if subject and notice.kind not in SECRET_KINDS:
        notice.subject_line = subject
    notice.error = error
    if following.due_at is not None:
        _wait(notice, following.due_at)
    else:
        _end(notice, following.state, sent_at=now if following.state == "sent" else None)
    db.session.flush()
    return following.state


def take_back_expired(*, now: datetime) -> int:
    """Look after notices whose sender died, and cancel those whose moment has passed; return how many."""
    expired = db.session.scalars(
        select(Notice)
        .where(Notice.state == "sending", Notice.lease_until <= now)
        .order_by(Notice.lease_until)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for notice in expired:
        following = after_silence(
            stage=notice.stage,
            attempts=notice.attempts,
            answered=notice.error is not None,
            created_at=notice.created_at,
            now=now,
        )
        if following.due_at is not None:
            _wait(notice, following.due_at)
        else:
            _end(notice, following.state)
    passed = db.session.scalars(
        select(Notice)
        .where(Notice.state == "pending", Notice.void_after <= now)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for notice in passed:
        _end(notice, "cancelled")
    db.session.flush()
    return len(expired) + len(passed)


def settle_notice(notice: Notice, outcome: str, *, by: UUID, now: datetime) -> None:
    """A person decides about a mail in trouble: "sent" (an unconfirmed one did arrive) or "send_again"."""
    db.session.refresh(notice, with_for_update=True)
    if notice.state not in TROUBLED:
        raise Refusal(N_("Somebody else has already dealt with this message."))
    if outcome == "sent":
        if notice.state != "unconfirmed":
            raise Refusal(N_("This message was refused, so it cannot have arrived."))
        _end(notice, "sent", sent_at=now)
    elif outcome == "send_again":
        _send_again(notice, now)
    else:
        raise ValueError(outcome)
    notice.settled_by_id = by
    record("notice.settle", "notice", notice.id, by=by, now=now, outcome=outcome, kind=notice.kind)
    db.session.flush()


def _send_again(notice: Notice, now: datetime) -> None:
    if notice.kind in SECRET_KINDS and not notice.context:
        raise Refusal(N_("This message held a one-time secret that is no longer kept. A new one has to be asked for."))
    if notice.void_after is not None and notice.void_after <= now:
        raise Refusal(N_("The moment of this message has passed."))
    notice.attempts = 0
    notice.created_at = now
    _wait(notice, now)
    db.session.execute(select(func.pg_notify(CHANNEL, str(notice.id))))


def _wait(notice: Notice, due_at: datetime) -> None:
    notice.state, notice.stage, notice.due_at = "pending", "before_data", due_at
    notice.lease_until = notice.lease_holder = None


def _end(notice: Notice, state: str, *, sent_at: datetime | None = None) -> None:
    notice.state, notice.sent_at, notice.lease_until = state, sent_at, None
    if state != "unconfirmed":
        notice.lease_holder = None
        if notice.kind in SECRET_KINDS:
            # A bounced invitation may be sent again, so its link is kept until then; a code is not.
            keep = state in ("bounced", "failed") and notice.kind == "invitation"
            notice.context = notice.context if keep else {}
