"""What follows an acceptance: other openings closed, more time, the second year, an end that frees the seat."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.pipeline import IllegalMove
from app.domain.refusals import Refusal
from app.extensions import db, transaction
from app.models import (
    Application,
    Change,
    HelpRequest,
    Notice,
    Offer,
    Opening,
    OpeningOffice,
    Person,
    Placement,
    Proposal,
    SeatPool,
)
from app.queries.seats import seats_taken
from app.services.fellowships import decide_second_year, end_placement
from app.services.more_time import ask_more_time, give_more_time
from app.services.offers import accept_offer, send_offer
from app.services.placements import approve_placement, record_meeting
from app.services.releases import release_proposal
from app.services.routing import run_routing
from tests.factories import make_opening, make_person, make_staff, make_waiting
from tests.placing import today


@pytest.fixture
def opening(session: Session) -> Opening:
    return make_opening(recorded=False, final=False)


@pytest.fixture
def manager(opening: Opening) -> Person:
    return make_staff(opening, Role.MANAGER, name="Morgan Manager")


@pytest.fixture
def supervisor(opening: Opening) -> Person:
    return make_staff(opening, Role.SUPERVISOR, office="rolla", name="Sam Supervisor")


def _route(opening: Opening) -> None:
    with transaction():
        run_routing(opening, occasion="test", by=By(worker="test"), now=now())


def _offer(application: Application, manager: Person, supervisor: Person) -> Offer:
    """Take a waiting person to an offer."""
    _route(application.opening)
    proposal = db.session.scalars(
        select(Proposal).where(Proposal.application_id == application.id, Proposal.state == "proposed")
    ).one()
    with transaction():
        release_proposal(proposal, by=manager.id, now=now())
        record_meeting(proposal, held_on=today(), meeting_format="video", by=supervisor.id, now=now())
        approve_placement(proposal, starts_on=today() + timedelta(days=60), by=supervisor.id, now=now())
    with transaction():
        return send_offer(application, by=By(person_id=manager.id), now=now())


def _placed(application: Application, manager: Person, supervisor: Person) -> Placement:
    offer = _offer(application, manager, supervisor)
    with transaction():
        return accept_offer(offer, by=application.person_id, now=now())


def _mails(kind: str) -> list[UUID | None]:
    return list(db.session.scalars(select(Notice.recipient_id).where(Notice.kind == kind).order_by(Notice.created_at)))


def _second_opening(opening: Opening) -> Opening:
    """An opening like the first, with a pool for Rolla."""
    with transaction() as session:
        copied = {
            column.key: getattr(opening, column.key)
            for column in Opening.__table__.columns
            if column.key not in ("id", "row_version", "slug")
        }
        other = Opening(**copied, slug="another-fellowship")
        session.add(other)
        session.flush()
        pool = SeatPool(opening_id=other.id, slug="rolla", name="Rolla", seats=1)
        session.add(pool)
        session.flush()
        place = next(place for place in opening.offices if place.office.slug == "rolla")
        session.add(OpeningOffice(opening_id=other.id, office_id=place.office_id, pool_id=pool.id, position=1))
    return other


def test_who_accepts_leaves_the_other_openings(opening: Opening, manager: Person, supervisor: Person) -> None:
    person = make_person("Maya Example")
    other = make_waiting(_second_opening(opening), person, ranks=("rolla",))
    _route(other.opening)
    pending = db.session.scalars(select(Proposal).where(Proposal.application_id == other.id)).one()
    somebody = make_waiting(other.opening, ranks=("rolla",), score=1.5)
    placed = make_waiting(opening, person, ranks=("rolla",))
    _placed(placed, manager, supervisor)
    assert (placed.state, other.state, pending.state) == ("placed", "placed_elsewhere", "withdrawn")
    assert _mails("placed_elsewhere") == [person.id]
    change = db.session.scalars(select(Change).where(Change.event == "close_placed_elsewhere")).one()
    assert (change.application_id, change.details) == (other.id, {"placed": placed.reference})
    # The seat that was proposed to this person goes to the next one.
    _route(other.opening)
    proposed = db.session.scalars(select(Proposal).where(Proposal.state == "proposed")).one()
    assert proposed.application_id == somebody.id


def test_of_two_offers_only_one_is_accepted(opening: Opening, manager: Person, supervisor: Person) -> None:
    person = make_person("Maya Example")
    first = _offer(make_waiting(opening, person, ranks=("rolla",)), manager, supervisor)
    second = _offer(make_waiting(_second_opening(opening), person, ranks=("rolla",)), manager, supervisor)
    with transaction():
        accept_offer(second, by=person.id, now=now())
    with pytest.raises(IllegalMove), transaction():
        accept_offer(first, by=person.id, now=now())
    assert first.application.state == "placed_elsewhere"
    assert seats_taken(first.decision.pool_id) == 0


def test_more_time_is_given_at_once_and_then_by_a_person(opening: Opening, manager: Person, supervisor: Person) -> None:
    offer = _offer(make_waiting(opening, ranks=("rolla",)), manager, supervisor)
    before = offer.answer_by
    with transaction():
        assert ask_more_time(offer, by=offer.application.person_id, now=now()) is True
    assert (offer.answer_by - before, offer.more_time_given) == (timedelta(days=7), 1)
    for _again in range(2):
        with transaction():
            assert ask_more_time(offer, by=offer.application.person_id, now=now()) is False
    assert [request.kind for request in db.session.scalars(select(HelpRequest))] == ["more_time"]
    with pytest.raises(Refusal) as refused, transaction():
        give_more_time(offer, today(), by=manager.id, now=now())
    assert refused.value.field == "day"
    with transaction():
        give_more_time(offer, today() + timedelta(days=30), by=manager.id, now=now())
    assert offer.more_time_given == 2
    assert _mails("offer_extended") == [offer.application.person_id]
    with transaction():
        accept_offer(offer, by=offer.application.person_id, now=now())
    with pytest.raises(Refusal), transaction():
        ask_more_time(offer, by=offer.application.person_id, now=now())


@pytest.mark.parametrize("approved, outcome", [(True, "approved"), (False, "not_approved")])
def test_a_second_year_is_decided_once_with_a_reason(
    opening: Opening, manager: Person, supervisor: Person, approved: bool, outcome: str
) -> None:
    placement = _placed(make_waiting(opening, ranks=("rolla",)), manager, supervisor)
    with pytest.raises(Refusal) as refused, transaction():
        decide_second_year(placement, approved=approved, reason=" ", by=manager.id, now=now())
    assert refused.value.field == "reason"
    with transaction():
        decide_second_year(placement, approved=approved, reason="Strong year", by=manager.id, now=now())
    assert (placement.year2_outcome, placement.year2_decided_by_id, placement.year2_reason) == (
        outcome, manager.id, "Strong year",
    )  # fmt: skip
    assert set(_mails("second_year_decided")) == {placement.application.person_id, supervisor.id}
    with pytest.raises(Refusal), transaction():
        decide_second_year(placement, approved=not approved, reason="Other", by=manager.id, now=now())


def test_an_ended_placement_gives_its_seat_to_whoever_waits(
    opening: Opening, manager: Person, supervisor: Person
) -> None:
    placement = _placed(make_waiting(opening, ranks=("rolla",), score=3.7), manager, supervisor)
    pool_id = placement.offer.decision.pool_id
    waiting = make_waiting(opening, ranks=("rolla",), score=2.0)
    _route(opening)
    assert db.session.scalars(select(Proposal).where(Proposal.state == "proposed")).all() == []
    for wrong in (today() + timedelta(days=2000), placement_start(placement) - timedelta(days=9)):
        with pytest.raises(Refusal) as refused, transaction():
            end_placement(placement, last_day=wrong, reason="Moved", by=manager.id, now=now())
        assert refused.value.field == "last_day"
    last = placement_start(placement) + timedelta(days=90)
    with transaction():
        end_placement(placement, last_day=last, reason="Moved away", by=manager.id, now=now())
    assert (placement.application.state, placement.last_day, placement.ended_by_id) == (
        "placement_ended", last, manager.id,
    )  # fmt: skip
    assert seats_taken(pool_id) == 0
    assert set(_mails("placement_ended")) == {placement.application.person_id, supervisor.id}
    _route(opening)
    proposed = db.session.scalars(select(Proposal).where(Proposal.state == "proposed")).one()
    assert proposed.application_id == waiting.id
    with pytest.raises(Refusal), transaction():
        end_placement(placement, last_day=last, reason="Again", by=manager.id, now=now())
    with pytest.raises(Refusal), transaction():
        decide_second_year(placement, approved=True, reason="Too late", by=manager.id, now=now())


def placement_start(placement: Placement) -> date:
    assert placement.starts_on is not None
    return placement.starts_on
