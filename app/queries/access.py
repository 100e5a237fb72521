"""Who asks, and what is asked about, reduced to the facts that the access table needs."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch
from uuid import UUID

from sqlalchemy import exists, select

from app.domain.access import Actor, Grant, Role, Subject
from app.domain.delegation import in_force
from app.extensions import db
from app.models.application import Application, HelpRequest
from app.models.final_interview import Booking, InterviewSlot, Scorecard
from app.models.notice import Notice
from app.models.office import Office
from app.models.opening import Opening, SeatPool
from app.models.person import Person, Region, RoleGrant
from app.models.placement import Offer, Placement, PlacementDecision
from app.models.reading import ReadingAssignment
from app.models.recording import RecordedInterview, RecordedSegment, RecordedTake, RecordingReview
from app.models.routing import Pin, Proposal, RoutingRun, Scenario
from app.models.seat_request import SeatRequest
from app.models.suppression import MailSuppression


def actor_of(person: Person | None, *, now: datetime) -> Actor:
    """Return the actor with the grants that are in force at this moment."""
    if person is None:
        return Actor()
    return Actor(
        person.id,
        frozenset(
            Grant(
                Role(grant.role),
                grant.organization_id,
                grant.region_id,
                grant.office_id,
                delegated=grant.delegated_by_id is not None,
            )
            for grant in person.grants
            if in_force(grant.starts_at, grant.ends_at, grant.revoked_at, now)
        ),
    )


def blind_readers_of(application_id: UUID) -> frozenset[UUID]:
    """Return the people who still have an answer of this application to score."""
    return frozenset(
        db.session.scalars(
            select(ReadingAssignment.reader_id).where(
                ReadingAssignment.application_id == application_id,
                ReadingAssignment.kind == "answer",
                ReadingAssignment.state == "open",
            )
        )
    )


def blind_application_ids(person_id: UUID) -> frozenset[UUID]:
    """Return the applications that this person must not recognize yet; lists leave them out."""
    return frozenset(
        db.session.scalars(
            select(ReadingAssignment.application_id).where(
                ReadingAssignment.reader_id == person_id,
                ReadingAssignment.kind == "answer",
                ReadingAssignment.state == "open",
            )
        )
    )


def conflict_declared(application_id: UUID, office_id: UUID) -> bool:
    """Tell whether the office said that it has a conflict of interest with this person."""
    declared = exists().where(
        PlacementDecision.application_id == application_id,
        PlacementDecision.office_id == office_id,
        PlacementDecision.kind == "decline",
        PlacementDecision.reason_code == "conflict",
    )
    return bool(db.session.scalar(select(declared)))


@singledispatch
def subject_of(thing: object) -> Subject:
    """Return the facts about one loaded object; TypeError for a kind that has none."""
    raise TypeError(f"no access facts for {type(thing).__name__}")


def _of_opening(opening: Opening, **facts: object) -> Subject:
    return Subject(organization_id=opening.organization_id, region_id=opening.region_id, **facts)  # type: ignore[arg-type]


def _of_application(application: Application, **facts: object) -> Subject:
    return _of_opening(
        application.opening,
        owner_id=application.person_id,
        blind_ids=blind_readers_of(application.id),
        **facts,
    )


@subject_of.register
def _(thing: Opening) -> Subject:
    return _of_opening(thing)


@subject_of.register
def _(thing: SeatPool) -> Subject:
    return _of_opening(thing.opening)


@subject_of.register
def _(thing: RoutingRun) -> Subject:
    # Nobody is routed before their answers are read, so this is empty unless something went wrong before.
    proposed = select(Proposal.application_id).where(Proposal.run_id == thing.id)
    blind = select(ReadingAssignment.reader_id).where(
        ReadingAssignment.application_id.in_(proposed),
        ReadingAssignment.kind == "answer",
        ReadingAssignment.state == "open",
    )
    return _of_opening(thing.opening, blind_ids=frozenset(db.session.scalars(blind)))


@subject_of.register
def _(thing: Scenario) -> Subject:
    return _of_opening(thing.opening)


@subject_of.register
def _(thing: Pin) -> Subject:
    return _of_application(thing.application, office_id=thing.office_id)


@subject_of.register
def _(thing: Application) -> Subject:
    return _of_application(thing)


@subject_of.register
def _(thing: ReadingAssignment) -> Subject:
    return _of_application(thing.application, assignee_id=thing.reader_id)


@subject_of.register
def _(thing: RecordedInterview) -> Subject:
    return _of_application(thing.application)


def _reviewer_of(interview_id: UUID) -> UUID | None:
    return db.session.scalar(
        select(RecordingReview.reviewer_id).where(
            RecordingReview.interview_id == interview_id, RecordingReview.state.in_(("open", "done"))
        )
    )


@subject_of.register
def _(thing: RecordedTake) -> Subject:
    return _of_application(thing.interview.application, assignee_id=_reviewer_of(thing.interview_id))


@subject_of.register
def _(thing: RecordedSegment) -> Subject:
    return _of_application(thing.take.interview.application)


@subject_of.register
def _(thing: RecordingReview) -> Subject:
    return _of_application(thing.interview.application, assignee_id=thing.reviewer_id)


@subject_of.register
def _(thing: InterviewSlot) -> Subject:
    return _of_opening(thing.opening, assignee_id=thing.interviewer_id)


@subject_of.register
def _(thing: Booking) -> Subject:
    return _of_application(thing.application, assignee_id=thing.slot.interviewer_id)


@subject_of.register
def _(thing: Scorecard) -> Subject:
    return _of_application(thing.application, assignee_id=thing.interviewer_id)


@subject_of.register
def _(thing: Proposal) -> Subject:
    return _of_application(
        thing.application,
        office_id=thing.office_id,
        released=thing.state in ("released", "approved", "declined", "deferred", "passed_on"),
        conflict=conflict_declared(thing.application_id, thing.office_id),
    )


@subject_of.register
def _(thing: PlacementDecision) -> Subject:
    return _of_application(thing.application, office_id=thing.office_id, released=True)


@subject_of.register
def _(thing: Offer) -> Subject:
    return _of_application(thing.application, office_id=thing.office_id, released=True)


@subject_of.register
def _(thing: Placement) -> Subject:
    return _of_application(thing.application, office_id=thing.office_id, released=True)


@subject_of.register
def _(thing: Office) -> Subject:
    organization_id = db.session.scalar(select(Region.organization_id).where(Region.id == thing.region_id))
    return Subject(organization_id=organization_id, region_id=thing.region_id, office_id=thing.id)


@subject_of.register
def _(thing: SeatRequest) -> Subject:
    return _of_opening(thing.pool.opening)


@subject_of.register
def _(thing: HelpRequest) -> Subject:
    blind = blind_readers_of(thing.application_id) if thing.application_id is not None else frozenset()
    if thing.opening_id is not None:
        opening = db.session.get_one(Opening, thing.opening_id)
        return _of_opening(opening, owner_id=thing.person_id, blind_ids=blind)
    organization_id = db.session.scalar(select(Opening.organization_id).limit(1))
    return Subject(owner_id=thing.person_id, organization_id=organization_id)


@subject_of.register
def _(thing: Notice) -> Subject:
    if thing.application_id is not None:
        return _of_application(db.session.get_one(Application, thing.application_id))
    # It belongs to no application: to the whole organization.
    organization_id = db.session.scalar(select(Opening.organization_id).limit(1))
    return Subject(owner_id=thing.recipient_id, organization_id=organization_id)


@subject_of.register
def _(thing: MailSuppression) -> Subject:
    # An address belongs to no opening, and tells of none.
    return Subject()


@subject_of.register
def _(thing: RoleGrant) -> Subject:
    return Subject(owner_id=thing.person_id, organization_id=thing.organization_id, region_id=thing.region_id)
