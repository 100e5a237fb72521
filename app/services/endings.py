"""What ends with an application, whatever ended it: readings, talks, proposals, a seat, mails not yet sent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from app.extensions import db
from app.models.application import Application
from app.models.final_interview import Booking, InterviewSlot
from app.models.notice import Notice
from app.models.placement import PlacementDecision
from app.models.reading import ReadingAssignment
from app.models.recording import RecordedInterview, RecordingReview
from app.models.routing import Proposal
from app.services.locks import lock_pools
from app.services.meetings import end_arrangement
from app.services.notices import owe_notice
from app.services.pins import end_pin

# What is still worth knowing after an end; every other mail that has not left is about something that ended.
KEPT_NOTICES = ("application_received", "help_answered", "help_received")


def end_open_work(application: Application, *, by: UUID, now: datetime) -> None:
    """End all that is live for the application. The caller holds its pools and has moved it."""
    _cancel_readings(application)
    _cancel_booking(application, by, now)
    _end_proposals(application, by, now)
    _end_approval(application, now)
    end_pin(application.id, because="left", by=by, now=now)
    _cancel_notices(application)


def lock_held_pools(applications: Iterable[Application]) -> None:
    """Take the rows of the pools whose seats this may free, before the applications' own: in id order."""
    pools = db.session.scalars(
        select(Proposal.pool_id).where(
            Proposal.application_id.in_([application.id for application in applications]),
            Proposal.state.in_(("proposed", "released", "approved")),
        )
    )
    lock_pools(pools)


def _cancel_readings(application: Application) -> None:
    for reading in db.session.scalars(
        select(ReadingAssignment).where(
            ReadingAssignment.application_id == application.id, ReadingAssignment.state == "open"
        )
    ):
        reading.state = "cancelled"
    for review in db.session.scalars(
        select(RecordingReview)
        .join(RecordedInterview, RecordedInterview.id == RecordingReview.interview_id)
        .where(RecordedInterview.application_id == application.id, RecordingReview.state == "open")
    ):
        review.state = "cancelled"


def _cancel_booking(application: Application, by: UUID, now: datetime) -> None:
    """A talk that is still to come is called off; one that was held stays as it was."""
    for booking in db.session.scalars(
        select(Booking)
        .join(InterviewSlot, InterviewSlot.id == Booking.slot_id)
        .where(
            Booking.application_id == application.id,
            Booking.cancelled_at.is_(None),
            InterviewSlot.starts_at > now,
        )
    ):
        booking.cancelled_at = now
        booking.cancelled_by_id = by
        owe_notice(
            "interview_cancelled",
            subject_id=booking.id,
            recipient=booking.slot.interviewer,
            application=application,
            context={"booking_id": str(booking.id), "no_show": False},
            now=now,
        )


def _end_proposals(application: Application, by: UUID, now: datetime) -> None:
    for proposal in db.session.scalars(
        select(Proposal).where(
            Proposal.application_id == application.id, Proposal.state.in_(("proposed", "released", "approved"))
        )
    ):
        end_arrangement(proposal, by=by, now=now)
        proposal.state = "withdrawn"


def _end_approval(application: Application, now: datetime) -> None:
    """The office's decision stays on the record; its end makes the seat free."""
    for decision in db.session.scalars(
        select(PlacementDecision).where(
            PlacementDecision.application_id == application.id,
            PlacementDecision.kind == "approve",
            PlacementDecision.undone_at.is_(None),
            PlacementDecision.ended_at.is_(None),
        )
    ):
        decision.ended_at = now


def _cancel_notices(application: Application) -> None:
    db.session.execute(
        update(Notice)
        .where(
            Notice.application_id == application.id,
            Notice.recipient_id == application.person_id,
            Notice.state == "pending",
            Notice.kind.not_in(KEPT_NOTICES),
        )
        .values(state="cancelled")
    )
