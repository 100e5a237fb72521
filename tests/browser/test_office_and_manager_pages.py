"""The pages of offices and program managers around a placement: axe and width at both sizes, in one Chromium.

People are put where they are by the services; the journeys show how they get there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.placements import local_day
from app.extensions import db, transaction
from app.models import Application, Offer, Opening, Placement, Proposal, RoleGrant, RoutingRun, Scenario, SeatRequest
from app.services.delegations import delegate_office
from app.services.meetings import Terms, offer_times
from app.services.offers import accept_offer
from app.services.placements import approve_placement, record_meeting
from app.services.releases import release_proposal
from app.services.routing import run_routing
from app.services.scenarios import make_scenario
from app.services.seat_requests import ask_for_seats
from tests.browser.conftest import LiveServer, OpenBrowser
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.factories import make_person, make_staff, make_waiting, office_named
from tests.placing import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Office:
    """Maya is placed in Rolla, Ada met by Jackson, Bo approved by Nevada; Cleo waits for a release, Dee for a seat."""

    world: World
    nevada: UUID
    ada: UUID
    bo: UUID


@pytest.fixture
def office(live_server: LiveServer) -> Office:
    """Everything that these pages show, each in the state that shows most."""
    app = live_server.app
    world = make_world(app, "offered")
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        nevada = make_staff(opening, Role.SUPERVISOR, office="nevada", name="Nell Nevada").id
        with transaction():
            accept_offer(db.session.scalars(select(Offer)).one(), by=world.applicant, now=now())
        ada = make_waiting(opening, make_person("Ada Example"), ranks=("rolla", "jackson"), score=3.2, spanish="native")
        bo = make_waiting(opening, make_person("Bo Example"), ranks=("nevada",), score=3.0)
        _route(opening)
        with transaction():
            for person in (ada, bo):
                release_proposal(_proposal(person), by=world.manager, now=now())
            times = [now() + timedelta(days=days) for days in (2, 3, 4)]
            terms = Terms("video", "https://video.example.org/jackson", 30, "Ask for Jo.")
            offer_times(_proposal(ada), times, terms, instead_of=None, by=world.jackson, now=now())
            record_meeting(_proposal(bo), held_on=_today(), meeting_format="phone", by=nevada, now=now())
            approve_placement(_proposal(bo), conditions="Starts in May", by=nevada, now=now())
        make_waiting(opening, make_person("Cleo Example"), ranks=("rolla", "jackson", "monett"), score=2.8)
        make_waiting(opening, make_person("Dee Example"), ranks=("rolla", "jackson"), score=2.0)
        _route(opening)
        _change_their_minds(opening, world)
        return Office(world, nevada, ada.id, bo.id)


def _change_their_minds(opening: Opening, world: World) -> None:
    rolla = office_named("rolla")
    pool = next(place.pool for place in opening.offices if place.office_id == rolla.id)
    with transaction():
        ask_for_seats(rolla, pool, seats=3, note="A second line is funded.", by=world.rolla, now=now())
        last = _today() + timedelta(days=9)
        delegate_office(rolla, "sub@example.org", first_day=_today(), last_day=last, by=world.rolla, now=now())
        make_scenario(
            opening,
            {pool.slug: {"seats": 2, "spanish_minimum": 1}},
            [],
            title="More in Rolla",
            by=world.manager,
            now=now(),
        )


def _route(opening: Opening) -> None:
    with transaction():
        run_routing(opening, occasion="test", by=By(worker="test"), now=now())


def _proposal(application: Application) -> Proposal:
    return db.session.scalars(
        select(Proposal).where(
            Proposal.application_id == application.id, Proposal.state.in_(("proposed", "released", "approved"))
        )
    ).one()


def _today():  # type: ignore[no-untyped-def]
    return local_day(now(), "America/Chicago")


def _visit(desk: Desk, *paths: str) -> None:
    for path in paths:
        desk.open(path).is_accessible()


def _only(app: Flask, column: object, *order: object) -> UUID:
    with app.app_context():
        return db.session.scalars(select(column).order_by(*order).limit(1)).one()  # type: ignore[call-overload, no-any-return]


def test_the_managers_pages(office: Office, live_server: LiveServer, open_browser: OpenBrowser) -> None:
    app, world = live_server.app, office.world
    run = _only(app, RoutingRun.id, RoutingRun.run_at.desc())
    scenario, placement = _only(app, Scenario.id), _only(app, Placement.id)
    asked = _only(app, SeatRequest.id)
    with app.app_context():
        rolla, ada = office_named("rolla").id, db.session.get_one(Application, office.ada)
        proposal = _proposal(ada).id
    manager = Desk(open_browser(world.manager, **DESKTOP))
    whatif = f"/manage/routing/openings/{world.opening}/what-if"
    _visit(
        manager,
        "/manage", "/manage/routing", f"/manage/routing/runs/{run}", whatif, f"/manage/routing/what-if/{scenario}",
        f"{whatif}/compare?a={run}&b={scenario}", f"/manage/routing/what-if/{scenario}/use", "/manage/reports",
        f"/manage/routing/proposals/{proposal}/pass-on", f"/manage/candidates/{office.ada}", "/manage/offices",
        f"/manage/offices/{rolla}", f"/manage/offices/seats/{asked}", f"/manage/offers/{office.bo}/send",
        "/manage/placements",
    )  # fmt: skip
    manager.open(f"/manage/routing/runs/{run}").press("Release the chosen").is_accessible()
    page = manager.open(f"/manage/placements/{placement}").says("Set the first day first").is_accessible()
    page.press("Set the first day", {"starts_on": str(_later(app))})
    page.press("Go on", {"outcome": "approved", "reason": "A strong year"}).is_accessible()
    page.press("Approve the pay").says("Approved").is_accessible()
    ending = manager.open(f"/manage/placements/{placement}/end").is_accessible()
    ending.press("Go on", {"last_day": str(_later(app)), "reason": "Moved away"}).is_accessible()
    ending.press("Record the end").says("Last day").is_accessible()


def _later(app: Flask):  # type: ignore[no-untyped-def]
    with app.app_context():
        return _today() + timedelta(days=30)


def test_the_offices_pages_and_the_other_side(
    office: Office, live_server: LiveServer, open_browser: OpenBrowser
) -> None:
    app, world = live_server.app, office.world
    grant = None
    with app.app_context():
        rolla = office_named("rolla").id
        pool = next(p.pool_id for p in db.session.get_one(Opening, world.opening).offices if p.office_id == rolla)
        ada, bo = (_proposal(db.session.get_one(Application, key)).id for key in (office.ada, office.bo))
        grant = db.session.scalars(select(RoleGrant.id).where(RoleGrant.delegated_by_id.is_not(None))).one()
        applicant = db.session.get_one(Application, office.ada).person_id
    place = f"/defender/offices/{rolla}"
    supervisor = Desk(open_browser(world.rolla, **PHONE))
    _visit(
        supervisor, "/defender", place, f"{place}/facts", f"{place}/seats/{pool}", f"{place}/delegates",
        f"{place}/delegates/{grant}/end",
    )  # fmt: skip
    jackson = Desk(open_browser(world.jackson, **PHONE))
    mine = f"/defender/placements/{ada}"
    _visit(jackson, mine, f"{mine}/meeting-times", f"{mine}/not-now", f"{mine}/not-for-us")
    _visit(Desk(open_browser(office.nevada, **PHONE)), f"/defender/placements/{bo}")
    person = Desk(open_browser(applicant, **PHONE))
    meeting = person.open(f"/applications/{office.ada}/status").is_accessible().follow("Choose a time").is_accessible()
    meeting.page.locator('input[name="time"]').first.evaluate("field => field.click()")
    meeting.press("Meet at this time").is_accessible()
    _visit(jackson, f"{mine}/meeting-times")
    _visit(Desk(open_browser(world.applicant, **PHONE)), f"/applications/{world.application}/placement")
