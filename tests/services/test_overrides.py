"""Overrides of the rule, and releases by two people: marked, with a reason, and never by one person alone."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.refusals import Refusal
from app.extensions import db, transaction
from app.models import (
    Application,
    AuditEvent,
    Change,
    Notice,
    OfficeChoice,
    Opening,
    Person,
    Pin,
    PlacementDecision,
    Proposal,
    RoutingRun,
)
from app.queries.dropped_releases import dropped_releases
from app.services.overrides import override_routing, take_back_override
from app.services.placements import decline_placement
from app.services.releases import release_proposal, release_proposals, take_back_release
from app.services.routing import run_routing
from app.services.withdrawals import withdraw_application
from tests.factories import make_opening, make_staff, make_waiting, office_named


@pytest.fixture
def opening(session: Session) -> Opening:
    return make_opening(recorded=False, final=False)


@pytest.fixture
def manager(opening: Opening) -> Person:
    return make_staff(opening, Role.MANAGER, name="Morgan Manager")


@pytest.fixture
def second(opening: Opening) -> Person:
    return make_staff(opening, Role.DIRECTOR, name="Dana Director")


def _run(opening: Opening) -> RoutingRun:
    with transaction():
        return run_routing(opening, occasion="test", by=By(worker="test"), now=now())


def _override(application: Application, office: str, manager: Person, reason: str = "Lives across the street") -> Pin:
    with transaction():
        return override_routing(application, office_named(office), reason=reason, by=manager.id, now=now())


def _proposal(application: Application) -> Proposal:
    return db.session.scalars(
        select(Proposal).where(Proposal.application_id == application.id, Proposal.state == "proposed")
    ).one()


def _refused(application: Application, office: str, manager: Person, reason: str = "Because") -> str:
    with pytest.raises(Refusal) as refused, transaction():
        override_routing(application, office_named(office), reason=reason, by=manager.id, now=now())
    return refused.value.field or ""


def test_override_is_proposed_and_everybody_else_is_routed_around_it(opening: Opening, manager: Person) -> None:
    best = make_waiting(opening, ranks=("rolla", "jackson"), score=3.7)
    weaker = make_waiting(opening, ranks=("jackson", "rolla"), score=2.8)
    _run(opening)
    pin = _override(weaker, "rolla", manager)
    proposal = _proposal(weaker)
    assert (proposal.office.slug, proposal.pin_id, proposal.rank, proposal.seat) == ("rolla", pin.id, 2, "open")
    assert _proposal(best).office.slug == "jackson"
    # The stored instance holds it as a lock, so that anyone can solve it again.
    newest = db.session.get_one(RoutingRun, proposal.run_id)
    assert {"candidate": str(weaker.id), "office": "rolla"} in json.loads(newest.instance)["locked"]


def test_override_needs_a_reason_a_waiting_person_and_an_open_office(opening: Opening, manager: Person) -> None:
    person = make_waiting(opening, ranks=("rolla",))
    assert _refused(person, "rolla", manager, reason="  ") == "reason"
    place = next(place for place in opening.offices if place.office.slug == "nevada")
    with transaction():
        place.is_open = False
    assert _refused(person, "nevada", manager) == "office"
    with transaction() as session:
        session.add(OfficeChoice(application_id=person.id, office_id=office_named("jackson").id, not_here=True))
    assert _refused(person, "jackson", manager) == "office"
    _override(person, "rolla", manager)
    assert _refused(person, "rolla", manager) == ""
    with transaction():
        withdraw_application(person, by=person.person_id, now=now())
    assert _refused(person, "rolla", manager) == ""


def test_override_is_released_by_two_people_and_stays_marked(opening: Opening, manager: Person, second: Person) -> None:
    person = make_waiting(opening, ranks=("jackson",))
    pin = _override(person, "rolla", manager)
    proposal = _proposal(person)
    assert proposal.rank is None
    with transaction():
        assert release_proposal(proposal, by=manager.id, now=now()) is False
    with pytest.raises(Refusal, match="another person"), transaction():
        release_proposal(proposal, by=manager.id, now=now())
    with transaction():
        assert release_proposal(proposal, by=second.id, now=now()) is True
    assert (proposal.state, proposal.pin_id) == ("released", pin.id)
    assert (proposal.asked_release_by_id, proposal.released_by_id) == (manager.id, second.id)
    change = db.session.scalars(select(Change).where(Change.event == "release_proposal")).one()
    assert (change.reason, change.details["override"]) == ("Lives across the street", True)


def test_who_overrode_has_asked_by_that(opening: Opening, manager: Person, second: Person) -> None:
    person = make_waiting(opening, ranks=("rolla",))
    _override(person, "rolla", manager)
    proposal = _proposal(person)
    with transaction():
        assert release_proposal(proposal, by=second.id, now=now()) is True
    assert proposal.asked_release_by_id == manager.id


def test_two_are_needed_where_the_opening_asks_for_it(opening: Opening, manager: Person, second: Person) -> None:
    with transaction():
        opening.two_release = True
    people = [make_waiting(opening, ranks=(office,)) for office in ("rolla", "jackson")]
    _run(opening)
    with transaction():
        report = release_proposals([_proposal(person) for person in people], by=manager.id, now=now())
    assert (len(report.asked), report.released, report.skipped) == (2, [], [])
    mails = db.session.execute(select(Notice.kind, Notice.recipient_id).where(Notice.kind == "release_to_confirm"))
    assert [tuple(row) for row in mails] == [("release_to_confirm", second.id)]
    with transaction():
        report = release_proposals([_proposal(person) for person in people], by=manager.id, now=now())
    assert (report.asked, report.released, len(report.skipped)) == ([], [], 2)
    # Somebody else arrives and a new run is made: who has asked need not ask again.
    make_waiting(opening, ranks=("nevada",))
    _run(opening)
    with transaction():
        report = release_proposals([_proposal(person) for person in people], by=second.id, now=now())
    assert len(report.released) == 2


def test_a_request_for_confirmation_can_be_taken_back(opening: Opening, manager: Person, second: Person) -> None:
    with transaction():
        opening.two_release = True
    person = make_waiting(opening, ranks=("rolla",))
    _run(opening)
    proposal = _proposal(person)
    with transaction():
        release_proposal(proposal, by=manager.id, now=now())
    with transaction():
        take_back_release(proposal, by=second.id, now=now())
    with pytest.raises(Refusal), transaction():
        take_back_release(proposal, by=second.id, now=now())
    with transaction():
        assert release_proposal(proposal, by=second.id, now=now()) is False


def test_a_request_that_a_newer_run_made_void_is_found(opening: Opening, manager: Person, second: Person) -> None:
    with transaction():
        opening.two_release = True
    person = make_waiting(opening, ranks=("rolla", "jackson"), score=3.0)
    _run(opening)
    with transaction():
        release_proposal(_proposal(person), by=manager.id, now=now())
    make_waiting(opening, ranks=("nevada",))
    _run(opening)
    # Carried on: nothing to tell.
    assert dropped_releases([opening.id], now=now()) == []
    make_waiting(opening, ranks=("rolla",), score=3.9)
    _run(opening)
    [told] = dropped_releases([opening.id], now=now(), asked_by=manager.id)
    assert (told.proposal.office.slug, told.instead and told.instead.office.slug) == ("rolla", "jackson")
    assert dropped_releases([opening.id], now=now(), asked_by=second.id) == []
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "release:dropped")).all()
    assert [event.details["asked_by"] for event in events] == [str(manager.id)]
    # Asked for anew: told no more.
    with transaction():
        release_proposal(_proposal(person), by=manager.id, now=now())
    assert dropped_releases([opening.id], now=now()) == []


def test_an_office_with_one_seat_may_meet_several(opening: Opening, manager: Person, second: Person) -> None:
    first = make_waiting(opening, ranks=("rolla",), score=3.7)
    other = make_waiting(opening, ranks=("rolla",), score=3.0)
    _run(opening)
    with transaction():
        assert release_proposal(_proposal(first), by=manager.id, now=now()) is True
    _override(other, "rolla", manager)
    with transaction():
        assert release_proposal(_proposal(other), by=second.id, now=now()) is True
    released = select(func.count()).where(Proposal.state == "released")
    assert db.session.scalar(released) == 2


def test_an_override_ends_with_its_answer_with_a_withdrawal_or_by_hand(
    opening: Opening, manager: Person, second: Person
) -> None:
    one, two, three = (make_waiting(opening, ranks=(office,)) for office in ("rolla", "jackson", "nevada"))
    pins = [
        _override(person, office, manager) for person, office in ((one, "rolla"), (two, "jackson"), (three, "nevada"))
    ]
    with transaction():
        proposal = _proposal(one)
        release_proposal(proposal, by=second.id, now=now())
        decline_placement(proposal, reason_code="fit", by=second.id, now=now())
        withdraw_application(two, by=two.person_id, now=now())
    with transaction():
        take_back_override(pins[2], by=manager.id, now=now())
    with pytest.raises(Refusal), transaction():
        take_back_override(pins[2], by=manager.id, now=now())
    assert [pin.ended_because for pin in pins] == ["answered", "left", "taken_back"]
    assert _proposal(three).pin_id is None
    # A pair that the office declined is not offered to an override again.
    assert db.session.scalars(select(PlacementDecision)).one().kind == "decline"
    assert _refused(one, "rolla", manager) == "office"


def test_a_run_with_an_override_is_not_stored_twice(app: Flask, opening: Opening, manager: Person) -> None:
    person = make_waiting(opening, ranks=("rolla",))
    _override(person, "jackson", manager)
    before = db.session.scalar(select(func.count()).select_from(RoutingRun))
    _run(opening)
    assert db.session.scalar(select(func.count()).select_from(RoutingRun)) == before
