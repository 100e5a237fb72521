"""Who stands in for an office's supervisor, and when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models.person import RoleGrant


def delegations_of(office_id: UUID, *, now: datetime) -> list[RoleGrant]:
    """Return an office's delegations that run or are to come, the earliest first."""
    return list(
        db.session.scalars(
            select(RoleGrant)
            .where(
                RoleGrant.office_id == office_id,
                RoleGrant.delegated_by_id.is_not(None),
                RoleGrant.revoked_at.is_(None),
                RoleGrant.ends_at > now,
            )
            .options(joinedload(RoleGrant.person), joinedload(RoleGrant.delegated_by))
            .order_by(RoleGrant.starts_at, RoleGrant.id)
        )
    )


def delegations_by(person_id: UUID, office_id: UUID | None) -> list[RoleGrant]:
    """Return what this person has lent for an office and not taken back, over or not."""
    return list(
        db.session.scalars(
            select(RoleGrant).where(
                RoleGrant.delegated_by_id == person_id,
                RoleGrant.office_id == office_id,
                RoleGrant.revoked_at.is_(None),
            )
        )
    )


def standing_grant(person_id: UUID, office_id: UUID) -> RoleGrant | None:
    """Return the right to decide for an office that this person holds without a period."""
    return db.session.scalar(
        select(RoleGrant).where(
            RoleGrant.person_id == person_id,
            RoleGrant.office_id == office_id,
            RoleGrant.delegated_by_id.is_(None),
            RoleGrant.revoked_at.is_(None),
        )
    )
