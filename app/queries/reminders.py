"""What waits, and for how long: one set-based read for each kind of waiting."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import joinedload

from app.domain.reminders import SCORECARD_DUE, first_moment, last_end
from app.extensions import db
from app.models.application import Application
from app.models.final_interview import Booking, InterviewSlot
from app.models.notice import Notice
from app.models.opening import Opening
from app.models.person import Person
from app.models.placement import Offer
from app.models.reading import ReadingAssignment
from app.models.recording import RecordedInterview, RecordingReview
from app.models.routing import Proposal


@dataclass(frozen=True, slots=True)
class Waiting:
    """An application that waits for its applicant."""

    application: Application
    # What the reminder is about: the application, the recorded interview, the booking or the offer.
    subject_id: UUID
    since: datetime
    deadline: datetime | None = None


def waiting_since(state: str, *, now: datetime) -> list[Waiting]:
    """Return the applications in this state that have waited long enough for a first reminder, and not too long.

    Drafts count only while their opening takes applications.
    """
    statement = (
        select(Application)
        .options(joinedload(Application.person))
        .where(
            Application.state == state,
            Application.state_since <= now - first_moment(state),
            Application.state_since > now - last_end(state),
        )
        .order_by(Application.state_since, Application.id)
    )
    if state == "draft":
        statement = statement.join(Opening, Opening.id == Application.opening_id).where(Opening.status == "open")
    return [Waiting(found, found.id, found.state_since) for found in db.session.scalars(statement)]


def unrecorded_interviews(*, now: datetime) -> list[Waiting]:
    """Return who has not recorded yet, with three days or less to go, or overdue."""
    rows = db.session.execute(
        select(Application, RecordedInterview.id, RecordedInterview.due_at)
        .join(RecordedInterview, RecordedInterview.application_id == Application.id)
        .options(joinedload(Application.person))
        .where(
            Application.state == "recording_due",
            RecordedInterview.submitted_at.is_(None),
            RecordedInterview.due_at <= now + timedelta(days=3),
            RecordedInterview.due_at > now - last_end("recording_due"),
        )
        .order_by(RecordedInterview.due_at, Application.id)
    )
    return [Waiting(application, key, application.state_since, due_at) for application, key, due_at in rows]


def coming_interviews(*, now: datetime) -> list[Waiting]:
    """Return whose booked interview begins within a day."""
    rows = db.session.execute(
        select(Application, Booking.id, Booking.booked_at, InterviewSlot.starts_at)
        .join(Booking, Booking.application_id == Application.id)
        .join(InterviewSlot, InterviewSlot.id == Booking.slot_id)
        .options(joinedload(Application.person))
        .where(
            Application.state == "final_interview_booked",
            Booking.cancelled_at.is_(None),
            InterviewSlot.starts_at > now,
            InterviewSlot.starts_at <= now + timedelta(hours=24),
        )
        .order_by(InterviewSlot.starts_at, Application.id)
    )
    return [Waiting(application, key, booked_at, starts_at) for application, key, booked_at, starts_at in rows]


def unscored_interviews(*, now: datetime) -> list[Booking]:
    """Return the talks that have ended for long enough, and not too long ago, without a scorecard."""
    return list(
        db.session.scalars(
            select(Booking)
            .join(InterviewSlot, InterviewSlot.id == Booking.slot_id)
            .join(Application, Application.id == Booking.application_id)
            .options(joinedload(Booking.slot).joinedload(InterviewSlot.interviewer), joinedload(Booking.application))
            .where(
                Application.state == "final_interview_booked",
                Booking.cancelled_at.is_(None),
                InterviewSlot.ends_at <= now - first_moment(SCORECARD_DUE),
                InterviewSlot.ends_at > now - last_end(SCORECARD_DUE),
            )
            .order_by(InterviewSlot.ends_at, Booking.id)
        )
    )


def unanswered_offers(*, now: datetime) -> list[Waiting]:
    """Return who has an offer to answer within two days, or should have answered."""
    rows = db.session.execute(
        select(Application, Offer.id, Offer.sent_at, Offer.answer_by)
        .join(Offer, Offer.application_id == Application.id)
        .options(joinedload(Application.person))
        .where(
            Application.state == "offer_sent",
            Offer.answer.is_(None),
            Offer.answer_by <= now + timedelta(days=2),
            Offer.answer_by > now - last_end("offer_sent"),
        )
        .order_by(Offer.answer_by, Application.id)
    )
    return [Waiting(application, key, sent_at, answer_by) for application, key, sent_at, answer_by in rows]


def undecided_proposals(*, now: datetime) -> list[Proposal]:
    """Return the released proposals that an office has left without an answer for three days and more."""
    return list(
        db.session.scalars(
            select(Proposal)
            .join(Application, Application.id == Proposal.application_id)
            .options(joinedload(Proposal.application).joinedload(Application.opening), joinedload(Proposal.office))
            .where(
                Proposal.state == "released",
                Application.state == "placement_in_review",
                Proposal.released_at <= now - first_moment("placement_in_review"),
                Proposal.released_at > now - last_end("placement_in_review"),
            )
            .order_by(Proposal.released_at, Proposal.id)
        )
    )


@dataclass(frozen=True, slots=True)
class OverdueReader:
    """A reader or reviewer with work that is overdue."""

    person: Person
    count: int
    earliest_due: datetime


def overdue_readers(*, now: datetime) -> list[OverdueReader]:
    """Return each reader with overdue readings or recordings, how many, and the oldest due date."""
    work = union_all(
        select(ReadingAssignment.reader_id.label("person_id"), ReadingAssignment.due_at).where(
            ReadingAssignment.state == "open", ReadingAssignment.due_at <= now
        ),
        select(RecordingReview.reviewer_id.label("person_id"), RecordingReview.due_at).where(
            RecordingReview.state == "open", RecordingReview.due_at <= now
        ),
    ).subquery()
    rows = db.session.execute(
        select(Person, func.count(), func.min(work.c.due_at))
        .join(work, work.c.person_id == Person.id)
        .group_by(Person.id)
        .order_by(Person.id)
    )
    return [OverdueReader(person, count, earliest) for person, count, earliest in rows]


def owed_already(subject_ids: Collection[UUID], kinds: Sequence[str]) -> set[tuple[str, UUID, str, str]]:
    """Return (kind, subject, address, occurrence) of every notice of these kinds about these subjects."""
    if not subject_ids:
        return set()
    return {
        (kind, subject_id, email, occurrence)
        for kind, subject_id, email, occurrence in db.session.execute(
            select(Notice.kind, Notice.subject_id, Notice.recipient_email, Notice.occurrence).where(
                Notice.kind.in_(kinds), Notice.subject_id.in_(subject_ids)
            )
        )
    }
