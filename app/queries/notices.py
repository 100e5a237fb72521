"""The outbox, as staff and the relay ask about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import joinedload

from app.domain.access import Grant, Role
from app.extensions import db
from app.models.application import Application
from app.models.notice import Notice
from app.models.opening import Opening


def waiting_among(notice_ids: Collection[UUID], *, now: datetime) -> list[UUID]:
    """Return which of these nobody has taken although they are due."""
    return list(
        db.session.scalars(
            select(Notice.id).where(Notice.id.in_(notice_ids), Notice.state == "pending", Notice.due_at <= now)
        )
    )


def waiting_at_least(enough: int, *, now: datetime) -> int:
    """Return how many mails are due that nobody has taken, counting to `enough` only."""
    due = select(Notice.id).where(Notice.state == "pending", Notice.due_at <= now).limit(enough).subquery()
    return db.session.scalar(select(func.count()).select_from(due)) or 0


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """One page of the ledger, newest first."""

    notices: list[Notice]
    total: int
    counts: dict[str, int]


def mail_ledger(
    grants: Iterable[Grant], *, hidden: Collection[UUID], states: Collection[str], offset: int, limit: int
) -> LedgerPage:
    """Return the mails that somebody with these grants may see, in these states (all where empty).

    `hidden` are applications that this person still scores blind: their mails would tell whose they are.
    """
    seen = _within(grants)
    if hidden:
        seen = and_(seen, or_(Notice.application_id.is_(None), Notice.application_id.not_in(hidden)))
    counts: dict[str, int] = {
        state: number
        for state, number in db.session.execute(
            _joined(select(Notice.state, func.count())).where(seen).group_by(Notice.state)
        )
    }
    if states:
        seen = and_(seen, Notice.state.in_(states))
    notices = db.session.scalars(
        _joined(select(Notice))
        .where(seen)
        .options(joinedload(Notice.recipient))
        .order_by(Notice.created_at.desc(), Notice.id)
        .offset(offset)
        .limit(limit)
    ).all()
    chosen = states or counts.keys()
    return LedgerPage(list(notices), sum(counts.get(state, 0) for state in chosen), counts)


def _joined(statement: Any) -> Any:
    return (
        statement.select_from(Notice)
        .outerjoin(Application, Application.id == Notice.application_id)
        .outerjoin(Opening, Opening.id == Application.opening_id)
    )


def _within(grants: Iterable[Grant]) -> ColumnElement[bool]:
    """Administrators see all; managers what belongs to their region, and what belongs to no application."""
    ways: list[ColumnElement[bool]] = [Notice.application_id.is_(None)]
    for grant in grants:
        if grant.role is Role.ADMIN:
            ways.append(true())
        elif grant.role in (Role.MANAGER, Role.DIRECTOR):
            region = true() if grant.region_id is None else Opening.region_id == grant.region_id
            ways.append(and_(Opening.organization_id == grant.organization_id, region))
    return or_(*ways)
