"""Who stands in for an office's supervisor, and when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from app.domain.pipeline import LIVE_STATES
from app.extensions import db
from app.models.application import Application
from app.models.person import RoleGrant
from app.models.system import AuditEvent


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


def has_come(grant: RoleGrant) -> bool:
    """Tell whether the colleague signed in since they were named: by the link of the mail, or by a code."""
    came = exists().where(
        AuditEvent.object_type == "person",
        AuditEvent.object_id == str(grant.person_id),
        AuditEvent.action == "session:start",
        AuditEvent.at >= grant.granted_at,
    )
    return bool(db.session.scalar(select(came)))


def has_live_application(person_id: UUID) -> bool:
    """Tell whether this person has a draft, or an application that has not ended."""
    live = exists().where(Application.person_id == person_id, Application.state.in_(LIVE_STATES))
    return bool(db.session.scalar(select(live)))


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
