"""The outbox's state machine after the claim: stage, finish, take back, settle. Each is one short transaction.

pending -> sending (lease, attempt + 1) -> sent | pending with a later due_at | bounced | failed | unconfirmed;
cancelled where its moment has passed. A lease that ran out before DATA goes back to pending; after DATA the
notice is unconfirmed, and only a person decides.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, String, Uuid, bindparam, case, func, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import defer

from app.domain.delivery import LEASE, SECRET_KINDS, TROUBLED, Outcome, after_attempt, after_silence
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.notice import Notice
from app.services.audit import record
from app.services.notices import CHANNEL
from app.services.suppression import note_refused_address

BATCH = 500


class LeaseLost(Exception):
    """Somebody else looks after this notice by now: do not send it."""


# Made once: making a statement costs more than running it.
_NOTICE: Any = Notice.__table__
_MOMENT = bindparam("moment", type_=DateTime(timezone=True))
_ITS_OWN = (_NOTICE.c.id == bindparam("key", type_=Uuid), _NOTICE.c.lease_holder == bindparam("held_by", type_=String))
_SECRET = _NOTICE.c.kind.in_([literal_column(f"'{kind}'", String) for kind in sorted(SECRET_KINDS)])
_STAGE = (
    update(_NOTICE)
    .where(*_ITS_OWN, _NOTICE.c.state == "sending", _NOTICE.c.lease_until > _MOMENT)
    .values(
        stage="data",
        lease_until=func.greatest(_NOTICE.c.lease_until, bindparam("lease", type_=DateTime(timezone=True))),
    )
    .returning(_NOTICE.c.id)
)
_SENT = (
    update(_NOTICE)
    .where(*_ITS_OWN, _NOTICE.c.state.in_(("sending", "unconfirmed")))
    .values(
        state="sent",
        sent_at=_MOMENT,
        lease_until=None,
        lease_holder=None,
        error=None,
        subject_line=case(
            (_SECRET, _NOTICE.c.subject_line),
            else_=func.coalesce(func.nullif(bindparam("subject", type_=String), ""), _NOTICE.c.subject_line),
        ),
        context=case((_SECRET, literal({}, JSONB)), else_=_NOTICE.c.context),
    )
    .returning(_NOTICE.c.id)
)


def begin_data(notice_id: UUID, *, holder: str, now: datetime) -> None:
    """Note that the text leaves now. Raises LeaseLost where the lease is over: then nothing may leave."""
    values = {"key": notice_id, "held_by": holder, "moment": now, "lease": now + LEASE}
    kept = db.session.execute(_STAGE, values).scalar_one_or_none()
    if kept is None:
        raise LeaseLost(str(notice_id))


def finish_notice(
    notice_id: UUID,
    outcome: Outcome,
    *,
    holder: str,
    now: datetime,
    error: str | None = None,
    subject: str = "",
    address_refused: bool = False,
) -> str | None:
    """Write down how the attempt ended; return the new state.

    A sender that comes back late still knows what happened, so its word also ends `unconfirmed`. None where the
    notice is no longer its own. `address_refused`: it was the address that the mail server would not have.
    """
    if outcome is Outcome.SENT:
        return _sent(notice_id, holder=holder, now=now, subject=subject)
    notice = db.session.scalar(
        select(Notice)
        .options(defer(Notice.context))
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
    again = notice.address_refused
    notice.address_refused = again or address_refused
    if following.due_at is not None:
        _wait(notice, following.due_at)
    else:
        _end(notice, following.state)
    db.session.flush()
    if address_refused:
        note_refused_address(notice.recipient_email, error or "", again=again, now=now)
    return following.state


def _sent(notice_id: UUID, *, holder: str, now: datetime, subject: str) -> str | None:
    """What nearly all attempts come to, in one statement."""
    values = {"key": notice_id, "held_by": holder, "moment": now, "subject": subject}
    kept = db.session.execute(_SENT, values).scalar_one_or_none()
    return None if kept is None else "sent"


def take_back_expired(*, now: datetime) -> int:
    """Look after notices whose sender died, and cancel those whose moment has passed; return how many."""
    expired = db.session.scalars(
        select(Notice)
        .options(defer(Notice.context))
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
        .options(defer(Notice.context))
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
