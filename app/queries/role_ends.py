"""What stays behind when a role is taken back: who is left, and the work that waits for the person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from app.domain.access import Role
from app.extensions import db
from app.models.final_interview import Booking, InterviewSlot
from app.models.office import Office
from app.models.person import Person, Region, RoleGrant
from app.models.reading import ReadingAssignment
from app.models.recording import RecordingReview
from app.models.routing import Proposal
from app.queries.delegations import delegations_by


@dataclass(frozen=True, slots=True)
class Ending:
    """What follows when one role of one person ends. The counts are of work that waits for this person now."""

    office: Office | None
    region: Region | None
    # Who else holds the same role in the same place, by name.
    others: list[str]
    # Who stands in for this supervisor, and stops with them.
    stand_ins: list[str]
    # People whom the office has to decide about.
    waiting: int
    readings: int
    recordings: int
    interviews: int


def ending_of(grant: RoleGrant, *, now: datetime) -> Ending:
    """Return what follows when this role is taken back now."""
    role = Role(grant.role)
    judges = role in (Role.READER, Role.READING_LEAD)
    watches = judges or role is Role.INTERVIEWER
    lent = delegations_by(grant.person_id, grant.office_id) if role is Role.SUPERVISOR else []
    return Ending(
        office=db.session.get(Office, grant.office_id) if grant.office_id else None,
        region=db.session.get(Region, grant.region_id) if grant.region_id else None,
        others=_others(grant),
        stand_ins=[each.person.name for each in lent if each.ends_at is None or each.ends_at > now],
        waiting=_waiting(grant.office_id) if grant.office_id else 0,
        readings=_count(_readings(grant.person_id)) if judges else 0,
        recordings=_count(_reviews(grant.person_id)) if watches else 0,
        interviews=_count(_booked(grant.person_id, now)) if role is Role.INTERVIEWER else 0,
    )


def _others(grant: RoleGrant) -> list[str]:
    wide = RoleGrant.region_id.is_(None)
    people = db.session.scalars(
        select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            RoleGrant.role == grant.role,
            RoleGrant.organization_id == grant.organization_id,
            RoleGrant.revoked_at.is_(None),
            RoleGrant.delegated_by_id.is_(None),
            RoleGrant.office_id == grant.office_id if grant.office_id else RoleGrant.office_id.is_(None),
            or_(wide, RoleGrant.region_id == grant.region_id) if grant.region_id else wide,
            Person.id != grant.person_id,
        )
        .distinct()
        .order_by(Person.full_name, Person.id)
    )
    return [person.name for person in people]


def _waiting(office_id: UUID) -> int:
    return _count(select(Proposal.id).where(Proposal.office_id == office_id, Proposal.state == "released"))


def _readings(person_id: UUID) -> Select[Any]:
    return select(ReadingAssignment.id).where(
        ReadingAssignment.reader_id == person_id, ReadingAssignment.state == "open"
    )


def _reviews(person_id: UUID) -> Select[Any]:
    return select(RecordingReview.id).where(RecordingReview.reviewer_id == person_id, RecordingReview.state == "open")


def _booked(person_id: UUID, now: datetime) -> Select[Any]:
    return (
        select(Booking.id)
        .join(InterviewSlot, InterviewSlot.id == Booking.slot_id)
        .where(InterviewSlot.interviewer_id == person_id, Booking.cancelled_at.is_(None), InterviewSlot.starts_at > now)
    )


def _count(rows: Select[Any]) -> int:
    return db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
