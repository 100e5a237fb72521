"""What is decided about a placement that goes on: the pay of its second year, and its end. Each with a reason."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from app.domain.actors import By
from app.domain.fellowships import first_day_problem, last_day_problem
from app.domain.placements import last_day as last_day_of_term
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.person import Person
from app.models.placement import Placement
from app.models.routing import Proposal
from app.queries.people import deciders_of
from app.services.audit import record
from app.services.history import move
from app.services.locks import lock_application, lock_pools
from app.services.notices import owe_notice

NO_FIRST_DAY = N_("Set the first day first: the second year begins one year after it.")


def set_start(placement: Placement, starts_on: date, *, by: UUID, now: datetime) -> None:
    """Set or move the first day; the last day of the term follows from it. The fellow and the office hear.

    Refusal (field "starts_on") for a day that cannot be, and where the placement has ended.
    """
    _hold(placement)
    if placement.ended_at is not None:
        raise Refusal(N_("This placement has ended, so its first day stays as it was."))
    today = local_day(now, placement.office.time_zone)
    problem = first_day_problem(starts_on, today=today)
    if problem is not None:
        raise Refusal(problem, status=422, field="starts_on")
    if placement.starts_on == starts_on:
        return
    before, placement.starts_on = placement.starts_on, starts_on
    placement.ends_on = last_day_of_term(starts_on, placement.application.opening.term_months)
    record(
        "placement:start_set",
        "placement",
        placement.id,
        by=by,
        now=now,
        before=before.isoformat() if before else None,
        after=starts_on.isoformat(),
    )
    db.session.flush()
    for person in fellow_and_office(placement, now=now):
        owe_notice(
            "start_agreed",
            subject_id=placement.id,
            recipient=person,
            application=placement.application,
            occurrence=starts_on.isoformat(),
            now=now,
            context={
                "office": placement.office.name,
                "starts_on": starts_on.isoformat(),
                "fellow": person.id == placement.application.person_id,
            },
        )


def second_year_problem(placement: Placement) -> str | None:
    """Return why the second year cannot be decided now, or None."""
    if placement.ended_at is not None:
        return N_("This placement has ended, so there is no second year to decide.")
    if placement.year2_outcome is not None:
        return N_("The second year was decided already. The page shows by whom and when.")
    if placement.year2_hourly is None:
        return N_("The offer states no pay for a second year.")
    return NO_FIRST_DAY if placement.starts_on is None else None


def decide_second_year(placement: Placement, *, approved: bool, reason: str, by: UUID, now: datetime) -> None:
    """Approve the pay of the second year, or do not; once, by a person, with a reason. The fellow and the office hear.

    Refusal where it was decided already, the placement has ended, no first day is set, or no pay of a second year
    is stated.
    """
    _hold(placement)
    problem = second_year_problem(placement)
    if problem is not None:
        raise Refusal(problem)
    if not reason.strip():
        raise Refusal(N_("Give a reason; it stays on the record."), status=422, field="reason")
    placement.year2_outcome = "approved" if approved else "not_approved"
    placement.year2_decided_at = now
    placement.year2_decided_by_id = by
    placement.year2_reason = reason.strip()
    record("placement:second_year", "placement", placement.id, by=by, now=now, outcome=placement.year2_outcome)
    db.session.flush()
    for person in fellow_and_office(placement, now=now):
        owe_notice(
            "second_year_decided",
            subject_id=placement.id,
            recipient=person,
            application=placement.application,
            now=now,
            context={
                "office": placement.office.name,
                "approved": approved,
                "fellow": person.id == placement.application.person_id,
            },
        )


def check_end(placement: Placement, last_day: date, *, reason: str, now: datetime) -> None:
    """Refuse what `end_placement` would refuse."""
    if placement.ended_at is not None:
        raise Refusal(N_("This placement has ended already. The page shows when and why."))
    today = local_day(now, placement.office.time_zone)
    problem = last_day_problem(last_day, starts_on=placement.starts_on, today=today)
    if problem is not None:
        raise Refusal(problem, status=422, field="last_day")
    if not reason.strip():
        raise Refusal(N_("Give a reason; it stays on the record."), status=422, field="reason")


def end_placement(placement: Placement, *, last_day: date, reason: str, by: UUID, now: datetime) -> None:
    """Record that a placement ends: the seat is free at once, and the next run offers it to whoever waits.

    Refusal where it has ended already, without a reason, or for a day that cannot be.
    """
    _hold(placement)
    check_end(placement, last_day, reason=reason, now=now)
    application = placement.application
    move(
        application,
        "end_placement",
        by=By(person_id=by),
        now=now,
        reason=reason.strip(),
        details={"office": placement.office.slug, "last_day": last_day.isoformat()},
    )
    placement.ended_at = now
    placement.ended_by_id = by
    placement.last_day = last_day
    placement.end_reason = reason.strip()
    decision = placement.offer.decision
    decision.ended_at = now
    db.session.get_one(Proposal, decision.proposal_id).state = "withdrawn"
    record("placement:ended", "placement", placement.id, by=by, now=now, last_day=last_day.isoformat())
    db.session.flush()
    for person in fellow_and_office(placement, now=now):
        owe_notice(
            "placement_ended",
            subject_id=placement.id,
            recipient=person,
            application=application,
            now=now,
            context={
                "office": placement.office.name,
                "last_day": last_day.isoformat(),
                "fellow": person.id == application.person_id,
            },
        )


def _hold(placement: Placement) -> None:
    lock_pools([placement.offer.decision.pool_id])
    lock_application(placement.application)
    db.session.refresh(placement)


def fellow_and_office(placement: Placement, *, now: datetime) -> list[Person]:
    """Return whom every decision about a placement is told: the fellow, and who decides for the office."""
    people = [placement.application.person, *deciders_of(placement.office_id, now=now)]
    return list({person.id: person for person in people}.values())
