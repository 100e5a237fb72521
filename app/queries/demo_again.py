"""Starting the demo again: what there is to remove, what forbids it, and whether it is under way."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text

from app.domain.demo_people import is_invented
from app.extensions import db
from app.models.notice import Notice
from app.models.person import Organization, Person, RoleGrant
from app.models.system import AuditEvent

# Held by whoever makes the demo anew, until it stands or is given up: every process sees it.
LOCK = (20_461, 7)
_UNDER_WAY = text(
    "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
    " WHERE locktype = 'advisory' AND classid = :first AND objid = :second AND objsubid = 2 AND granted"
    " AND pg_database.datname = current_database())"
)
_TAKE = text("SELECT pg_try_advisory_xact_lock(:first, :second)")


def take_turn() -> bool:
    """Take the lock for the rest of this transaction; False where somebody else has it."""
    return bool(db.session.scalar(_TAKE, {"first": LOCK[0], "second": LOCK[1]}))


def is_under_way() -> bool:
    """Tell whether the demo is being made anew at this moment."""
    return bool(db.session.scalar(_UNDER_WAY, {"first": LOCK[0], "second": LOCK[1]}))


def last_word(actions: Collection[str]) -> tuple[str, datetime] | None:
    """Return the newest of these events with its moment: that it was asked for, or that it failed."""
    row = db.session.execute(
        select(AuditEvent.action, AuditEvent.at)
        .where(AuditEvent.object_type == "demo", AuditEvent.action.in_(actions))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else (row.action, row.at)


def organizations_besides(slugs: Collection[str]) -> int:
    """Return how many organizations there are that the demo does not make."""
    return db.session.scalar(select(func.count()).where(Organization.slug.not_in(slugs))) or 0


def has_real_staff() -> bool:
    """Tell whether anybody holds a role that nobody of the demo gave them, at first or second hand."""
    rows = db.session.execute(
        select(RoleGrant.person_id, RoleGrant.granted_by_id, Person.email).join(
            Person, Person.id == RoleGrant.person_id
        )
    ).all()
    trusted = {person_id for person_id, _by, email in rows if is_invented(email)}
    while more := {person_id for person_id, by, _email in rows if by in trusted} - trusted:
        trusted |= more
    return any(person_id not in trusted for person_id, _by, _email in rows)


def every_notice_id() -> set[UUID]:
    """Return the id of every mail that is owed or has left."""
    return set(db.session.scalars(select(Notice.id)))
