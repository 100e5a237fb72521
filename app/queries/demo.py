"""What the demo's own pages ask: where Maya stands, who the invented people are, which mails left."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.domain.demo_people import DOMAIN, MANAGER, MAYA, READER, is_invented
from app.domain.demo_story import Pending, Situation
from app.extensions import db
from app.models.application import Answer, Application
from app.models.final_interview import Booking
from app.models.notice import Notice
from app.models.opening import Question
from app.models.person import Person
from app.models.placement import Offer
from app.models.reading import ReadingAssignment
from app.models.recording import RecordedInterview, RecordingReview
from app.models.routing import Proposal
from app.queries.final_interviews import live_booking
from app.queries.meetings import arrangement_of
from app.queries.people import person_by_email, supervisors_of
from app.queries.placements import meeting_of


def readings_left_of(application_id: UUID) -> list[ReadingAssignment]:
    """Return the answer readings that are still to do, the first readers' first, by question."""
    return list(
        db.session.scalars(
            select(ReadingAssignment)
            .join(Answer, Answer.id == ReadingAssignment.answer_id)
            .join(Question, Question.id == Answer.question_id)
            .where(
                ReadingAssignment.application_id == application_id,
                ReadingAssignment.kind == "answer",
                ReadingAssignment.state == "open",
            )
            .order_by(ReadingAssignment.ordinal, Question.position, ReadingAssignment.id)
        )
    )


def open_resume_of(application_id: UUID) -> ReadingAssignment | None:
    """Return the résumé's reading that is still to do."""
    return db.session.scalar(
        select(ReadingAssignment).where(
            ReadingAssignment.application_id == application_id,
            ReadingAssignment.kind == "resume",
            ReadingAssignment.state == "open",
        )
    )


def open_review_for(application_id: UUID) -> RecordingReview | None:
    """Return the review of the application's recording that is still to do."""
    return db.session.scalar(
        select(RecordingReview)
        .join(RecordedInterview, RecordedInterview.id == RecordingReview.interview_id)
        .where(RecordedInterview.application_id == application_id, RecordingReview.state == "open")
    )


def open_proposal_of(application_id: UUID) -> Proposal | None:
    """Return the proposal that is proposed, released or approved."""
    return db.session.scalar(
        select(Proposal).where(
            Proposal.application_id == application_id, Proposal.state.in_(("proposed", "released", "approved"))
        )
    )


def open_offer_of(application_id: UUID) -> Offer | None:
    """Return the offer that waits for an answer."""
    return db.session.scalar(select(Offer).where(Offer.application_id == application_id, Offer.answer.is_(None)))


def mayas_application() -> Application | None:
    """Return Maya's application, if the demo was prepared."""
    return db.session.scalar(
        select(Application)
        .join(Person, Person.id == Application.person_id)
        .where(Person.email == MAYA.email)
        .order_by(Application.created_at)
        .limit(1)
    )


def mayas_situation(*, now: datetime) -> Situation | None:
    """Return what decides who acts next, or None while there is no demo data."""
    application = mayas_application()
    manager = person_by_email(MANAGER.email)
    if application is None or manager is None:
        return None
    left = readings_left_of(application.id)
    booking = live_booking(application.id)
    proposal = open_proposal_of(application.id)
    resume, review = open_resume_of(application.id), open_review_for(application.id)
    reader = person_by_email(READER.email)
    return Situation(
        application_id=application.id,
        applicant_id=application.person_id,
        manager_id=manager.id,
        state=application.state,
        # One reader's answers together, so that the visitor changes persons once for each reader.
        readings=tuple(Pending(each.id, each.reader_id, each.reader.name) for each in _by_reader(left)),
        reader_id=None if reader is None else reader.id,
        reading_begun=_is_reading_begun(application.id),
        resume=None if resume is None else Pending(resume.id, resume.reader_id, resume.reader.name),
        review=None if review is None else Pending(review.id, review.reviewer_id, review.reviewer.name),
        booking=None if booking is None else _pending_talk(booking),
        interview_begins=None if booking is None else booking.slot.starts_at,
        proposal=_pending_proposal(proposal),
        office=proposal.office.name if proposal is not None else "",
        **_meeting(proposal, now),
    )


def _meeting(proposal: Proposal | None, now: datetime) -> dict[str, Any]:
    if proposal is None:
        return {}
    recorded = meeting_of(proposal.id)
    if recorded is not None and recorded.outcome == "held":
        return {"meeting": "held"}
    standing = arrangement_of(proposal.id, now=now)
    if standing.agreed_at is not None:
        return {"meeting": "agreed", "meeting_ends": standing.ends_at}
    if standing.stage != "answer":
        return {"meeting": "none"}
    return {"meeting": "offered" if standing.waits_for == "applicant" else "countered"}


def _by_reader(readings: Collection[ReadingAssignment]) -> list[ReadingAssignment]:
    order = list(dict.fromkeys(reading.reader_id for reading in readings))
    return sorted(readings, key=lambda reading: order.index(reading.reader_id))


def _is_reading_begun(application_id: UUID) -> bool:
    done = select(ReadingAssignment.id).where(
        ReadingAssignment.application_id == application_id,
        ReadingAssignment.kind == "answer",
        ReadingAssignment.state == "done",
    )
    return db.session.scalar(done.limit(1)) is not None


def _pending_talk(booking: Booking) -> Pending:
    interviewer = booking.slot.interviewer
    return Pending(booking.id, interviewer.id, interviewer.name)


def _pending_proposal(proposal: Proposal | None) -> Pending | None:
    if proposal is None:
        return None
    supervisors = supervisors_of(proposal.office_id)
    return Pending(proposal.id, supervisors[0].id, supervisors[0].name) if supervisors else None


def invented_person(person_id: UUID) -> Person | None:
    """Return a person of the demo; None for everybody else, who signs in with a code as always."""
    person = db.session.get(Person, person_id)
    return person if person is not None and is_invented(person.email) else None


def invented_by_email() -> dict[str, Person]:
    """Return the demo's people by address."""
    people = db.session.scalars(select(Person).where(Person.email.endswith(f"@{DOMAIN}", autoescape=True)))
    return {person.email: person for person in people}


def applications_by_person() -> dict[UUID, Application]:
    """Return the newest application of each of the demo's people."""
    rows = db.session.scalars(
        select(Application)
        .join(Person, Person.id == Application.person_id)
        .where(Person.email.endswith(f"@{DOMAIN}", autoescape=True))
        .order_by(Application.created_at)
    )
    return {application.person_id: application for application in rows}


def notices_by_ids(notice_ids: Collection[UUID]) -> dict[UUID, Notice]:
    """Return the ledger's rows of these mails."""
    return {row.id: row for row in db.session.scalars(select(Notice).where(Notice.id.in_(notice_ids)))}


def held_notices(holder: str) -> list[tuple[UUID, datetime]]:
    """Return the mails that are held for a holder with their moments, in the order in which they came up."""
    rows = db.session.execute(
        select(Notice.id, Notice.due_at)
        .where(Notice.state == "sending", Notice.lease_holder == holder)
        .order_by(Notice.due_at, Notice.created_at, Notice.id)
    )
    return [(key, due_at) for key, due_at in rows]


def count_waiting(*, now: datetime) -> int:
    """Return how many mails are due and have not left yet."""
    on_their_way = select(func.count()).where(Notice.state.in_(("pending", "sending")), Notice.due_at <= now)
    return db.session.scalar(on_their_way) or 0
