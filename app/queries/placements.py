"""Placements as offices, applicants and managers look at them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from app.domain.pay import SpanishIncrease, spanish_increase
from app.domain.placements import UNDO_FOR
from app.extensions import db
from app.models.application import Answer, Application, OfficeChoice
from app.models.final_interview import Scorecard
from app.models.office import Office
from app.models.opening import Question, SeatPool
from app.models.placement import Meeting, Offer, Placement, PlacementDecision
from app.models.routing import Proposal
from app.queries.routing_instance import speaks_spanish
from app.queries.seats import seats_taken


def meeting_of(proposal_id: UUID) -> Meeting | None:
    """Return the meeting that the office recorded."""
    return db.session.scalar(select(Meeting).where(Meeting.proposal_id == proposal_id))


def decision_on(proposal_id: UUID) -> PlacementDecision | None:
    """Return what was decided on a proposal; an approval that was undone does not count."""
    return db.session.scalar(
        select(PlacementDecision)
        .where(PlacementDecision.proposal_id == proposal_id, PlacementDecision.undone_at.is_(None))
        .order_by(PlacementDecision.decided_at.desc())
        .limit(1)
    )


def live_approval(application_id: UUID) -> PlacementDecision | None:
    """Return the approval that holds a seat for this application."""
    return db.session.scalar(
        select(PlacementDecision).where(
            PlacementDecision.application_id == application_id,
            PlacementDecision.kind == "approve",
            PlacementDecision.undone_at.is_(None),
            PlacementDecision.ended_at.is_(None),
        )
    )


def due_approvals(now: datetime) -> list[PlacementDecision]:
    """Return the approvals whose undo time is over and whose offer has not left, the oldest first."""
    return list(
        db.session.scalars(
            select(PlacementDecision)
            .join(Application, Application.id == PlacementDecision.application_id)
            .where(
                PlacementDecision.kind == "approve",
                PlacementDecision.undone_at.is_(None),
                PlacementDecision.ended_at.is_(None),
                PlacementDecision.decided_at <= now - UNDO_FOR,
                Application.state == "placement_approved",
            )
            .order_by(PlacementDecision.decided_at)
        )
    )


def approvals_to_offer(opening_id: UUID, *, hidden: Iterable[UUID] = ()) -> list[PlacementDecision]:
    """Return the approvals of an opening whose offer has not left yet."""
    return list(
        db.session.scalars(
            select(PlacementDecision)
            .join(Application, Application.id == PlacementDecision.application_id)
            .where(
                Application.opening_id == opening_id,
                Application.state == "placement_approved",
                PlacementDecision.kind == "approve",
                PlacementDecision.undone_at.is_(None),
                PlacementDecision.ended_at.is_(None),
                Application.id.not_in(list(hidden)),
            )
            .options(
                joinedload(PlacementDecision.application).joinedload(Application.person),
                joinedload(PlacementDecision.office),
                joinedload(PlacementDecision.decided_by),
            )
            .order_by(PlacementDecision.decided_at)
        )
    )


def offer_of_decision(decision_id: UUID) -> Offer | None:
    """Return the offer that left for an approval."""
    return db.session.scalar(select(Offer).where(Offer.decision_id == decision_id))


def latest_offer(application_id: UUID) -> Offer | None:
    """Return an application's newest offer."""
    return db.session.scalar(
        select(Offer).where(Offer.application_id == application_id).order_by(Offer.sent_at.desc()).limit(1)
    )


def placement_of(application_id: UUID) -> Placement | None:
    """Return the placement of an application."""
    return db.session.scalar(select(Placement).where(Placement.application_id == application_id))


def strengths_of(application_id: UUID) -> str:
    """Return what the interviewer wrote for the office; empty while there is nothing."""
    return (
        db.session.scalar(
            select(Scorecard.strengths)
            .where(Scorecard.application_id == application_id, Scorecard.state == "submitted")
            .order_by(Scorecard.submitted_at.desc())
            .limit(1)
        )
        or ""
    )


def answers_to_show(application_id: UUID) -> list[tuple[Question, Answer]]:
    """Return the short answers with their questions, in order."""
    rows = db.session.execute(
        select(Question, Answer)
        .join(Answer, Answer.question_id == Question.id)
        .where(Answer.application_id == application_id, Question.kind == "short_answer", Answer.text != "")
        .order_by(Question.position)
    )
    return [(question, answer) for question, answer in rows]


def rank_of(application_id: UUID, office_id: UUID) -> int | None:
    """Return the person's rank of an office."""
    return db.session.scalar(
        select(OfficeChoice.rank).where(
            OfficeChoice.application_id == application_id, OfficeChoice.office_id == office_id
        )
    )


def chose_nothing_about(proposal: Proposal) -> bool:
    """Tell whether the person neither ranked this office nor ruled it out: a manager chose it for them."""
    said = exists().where(
        OfficeChoice.application_id == proposal.application_id, OfficeChoice.office_id == proposal.office_id
    )
    return not db.session.scalar(select(said))


def has_ranked_left(application_id: UUID) -> bool:
    """Tell whether any office that the person ranked may still be asked: neither of the two has said no."""
    said_no = (
        select(PlacementDecision.office_id)
        .where(
            PlacementDecision.application_id == application_id,
            PlacementDecision.kind.in_(("decline", "passed_on", "not_now")),
        )
        .union(select(Offer.office_id).where(Offer.application_id == application_id, Offer.answer == "declined"))
    )
    left = exists().where(
        OfficeChoice.application_id == application_id,
        OfficeChoice.rank.is_not(None),
        OfficeChoice.office_id.not_in(said_no),
    )
    return bool(db.session.scalar(select(left)))


def spanish_pay(application: Application, office: Office) -> SpanishIncrease:
    """Return whether the Spanish increase is due at this office, by the verified level."""
    verified = application.spanish_verified
    return spanish_increase(
        office_eligible=office.spanish_increase,
        level_verified=verified is not None and speaks_spanish(verified, application.opening.spanish_scale),
        hourly=office.spanish_increase_hourly,
    )


def may_speak_spanish(application: Application) -> bool:
    """Tell whether this person speaks Spanish: by the verified level, or where nobody heard it by their own word."""
    level = application.spanish_verified or application.spanish_reported
    return speaks_spanish(level, application.opening.spanish_scale)


def hopeless_since(pool_id: UUID) -> list[Application]:
    """Return who waits for an office while every office that they ranked is full or out, one of them this pool's.

    A pool is full when approvals hold all its seats.
    """
    pool = db.session.get_one(SeatPool, pool_id)
    full = {each.id for each in pool.opening.pools if seats_taken(each.id) >= each.seats}
    if pool_id not in full:
        return []
    pool_of = {place.office_id: place.pool_id for place in pool.opening.offices if place.is_open}
    struck = {
        (row.application_id, row.office_id)
        for row in db.session.execute(
            select(PlacementDecision.application_id, PlacementDecision.office_id)
            .join(Application, Application.id == PlacementDecision.application_id)
            .where(Application.opening_id == pool.opening_id, PlacementDecision.kind.in_(("decline", "passed_on")))
        )
    }
    waiting = db.session.scalars(
        select(Application)
        .where(Application.opening_id == pool.opening_id, Application.state == "in_routing")
        .options(joinedload(Application.person))
        .order_by(Application.id)
    ).all()
    found = []
    for application in waiting:
        ranked = {
            choice.office_id
            for choice in application.choices
            if choice.rank is not None
            and choice.office_id in pool_of
            and (application.id, choice.office_id) not in struck
        }
        pools = {pool_of[office_id] for office_id in ranked}
        if pool_id in pools and pools <= full:
            found.append(application)
    return found
