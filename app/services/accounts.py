"""Accounts: the e-mailed code and link, the person who is made by using one, the roles that a person holds."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.adapters.secret_hash import keyed_hash, same_hash, token_hash
from app.domain.access import Role
from app.extensions import db
from app.models.office import Office
from app.models.person import Organization, Person, Region, RoleGrant, SignInCode
from app.queries.accounts import organization_by_slug, organization_named
from app.queries.people import person_by_email
from app.services.audit import record
from app.services.limits import Limit
from app.services.notices import owe_notice

CODE_LIVES = timedelta(minutes=15)
RESEND_AFTER = timedelta(seconds=30)
INVITATION_LIVES = timedelta(days=7)
TRIES_PER_CODE = 5
# How often a code is sent, to one address and for one client (a library's whole network may be one).
CODES_PER_ADDRESS = (Limit(5, timedelta(minutes=15)), Limit(20, timedelta(days=1)))
CODES_PER_CLIENT = (Limit(40, timedelta(minutes=15)),)
# Tries of codes by one client, over all addresses.
TRIES_PER_CLIENT = (Limit(40, timedelta(minutes=15)),)


@dataclass(frozen=True, slots=True)
class WrongCode:
    """The code is not the one that was sent; so many tries are left before a new one is needed."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class DeadCode:
    """The code was used, its time is over, or it was tried too often."""


def send_sign_in_code(email: str, *, next_path: str | None, now: datetime) -> SignInCode:
    """Make a code and a link for an address and owe the mail that brings both. Known or not: the same."""
    code_id, code, token = uuid4(), f"{secrets.randbelow(1_000_000):06d}", secrets.token_urlsafe(32)
    row = SignInCode(
        id=code_id,
        email=email,
        purpose="sign_in",
        code_hash=keyed_hash("sign_in_code", str(code_id), code),
        token_hash=token_hash(token),
        next_path=next_path,
        created_at=now,
        expires_at=now + CODE_LIVES,
        attempts=0,
    )
    db.session.add(row)
    db.session.flush()
    person = person_by_email(email)
    owe_notice(
        "sign_in_code",
        subject_id=row.id,
        recipient=person,
        email=email,
        now=now,
        context={"code": code, "token": token, "known": person is not None},
        urgent=True,
        void_after=row.expires_at,
    )
    return row


def enter_code(code_id: UUID, digits: str, *, now: datetime) -> Person | WrongCode | DeadCode:
    """Sign in with a code. Every try counts: the caller commits whatever the answer is."""
    row = db.session.scalar(select(SignInCode).where(SignInCode.id == code_id).with_for_update())
    if row is None or row.used_at is not None or row.expires_at <= now or row.attempts >= TRIES_PER_CODE:
        return DeadCode()
    row.attempts += 1
    if not same_hash(row.code_hash, keyed_hash("sign_in_code", str(row.id), digits)):
        left = TRIES_PER_CODE - row.attempts
        return WrongCode(left) if left else DeadCode()
    return _use(row, now)


def use_link(token: str, *, purpose: str, now: datetime) -> tuple[Person, SignInCode] | None:
    """Sign in with the link of a mail (purpose "sign_in" or "invitation"); None where it is used or over."""
    row = db.session.scalar(
        select(SignInCode)
        .where(SignInCode.token_hash == token_hash(token), SignInCode.purpose == purpose)
        .with_for_update()
    )
    if row is None or row.used_at is not None or row.expires_at <= now:
        return None
    return _use(row, now), row


def _use(row: SignInCode, now: datetime) -> Person:
    row.used_at = now
    # What was sent earlier to the same address has done its work too.
    db.session.execute(
        update(SignInCode)
        .where(SignInCode.email == row.email, SignInCode.purpose == row.purpose, SignInCode.used_at.is_(None))
        .values(used_at=now)
    )
    person = ensure_person(row.email, now=now)
    if person.email_confirmed_at is None:
        person.email_confirmed_at = now
    record("session:start", "person", person.id, by=person.id, now=now, way=row.purpose)
    return person


def ensure_person(email: str, *, now: datetime, full_name: str | None = None) -> Person:
    """Return the person with this address, made where there is none; two at once make one."""
    db.session.execute(
        insert(Person)
        .values(
            id=uuid4(), email=email, full_name=full_name, language="en", time_zone="America/Chicago",
            texts_welcome=False, created_at=now, session_key=uuid4(), row_version=1,
        )
        .on_conflict_do_nothing(index_elements=["email"])
    )  # fmt: skip
    return db.session.scalars(select(Person).where(Person.email == email)).one()


def grant_role(
    person: Person,
    role: Role,
    *,
    organization: Organization,
    region: Region | None = None,
    office: Office | None = None,
    by: UUID | None,
    now: datetime,
) -> RoleGrant:
    """Give a person a role within an organization, a region or an office; the same twice is one."""
    scope = {
        "organization_id": organization.id,
        "region_id": region.id if region else None,
        "office_id": office.id if office else None,
    }
    present = db.session.scalar(
        select(RoleGrant).filter_by(
            person_id=person.id, role=role.value, revoked_at=None, delegated_by_id=None, **scope
        )
    )
    if present is not None:
        return present
    grant = RoleGrant(person_id=person.id, role=role.value, granted_by_id=by, granted_at=now, **scope)
    db.session.add(grant)
    db.session.flush()
    db.session.expire(person, ["grants"])
    record("role:grant", "person", person.id, by=by, now=now, role=role.value)
    return grant


def make_invitation(email: str, *, now: datetime) -> tuple[SignInCode, str]:
    """Make the one-time link of an invitation; return its row and its token. Earlier links of this address end."""
    db.session.execute(
        update(SignInCode)
        .where(SignInCode.email == email, SignInCode.purpose == "invitation", SignInCode.used_at.is_(None))
        .values(used_at=now)
    )
    token = secrets.token_urlsafe(32)
    row = SignInCode(
        id=uuid4(),
        email=email,
        purpose="invitation",
        # An invitation has no code: the hash of a value that nobody knows.
        code_hash=token_hash(secrets.token_urlsafe(32)),
        token_hash=token_hash(token),
        created_at=now,
        expires_at=now + INVITATION_LIVES,
        attempts=0,
    )
    db.session.add(row)
    db.session.flush()
    return row, token


def ensure_organization_named(name: str, *, help_email: str, time_zone: str) -> tuple[Organization, bool]:
    """Return the organization with this name and whether it is new."""
    slug = _slug(name)
    found = organization_named(name) or organization_by_slug(slug)
    if found is not None:
        return found, False
    made = Organization(slug=slug, name=name.strip(), help_email=help_email, time_zone=time_zone)
    db.session.add(made)
    db.session.flush()
    return made, True


def _slug(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:80] or "organization"


def end_all_sessions(person: Person, *, by: UUID | None, now: datetime) -> None:
    """Sign a person out everywhere."""
    person.session_key = uuid4()
    record("session:end_all", "person", person.id, by=by, now=now)


def seconds_until_resend(code: SignInCode, now: datetime) -> int:
    """Return how many seconds to wait before a further code may be asked for."""
    return max(0, -int(-(code.created_at + RESEND_AFTER - now).total_seconds() // 1))
