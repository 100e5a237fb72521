"""Offers and what comes of them: the placement, a new search, or the end."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select

from app.domain.access import Role
from app.domain.actors import By
from app.domain.pipeline import IllegalMove
from app.domain.placements import end_of_day, last_day
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import Application
from app.models.person import Person
from app.models.placement import Offer, Placement, PlacementDecision
from app.models.routing import Proposal
from app.queries.people import deciders_of, people_with_role
from app.queries.placements import due_approvals, hopeless_since, live_approval, placement_of, spanish_pay
from app.services.endings import lock_held_pools
from app.services.history import move
from app.services.locks import lock_application, lock_offer, lock_pools
from app.services.notices import owe_notice
from app.services.other_processes import close_other_applications, other_live_applications
from app.services.pins import end_pin

log = structlog.get_logger()
ANSWER_DAYS = 7


def send_due_offers(*, now: datetime) -> int:
    """Send the offers of approvals that can no longer be undone; return how many left. One fault stops no other."""
    sent = 0
    for decision in due_approvals(now):
        try:
            with db.session.begin_nested():
                send_offer(decision.application, by=By(worker="send_due_offers"), now=now)
            sent += 1
        except (IllegalMove, Refusal) as fault:
            log.info("offer not sent", application=str(decision.application_id), why=str(fault))
        except Exception as fault:
            log.error("offer not sent", application=str(decision.application_id), exc_info=fault)
    return sent


def send_offer(application: Application, *, by: By, now: datetime) -> Offer:
    """Send the offer for the approval that stands; from then on the approval cannot be undone.

    Raises IllegalMove where there is no approval (any more), Refusal where the opening states no pay.
    """
    lock_application(application)
    move(application, "send_offer", by=by, now=now)
    decision = live_approval(application.id)
    opening = application.opening
    if decision is None or opening.year1_hourly is None or opening.year1_annual is None:
        raise Refusal(N_("The opening states no pay, so no offer can be made. Add the pay first."))
    starts_on = decision.starts_on or opening.starts_on
    offer = Offer(
        decision_id=decision.id,
        application_id=application.id,
        office_id=decision.office_id,
        sent_at=now,
        sent_by_id=by.person_id,
        answer_by=end_of_day(now, int(opening.promises.get("answer_offer") or ANSWER_DAYS), opening.time_zone),
        starts_on=starts_on,
        ends_on=last_day(starts_on, opening.term_months),
        conditions=decision.conditions,
        year1_hourly=opening.year1_hourly,
        year1_annual=opening.year1_annual,
        year2_hourly=opening.year2_hourly,
        year2_annual=opening.year2_annual,
        spanish_increase_hourly=spanish_pay(application, decision.office).hourly,
    )
    db.session.add(offer)
    db.session.flush()
    owe_notice(
        "offer_sent",
        subject_id=offer.id,
        recipient=application.person,
        application=application,
        now=now,
        context={"office": decision.office.name, "answer_by": offer.answer_by.isoformat()},
    )
    return offer


def accept_offer(offer: Offer, *, by: UUID, now: datetime) -> Placement:
    """Accept: the placement exists, everybody is told. A second click returns the same placement.

    Raises IllegalMove where the offer is no longer open. A late answer is taken: nothing ends by itself.
    """
    # Whoever is placed leaves the other openings: their pools are held first, all of them in one order.
    others = other_live_applications(offer.application)
    lock_held_pools([offer.application, *others])
    lock_offer(offer)
    if offer.answer == "accepted":
        placement = placement_of(offer.application_id)
        if placement is not None:
            return placement
    application = offer.application
    move(application, "accept_offer", by=By(person_id=by), now=now, details={"office": offer.office.slug})
    offer.answer = "accepted"
    offer.answered_at = now
    placement = _placement_by(offer, now)
    db.session.add(placement)
    db.session.flush()
    _tell_placed(placement, offer, now)
    close_other_applications(application, others, by=by, now=now)
    tell_seats_taken(offer.decision.pool_id, now=now)
    return placement


def _placement_by(offer: Offer, now: datetime) -> Placement:
    """The placement on the offer's own terms: what was promised is what stands."""
    return Placement(
        application_id=offer.application_id,
        offer_id=offer.id,
        office_id=offer.office_id,
        starts_on=offer.starts_on,
        ends_on=offer.ends_on,
        year1_hourly=offer.year1_hourly,
        year1_annual=offer.year1_annual,
        year2_hourly=offer.year2_hourly,
        year2_annual=offer.year2_annual,
        spanish_increase_hourly=offer.spanish_increase_hourly,
        created_at=now,
    )


def _tell_placed(placement: Placement, offer: Offer, now: datetime) -> None:
    """The person, the office and the managers."""
    application = offer.application
    context = {"office": offer.office.name}
    owe_notice(
        "offer_accepted",
        subject_id=placement.id,
        recipient=application.person,
        application=application,
        now=now,
        context=context,
    )
    managers = {person.id for person in people_with_role(application.opening, [Role.MANAGER])}
    for person in _office_and_managers(offer, now):
        owe_notice(
            "placement_confirmed",
            subject_id=placement.id,
            recipient=person,
            application=application,
            now=now,
            context={
                **context,
                "office_id": str(offer.office_id),
                "placement_id": str(placement.id),
                "manager": person.id in managers,
            },
        )


def decline_offer(offer: Offer, *, route_again: bool, reason: str | None = None, by: UUID, now: datetime) -> None:
    """Decline: the seat is free again; the person is routed to other offices, or the application ends.

    A second click does nothing. Raises IllegalMove where the offer is no longer open.
    """
    lock_offer(offer)
    if offer.answer == "declined":
        return
    application = offer.application
    event = "decline_offer_and_route_again" if route_again else "decline_offer"
    move(application, event, by=By(person_id=by), now=now, details={"office": offer.office.slug})
    offer.answer = "declined"
    offer.answered_at = now
    offer.decline_reason = (reason or "").strip() or None
    _end_approval(offer.decision, now)
    for person in _office_and_managers(offer, now):
        owe_notice(
            "offer_declined",
            subject_id=offer.id,
            recipient=person,
            application=application,
            now=now,
            context={"office": offer.office.name, "route_again": route_again},
        )


def _end_approval(decision: PlacementDecision, now: datetime) -> None:
    """The office's decision stays on the record; its end makes the seat free."""
    decision.ended_at = now
    proposal = db.session.get_one(Proposal, decision.proposal_id)
    proposal.state = "withdrawn"
    db.session.flush()


def tell_seats_taken(pool_id: UUID, *, now: datetime) -> int:
    """Tell the truth to everybody who waits while all their offices are full, once each; return how many."""
    told = 0
    for application in hopeless_since(pool_id):
        owed = owe_notice(
            "seats_taken", subject_id=application.id, recipient=application.person, application=application, now=now
        )
        told += owed is not None
    return told


def _office_and_managers(offer: Offer, now: datetime) -> list[Person]:
    people = deciders_of(offer.office_id, now=now) + people_with_role(offer.application.opening, [Role.MANAGER])
    return list({person.id: person for person in people}.values())


# ---- an end without a placement -------------------------------------------------------------------


def close_not_approved(application: Application, *, reason: str, by: UUID, now: datetime) -> None:
    """A manager ends the search: no office went on with this person. The reason stays inside PFJ."""
    _close(application, "close_not_approved", reason=reason, by=by, now=now)


def close_without_seat(application: Application, *, reason: str, by: UUID, now: datetime) -> None:
    """A manager ends the search: the seats are taken. The reason stays inside PFJ."""
    _close(application, "close_without_seat", reason=reason, by=by, now=now)


def _close(application: Application, event: str, *, reason: str, by: UUID, now: datetime) -> None:
    if not reason.strip():
        raise Refusal(N_("Give a reason; it stays on the record."), status=422, field="reason")
    unreleased = select(Proposal).where(Proposal.application_id == application.id, Proposal.state == "proposed")
    lock_pools([proposal.pool_id for proposal in db.session.scalars(unreleased)])
    lock_application(application)
    move(application, event, by=By(person_id=by), now=now, reason=reason.strip())
    for proposal in db.session.scalars(unreleased):
        proposal.state = "withdrawn"
    end_pin(application.id, because="left", by=by, now=now)
    owe_notice(
        "not_approved",
        subject_id=application.id,
        recipient=application.person,
        application=application,
        now=now,
        context={"no_seat": event == "close_without_seat"},
    )
