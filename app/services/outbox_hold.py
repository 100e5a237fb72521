"""After a restore: the outbox stays frozen until an operator lets go, and nothing leaves that may have left before.

The backup knows what was owed when it was made. Whether such a mail left between the backup and the loss, nobody
knows any more; sending it again would be a double. So it becomes "unconfirmed", which a person settles (it did
arrive, or: send again). The same holds for reminders that were found due anew while the outbox was frozen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from app.domain.courtesy import DIGEST, REMINDERS
from app.extensions import db
from app.models.hold import OutboxHold
from app.models.notice import Notice
from app.queries.outbox_hold import current_hold
from app.services.audit import record
from app.services.notices import wake_workers

MAY_HAVE_LEFT = "Owed before the restore: it may have left after the backup was made."
_FOUND_DUE = frozenset({*REMINDERS, DIGEST})


@dataclass(frozen=True, slots=True)
class Released:
    """How many mails leave now, and how many a person has to settle."""

    leaving: int
    unconfirmed: int


def release_outbox(*, send_owed: bool, now: datetime) -> Released | None:
    """Let mails leave again; None where the outbox was not frozen.

    `send_owed`: the operator knows that nothing left between the backup and the loss, so all that is owed may leave.
    """
    hold = current_hold()
    if hold is None:
        return None
    unconfirmed = 0 if send_owed else _set_aside(hold)
    leaving = db.session.scalar(select(func.count()).where(Notice.state == "pending")) or 0
    record(
        "outbox:release",
        "outbox",
        "outbox",
        by=None,
        now=now,
        send_owed=send_owed,
        unconfirmed=unconfirmed,
        leaving=leaving,
        backup_made_at=hold.backup_made_at.isoformat(),
    )
    db.session.delete(hold)
    wake_workers()
    db.session.flush()
    return Released(leaving, unconfirmed)


def _set_aside(hold: OutboxHold) -> int:
    found = db.session.scalars(
        update(Notice)
        .where(Notice.state == "pending", _may_have_left(hold))
        .values(state="unconfirmed", stage="data", error=MAY_HAVE_LEFT, lease_holder=None)
        .returning(Notice.id)
        .execution_options(synchronize_session=False)
    )
    return len(found.all())


def _may_have_left(hold: OutboxHold) -> ColumnElement[bool]:
    # What was not due before the restore cannot have left.
    owed_at_backup = and_(Notice.created_at <= hold.backup_made_at, Notice.due_at <= hold.since)
    found_anew = and_(Notice.kind.in_(_FOUND_DUE), Notice.created_at >= hold.since)
    return or_(owed_at_backup, found_anew)
