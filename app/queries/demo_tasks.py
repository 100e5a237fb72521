"""What waits for one of the demo's staff or supervisors at this moment: counts and the first of each kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.domain.access import Actor, Role
from app.domain.demo_tasks import Duty
from app.extensions import db
from app.models.application import Application
from app.models.person import Person
from app.models.routing import Proposal
from app.queries.access import actor_of, blind_application_ids
from app.queries.final_interviews import interviews_to_score
from app.queries.reading import open_resume_readings, reading_cards
from app.queries.recordings import open_reviews
from app.queries.work import open_help, openings_managed_by

_TO_DECIDE = ("reading_decision", "recording_decision", "final_decision")


def duties_of(person: Person, *, now: datetime) -> dict[str, Duty]:
    """Return everything that waits for this person, by kind."""
    actor = actor_of(person, now=now)
    duties: dict[str, Duty] = {}
    if actor.has(Role.READER, Role.READING_LEAD, Role.INTERVIEWER):
        duties |= _reading(person.id, now)
    if actor.has(Role.MANAGER, Role.DIRECTOR):
        duties |= _managing(actor, person.id, now)
    if actor.has(Role.SUPERVISOR):
        duties["placements"] = _proposals(Proposal.state == "released", Proposal.office_id.in_(actor.office_ids))
    return duties


def _reading(person_id: UUID, now: datetime) -> dict[str, Duty]:
    cards = [card for card in reading_cards(person_id) if card.open]
    return {
        "answers": Duty(sum(card.open for card in cards), cards[0].question.id if cards else None),
        "resumes": _all([reading.id for reading in open_resume_readings(person_id)]),
        "recordings": _all([review.id for review in open_reviews(person_id)]),
        "scorecards": _all([booking.id for booking in interviews_to_score(person_id, now=now)]),
    }


def _managing(actor: Actor, person_id: UUID, now: datetime) -> dict[str, Duty]:
    openings = openings_managed_by(actor)
    ids = [opening.id for opening in openings]
    hidden = blind_application_ids(person_id)
    deciding = select(func.count()).where(Application.opening_id.in_(ids), Application.state.in_(_TO_DECIDE))
    waiting, _late = open_help(openings, hidden=hidden, now=now)
    return {
        "proposals": _proposals(Proposal.state == "proposed", Application.opening_id.in_(ids)),
        "decisions": Duty(db.session.scalar(deciding) or 0),
        "questions": Duty(waiting),
    }


def _proposals(*which: ColumnElement[bool]) -> Duty:
    found = db.session.scalars(
        select(Proposal.id)
        .join(Application, Application.id == Proposal.application_id)
        .where(*which)
        .order_by(Proposal.due_at, Proposal.proposed_at, Proposal.id)
    )
    return _all(list(found))


def _all(ids: Sequence[UUID]) -> Duty:
    return Duty(len(ids), ids[0] if ids else None)
