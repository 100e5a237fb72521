"""Accounts: one-time links, the organization, and who still has to accept an invitation."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from app.adapters.secret_hash import token_hash
from app.domain.access import Role
from app.extensions import db
from app.models.application import Application
from app.models.person import Organization, Person, RoleGrant, SignInCode


def live_link(token: str, purpose: str, now: datetime) -> SignInCode | None:
    """Return the one-time link of this purpose, unless it was used or its time is over."""
    found = db.session.scalar(
        select(SignInCode).where(SignInCode.token_hash == token_hash(token), SignInCode.purpose == purpose)
    )
    return found if found is not None and found.used_at is None and found.expires_at > now else None


def sign_in_code_by_id(code_id: UUID) -> SignInCode | None:
    """Return a sign-in code, used or not."""
    return db.session.get(SignInCode, code_id)


def organization_named(name: str) -> Organization | None:
    """Return the organization with this name, whatever the case."""
    return db.session.scalar(select(Organization).where(func.lower(Organization.name) == name.strip().lower()))


def organization_by_slug(slug: str) -> Organization | None:
    """Return the organization with this short name."""
    return db.session.scalar(select(Organization).where(Organization.slug == slug))


def administrators_of(organization_id: UUID) -> list[Person]:
    """Return who administers an organization."""
    return list(
        db.session.scalars(
            select(Person)
            .join(RoleGrant, RoleGrant.person_id == Person.id)
            .where(
                RoleGrant.role == Role.ADMIN.value,
                RoleGrant.organization_id == organization_id,
                RoleGrant.revoked_at.is_(None),
            )
            .order_by(Person.email)
        )
    )


def every_administrator() -> list[Person]:
    """Return who administers any organization of this installation."""
    return list(
        db.session.scalars(
            select(Person)
            .join(RoleGrant, RoleGrant.person_id == Person.id)
            .where(RoleGrant.role == Role.ADMIN.value, RoleGrant.revoked_at.is_(None))
            .distinct()
            .order_by(Person.email)
        )
    )


def has_applications(person_id: UUID) -> bool:
    """Tell whether a person has ever begun an application."""
    return db.session.scalar(select(Application.id).where(Application.person_id == person_id).limit(1)) is not None
