"""Runs and releases on the real database: what goes in, what comes out, and who comes second."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.instance import input_sha256
from app.domain.instance_reading import read_instance
from app.domain.matching import solve
from app.domain.refusals import Refusal
from app.domain.sentences import Sentences
from app.domain.work import RELEASE_WITHIN
from app.extensions import db, transaction
from app.models import (
    Application,
    Notice,
    OfficeChoice,
    Opening,
    Person,
    PlacementDecision,
    Proposal,
    RoutingRun,
    SeatPool,
)
from app.queries.routing import own_reasons, reasons_of
from app.queries.routing_instance import build_instance
from app.queries.work import row_of
from app.services.placements import decline_placement, defer_placement, pass_on_placement
from app.services.releases import release_proposal, release_proposals
from app.services.routing import run_due_routing, run_routing
from app.services.withdrawals import withdraw_application
from tests.factories import make_opening, make_staff, make_waiting


def _run(opening: Opening) -> RoutingRun:
    with transaction():
        return run_routing(opening, occasion="test", by=By(worker="test"), now=now())


def _proposals(*states: str) -> dict[str, str]:
    rows = db.session.execute(select(Proposal).where(Proposal.state.in_(states or ("proposed",)))).scalars()
    return {str(row.application_id): row.office.slug for row in rows}


def _only() -> Proposal:
    return db.session.scalars(select(Proposal).where(Proposal.state == "proposed")).one()


def _release(proposal: Proposal, manager: Person) -> Proposal:
    with transaction():
        release_proposal(proposal, by=manager.id, now=now())
    return proposal


@pytest.fixture
def opening(session: Session) -> Opening:
    return make_opening(recorded=False, final=False)


@pytest.fixture
def manager(opening: Opening) -> Person:
    return make_staff(opening, Role.MANAGER)


def test_run_stores_the_exact_instance_and_can_be_solved_again(opening: Opening) -> None:
    make_waiting(opening, ranks=("rolla", "jackson"), score=3.5)
    make_waiting(opening, ranks=("rolla",), score=3.0)
    run = _run(opening)
    data = run.instance.encode()
    again = solve(read_instance(data))
    assert input_sha256(data) == run.input_sha256
    assert [(each.candidate, each.office, each.rank, each.seat) for each in again.assignments] == [
        (each["candidate"], each["office"], each["rank"], each["seat"]) for each in run.result["assignments"]
    ]
    assert list(again.unplaced) == run.result["unplaced"]


def test_higher_score_gets_the_seat_and_the_other_is_told_why(opening: Opening) -> None:
    best = make_waiting(opening, ranks=("rolla", "jackson"), score=3.7)
    second = make_waiting(opening, ranks=("rolla", "jackson"), score=2.8)
    _run(opening)
    assert _proposals() == {str(best.id): "rolla", str(second.id): "jackson"}
    proposal = db.session.scalars(select(Proposal).where(Proposal.application_id == second.id)).one()
    (reason,) = reasons_of(proposal)
    assert (reason.office, reason.code, reason.params["cutoff_score"], reason.params["score"]) == (
        "Rolla", "full", 18.0, 12.0,
    )  # fmt: skip
    assert proposal.rank == 2
    assert own_reasons(second) == []


def test_an_own_rank_outlives_the_office_that_was_ranked_above(opening: Opening) -> None:
    person = make_waiting(opening, ranks=("rolla", "jackson"), score=3.0)
    with transaction():
        left = next(place for place in opening.offices if place.office.slug == "rolla")
        db.session.delete(left)
    db.session.expire_all()
    _run(opening)
    proposal = db.session.scalars(select(Proposal).where(Proposal.application_id == person.id)).one()
    assert (proposal.office.slug, proposal.rank) == ("jackson", 2)


def test_nothing_is_stored_when_nothing_changed(opening: Opening) -> None:
    make_waiting(opening)
    with transaction():
        first = run_due_routing(now=now())
    with transaction():
        second = run_due_routing(now=now() + timedelta(hours=1))
    assert (first, second) == (1, 0)
    assert db.session.scalar(select(func.count()).select_from(RoutingRun)) == 1
    make_waiting(opening)
    with transaction():
        assert run_due_routing(now=now()) == 1


def test_no_run_for_an_opening_where_nobody_waits(opening: Opening) -> None:
    with transaction():
        assert run_due_routing(now=now()) == 0


def test_a_proposal_that_was_taken_back_is_made_again(opening: Opening) -> None:
    make_waiting(opening)
    first = _run(opening)
    with transaction():
        _only().state = "superseded"
    second = _run(opening)
    assert (second.id != first.id, second.input_sha256) == (True, first.input_sha256)
    assert len(_proposals()) == 1


def test_new_run_supersedes_only_what_nobody_released(opening: Opening, manager: Person) -> None:
    asked = make_waiting(opening, ranks=("rolla",))
    _run(opening)
    _release(_only(), manager)
    other = make_waiting(opening, ranks=("rolla", "jackson"), score=4.0)
    _run(opening)
    assert _proposals("released") == {str(asked.id): "rolla"}
    assert _proposals() == {str(other.id): "jackson"}


def test_a_new_run_does_not_put_the_release_off(opening: Opening) -> None:
    first = make_waiting(opening, ranks=("rolla",))
    long_ago = now() - timedelta(days=3)
    with transaction():
        run_routing(opening, occasion="test", by=By(worker="test"), now=long_ago)
    later = make_waiting(opening, ranks=("jackson",))
    newest = _run(opening)
    since = {
        row.application_id: row.proposed_at
        for row in db.session.scalars(select(Proposal).where(Proposal.run_id == newest.id))
    }
    assert since == {first.id: long_ago, later.id: since[later.id]} and since[later.id] > long_ago
    assert row_of(first, now=now()).work.due_at == long_ago + RELEASE_WITHIN


def test_not_here_and_conflict_and_declines_are_struck(opening: Opening, manager: Person) -> None:
    person = make_waiting(opening, ranks=("rolla", "jackson", "nevada", "farmington"), not_here=("hillsboro",))
    supervisor = make_staff(opening, Role.SUPERVISOR, office="rolla")
    _run(opening)
    with transaction():
        release_proposal(_only(), by=manager.id, now=now())
    with transaction():
        proposal = db.session.scalars(select(Proposal).where(Proposal.state == "released")).one()
        decline_placement(proposal, reason_code="conflict", by=supervisor.id, now=now())
    _run(opening)
    assert _proposals() == {str(person.id): "jackson"}
    _release(_only(), manager)
    proposal = db.session.scalars(select(Proposal).where(Proposal.state == "released")).one()
    with transaction():
        defer_placement(proposal, not_before=(now() + timedelta(days=30)).date(), by=supervisor.id, now=now())
    _run(opening)
    assert _proposals() == {str(person.id): "nevada"}
    _release(_only(), manager)
    proposal = db.session.scalars(select(Proposal).where(Proposal.state == "released")).one()
    with transaction():
        pass_on_placement(proposal, reason="No answer for three weeks", by=manager.id, now=now())
    instance = build_instance(opening, now())
    (candidate,) = instance.candidates
    assert candidate.ineligible == {"hillsboro", "rolla"}
    assert {office for _, office in instance.declined} == {"jackson", "nevada"}
    later = build_instance(opening, now() + timedelta(days=31))
    assert {office for _, office in later.declined} == {"nevada"}


def test_waiting_for_the_first_choice_ends_on_its_date(opening: Opening) -> None:
    make_waiting(opening, ranks=("rolla",), score=4.0)
    person = make_waiting(opening, ranks=("rolla", "jackson"))
    with transaction():
        person.wait_for_office_id = person.choices[0].office_id
        person.wait_until = (now() + timedelta(days=10)).date()
    _run(opening)
    assert str(person.id) not in _proposals()
    parts = Sentences(db.session.scalars(select(RoutingRun)).one().result).of(str(person.id))
    (sentence,) = [each for each in parts if each["office"] == "jackson"]
    assert sentence["code"] == "waiting"
    after = build_instance(opening, now() + timedelta(days=11))
    assert [candidate.waits_for for candidate in after.candidates] == [None, None]


def test_reserve_waits_for_spanish_until_its_date(opening: Opening) -> None:
    with transaction():
        pool = db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one()
        pool.spanish_minimum = 1
        pool.release_reserve_on = (now() + timedelta(days=5)).date()
    plain = make_waiting(opening, ranks=("rolla",), score=4.0)
    _run(opening)
    assert _proposals() == {}
    speaker = make_waiting(opening, ranks=("rolla",), score=2.0, spanish="native")
    _run(opening)
    assert _proposals() == {str(speaker.id): "rolla"}
    assert _only().seat == "spanish"
    with transaction():
        run_routing(opening, occasion="later", by=By(worker="test"), now=now() + timedelta(days=6))
    assert _proposals() == {str(speaker.id): "rolla"}
    assert plain.state == "in_routing"


def test_verified_spanish_counts_before_the_reported_one(opening: Opening, manager: Person) -> None:
    person = make_waiting(opening, spanish="native")
    assert [candidate.speaks_spanish for candidate in build_instance(opening, now()).candidates] == [True]
    with transaction():
        person.spanish_verified, person.spanish_verified_by_id = "basic", manager.id
        person.spanish_verified_at = now()
    assert [candidate.speaks_spanish for candidate in build_instance(opening, now()).candidates] == [False]


def test_release_asks_the_office_and_tells_both_once(opening: Opening, manager: Person) -> None:
    supervisor = make_staff(opening, Role.SUPERVISOR, office="rolla")
    with transaction():
        db.session.execute(update(SeatPool).where(SeatPool.slug == "rolla").values(seats=3))
    people = [make_waiting(opening, ranks=("rolla",)) for _ in range(3)]
    _run(opening)
    proposals = list(db.session.scalars(select(Proposal)))
    _release(proposals[0], manager)
    with transaction():
        report = release_proposals(proposals[1:], by=manager.id, now=now())
    assert (len(report.released), report.skipped) == (2, [])
    assert {person.state for person in people} == {"placement_in_review"}
    assert proposals[0].due_at == proposals[0].released_at + timedelta(days=10)
    mails = list(db.session.scalars(select(Notice).where(Notice.kind == "office_waiting")))
    assert [(mail.recipient_id, mail.context["waiting"]) for mail in mails] == [(supervisor.id, 3)]
    told = select(func.count()).where(Notice.kind == "office_considering")
    assert db.session.scalar(told) == 3


def test_release_refuses_what_no_longer_holds(opening: Opening, manager: Person) -> None:
    person = make_waiting(opening, ranks=("rolla", "jackson"))
    _run(opening)
    old = _only()
    make_waiting(opening, ranks=("nevada",))
    _run(opening)
    with pytest.raises(Refusal), transaction():
        release_proposal(old, by=manager.id, now=now())
    newest = db.session.scalars(
        select(Proposal).where(Proposal.application_id == person.id, Proposal.state == "proposed")
    ).one()
    with transaction():
        db.session.execute(
            update(OfficeChoice).where(OfficeChoice.application_id == person.id, OfficeChoice.rank == 1)
            .values(rank=None, not_here=True)
        )  # fmt: skip
    with transaction():
        report = release_proposals([newest], by=manager.id, now=now())
    assert (report.released, len(report.skipped)) == ([], 1)
    assert person.state == "in_routing"


def test_release_skips_who_has_withdrawn_and_releases_the_others(opening: Opening, manager: Person) -> None:
    gone = make_waiting(opening, ranks=("rolla",))
    stays = make_waiting(opening, ranks=("jackson",))
    _run(opening)
    proposals = list(db.session.scalars(select(Proposal)))
    with transaction():
        withdraw_application(gone, by=gone.person_id, now=now())
    with transaction():
        report = release_proposals(proposals, by=manager.id, now=now())
    assert [proposal.application_id for proposal in report.released] == [stays.id]
    assert [proposal.application_id for proposal, _ in report.skipped] == [gone.id]


def test_lowered_seats_stop_a_release(opening: Opening, manager: Person) -> None:
    make_waiting(opening, ranks=("rolla",))
    _run(opening)
    with transaction():
        db.session.execute(update(SeatPool).where(SeatPool.slug == "rolla").values(seats=0))
    with pytest.raises(Refusal), transaction():
        release_proposal(_only(), by=manager.id, now=now())


def test_two_managers_run_at_once_and_one_run_is_stored(app: Flask) -> None:
    with app.app_context():
        opening = make_opening(recorded=False, final=False)
        for _ in range(4):
            make_waiting(opening)
        opening_id = opening.id
    faults: list[BaseException] = []
    gate = threading.Barrier(4)

    def run() -> None:
        try:
            with app.app_context():
                mine = db.session.get_one(Opening, opening_id)
                now()  # the shift of the clock is read once per context, on a connection of its own
                gate.wait()
                with transaction():
                    run_routing(mine, occasion="race", by=By(worker="test"), now=now())
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(RoutingRun)) == 1
        states = list(db.session.scalars(select(Proposal.state)))
        assert states == ["proposed", "proposed"]


def test_run_during_withdrawals_does_not_deadlock(app: Flask) -> None:
    with app.app_context():
        opening = make_opening(recorded=False, final=False)
        ids = [make_waiting(opening, ranks=("rolla", "jackson", "nevada")).id for _ in range(6)]
        _run(opening)
        opening_id = opening.id
    faults: list[BaseException] = []
    gate = threading.Barrier(len(ids) + 3)

    def withdraw(application_id: object) -> None:
        try:
            with app.app_context():
                mine = db.session.get_one(Application, application_id)
                now()  # the shift of the clock is read once per context, on a connection of its own
                gate.wait()
                with transaction():
                    withdraw_application(mine, by=mine.person_id, now=now())
        except BaseException as fault:
            faults.append(fault)

    def run() -> None:
        try:
            with app.app_context():
                mine = db.session.get_one(Opening, opening_id)
                now()  # the shift of the clock is read once per context, on a connection of its own
                gate.wait()
                for _ in range(3):
                    with transaction():
                        run_routing(mine, occasion="race", by=By(worker="test"), now=now())
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=withdraw, args=(key,)) for key in ids]
    threads += [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with app.app_context():
        _run(db.session.get_one(Opening, opening_id))
        assert _proposals() == {}


def test_result_keeps_the_documented_form(opening: Opening) -> None:
    make_waiting(opening)
    run = _run(opening)
    assert set(run.result) == {"run", "assignments", "unplaced", "explanations", "pools", "sentences"}
    assert json.loads(run.instance)["season"] == "2027"
    assert db.session.scalar(select(func.count()).select_from(PlacementDecision)) == 0
