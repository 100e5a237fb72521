"""Final interviews: open times, bookings, scorecards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain.access import Role
from app.domain.final_interview_rules import MOVABLE_UNTIL_HOURS, BookingPhase, booking_phase, movable_until
from app.extensions import db
from app.models.application import Application
from app.models.final_interview import Booking, InterviewSlot, Scorecard, ScorecardEntry
from app.models.opening import Opening
from app.models.person import RoleGrant

# A time that begins sooner can no longer be booked: the interviewer needs to see it.
NOTICE_HOURS = 4


def open_slots(opening_id: UUID, *, now: datetime, not_with: UUID | None = None) -> list[InterviewSlot]:
    """Return the times that can be booked, the earliest first."""
    booked = select(Booking.slot_id).where(Booking.cancelled_at.is_(None))
    query = (
        select(InterviewSlot)
        .options(joinedload(InterviewSlot.interviewer))
        .where(
            InterviewSlot.opening_id == opening_id,
            InterviewSlot.withdrawn_at.is_(None),
            InterviewSlot.starts_at >= now + timedelta(hours=NOTICE_HOURS),
            InterviewSlot.id.not_in(booked),
        )
        .order_by(InterviewSlot.starts_at, InterviewSlot.id)
    )
    if not_with is not None:
        query = query.where(InterviewSlot.interviewer_id != not_with)
    return list(db.session.scalars(query))


def slot_of_opening(opening_id: UUID, slot_id: UUID) -> InterviewSlot | None:
    """Return a time of this opening."""
    slot = db.session.get(InterviewSlot, slot_id)
    return slot if slot is not None and slot.opening_id == opening_id else None


def live_booking(application_id: UUID) -> Booking | None:
    """Return the booking that stands."""
    return db.session.scalar(
        select(Booking)
        .options(joinedload(Booking.slot).joinedload(InterviewSlot.interviewer))
        .where(Booking.application_id == application_id, Booking.cancelled_at.is_(None))
    )


def last_booking(application_id: UUID) -> Booking | None:
    """Return the booking that stands, or else the latest one that was canceled."""
    return db.session.scalar(
        select(Booking)
        .where(Booking.application_id == application_id)
        .order_by(Booking.cancelled_at.desc().nulls_first())
        .limit(1)
    )


def movable_until_of(booking: Booking) -> datetime:
    """Return until when the applicant may move this interview."""
    return movable_until(booking.slot.starts_at, _movable_hours(booking))


def phase_of(booking: Booking, *, now: datetime) -> BookingPhase:
    """Return whether the applicant may still move this interview, no longer may, or it is over."""
    return booking_phase(booking.slot.starts_at, booking.slot.ends_at, now, _movable_hours(booking))


def _movable_hours(booking: Booking) -> int:
    return int(booking.application.opening.final_settings.get("reschedule_until_hours", MOVABLE_UNTIL_HOURS))


def slots_of(interviewer_id: UUID, *, since: datetime) -> list[tuple[InterviewSlot, Booking | None]]:
    """Return an interviewer's times from a moment on, each with its booking."""
    rows = db.session.execute(
        select(InterviewSlot, Booking)
        .outerjoin(Booking, (Booking.slot_id == InterviewSlot.id) & Booking.cancelled_at.is_(None))
        .where(
            InterviewSlot.interviewer_id == interviewer_id,
            InterviewSlot.withdrawn_at.is_(None),
            InterviewSlot.ends_at >= since,
        )
        .order_by(InterviewSlot.starts_at)
    )
    return [(slot, booking) for slot, booking in rows]


def last_place_of(interviewer_id: UUID) -> str:
    """Return the video link or number that an interviewer gave last; "" before the first time."""
    return (
        db.session.scalar(
            select(InterviewSlot.place)
            .where(InterviewSlot.interviewer_id == interviewer_id)
            .order_by(InterviewSlot.published_at.desc(), InterviewSlot.starts_at.desc())
            .limit(1)
        )
        or ""
    )


def interviews_to_score(interviewer_id: UUID, *, now: datetime) -> list[Booking]:
    """Return the interviews whose time has come and whose scorecard is not in."""
    submitted = select(Scorecard.booking_id).where(Scorecard.state == "submitted")
    return list(
        db.session.scalars(
            select(Booking)
            .join(InterviewSlot, InterviewSlot.id == Booking.slot_id)
            .where(
                InterviewSlot.interviewer_id == interviewer_id,
                Booking.cancelled_at.is_(None),
                InterviewSlot.starts_at <= now,
                Booking.id.not_in(submitted),
            )
            .order_by(InterviewSlot.starts_at)
        )
    )


def overlapping(
    interviewer_id: UUID, times: Sequence[tuple[datetime, datetime]]
) -> tuple[tuple[datetime, datetime], InterviewSlot] | None:
    """Return the first of these times that overlaps one already published, with the earliest such one."""
    for starts_at, ends_at in times:
        slot = db.session.scalar(
            select(InterviewSlot)
            .where(
                InterviewSlot.interviewer_id == interviewer_id,
                InterviewSlot.withdrawn_at.is_(None),
                InterviewSlot.starts_at < ends_at,
                InterviewSlot.ends_at > starts_at,
            )
            .order_by(InterviewSlot.starts_at)
            .limit(1)
        )
        if slot is not None:
            return (starts_at, ends_at), slot
    return None


def scorecard_of(booking_id: UUID) -> Scorecard | None:
    """Return the scorecard of an interview."""
    return db.session.scalar(select(Scorecard).where(Scorecard.booking_id == booking_id))


def earlier_draft(booking: Booking) -> Scorecard | None:
    """Return what the same interviewer wrote for an earlier talk with this person that did not take place."""
    return db.session.scalar(
        select(Scorecard)
        .join(Booking, Booking.id == Scorecard.booking_id)
        .where(
            Scorecard.application_id == booking.application_id,
            Scorecard.interviewer_id == booking.slot.interviewer_id,
            Scorecard.state == "draft",
            Booking.cancelled_at.is_not(None),
            Booking.id != booking.id,
        )
        .order_by(Scorecard.saved_at.desc())
        .limit(1)
    )


def scorecards_of(application_id: UUID) -> list[Scorecard]:
    """Return every submitted scorecard of an application with its entries."""
    return list(
        db.session.scalars(
            select(Scorecard)
            .options(joinedload(Scorecard.entries).joinedload(ScorecardEntry.rubric))
            .where(Scorecard.application_id == application_id, Scorecard.state == "submitted")
            .order_by(Scorecard.submitted_at)
        ).unique()
    )


def openings_to_interview_for(interviewer_id: UUID) -> list[Opening]:
    """Return the openings with a final interview for which this person may offer times."""
    return list(
        db.session.scalars(
            select(Opening)
            .join(RoleGrant, RoleGrant.organization_id == Opening.organization_id)
            .where(
                RoleGrant.person_id == interviewer_id,
                RoleGrant.role == Role.INTERVIEWER.value,
                RoleGrant.revoked_at.is_(None),
                (RoleGrant.region_id.is_(None)) | (RoleGrant.region_id == Opening.region_id),
                Opening.has_final_interview,
                Opening.status == "open",
            )
            .distinct()
            .order_by(Opening.slug)
        )
    )


def waiting_to_book(opening_id: UUID) -> int:
    """Return how many people still have to choose a time."""
    return len(
        list(
            db.session.scalars(
                select(Application.id).where(Application.opening_id == opening_id, Application.state == "booking_due")
            )
        )
    )
