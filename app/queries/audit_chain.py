"""The chain of the audit log: its links in order, what is not sealed yet, its head."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.domain.audit_chain import Event, Link
from app.extensions import db
from app.models.system import AuditEvent, AuditSeal

PAGE = 5_000
# An event's columns in the order of `Event`.
EVENT: tuple[Any, ...] = (
    AuditEvent.id, AuditEvent.at, AuditEvent.actor_id, AuditEvent.action, AuditEvent.object_type,
    AuditEvent.object_id, AuditEvent.details,
)  # fmt: skip


def last_link() -> AuditSeal | None:
    """Return the newest link."""
    return db.session.scalar(select(AuditSeal).order_by(AuditSeal.seq.desc()).limit(1))


def unsealed_events(*, since: int, limit: int) -> list[Event]:
    """Return events with an id from `since` on that no link seals, in the order of their ids."""
    sealed = select(AuditSeal.event_id).where(AuditSeal.event_id == AuditEvent.id)
    rows = db.session.execute(
        select(*EVENT).where(AuditEvent.id >= since, ~sealed.exists()).order_by(AuditEvent.id).limit(limit)
    )
    return [Event(*row) for row in rows]


def oldest_unsealed(*, before: datetime) -> AuditEvent | None:
    """Return an event from before this moment that no link seals: the sealer did not come."""
    sealed = select(AuditSeal.event_id).where(AuditSeal.event_id == AuditEvent.id)
    return db.session.scalar(
        select(AuditEvent).where(AuditEvent.at < before, ~sealed.exists()).order_by(AuditEvent.id).limit(1)
    )


def chain_links() -> Iterator[Link]:
    """Yield every link in order with its event, a page at a time: the log may be long."""
    after = 0
    columns = (AuditSeal.seq, AuditSeal.event_id, AuditSeal.previous_hash, AuditSeal.hash, *EVENT)
    while True:
        rows = db.session.execute(
            select(*columns)
            .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
            .where(AuditSeal.seq > after)
            .order_by(AuditSeal.seq)
            .limit(PAGE)
        ).all()
        for seq, event_id, previous_hash, link_hash, *event in rows:
            yield Link(seq, event_id, previous_hash, link_hash, None if event[0] is None else Event(*event))
        if len(rows) < PAGE:
            return
        after = rows[-1].seq


def hash_at(seq: int) -> str | None:
    """Return the hash of the link at this place."""
    return db.session.scalar(select(AuditSeal.hash).where(AuditSeal.seq == seq))
