"""An office that the person did not rank: ruled out it is never chosen; left open, both sides are told."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.emails.messages import message_of
from app.extensions import db, transaction
from app.models import Application, Notice, Opening, Proposal
from app.queries.seats import seats_taken
from app.services.invariants import check_invariants
from app.services.placements import approve_placement, record_meeting
from app.services.routing import run_routing
from app.services.storage import file_store
from tests.factories import make_staff, office_named, sign_in
from tests.placing import World, make_world, today

REASON = "Her family lives there"


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app, "proposed")


@pytest.fixture
def second(app: Flask, world: World) -> FlaskClient:
    """Another manager: the second of two."""
    with app.app_context():
        key = make_staff(db.session.get_one(Opening, world.opening), Role.DIRECTOR, name="Dana Director").id
    return sign_in(app.test_client(), key)


def _override(app: Flask, world: World, office: str) -> tuple[int, str]:
    """Have a manager name this office; return the status and where that led."""
    with app.app_context():
        office_id = str(office_named(office).id)
    client = sign_in(app.test_client(), world.manager)
    url = f"/manage/routing/candidates/{world.application}/override"
    answer = client.post(url, data={"office": office_id, "reason": REASON})
    return answer.status_code, answer.location or ""


def _proposal(app: Flask, world: World) -> Proposal:
    with app.app_context():
        query = select(Proposal).where(
            Proposal.application_id == world.application, Proposal.state.in_(("proposed", "released"))
        )
        return db.session.scalars(query).one()


def _released(app: Flask, world: World, second: FlaskClient, office: str = "nevada") -> UUID:
    """Override to this office and have the second person confirm."""
    _status, run = _override(app, world, office)
    key = _proposal(app, world).id
    second.post(f"{run}/release", data={"proposal": str(key), "confirm": "yes"})
    return key


def test_an_office_that_was_ruled_out_on_the_form_is_never_chosen(app: Flask, world: World) -> None:
    applicant = sign_in(app.test_client(), world.applicant)
    path = f"/applications/{world.application}"
    page = applicant.get(f"{path}/offices").text
    assert page.count('<option selected value="">Not ranked</option>') == 6
    ranks = {"rank-rolla": "1", "rank-jackson": "2", "rank-nevada": "no", "rank-ava": ""}
    assert applicant.post(f"{path}/offices", data=ranks).status_code == 302
    assert '<option selected value="no">' in applicant.get(f"{path}/offices").text
    manager = sign_in(app.test_client(), world.manager)
    seen = manager.get(f"/manage/candidates/{world.application}").text
    assert "Would not work in:" in seen and "Nevada" in seen.partition("Would not work in:")[2][:60]
    offered = manager.get(f"/manage/routing/candidates/{world.application}/override").text
    assert '<li><span translate="no">Nevada</span>: the person would not work there</li>' in offered
    assert "Ava, not ranked" in offered
    assert _override(app, world, "nevada")[0] == 422


def test_an_override_ends_when_its_office_is_ruled_out_before_the_release(
    app: Flask, world: World, second: FlaskClient
) -> None:
    _status, run = _override(app, world, "nevada")
    stale = _proposal(app, world).id
    applicant = sign_in(app.test_client(), world.applicant)
    ranks = {"rank-rolla": "1", "rank-nevada": "no"}
    assert applicant.post(f"/applications/{world.application}/offices", data=ranks).status_code == 302
    second.post(f"{run}/release", data={"proposal": str(stale), "confirm": "yes"})
    with app.app_context():
        assert db.session.get_one(Proposal, stale).state == "superseded"
        opening = db.session.get_one(Opening, world.opening)
        with transaction():
            run_routing(opening, occasion="test", by=By(worker="test"), now=now())
    assert _proposal(app, world).pin_id is None


def test_both_sides_know_of_an_unranked_office_and_she_may_say_no(
    app: Flask, world: World, second: FlaskClient
) -> None:
    key = _released(app, world, second)
    with app.app_context():
        nevada = make_staff(db.session.get_one(Opening, world.opening), Role.SUPERVISOR, office="nevada").id
        mail = message_of(db.session.scalars(select(Notice).where(Notice.kind == "office_considering")).one()).text
    path = f"/applications/{world.application}"
    assert "You did not rank this office" in mail and f"{path}/say-no" in mail
    assert "The person did not rank your office; we told them so, and they may say no." in (
        sign_in(app.test_client(), nevada).get(f"/defender/placements/{key}").text
    )
    applicant = sign_in(app.test_client(), world.applicant)
    status = applicant.get(f"{path}/status").text
    assert "You did not rank this office." in status and f'href="{path}/say-no"' in status
    assert "Say no to Nevada?" in applicant.get(f"{path}/say-no").text
    assert _proposal(app, world).state == "released"
    after = applicant.post(f"{path}/say-no", follow_redirects=True).text
    assert "You said no to Nevada. We are looking at the offices you ranked." in after
    assert applicant.post(f"{path}/say-no").status_code == 302
    with app.app_context():
        assert db.session.get_one(Application, world.application).state == "in_routing"
        assert db.session.get_one(Proposal, key).state == "withdrawn"
        assert check_invariants(file_store(), now=now()) == []
    manager = sign_in(app.test_client(), world.manager)
    assert "Said no to an office that they did not rank" in manager.get(f"/manage/candidates/{world.application}").text
    assert _override(app, world, "nevada")[0] == 422


def test_a_no_to_an_unranked_office_frees_the_seat_that_it_gave_in_silence(
    app: Flask, world: World, second: FlaskClient
) -> None:
    key = _released(app, world, second)
    with app.app_context(), transaction():
        nevada = make_staff(db.session.get_one(Opening, world.opening), Role.SUPERVISOR, office="nevada").id
        proposal = db.session.get_one(Proposal, key)
        record_meeting(proposal, held_on=today(), meeting_format="video", by=nevada, now=now())
        approve_placement(proposal, by=nevada, now=now())
        assert seats_taken(proposal.pool_id) == 1
    applicant = sign_in(app.test_client(), world.applicant)
    assert applicant.post(f"/applications/{world.application}/say-no").status_code == 302
    with app.app_context():
        assert seats_taken(db.session.get_one(Proposal, key).pool_id) == 0
        assert check_invariants(file_store(), now=now()) == []


def test_nobody_says_no_in_one_press_to_an_office_that_they_ranked(app: Flask) -> None:
    world = make_world(app, "released")
    applicant = sign_in(app.test_client(), world.applicant)
    path = f"/applications/{world.application}"
    assert "say-no" not in applicant.get(f"{path}/status").text
    assert applicant.get(f"{path}/say-no").status_code == 302
    assert "You ranked this office." in applicant.post(f"{path}/say-no", follow_redirects=True).text
    with app.app_context():
        assert db.session.get_one(Proposal, world.proposal).state == "released"
