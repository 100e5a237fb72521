"""One candidate's file: everything that staff know of an application, part by part.

The number of statements is the same however much there is in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from app.extensions import db
from app.models.application import Answer, Application, Change, Document, HelpRequest, OfficeChoice
from app.models.final_interview import Booking, InterviewSlot, Scorecard, ScorecardEntry
from app.models.notice import Notice
from app.models.opening import Question
from app.models.placement import Meeting, Offer, Placement, PlacementDecision
from app.models.reading import IdentityFlag, ReadingAssignment, Score
from app.models.recording import RecordedInterview, RecordedTake, RecordingReview, RecordingScore
from app.models.routing import Proposal


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """One short answer with every reading of it, and whether a reader’s flag (it names its writer) waits for a look."""

    answer: Answer
    readings: Sequence[ReadingAssignment]
    flagged: bool


@dataclass(frozen=True, slots=True)
class Recording:
    """The recorded interview, the kept take of each question, and its reviews."""

    interview: RecordedInterview
    takes: Sequence[RecordedTake]
    reviews: Sequence[RecordingReview]


@dataclass(frozen=True, slots=True)
class Interview:
    """A booking of the final interview, with its scorecard once that was sent."""

    booking: Booking
    scorecard: Scorecard | None


@dataclass(frozen=True, slots=True)
class Placing:
    """One proposal and what became of it."""

    proposal: Proposal
    meeting: Meeting | None
    decisions: Sequence[PlacementDecision]
    offer: Offer | None


@dataclass(frozen=True, slots=True)
class CandidateFile:
    """All parts, each in its own order."""

    answers: Sequence[ReadAnswer]
    resume_readings: Sequence[ReadingAssignment]
    documents: Sequence[Document]
    recording: Recording | None
    interviews: Sequence[Interview]
    choices: Sequence[OfficeChoice]
    placings: Sequence[Placing]
    placement: Placement | None
    help_requests: Sequence[HelpRequest]
    notices: Sequence[Notice]
    changes: Sequence[Change]


def candidate_file(application: Application) -> CandidateFile:
    """Return the file of one application."""
    readings = _readings(application.id)
    return CandidateFile(
        answers=_answers(application.id, readings),
        resume_readings=[reading for reading in readings if reading.kind == "resume"],
        documents=_documents(application.id),
        recording=_recording(application.id),
        interviews=_interviews(application.id),
        choices=_choices(application.id),
        placings=_placings(application.id),
        placement=db.session.scalar(select(Placement).where(Placement.application_id == application.id)),
        help_requests=_help(application.id),
        notices=_notices(application.id),
        changes=_changes(application.id),
    )


def _readings(application_id: UUID) -> list[ReadingAssignment]:
    return list(
        db.session.scalars(
            select(ReadingAssignment)
            .options(
                joinedload(ReadingAssignment.reader),
                selectinload(ReadingAssignment.scores).joinedload(Score.rubric),
            )
            .where(ReadingAssignment.application_id == application_id, ReadingAssignment.state != "cancelled")
            .order_by(ReadingAssignment.ordinal, ReadingAssignment.assigned_at, ReadingAssignment.id)
        )
    )


def _answers(application_id: UUID, readings: Sequence[ReadingAssignment]) -> list[ReadAnswer]:
    answers = db.session.scalars(
        select(Answer)
        .join(Question, Question.id == Answer.question_id)
        .options(joinedload(Answer.question))
        .where(Answer.application_id == application_id)
        .order_by(Question.position, Answer.id)
    ).all()
    flagged = set(
        db.session.scalars(
            select(IdentityFlag.answer_id)
            .join(Answer, Answer.id == IdentityFlag.answer_id)
            .where(Answer.application_id == application_id, IdentityFlag.resolved_at.is_(None))
        )
    )
    return [
        ReadAnswer(answer, [reading for reading in readings if reading.answer_id == answer.id], answer.id in flagged)
        for answer in answers
    ]


def _documents(application_id: UUID) -> list[Document]:
    return list(
        db.session.scalars(
            select(Document)
            .where(Document.application_id == application_id)
            .order_by(Document.replaced_at.is_not(None), Document.kind, Document.uploaded_at.desc())
        )
    )


def _recording(application_id: UUID) -> Recording | None:
    interview = db.session.scalar(select(RecordedInterview).where(RecordedInterview.application_id == application_id))
    if interview is None:
        return None
    takes = db.session.scalars(
        select(RecordedTake)
        .join(Question, Question.id == RecordedTake.question_id)
        .options(joinedload(RecordedTake.question))
        .where(RecordedTake.interview_id == interview.id, RecordedTake.state == "kept")
        .order_by(Question.position)
    ).all()
    reviews = db.session.scalars(
        select(RecordingReview)
        .options(
            joinedload(RecordingReview.reviewer),
            selectinload(RecordingReview.scores).joinedload(RecordingScore.rubric),
        )
        .where(RecordingReview.interview_id == interview.id, RecordingReview.state != "cancelled")
        .order_by(RecordingReview.assigned_at)
    ).all()
    return Recording(interview, takes, reviews)


def _interviews(application_id: UUID) -> list[Interview]:
    bookings = db.session.scalars(
        select(Booking)
        .options(joinedload(Booking.slot).joinedload(InterviewSlot.interviewer))
        .where(Booking.application_id == application_id)
        .order_by(Booking.booked_at)
    ).all()
    cards = db.session.scalars(
        select(Scorecard)
        .options(joinedload(Scorecard.interviewer), selectinload(Scorecard.entries).joinedload(ScorecardEntry.rubric))
        .where(Scorecard.application_id == application_id, Scorecard.state == "submitted")
    ).all()
    by_booking = {card.booking_id: card for card in cards}
    return [Interview(booking, by_booking.get(booking.id)) for booking in bookings]


def _choices(application_id: UUID) -> list[OfficeChoice]:
    return list(
        db.session.scalars(
            select(OfficeChoice)
            .where(OfficeChoice.application_id == application_id)
            .order_by(OfficeChoice.rank.asc().nulls_last(), OfficeChoice.id)
        )
    )


def _placings(application_id: UUID) -> list[Placing]:
    proposals = db.session.scalars(
        select(Proposal)
        .options(joinedload(Proposal.office), joinedload(Proposal.released_by))
        .where(Proposal.application_id == application_id, Proposal.state != "superseded")
        .order_by(Proposal.proposed_at, Proposal.id)
    ).all()
    decisions = db.session.scalars(
        select(PlacementDecision)
        .options(joinedload(PlacementDecision.decided_by))
        .where(PlacementDecision.application_id == application_id)
        .order_by(PlacementDecision.decided_at)
    ).all()
    meetings = db.session.scalars(
        select(Meeting)
        .join(Proposal, Proposal.id == Meeting.proposal_id)
        .where(Proposal.application_id == application_id)
    ).all()
    offers = db.session.scalars(select(Offer).where(Offer.application_id == application_id)).all()
    meeting_of = {meeting.proposal_id: meeting for meeting in meetings}
    proposal_of = {decision.id: decision.proposal_id for decision in decisions}
    offer_of = {proposal_of.get(offer.decision_id): offer for offer in offers}
    return [
        Placing(
            proposal,
            meeting_of.get(proposal.id),
            [decision for decision in decisions if decision.proposal_id == proposal.id],
            offer_of.get(proposal.id),
        )
        for proposal in proposals
    ]


def _help(application_id: UUID) -> list[HelpRequest]:
    return list(
        db.session.scalars(
            select(HelpRequest).where(HelpRequest.application_id == application_id).order_by(HelpRequest.created_at)
        )
    )


def _notices(application_id: UUID) -> list[Notice]:
    return list(
        db.session.scalars(
            select(Notice)
            .options(joinedload(Notice.recipient))
            .where(Notice.application_id == application_id)
            .order_by(Notice.created_at.desc(), Notice.id)
        )
    )


def _changes(application_id: UUID) -> list[Change]:
    return list(
        db.session.scalars(
            select(Change)
            .options(joinedload(Change.by_person))
            .where(Change.application_id == application_id)
            .order_by(Change.seq.desc())
        )
    )


def document_in_file(application_id: UUID, document_id: UUID) -> Document | None:
    """Return a document of this application, replaced or not."""
    document = db.session.get(Document, document_id)
    return document if document is not None and document.application_id == application_id else None
