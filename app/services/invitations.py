"""Invitations to a role: what was offered begins when the person accepts it by the one-time link, not before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.domain.access import Role
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.office import Office
from app.models.person import Organization, Person, Region, RoleInvitation
from app.queries.accounts import live_link
from app.queries.invitations import has_sent_application, invitations_of
from app.queries.people import person_by_email
from app.services.accounts import ensure_person, grant_role, make_invitation, use_link
from app.services.audit import record
from app.services.notices import owe_notice


@dataclass(frozen=True, slots=True)
class Invitation:
    """A person who was invited and the token of the one-time link; the token is kept nowhere."""

    person: Person
    token: str
    expires_at: datetime


def invite_person(
    email: str,
    role: Role,
    *,
    organization: Organization,
    region: Region | None = None,
    office: Office | None = None,
    full_name: str | None = None,
    by: UUID | None,
    now: datetime,
    mail: bool = True,
) -> Invitation:
    """Offer a role and make a one-time link to accept it; earlier links of this address end.

    `email` is clean already (`domain.email_address.clean_address`). With mail=False the caller hands the
    link over. Invited to the same role twice: the newer date and link count.
    """
    person = ensure_person(email, now=now, full_name=full_name)
    row, token = make_invitation(email, now=now)
    scope = (organization.id, region.id if region else None, office.id if office else None)
    for offered in invitations_of(person.id):
        if offered.role == role.value and (offered.organization_id, offered.region_id, offered.office_id) == scope:
            offered.ended_at = now
    db.session.flush()
    db.session.add(
        RoleInvitation(
            person_id=person.id,
            role=role.value,
            organization_id=organization.id,
            region_id=scope[1],
            office_id=scope[2],
            invited_by_id=by,
            invited_at=now,
            expires_at=row.expires_at,
        )
    )
    db.session.flush()
    record("role:invite", "person", person.id, by=by, now=now, role=role.value)
    if mail:
        owe_notice(
            "invitation",
            subject_id=row.id,
            recipient=person,
            now=now,
            context={"token": token, "organization": organization.name, "office": office.name if office else None},
            urgent=True,
            void_after=row.expires_at,
        )
    return Invitation(person, token, row.expires_at)


def accept_invitation(token: str, *, full_name: str, now: datetime) -> Person | None:
    """Use an invitation's link: the name is kept and every role offered begins. None where the link is used or over.

    Raises Refusal, and leaves the link as it is, for somebody whose own application is being looked at.
    """
    found = live_link(token, "invitation", now)
    known = person_by_email(found.email) if found is not None else None
    if known is not None:
        for offered in invitations_of(known.id):
            if has_sent_application(known.id, organization_id=offered.organization_id):
                raise Refusal(
                    N_("You have an application with us that has not ended. A role can begin when it has."),
                    field="full_name",
                )
    used = use_link(token, purpose="invitation", now=now)
    if used is None:
        return None
    person, _row = used
    person.full_name = full_name
    for offered in invitations_of(person.id):
        offered.accepted_at = now
        grant_role(
            person,
            Role(offered.role),
            organization=db.session.get_one(Organization, offered.organization_id),
            region=db.session.get_one(Region, offered.region_id) if offered.region_id else None,
            office=db.session.get_one(Office, offered.office_id) if offered.office_id else None,
            by=offered.invited_by_id,
            now=now,
        )
    return person


def end_invitation(invitation: RoleInvitation, *, by: UUID, now: datetime) -> None:
    """Take an invitation back before it is accepted. Twice is once; Refusal where it was accepted meanwhile."""
    db.session.execute(select(RoleInvitation.id).where(RoleInvitation.id == invitation.id).with_for_update())
    db.session.refresh(invitation, ["accepted_at", "ended_at"])
    if invitation.accepted_at is not None:
        raise Refusal(N_("It was accepted a moment ago, so the role has begun."))
    if invitation.ended_at is None:
        invitation.ended_at = now
        record("role:end_invitation", "person", invitation.person_id, by=by, now=now, role=invitation.role)
