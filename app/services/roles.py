"""Roles are given by invitation and taken back; the last administrator stays."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.domain.access import Actor, Role
from app.domain.refusals import Refusal
from app.domain.roles import NOT_YOURS, RevokeReason, grant_problem
from app.domain.words import N_
from app.extensions import db
from app.models.office import Office
from app.models.person import Organization, Person, Region, RoleGrant
from app.queries.delegations import delegations_by
from app.queries.invitations import has_sent_application, holds_role
from app.queries.people import person_by_email
from app.services.audit import record
from app.services.invitations import Invitation, invite_person


def invite_to_role(
    email: str,
    role: Role,
    *,
    region_id: UUID | None = None,
    office_id: UUID | None = None,
    full_name: str | None = None,
    actor: Actor,
    now: datetime,
) -> Invitation:
    """Offer a role in a region, or in one office, and send the one-time link that begins it.

    `email` is clean already. Raises Refusal with the field where the actor may not, where the office or region is
    missing, where the person holds the role already, and where they have an application that has not ended.
    """
    office = db.session.get(Office, office_id) if role is Role.SUPERVISOR and office_id else None
    region = db.session.get(Region, office.region_id if office else region_id) if (office or region_id) else None
    if role is Role.SUPERVISOR and office is None:
        raise Refusal(N_("Choose the office."), status=422, field="office")
    if region is None:
        raise Refusal(N_("Choose the region."), status=422, field="region")
    known = person_by_email(email)
    problem = grant_problem(
        actor,
        role,
        to=known.id if known else None,
        organization_id=region.organization_id,
        region_id=region.id,
    )
    if problem is not None or actor.person_id is None:
        raise Refusal(problem or NOT_YOURS, status=422, field="role" if problem == NOT_YOURS else "email")
    whole = role in (Role.ADMIN, Role.SUPERVISOR)
    if known is not None:
        _refuse_known(known, role, region=None if whole else region, office=office, organization=region.organization_id)
    return invite_person(
        email,
        role,
        organization=db.session.get_one(Organization, region.organization_id),
        # An administrator serves the whole organization; a supervisor one office.
        region=None if whole else region,
        office=office,
        full_name=full_name,
        by=actor.person_id,
        now=now,
    )


def _refuse_known(
    person: Person, role: Role, *, organization: UUID, region: Region | None, office: Office | None
) -> None:
    held = holds_role(
        person.id,
        role.value,
        organization_id=organization,
        region_id=region.id if region else None,
        office_id=office.id if office else None,
    )
    # Whoever was given a role before they came still needs a link.
    if held and person.email_confirmed_at is not None:
        raise Refusal(N_("They hold this role already. Nothing was sent."), status=422, field="email")
    if has_sent_application(person.id, organization_id=organization):
        raise Refusal(
            N_(
                "This person has an application with you that has not ended. Nobody reads, interviews or decides "
                "beside their own application. Invite them when it has ended."
            ),
            status=422,
            field="email",
        )


def revoke_role(grant: RoleGrant, *, reason: RevokeReason, by: UUID, now: datetime) -> None:
    """Take a role back. Twice is once; Refusal for the last administrator."""
    # The organization's row is held, so that two administrators cannot remove each other at once.
    db.session.execute(select(Organization.id).where(Organization.id == grant.organization_id).with_for_update())
    db.session.refresh(grant, with_for_update=True)
    if grant.revoked_at is not None:
        return
    if grant.role == Role.ADMIN.value and _administrators(grant.organization_id) <= 1:
        raise Refusal(N_("This is the last administrator. Invite another one first."))
    grant.revoked_at = now
    # What a supervisor has lent ends with the right itself.
    for lent in delegations_by(grant.person_id, grant.office_id):
        lent.revoked_at = now
    record("role:revoke", "person", grant.person_id, by=by, now=now, role=grant.role, reason=reason.value)


def _administrators(organization_id: UUID) -> int:
    return (
        db.session.scalar(
            select(func.count(func.distinct(RoleGrant.person_id))).where(
                RoleGrant.organization_id == organization_id,
                RoleGrant.role == Role.ADMIN.value,
                RoleGrant.revoked_at.is_(None),
            )
        )
        or 0
    )
