"""Staff and supervisors with their roles, and where roles can be given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import joinedload

from app.domain.access import Actor, Role
from app.extensions import db
from app.models.office import Office
from app.models.person import Person, Region, RoleGrant, RoleInvitation


@dataclass(frozen=True, slots=True)
class Holder:
    """A person with each role in force and the region or office it holds for."""

    person: Person
    grants: Sequence[tuple[RoleGrant, Region | None, Office | None]]


def role_holders(actor: Actor, *, now: datetime) -> list[Holder]:
    """Return who holds a role or will, in this administrator’s or manager’s organizations and regions, by name."""
    rows: Any = db.session.execute(
        select(Person, RoleGrant, Region, Office)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .outerjoin(Region, Region.id == RoleGrant.region_id)
        .outerjoin(Office, Office.id == RoleGrant.office_id)
        .where(
            RoleGrant.revoked_at.is_(None), or_(RoleGrant.ends_at.is_(None), RoleGrant.ends_at > now), _within(actor)
        )
        .options(joinedload(RoleGrant.delegated_by))
        .order_by(Person.full_name, Person.email, RoleGrant.role, Office.name)
    )
    holders: dict[UUID, Holder] = {}
    for person, grant, region, office in rows:
        holder = holders.setdefault(person.id, Holder(person, []))
        holder.grants.append((grant, region, office))  # type: ignore[attr-defined]
    return list(holders.values())


@dataclass(frozen=True, slots=True)
class Offered:
    """A role that somebody was invited to and has not accepted, with the region or office that it is for."""

    invitation: RoleInvitation
    region: Region | None
    office: Office | None


def open_invitations(actor: Actor) -> list[Offered]:
    """Return who is invited and has not come yet, where this administrator or manager looks after people."""
    rows: Any = db.session.execute(
        select(RoleInvitation, Region, Office)
        .outerjoin(Region, Region.id == RoleInvitation.region_id)
        .outerjoin(Office, Office.id == RoleInvitation.office_id)
        .where(RoleInvitation.accepted_at.is_(None), RoleInvitation.ended_at.is_(None), _within(actor, RoleInvitation))
        .options(joinedload(RoleInvitation.person))
        .order_by(RoleInvitation.invited_at, RoleInvitation.id)
    )
    return [Offered(*row) for row in rows]


def regions_to_grant(actor: Actor) -> list[Region]:
    """Return the regions for which this person may give roles, by name."""
    ways: list[ColumnElement[bool]] = [false()]
    for grant in actor.grants:
        if grant.role is Role.ADMIN:
            ways.append(Region.organization_id == grant.organization_id)
        elif grant.role in (Role.MANAGER, Role.DIRECTOR):
            own = true() if grant.region_id is None else Region.id == grant.region_id
            ways.append(and_(Region.organization_id == grant.organization_id, own))
    return list(db.session.scalars(select(Region).where(or_(*ways)).order_by(Region.name)))


def offices_to_grant(regions: Sequence[Region]) -> list[Office]:
    """Return the offices of these regions by name."""
    return list(
        db.session.scalars(
            select(Office).where(Office.region_id.in_([region.id for region in regions])).order_by(Office.name)
        )
    )


def _within(actor: Actor, of: type[RoleGrant] | type[RoleInvitation] = RoleGrant) -> ColumnElement[bool]:
    ways: list[ColumnElement[bool]] = [false()]
    for grant in actor.grants:
        here = of.organization_id == grant.organization_id
        if grant.role is Role.ADMIN or (grant.role in (Role.MANAGER, Role.DIRECTOR) and grant.region_id is None):
            ways.append(here)
        elif grant.role in (Role.MANAGER, Role.DIRECTOR):
            own = or_(of.region_id == grant.region_id, Office.region_id == grant.region_id)
            ways.append(and_(here, or_(own, and_(of.region_id.is_(None), of.office_id.is_(None)))))
    return or_(*ways)
