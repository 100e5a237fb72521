"""What the applications wait for that are to be looked at now: one read for each kind of waiting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import contains_eager, joinedload

from app.domain.reminders import MEETING_AGREED, SCORECARD_DUE
from app.extensions import db
from app.models.application import Application
from app.models.final_interview import Booking, InterviewSlot
from app.models.notice import Notice
from app.models.office import Office
from app.models.person import Person
from app.models.placement import MeetingInvitation, MeetingTime, Offer
from app.models.reading import ReadingAssignment
from app.models.recording import RecordedInterview, RecordingReview
from app.models.routing import Proposal
from app.queries.final_interviews import movable_until_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody waits with an application for something."""

    application: Application
    # A state, or one of the waits of `app.domain.reminders` that are none.
    wait: str
    # What the reminder is about: the application, the recorded interview, the booking, the offer, the office, ...
    subject_id: UUID
    since: datetime
    deadline: datetime | None = None
    interviewer: Person | None = None
    office: Office | None = None
    context: dict[str, Any] = field(default_factory=dict)


def take_due_applications(*, now: datetime, limit: int) -> list[Application]:
    """Lock and return the applications that are to be looked at, the longest due first.

    One that somebody is just working on is left for the next time.
    """
    return list(
        db.session.scalars(
            select(Application)
            .options(joinedload(Application.person), joinedload(Application.opening))
            .where(Application.remind_at <= now)
            .order_by(Application.remind_at)
            .limit(limit)
            .with_for_update(of=Application, key_share=True, skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )


def what_is_due(*, now: datetime) -> tuple[bool, bool]:
    """Tell whether any application is to be looked at, and whether any reader's work is overdue: one statement."""
    firsts = db.session.execute(_FIRSTS).one()
    application, *readers = [first is not None and first <= now for first in firsts]
    return application, any(readers)


# The least of each, which is one row of an index, however many there are; whether any is there, the planner might
# find out by reading the table.
_FIRSTS = select(
    select(func.min(Application.remind_at)).scalar_subquery(),
    select(func.min(ReadingAssignment.due_at)).where(ReadingAssignment.state == "open").scalar_subquery(),
    select(func.min(RecordingReview.due_at)).where(RecordingReview.state == "open").scalar_subquery(),
)


def waits_of(applications: Iterable[Application]) -> list[Waiting]:
    """Return what each of these applications waits for; a draft only while its opening takes applications."""
    by_state: dict[str, dict[UUID, Application]] = defaultdict(dict)
    for application in applications:
        by_state[application.state][application.id] = application
    found: list[Waiting] = []
    for state, of_state in by_state.items():
        found += _READS[state](of_state) if state in _READS else ()
    return found


def _drafts(applications: dict[UUID, Application]) -> list[Waiting]:
    return [
        Waiting(one, "draft", one.id, one.state_since) for one in applications.values() if one.opening.status == "open"
    ]


def _unbooked(applications: dict[UUID, Application]) -> list[Waiting]:
    return [Waiting(one, "booking_due", one.id, one.state_since) for one in applications.values()]


def _unrecorded(applications: dict[UUID, Application]) -> list[Waiting]:
    rows = db.session.execute(
        select(RecordedInterview.application_id, RecordedInterview.id, RecordedInterview.due_at).where(
            RecordedInterview.application_id.in_(applications),
            RecordedInterview.submitted_at.is_(None),
            # Whoever asked for a phone call waits for us.
            RecordedInterview.format != "phone",
        )
    )
    return [
        Waiting(applications[key], "recording_due", interview_id, applications[key].state_since, due_at)
        for key, interview_id, due_at in rows
    ]


def _booked(applications: dict[UUID, Application]) -> list[Waiting]:
    """The talk itself, and the scorecard that follows it."""
    found = []
    for booking in db.session.scalars(
        select(Booking)
        .join(Booking.slot)
        .options(
            contains_eager(Booking.slot).joinedload(InterviewSlot.interviewer),
            joinedload(Booking.application).joinedload(Application.opening),
        )
        .where(Booking.application_id.in_(applications), Booking.cancelled_at.is_(None))
    ):
        application, slot = applications[booking.application_id], booking.slot
        found.append(
            Waiting(
                application,
                "final_interview_booked",
                booking.id,
                booking.booked_at,
                slot.starts_at,
                context={"format": booking.format, "movable_until": movable_until_of(booking).isoformat()},
            )
        )
        context = {"booking_id": str(booking.id), "began_at": slot.starts_at.isoformat()}
        found.append(
            Waiting(application, SCORECARD_DUE, booking.id, slot.ends_at, interviewer=slot.interviewer, context=context)
        )
    return found


def _unanswered(applications: dict[UUID, Application]) -> list[Waiting]:
    rows = db.session.execute(
        select(Offer.application_id, Offer.id, Offer.sent_at, Offer.answer_by).where(
            Offer.application_id.in_(applications), Offer.answer.is_(None)
        )
    )
    return [
        Waiting(applications[key], "offer_sent", offer_id, sent_at, answer_by)
        for key, offer_id, sent_at, answer_by in rows
    ]


def _undecided(applications: dict[UUID, Application]) -> list[Waiting]:
    """The office's decision, and the meeting that both sides agreed on."""
    found = []
    proposals = db.session.scalars(
        select(Proposal)
        .options(joinedload(Proposal.office))
        .where(Proposal.application_id.in_(applications), Proposal.state == "released")
    ).all()
    for proposal in proposals:
        assert proposal.released_at is not None
        found.append(
            Waiting(
                applications[proposal.application_id],
                "placement_in_review",
                proposal.office_id,
                proposal.released_at,
                office=proposal.office,
            )
        )
    by_id = {proposal.id: proposal for proposal in proposals}
    rows = db.session.execute(
        select(
            MeetingInvitation.id, MeetingInvitation.proposal_id, MeetingInvitation.answered_at, MeetingTime.starts_at
        )
        .join(MeetingTime, (MeetingTime.invitation_id == MeetingInvitation.id) & MeetingTime.chosen)
        .where(MeetingInvitation.proposal_id.in_(by_id), MeetingInvitation.state == "accepted")
    )
    for key, proposal_id, answered_at, starts_at in rows:
        assert answered_at is not None  # it was accepted
        proposal = by_id[proposal_id]
        application, office = applications[proposal.application_id], proposal.office
        context = {"proposal_id": str(proposal.id), "office": office.name, "zone": office.time_zone}
        found.append(Waiting(application, MEETING_AGREED, key, answered_at, starts_at, office=office, context=context))
    return found


_READS = {
    "draft": _drafts,
    "recording_due": _unrecorded,
    "booking_due": _unbooked,
    "final_interview_booked": _booked,
    "offer_sent": _unanswered,
    "placement_in_review": _undecided,
}
STATES_WITH_WAITS = frozenset(_READS)


def undecided_at(office_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many people wait for the decision of each of these offices."""
    if not office_ids:
        return {}
    rows = db.session.execute(
        select(Proposal.office_id, func.count())
        .join(Application, Application.id == Proposal.application_id)
        .where(
            Proposal.office_id.in_(office_ids),
            Proposal.state == "released",
            Application.state == "placement_in_review",
        )
        .group_by(Proposal.office_id)
    )
    return {office_id: count for office_id, count in rows}


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
    # The work is grouped before the people are read: most of the time there is none.
    overdue = select(work.c.person_id, func.count().label("count"), func.min(work.c.due_at).label("earliest")).group_by(
        work.c.person_id
    )
    found = {person_id: (count, earliest) for person_id, count, earliest in db.session.execute(overdue)}
    if not found:
        return []
    people = db.session.scalars(select(Person).where(Person.id.in_(found)).order_by(Person.id))
    return [OverdueReader(person, *found[person.id]) for person in people]


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
