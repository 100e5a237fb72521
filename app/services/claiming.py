"""Taking a mail for sending: the one door through which all leave, so that here is decided what may.

What a mail says is not read here: the attempt is counted and committed first, so that words which kill their reader
are found after a few deaths and set aside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import (
    ColumnElement,
    DateTime,
    String,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from app.domain.courtesy import COUNTED, DIGEST, REMINDERS, Held, Manners, start_of_day, wait_of
from app.domain.delivery import LEASE, SECRET_KINDS
from app.extensions import db
from app.models.application import Application
from app.models.notice import Notice
from app.models.person import Person
from app.models.suppression import MailSuppression
from app.queries.outbox_hold import may_leave
from app.services.digests import begin_digest

# Only a code that its owner has just asked for leaves for an address on the list.
ALWAYS_TAKEN = "sign_in_code"
SUPPRESSED = "Not sent: this address is on the list of addresses that get no mail."
_LOCK_SPACE = 20_465
_A_MOMENT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail that is this sender's until its lease ends. `size`: bytes of what its words are made from."""

    id: UUID
    kind: str
    size: int


def claim_notice(notice_id: UUID, *, holder: str, now: datetime) -> Claimed | None:
    """Take this notice for sending; None where it is not due, already taken, past its moment or has to wait."""
    row = _decide(_THIS_ONE, holder, now, key=notice_id)
    return None if row is None else _take(row, holder, now)


def claim_next_notice(*, holder: str, now: datetime, suspects: bool = False) -> Claimed | None:
    """Take the next notice that is due, urgent ones first; None where nothing is left.

    `suspects`: one of those that a sender has died with. They are taken by a process that sends nothing else
    meanwhile, so that only the guilty one dies again; without it, one of all others.
    """
    statement = _NEXT_SUSPECT if suspects else _NEXT
    while (row := _decide(statement, holder, now)) is not None:
        claimed = _take(row, holder, now)
        if claimed is not None:
            return claimed
    return None


# The statements are made once: making one costs more than running it.
_NOTICE: Any = Notice.__table__
_MOMENT = bindparam("moment", type_=DateTime(timezone=True))


def _word(word: str) -> Any:
    """A word of the statement, not a value: a list of values is put together anew at each execution."""
    return literal_column(f"'{word}'", String)


_REMINDERS = [_word(kind) for kind in sorted(REMINDERS)]
# What may speak against sending: what it says is over; its address gets no mail; quiet hours, a full day, a digest.
_OVER, _ON_LIST, _PERHAPS_LATER = "over", "on the list", "perhaps later"


def _due(*more: ColumnElement[bool]) -> Any:
    """The ids of what is due, locked unless somebody else has locked them."""
    return (
        select(_NOTICE.c.id)
        .where(
            *more,
            _NOTICE.c.state == "pending",
            _NOTICE.c.due_at <= _MOMENT,
            or_(_NOTICE.c.void_after.is_(None), _NOTICE.c.void_after > _MOMENT),
            may_leave(),
        )
        .order_by(_NOTICE.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )


def _deciding(which: Any) -> Any:
    """What decides about the notice that `which` finds."""
    context = _NOTICE.c.context
    state = select(Application.state).where(Application.id == _NOTICE.c.application_id).scalar_subquery()
    live = and_(MailSuppression.email == _NOTICE.c.recipient_email, MailSuppression.lifted_at.is_(None))
    zone = select(Person.time_zone).where(Person.id == _NOTICE.c.recipient_id).scalar_subquery()
    return select(
        _NOTICE.c.id,
        _NOTICE.c.kind,
        _NOTICE.c.urgent,
        _NOTICE.c.recipient_id,
        _NOTICE.c.void_after,
        _NOTICE.c.held_for,
        context["while_state"].astext.label("while_state"),
        func.octet_length(cast(context, Text)).label("size"),
        state.label("state"),
        exists(select(MailSuppression.id).where(live)).label("suppressed"),
        zone.label("zone"),
    ).where(_NOTICE.c.id == which, _NOTICE.c.state == "pending")


def _taking(which: Any) -> Any:
    """Take the notice of `which`."""
    return (
        update(_NOTICE)
        .where(_NOTICE.c.id == which, _NOTICE.c.state == "pending")
        .values(
            state="sending",
            stage="before_data",
            attempts=_NOTICE.c.attempts + 1,
            lease_until=bindparam("lease", type_=DateTime(timezone=True)),
            lease_holder=bindparam("holder", type_=String),
        )
    )


def _deciding_and_taking(which: Any) -> Any:
    """Take what nothing speaks against, in the same statement; `hindrance` says what does, `taken` whether."""
    found = _deciding(which).cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
    hindrance = case(
        # A reminder names the state that it speaks of; when that is over, it is not sent.
        (found.c.while_state != found.c.state, _word(_OVER)),
        (and_(found.c.suppressed, found.c.kind != ALWAYS_TAKEN), _word(_ON_LIST)),
        (and_(found.c.kind.in_(_REMINDERS), ~found.c.urgent, found.c.recipient_id.is_not(None)), _word(_PERHAPS_LATER)),
    )
    decided = select(found, hindrance.label("hindrance")).cte("decided")
    free = select(decided.c.id).where(decided.c.hindrance.is_(None)).scalar_subquery()
    taken = _taking(free).returning(_NOTICE.c.id).cte("taken")
    return select(decided, exists(select(taken.c.id)).label("taken"))


_THIS_ONE = _deciding_and_taking(_due(_NOTICE.c.id == bindparam("key", type_=Uuid)))
# Tried, and no attempt ended with an answer: a sender has died with it.
_SUSPECT = and_(_NOTICE.c.attempts > 0, _NOTICE.c.error.is_(None))
_NEXT = _deciding_and_taking(func.coalesce(_due(~_SUSPECT, _NOTICE.c.urgent), _due(~_SUSPECT)))
_NEXT_SUSPECT = _deciding_and_taking(_due(_SUSPECT))
_TAKE = _taking(bindparam("key", type_=Uuid))


def _decide(statement: Any, holder: str, now: datetime, **more: Any) -> Any:
    values = {"moment": now, "lease": now + LEASE, "holder": holder, **more}
    return db.session.execute(statement, values).one_or_none()


def _take(row: Any, holder: str, now: datetime) -> Claimed | None:
    if not row.taken:
        if row.hindrance == _OVER:
            _set(row, state="cancelled")
            return None
        if row.hindrance == _ON_LIST:
            _set(row, state="bounced", error=SUPPRESSED)
            return None
        if row.hindrance == _PERHAPS_LATER and _waits(row, now):
            return None
        db.session.execute(_TAKE, {"key": row.id, "lease": now + LEASE, "holder": holder})
    return Claimed(row.id, row.kind, row.size)


def _set(row: Any, **values: Any) -> None:
    if values["state"] in ("cancelled", "bounced") and row.kind in SECRET_KINDS - {"invitation"}:
        values["context"] = {}
    db.session.execute(
        update(Notice).where(Notice.id == row.id).values(values).execution_options(synchronize_session=False)
    )


def _waits(row: Any, now: datetime) -> bool:
    """Put a reminder off where it may not leave yet; what waited for its digest goes into it."""
    if row.kind in COUNTED and not _alone_with(row.recipient_id):
        _set(row, state="pending", due_at=now + _A_MOMENT)
        return True
    if row.held_for == Held.DIGEST and begin_digest(row.recipient_id, now=now):
        return True
    wait = wait_of(
        row.kind,
        urgent=row.urgent,
        now=now,
        zone=row.zone,
        left_today=_left_today(row.recipient_id, start_of_day(now, row.zone)) if row.kind in COUNTED else 0,
        void_after=row.void_after,
        manners=manners(),
        in_digest=row.held_for == Held.DIGEST,
    )
    if wait is None:
        return False
    _set(row, state="pending", due_at=wait.until, held_for=wait.held_for.value)
    return True


def manners() -> Manners:
    """Return the organization's quiet hours and its reminders a day."""
    config = current_app.config
    return Manners(config["QUIET_FROM"], config["QUIET_UNTIL"], config["REMINDERS_A_DAY"])


def _alone_with(person_id: UUID) -> bool:
    """Count somebody's reminders alone, until the transaction ends; False where another sender does."""
    key = func.hashtext(str(person_id))
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK_SPACE, key))))


def _left_today(person_id: UUID, since: datetime) -> int:
    return (
        db.session.scalar(
            select(func.count()).where(
                Notice.recipient_id == person_id,
                Notice.kind.in_([*COUNTED, DIGEST]),
                or_(
                    and_(Notice.state == "sent", Notice.sent_at >= since),
                    and_(Notice.state.in_(("sending", "unconfirmed")), Notice.due_at >= since),
                ),
            )
        )
        or 0
    )
