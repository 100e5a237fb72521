"""The addresses that get no mail."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models.suppression import MailSuppression


def count_suppressed() -> int:
    """How many addresses are on the list."""
    return db.session.scalar(select(func.count()).where(MailSuppression.lifted_at.is_(None))) or 0


def suppressed_addresses(*, limit: int = 500) -> list[MailSuppression]:
    """Return who is on the list, newest first."""
    return _some(MailSuppression.lifted_at.is_(None), MailSuppression.added_at.desc(), limit)


def lifted_addresses(*, limit: int = 20) -> list[MailSuppression]:
    """Return who was taken off it last."""
    return _some(MailSuppression.lifted_at.is_not(None), MailSuppression.lifted_at.desc(), limit)


def _some(which: object, order: object, limit: int) -> list[MailSuppression]:
    people = (joinedload(MailSuppression.added_by), joinedload(MailSuppression.lifted_by))
    statement = select(MailSuppression).options(*people).where(which)  # type: ignore[arg-type]
    return list(db.session.scalars(statement.order_by(order, MailSuppression.id).limit(limit)))  # type: ignore[arg-type]
