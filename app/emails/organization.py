"""In whose name a mail is written, and where a person answers: the organization's own words, never the sender's."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr

from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.models.notice import Notice
from app.models.opening import Opening
from app.models.person import Organization, RoleInvitation

_AT_MOST_TWO = select(Organization).limit(2)
# Whoever is invited holds no role yet.
_INVITING = select(RoleInvitation.organization_id).where(
    RoleInvitation.accepted_at.is_(None), RoleInvitation.ended_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class WhoWrites:
    """The organization's name, and the address and the phone number where people get help."""

    name: str
    help_email: str
    help_phone: str | None = None


def who_writes(notice: Notice, opening: Opening | None) -> WhoWrites:
    """Return who writes this mail; an installation without any organization has only MAIL_FROM."""
    organization = opening.organization if opening is not None else _without_opening(notice)
    if organization is None:
        name, address = parseaddr(current_app.config["MAIL_FROM"])
        return WhoWrites(name, address)
    return WhoWrites(organization.name, organization.help_email, organization.help_phone)


def _without_opening(notice: Notice) -> Organization | None:
    """A sign-in code or a digest is about no opening: the recipient's organization, or the only one there is."""
    if notice.recipient is not None:
        of_grants = {grant.organization_id for grant in notice.recipient.grants if grant.revoked_at is None}
        of_grants |= set(db.session.scalars(_INVITING.where(RoleInvitation.person_id == notice.recipient.id)))
        if len(of_grants) == 1:
            return db.session.get(Organization, of_grants.pop())
    found = db.session.scalars(_AT_MOST_TWO).all()
    return found[0] if len(found) == 1 else None
