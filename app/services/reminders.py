"""Reminders: whatever is due and not yet owed becomes a notice, once, however often this runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from app.domain.access import Role
from app.domain.reminders import (
    MEETING_AGREED,
    SCORECARD_DUE,
    Due,
    Recipient,
    due,
    earliest_moment,
    late_answer,
    reading_digest,
)
from app.domain.timeline import broken_date, renewed_promise
from app.extensions import db
from app.models.application import Application
from app.models.person import Person
from app.models.routing import Proposal
from app.queries.lateness import broken_promises
from app.queries.meetings import coming_meetings
from app.queries.people import deciders_of, people_with_role
from app.queries.reminders import (
    Waiting,
    coming_interviews,
    overdue_readers,
    owed_already,
    unanswered_offers,
    undecided_proposals,
    unrecorded_interviews,
    unscored_interviews,
    waiting_since,
)
from app.services.notices import owe_notice

log = structlog.get_logger()

_MANAGERS = (Role.MANAGER, Role.DIRECTOR)


@dataclass(frozen=True)
class Reminder:
    """One mail to one person, not yet owed."""

    due: Due
    subject_id: UUID
    recipient: Person
    application: Application | None = None
    context: dict[str, Any] = field(default_factory=dict)


def send_due_reminders(*, now: datetime) -> int:
    """Owe every reminder that is due and was not owed before; return how many were new."""
    sources: tuple[Callable[[datetime], Iterator[Reminder]], ...] = (
        _to_applicants,
        _late_answers,
        _to_offices,
        _to_readers,
        _to_interviewers,
        _before_meetings,
    )
    owed = 0
    for source in sources:
        try:
            with db.session.begin_nested():
                reminders = list(source(now))
            owed += _owe(reminders, now)
        except Exception as fault:
            # One kind that fails must not stop the others.
            log.error("reminders: failed", source=source.__name__, fault=type(fault).__name__)
    return owed


def _owe(reminders: list[Reminder], now: datetime) -> int:
    known = owed_already({one.subject_id for one in reminders}, sorted({one.due.kind for one in reminders}))
    owed = 0
    for one in reminders:
        if (one.due.kind, one.subject_id, one.recipient.email, one.due.occurrence) in known:
            continue
        try:
            with db.session.begin_nested():
                notice_id = owe_notice(
                    one.due.kind,
                    subject_id=one.subject_id,
                    recipient=one.recipient,
                    application=one.application,
                    now=now,
                    occurrence=one.due.occurrence,
                    context=one.context,
                    void_after=one.due.void_after,
                )
            owed += notice_id is not None
        except Exception as fault:
            # One row that fails must not stop the batch.
            kind, subject = one.due.kind, str(one.subject_id)
            log.error("reminders: one failed", kind=kind, subject=subject, fault=type(fault).__name__)
    return owed


def _to_applicants(now: datetime) -> Iterator[Reminder]:
    waits: list[Waiting] = [
        *waiting_since("draft", now=now),
        *unrecorded_interviews(now=now),
        *waiting_since("booking_due", now=now),
        *coming_interviews(now=now),
        *unanswered_offers(now=now),
    ]
    for wait in waits:
        application = wait.application
        for one in due(application.state, wait.since, now, deadline=wait.deadline):
            yield Reminder(
                one,
                wait.subject_id,
                application.person,
                application,
                {
                    "while_state": application.state,
                    "step": one.occurrence.rpartition(" ")[0],
                    "deadline": None if wait.deadline is None else wait.deadline.isoformat(),
                },
            )


def _late_answers(now: datetime) -> Iterator[Reminder]:
    """Where the day passed by which we said that we would answer: the same new date as the status page gives."""
    for application, promised in broken_promises(now=now):
        new_date = renewed_promise(promised, now)
        context = {
            "while_state": application.state,
            "said": broken_date(promised, now).isoformat(),
            "new_date": new_date.isoformat(),
        }
        yield Reminder(late_answer(new_date), application.id, application.person, application, context)


def _to_offices(now: datetime) -> Iterator[Reminder]:
    """One mail for each office, step and day of release, however many people wait there; no personal data."""
    waiting: dict[UUID, int] = defaultdict(int)
    grouped: dict[tuple[UUID, str], tuple[Due, Proposal, str]] = {}
    for proposal in undecided_proposals(now=now):
        assert proposal.released_at is not None
        waiting[proposal.office_id] += 1
        released = proposal.released_at.astimezone(ZoneInfo(proposal.office.time_zone))
        for one in due("placement_in_review", proposal.released_at, now):
            step = one.occurrence.rpartition(" ")[0]
            named = one._replace(occurrence=f"{step} {released:%Y-%m-%d} {proposal.application.opening_id}")
            grouped.setdefault((proposal.office_id, named.occurrence), (named, proposal, step))
    for (office_id, _occurrence), (one, proposal, step) in grouped.items():
        opening = proposal.application.opening
        people = (
            deciders_of(office_id, now=now)
            if one.recipient is Recipient.SUPERVISORS
            else people_with_role(opening, _MANAGERS)
        )
        assert proposal.released_at is not None
        for person in people:
            yield Reminder(
                one,
                office_id,
                person,
                context={
                    "opening_id": str(opening.id),
                    "office": proposal.office.name,
                    "waiting": waiting[office_id],
                    "released_at": proposal.released_at.isoformat(),
                    "step": step,
                },
            )


def _to_readers(now: datetime) -> Iterator[Reminder]:
    for reader in overdue_readers(now=now):
        one = reading_digest(reader.earliest_due, now, reader.person.time_zone)
        if one is not None:
            yield Reminder(
                one,
                reader.person.id,
                reader.person,
                context={"count": reader.count, "oldest": reader.earliest_due.isoformat()},
            )


def _to_interviewers(now: datetime) -> Iterator[Reminder]:
    """Whoever held a talk is asked for its scorecard; the name of the person stays out of the mail."""
    for booking in unscored_interviews(now=now):
        ended_at = booking.slot.ends_at
        for one in due(SCORECARD_DUE, ended_at, now):
            yield Reminder(
                one,
                booking.id,
                booking.slot.interviewer,
                booking.application,
                {
                    # A scorecard that came in, a no-show or a withdrawal ends this state.
                    "while_state": booking.application.state,
                    "step": one.occurrence.rpartition(" ")[0],
                    "booking_id": str(booking.id),
                    "began_at": booking.slot.starts_at.isoformat(),
                },
            )


def _before_meetings(now: datetime) -> Iterator[Reminder]:
    """The applicant and whoever decides for the office, a day before they meet; no name in the mail."""
    for invitation, starts_at in coming_meetings(now=now, within=-earliest_moment(MEETING_AGREED)):
        assert invitation.answered_at is not None
        proposal = invitation.proposal
        for one in due(MEETING_AGREED, invitation.answered_at, now, deadline=starts_at):
            office = one.recipient is Recipient.SUPERVISORS
            people = deciders_of(proposal.office_id, now=now) if office else [proposal.application.person]
            for person in people:
                yield Reminder(
                    one,
                    invitation.id,
                    person,
                    proposal.application,
                    {
                        "while_state": proposal.application.state,
                        "proposal_id": str(proposal.id),
                        "office": proposal.office.name,
                        "zone": proposal.office.time_zone,
                        "deadline": starts_at.isoformat(),
                    },
                )
