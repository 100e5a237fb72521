"""Whether the outbox is frozen, and what waits in it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from app.extensions import db
from app.models.hold import OutboxHold
from app.models.notice import Notice


def current_hold() -> OutboxHold | None:
    """Return the hold, None where mails leave as always."""
    return db.session.get(OutboxHold, 1)


def may_leave() -> ColumnElement[bool]:
    """The condition on a notice that the hold allows it to leave: what was asked for since, at once, may."""
    since = select(OutboxHold.since).scalar_subquery()
    return or_(~exists(select(OutboxHold.id)), and_(Notice.urgent, Notice.created_at >= since))


def held_by_kind() -> dict[str, int]:
    """How many mails of each kind wait, whatever their due date."""
    rows = db.session.execute(
        select(Notice.kind, func.count()).where(Notice.state == "pending").group_by(Notice.kind).order_by(Notice.kind)
    )
    return {kind: count for kind, count in rows.all()}
