"""Many supervisors decide at one moment, through their pages: one is first, and the others read by whom and when."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.extensions import db, transaction
from app.models import Application, Opening, PlacementDecision, Proposal, SeatPool
from app.queries.seats import seats_taken
from app.services.placements import record_meeting
from app.services.releases import release_proposals
from app.services.routing import run_routing
from app.services.seats import change_seats
from tests.conftest import MakeApp
from tests.factories import make_staff, make_waiting, sign_in
from tests.placing import make_world, today


@pytest.fixture
def crowded(make_app: MakeApp) -> Flask:
    """The app with a connection for everybody; its clock may be shifted, which takes one more each."""
    return make_app(SQLALCHEMY_ENGINE_OPTIONS={"pool_size": 45})


def _at_once(jobs: list[Callable[[], object]]) -> list[object]:
    """Run all jobs at one moment; what each one returned."""
    results: list[object] = [None] * len(jobs)
    gate = threading.Barrier(len(jobs))

    def run(number: int) -> None:
        gate.wait()
        results[number] = jobs[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _approving(app: Flask, supervisor: UUID, proposal: UUID) -> Callable[[], object]:
    client = sign_in(app.test_client(), supervisor)
    starts_on = (today() + timedelta(days=60)).isoformat()

    def job() -> object:
        answer = client.post(f"/defender/placements/{proposal}/approve", data={"starts_on": starts_on})
        return answer.status_code, answer.text

    return job


def test_of_seven_supervisors_six_read_who_was_first_and_when(crowded: Flask) -> None:
    app = crowded
    world = make_world(app, "met")
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        names = [f"Supervisor Number{number}" for number in range(7)]
        supervisors = [make_staff(opening, Role.SUPERVISOR, office="rolla", name=name).id for name in names]
    results = _at_once([_approving(app, each, world.proposal) for each in supervisors])
    statuses = sorted(status for status, _text in results)  # type: ignore[misc]
    assert statuses == [302] + [409] * 6
    with app.app_context():
        decision = db.session.scalars(select(PlacementDecision)).one()
        winner, hour = decision.decided_by.name, str(decision.decided_at.astimezone().year)
    for status, text in results:  # type: ignore[misc]
        if status == 409:
            assert winner in text
            assert hour in text or "a.m." in text or "p.m." in text


def test_twenty_candidates_for_the_last_seat(crowded: Flask) -> None:
    app = crowded
    world = make_world(app, "proposed", seats=20)
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        for _number in range(19):
            make_waiting(opening, ranks=("rolla",))
        with transaction():
            run_routing(opening, occasion="test", by=By(worker="test"), now=now())
        proposals = list(db.session.scalars(select(Proposal).where(Proposal.state == "proposed")))
        with transaction():
            release_proposals(proposals, by=world.manager, now=now())
            for proposal in proposals:
                record_meeting(proposal, held_on=today(), meeting_format="video", by=world.rolla, now=now())
            pool = proposals[0].pool
            change_seats(pool, 1, reason="One seat is left", by=world.manager, now=now())
        keys, pool_id = [proposal.id for proposal in proposals], pool.id
    assert len(keys) == 20
    results = _at_once([_approving(app, world.rolla, key) for key in keys])
    statuses = [status for status, _text in results]  # type: ignore[misc]
    # On a machine so busy that somebody waits for the seat's row for 5 s, that one is asked to try again.
    assert statuses.count(302) == 1
    assert statuses.count(409) + statuses.count(503) == 19
    told = [text for status, text in results if status == 409]  # type: ignore[misc]
    assert all("Every seat is taken" in text for text in told)
    with app.app_context():
        assert seats_taken(pool_id) == 1
        states = db.session.execute(select(Application.state, func.count()).group_by(Application.state))
        assert {state: count for state, count in states} == {"placement_approved": 1, "placement_in_review": 19}


@pytest.mark.parametrize("reason", ["", "Money is short"])
def test_an_approval_and_a_cut_of_the_seats_leave_one_truth(crowded: Flask, reason: str) -> None:
    """Whoever comes first: either the seat is taken and the cut asks for its reason, or the approval is refused."""
    app = crowded
    world = make_world(app, "met")
    manager = sign_in(app.test_client(), world.manager)
    with app.app_context():
        pool_id = db.session.get_one(Proposal, world.proposal).pool_id

    def cut() -> object:
        fields = {"seats": "0", "spanish_minimum": "0", "reason": reason}
        answer = manager.post(f"/manage/routing/pools/{pool_id}", data=fields)
        return answer.status_code, answer.text

    approval, lowering = _at_once([_approving(app, world.rolla, world.proposal), cut])
    approved, lowered = approval[0], lowering[0]  # type: ignore[index]
    with app.app_context():
        taken, seats = seats_taken(pool_id), db.session.get_one(SeatPool, pool_id).seats
    if approved == 302:
        assert taken == 1
        assert (lowered, seats) == ((302, 0) if reason else (422, 1))
    else:
        assert (approved, lowered, taken, seats) == (409, 302, 0, 0)
