"""People: who is signed in, who has an address, who holds a role."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.domain.access import Role
from app.extensions import db
from app.models.opening import Opening
from app.models.person import Person, RoleGrant


def person_for_session(session_id: str) -> Person | None:
    """Return the person of a session cookie ("id:session key"), or None where the session was ended."""
    person_id, _, key = session_id.partition(":")
    try:
        person = db.session.get(Person, UUID(person_id))
    except ValueError:
        return None
    return person if person is not None and str(person.session_key) == key else None


def person_by_email(email: str) -> Person | None:
    """Return the person with this address, whatever its case."""
    return db.session.scalar(select(Person).where(Person.email == email.strip().lower()))


def people_with_role(opening: Opening, roles: Iterable[Role]) -> list[Person]:
    """Return who holds one of these roles for this opening's organization and region, by name."""
    return list(
        db.session.scalars(
            select(Person)
            .join(RoleGrant, RoleGrant.person_id == Person.id)
            .where(
                RoleGrant.role.in_([role.value for role in roles]),
                RoleGrant.revoked_at.is_(None),
                RoleGrant.organization_id == opening.organization_id,
                (RoleGrant.region_id.is_(None)) | (RoleGrant.region_id == opening.region_id),
            )
            .distinct()
            .order_by(Person.full_name, Person.id)
        )
    )


def supervisors_of(office_id: UUID) -> list[Person]:
    """Return the supervisors of an office in their own right, by name; who decides now: `deciders_of`."""
    return list(
        db.session.scalars(
            select(Person)
            .join(RoleGrant, RoleGrant.person_id == Person.id)
            .where(
                RoleGrant.role == Role.SUPERVISOR.value,
                RoleGrant.office_id == office_id,
                RoleGrant.revoked_at.is_(None),
                RoleGrant.delegated_by_id.is_(None),
            )
            .order_by(Person.full_name, Person.id)
        )
    )


def deciders_of(office_id: UUID, *, now: datetime) -> list[Person]:
    """Return who decides for an office now, by name: its supervisors, away or not, and who stands in for one."""
    return list(
        db.session.scalars(
            select(Person)
            .where(
                Person.id.in_(
                    select(RoleGrant.person_id).where(
                        RoleGrant.role == Role.SUPERVISOR.value,
                        RoleGrant.office_id == office_id,
                        RoleGrant.revoked_at.is_(None),
                        or_(
                            RoleGrant.delegated_by_id.is_(None),
                            and_(RoleGrant.starts_at <= now, RoleGrant.ends_at > now),
                        ),
                    )
                )
            )
            .order_by(Person.full_name, Person.id)
        )
    )
