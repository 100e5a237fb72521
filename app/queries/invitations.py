"""Invitations to a role that nobody has accepted or taken back yet."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import or_, select

from app.domain.pipeline import SUBMITTED_LIVE_STATES
from app.extensions import db
from app.models.application import Application
from app.models.opening import Opening
from app.models.person import RoleGrant, RoleInvitation


def invitations_of(person_id: UUID) -> list[RoleInvitation]:
    """Return what one person was offered and has not answered, the oldest first."""
    return list(
        db.session.scalars(
            select(RoleInvitation)
            .where(
                RoleInvitation.person_id == person_id,
                RoleInvitation.accepted_at.is_(None),
                RoleInvitation.ended_at.is_(None),
            )
            .order_by(RoleInvitation.invited_at, RoleInvitation.id)
        )
    )


def has_sent_application(person_id: UUID, *, organization_id: UUID) -> bool:
    """Tell whether an application of this person to the organization is sent and has not ended."""
    return (
        db.session.scalar(
            select(Application.id)
            .join(Opening, Opening.id == Application.opening_id)
            .where(
                Application.person_id == person_id,
                Application.state.in_(SUBMITTED_LIVE_STATES),
                Opening.organization_id == organization_id,
            )
            .limit(1)
        )
        is not None
    )


def holds_role(
    person_id: UUID, role: str, *, organization_id: UUID, region_id: UUID | None, office_id: UUID | None
) -> bool:
    """Tell whether somebody holds this role here in their own right, also by holding it everywhere."""
    return (
        db.session.scalar(
            select(RoleGrant.id)
            .where(
                RoleGrant.person_id == person_id,
                RoleGrant.role == role,
                RoleGrant.organization_id == organization_id,
                RoleGrant.revoked_at.is_(None),
                RoleGrant.delegated_by_id.is_(None),
                or_(RoleGrant.region_id.is_(None), RoleGrant.region_id == region_id),
                RoleGrant.office_id.is_(None) if office_id is None else RoleGrant.office_id == office_id,
            )
            .limit(1)
        )
        is not None
    )
