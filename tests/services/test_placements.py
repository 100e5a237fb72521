"""Meeting, approval, decline, undo, offer, placement: on the real database, also many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, update
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
    Meeting,
    Notice,
    Offer,
    Office,
    Opening,
    Person,
    Placement,
    PlacementDecision,
    Proposal,
    SeatPool,
)
from app.queries.routing_instance import build_instance
from app.queries.seats import seats_taken
from app.services.offers import (
    accept_offer,
    close_not_approved,
    close_without_seat,
    decline_offer,
    send_due_offers,
    send_offer,
)
from app.services.placements import (
    approve_placement,
    decline_placement,
    defer_placement,
    record_meeting,
    undo_approval,
)
from app.services.releases import release_proposals
from app.services.routing import run_routing
from app.services.seats import change_reserve, change_seats, confirm_seats
from app.services.withdrawals import withdraw_application
from tests.factories import make_opening, make_staff, make_waiting
from tests.placing import today


class Scene:
    """An opening with a manager, a supervisor in Rolla, and people whom Rolla is being asked about."""

    def __init__(self, people: int = 1, seats: int = 1, **draft: object) -> None:
        self.opening: Opening = make_opening(recorded=False, final=False, seats={"rolla": people})
        self.manager: Person = make_staff(self.opening, Role.MANAGER)
        self.supervisor: Person = make_staff(self.opening, Role.SUPERVISOR, office="rolla")
        chosen = {"ranks": ("rolla", "jackson"), **draft}
        self.people = [make_waiting(self.opening, **chosen) for _ in range(people)]  # type: ignore[arg-type]
        self.route()
        self.release()
        self.pool: SeatPool = db.session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one()
        with transaction():
            self.pool.seats = seats

    def route(self) -> None:
        with transaction():
            run_routing(self.opening, occasion="test", by=By(worker="test"), now=now())

    def release(self) -> None:
        with transaction():
            chosen = list(db.session.scalars(select(Proposal).where(Proposal.state == "proposed")))
            report = release_proposals(chosen, by=self.manager.id, now=now())
            assert report.skipped == []

    @property
    def proposals(self) -> list[Proposal]:
        return list(db.session.scalars(select(Proposal).where(Proposal.state == "released").order_by(Proposal.id)))

    def meet(self, proposal: Proposal) -> None:
        with transaction():
            record_meeting(proposal, held_on=today(), meeting_format="video", by=self.supervisor.id, now=now())

    def approve(self, proposal: Proposal, **terms: object) -> PlacementDecision:
        self.meet(proposal)
        with transaction():
            return approve_placement(proposal, by=self.supervisor.id, now=now(), **terms)  # type: ignore[arg-type]

    def offer(self, proposal: Proposal) -> Offer:
        self.approve(proposal)
        with transaction():
            return send_offer(proposal.application, by=By(person_id=self.manager.id), now=now())


def _kinds(application: Application) -> list[str]:
    return list(
        db.session.scalars(
            select(Notice.kind).where(
                Notice.application_id == application.id, Notice.recipient_id == application.person_id
            ).order_by(Notice.created_at)
        )
    )  # fmt: skip


def test_meeting_comes_before_the_approval(session: Session) -> None:
    scene = Scene()
    (proposal,) = scene.proposals
    with pytest.raises(Refusal) as refusal, transaction():
        approve_placement(proposal, by=scene.supervisor.id, now=now())
    assert refusal.value.status == 422
    decision = scene.approve(proposal, conditions="  Starts in fall ", starts_on=today())
    assert (decision.kind, decision.conditions, decision.starts_on) == (
        "approve", "Starts in fall", today(),
    )  # fmt: skip
    assert proposal.state == "approved"
    assert proposal.application.state == "placement_approved"
    assert seats_taken(scene.pool.id) == 1


def test_meeting_cannot_be_in_the_future_and_can_be_corrected(session: Session) -> None:
    scene = Scene()
    (proposal,) = scene.proposals
    with pytest.raises(Refusal), transaction():
        record_meeting(
            proposal,
            held_on=(now() + timedelta(days=2)).date(),
            meeting_format="video",
            by=scene.supervisor.id,
            now=now(),
        )
    scene.meet(proposal)
    scene.meet(proposal)
    assert db.session.scalar(select(func.count()).select_from(Meeting)) == 1


def test_approval_without_a_meeting_where_the_opening_asks_for_none(session: Session) -> None:
    scene = Scene()
    with transaction():
        scene.opening.meeting_required = False
    with transaction():
        approve_placement(scene.proposals[0], by=scene.supervisor.id, now=now())
    assert scene.people[0].state == "placement_approved"


def test_full_pool_refuses_and_changes_nothing(session: Session) -> None:
    scene = Scene(people=2, seats=1)
    first, second = scene.proposals
    scene.approve(first)
    scene.meet(second)
    with pytest.raises(Refusal) as refusal, transaction():
        approve_placement(second, by=scene.supervisor.id, now=now())
    assert refusal.value.status == 409
    assert second.state == "released"
    assert second.application.state == "placement_in_review"


def test_second_decision_is_refused(session: Session) -> None:
    scene = Scene()
    (proposal,) = scene.proposals
    scene.approve(proposal)
    with pytest.raises(Refusal), transaction():
        decline_placement(proposal, reason_code="fit", by=scene.supervisor.id, now=now())
    assert db.session.scalar(select(func.count()).select_from(PlacementDecision)) == 1


def test_decline_needs_a_known_reason_and_routes_again(session: Session) -> None:
    scene = Scene()
    (proposal,) = scene.proposals
    with pytest.raises(Refusal), transaction():
        decline_placement(proposal, reason_code="", by=scene.supervisor.id, now=now())
    with transaction():
        decline_placement(proposal, reason_code="fit", reason="Not yet", by=scene.supervisor.id, now=now())
    scene.route()
    (next_proposal,) = db.session.scalars(select(Proposal).where(Proposal.state == "proposed"))
    assert next_proposal.office.slug == "jackson"
    assert [reason["code"] for reason in next_proposal.passed_over] == ["declined"]
    assert _kinds(scene.people[0])[-2:] == ["office_considering", "placement_declined"]
    assert [change.event for change in scene.people[0].changes][-2:] == ["release_proposal", "decline_placement"]


def test_not_now_needs_a_date_that_is_still_to_come(session: Session) -> None:
    scene = Scene()
    (proposal,) = scene.proposals
    with pytest.raises(Refusal), transaction():
        defer_placement(proposal, not_before=now().date() - timedelta(days=1), by=scene.supervisor.id, now=now())
    with transaction():
        defer_placement(proposal, not_before=now().date() + timedelta(days=9), by=scene.supervisor.id, now=now())
    assert (proposal.state, scene.people[0].state) == ("deferred", "in_routing")


def test_undo_gives_the_seat_back_and_ends_after_a_day(session: Session) -> None:
    scene = Scene()
    (proposal,) = scene.proposals
    decision = scene.approve(proposal)
    with pytest.raises(Refusal), transaction():
        undo_approval(proposal, by=scene.supervisor.id, now=decision.decided_at + timedelta(hours=24))
    with transaction():
        undo_approval(proposal, by=scene.supervisor.id, now=decision.decided_at + timedelta(hours=23, minutes=59))
    assert (proposal.state, proposal.application.state, seats_taken(scene.pool.id)) == (
        "released", "placement_in_review", 0,
    )  # fmt: skip
    again = scene.approve(proposal)
    assert again.id != decision.id


def test_offer_leaves_after_a_day_once(session: Session) -> None:
    scene = Scene()
    decision = scene.approve(scene.proposals[0])
    with transaction():
        assert send_due_offers(now=decision.decided_at + timedelta(hours=23, minutes=59)) == 0
    moment = decision.decided_at + timedelta(hours=24)
    with transaction():
        assert send_due_offers(now=moment) == 1
    with transaction():
        assert send_due_offers(now=moment) == 0
    offer = db.session.scalars(select(Offer)).one()
    assert (offer.sent_by_id, offer.year1_hourly, offer.year1_annual) == (None, Decimal("19.23"), Decimal("40000.00"))
    assert offer.year2_hourly == Decimal("20.43")
    assert offer.answer_by > moment + timedelta(days=6)
    assert _kinds(scene.people[0])[-1] == "offer_sent"


def test_manager_sends_at_once_and_that_ends_the_undo(session: Session) -> None:
    scene = Scene()
    (proposal,) = scene.proposals
    scene.offer(proposal)
    with pytest.raises(Refusal), transaction():
        undo_approval(proposal, by=scene.supervisor.id, now=now())
    with pytest.raises(IllegalMove), transaction():
        send_offer(proposal.application, by=By(person_id=scene.manager.id), now=now())


def test_accept_makes_the_placement_once_and_tells_everybody(session: Session) -> None:
    scene = Scene()
    with transaction():
        scene.opening.starts_on = date(2027, 8, 1)
    offer = scene.offer(scene.proposals[0])
    person = scene.people[0]
    with transaction():
        first = accept_offer(offer, by=person.person_id, now=now())
    with transaction():
        second = accept_offer(offer, by=person.person_id, now=now())
    assert first.id == second.id
    assert (first.starts_on, first.ends_on) == (date(2027, 8, 1), date(2029, 7, 31))
    assert person.state == "placed"
    told = db.session.execute(select(Notice.kind, Notice.recipient_id).where(Notice.kind.in_(
        ("offer_accepted", "placement_confirmed")))).all()  # fmt: skip
    assert sorted(tuple(row) for row in told) == sorted([
        ("offer_accepted", person.person_id),
        ("placement_confirmed", scene.supervisor.id),
        ("placement_confirmed", scene.manager.id),
    ])  # fmt: skip


def test_late_offer_is_still_accepted(session: Session) -> None:
    scene = Scene()
    offer = scene.offer(scene.proposals[0])
    with transaction():
        accept_offer(offer, by=scene.people[0].person_id, now=offer.answer_by + timedelta(days=30))
    assert scene.people[0].state == "placed"


@pytest.mark.parametrize(
    ("eligible", "hourly", "verified", "expected"),
    [
        (True, Decimal("1.50"), "professional", Decimal("1.50")),
        (True, Decimal("1.50"), "conversational", None),
        (True, Decimal("1.50"), None, None),
        (False, None, "native", None),
        (True, None, "native", None),
    ],
)
def test_spanish_increase_follows_office_and_verified_level(
    session: Session, eligible: bool, hourly: Decimal | None, verified: str | None, expected: Decimal | None
) -> None:
    scene = Scene(spanish="native")
    with transaction():
        office = db.session.scalars(select(Office).where(Office.slug == "rolla")).one()
        office.spanish_increase, office.spanish_increase_hourly = eligible, hourly
        if verified:
            person = scene.people[0]
            person.spanish_verified, person.spanish_verified_by_id = verified, scene.manager.id
            person.spanish_verified_at = now()
    assert scene.offer(scene.proposals[0]).spanish_increase_hourly == expected


def test_declined_offer_gives_the_seat_back_and_routes_elsewhere(session: Session) -> None:
    scene = Scene()
    offer = scene.offer(scene.proposals[0])
    for _ in range(2):
        with transaction():
            decline_offer(offer, route_again=True, reason="Too far", by=scene.people[0].person_id, now=now())
    assert (scene.people[0].state, seats_taken(scene.pool.id)) == ("in_routing", 0)
    (candidate,) = build_instance(scene.opening, now()).candidates
    assert candidate.ranks == ("jackson",)
    scene.route()
    (proposal,) = db.session.scalars(select(Proposal).where(Proposal.state == "proposed"))
    assert (proposal.office.slug, proposal.rank) == ("jackson", 2)
    declined = db.session.scalars(select(Notice.recipient_id).where(Notice.kind == "offer_declined")).all()
    assert sorted(declined) == sorted([scene.supervisor.id, scene.manager.id])


def test_declined_offer_may_end_the_application(session: Session) -> None:
    scene = Scene()
    offer = scene.offer(scene.proposals[0])
    with transaction():
        decline_offer(offer, route_again=False, by=scene.people[0].person_id, now=now())
    assert scene.people[0].state == "offer_declined"
    assert seats_taken(scene.pool.id) == 0


def test_withdrawal_after_the_approval_frees_the_seat(session: Session) -> None:
    scene = Scene()
    scene.approve(scene.proposals[0])
    with transaction():
        withdraw_application(scene.people[0], by=scene.people[0].person_id, now=now())
    assert seats_taken(scene.pool.id) == 0
    assert build_instance(scene.opening, now()).locked == ()


def test_last_seat_taken_tells_only_those_without_a_chance(session: Session) -> None:
    scene = Scene()
    hopeless = make_waiting(scene.opening, ranks=("rolla",))
    hopeful = make_waiting(scene.opening, ranks=("rolla", "jackson"))
    offer = scene.offer(scene.proposals[0])
    for _ in range(2):
        with transaction():
            accept_offer(offer, by=scene.people[0].person_id, now=now())
    told = db.session.scalars(select(Notice.application_id).where(Notice.kind == "seats_taken")).all()
    assert told == [hopeless.id]
    assert hopeful.state == "in_routing"


def test_closing_tells_in_plain_words(session: Session) -> None:
    opening = make_opening(recorded=False, final=False)
    manager = make_staff(opening, Role.MANAGER)
    one, two = make_waiting(opening), make_waiting(opening)
    with pytest.raises(Refusal), transaction():
        close_without_seat(one, reason=" ", by=manager.id, now=now())
    with transaction():
        close_without_seat(one, reason="All full", by=manager.id, now=now())
        close_not_approved(two, reason="Declined everywhere", by=manager.id, now=now())
    assert (one.state, two.state) == ("no_seat", "not_approved")
    contexts = db.session.scalars(select(Notice.context).where(Notice.kind == "not_approved"))
    assert sorted(context["no_seat"] for context in contexts) == [False, True]


def test_lowering_below_the_taken_seats_needs_a_reason(session: Session) -> None:
    scene = Scene()
    scene.approve(scene.proposals[0])
    with pytest.raises(Refusal) as refusal, transaction():
        change_seats(scene.pool, 0, reason="", by=scene.manager.id, now=now())
    assert refusal.value.field == "reason"
    with transaction():
        change_seats(scene.pool, 0, reason="Budget cut", by=scene.manager.id, now=now())
    assert (scene.pool.seats, scene.pool.changed_reason) == (0, "Budget cut")
    with pytest.raises(Refusal), transaction():
        change_reserve(scene.pool, spanish_minimum=1, release_on=None, bid_price=None, by=scene.manager.id, now=now())


def test_office_confirms_its_seats(session: Session) -> None:
    opening = make_opening()
    supervisor = make_staff(opening, Role.SUPERVISOR, office="monett")
    office = db.session.scalars(select(Office).where(Office.slug == "monett")).one()
    with transaction():
        assert confirm_seats(office, by=supervisor.id, now=now()) == 1
    pool = db.session.scalars(select(SeatPool).where(SeatPool.slug == "monett-ava")).one()
    assert pool.confirmed_by_id == supervisor.id


# ---- many at once --------------------------------------------------------------------------------


def _race(app: Flask, jobs: list[Callable[[], None]]) -> list[BaseException | None]:
    """Run all jobs at one moment, each with a session of its own; return what each one raised."""
    results: list[BaseException | None] = [None] * len(jobs)
    gate = threading.Barrier(len(jobs))

    def run(number: int) -> None:
        try:
            with app.app_context():
                now()  # the shift of the clock is read once per context, on a connection of its own
                gate.wait()
                with transaction():
                    jobs[number]()
        except BaseException as fault:
            results[number] = fault

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _ready(app: Flask, people: int, seats: int) -> tuple[list[UUID], UUID, UUID]:
    with app.app_context():
        scene = Scene(people=people, seats=seats)
        for proposal in scene.proposals:
            scene.meet(proposal)
        return [proposal.id for proposal in scene.proposals], scene.supervisor.id, scene.pool.id


def _approve(proposal_id: UUID, by: UUID) -> Callable[[], None]:
    def job() -> None:
        approve_placement(db.session.get_one(Proposal, proposal_id), by=by, now=now())

    return job


def test_twenty_take_the_last_seat_and_one_wins(app: Flask) -> None:
    proposals, supervisor, pool = _ready(app, people=20, seats=1)
    results = _race(app, [_approve(key, supervisor) for key in proposals])
    assert sum(result is None for result in results) == 1
    assert {type(result) for result in results if result is not None} == {Refusal}
    with app.app_context():
        assert seats_taken(pool) == 1
        states = list(db.session.scalars(select(Application.state)))
        assert sorted(states) == ["placement_approved"] + ["placement_in_review"] * 19


def test_seven_decide_about_one_person_and_one_wins(app: Flask) -> None:
    (proposal,), supervisor, _pool = _ready(app, people=1, seats=5)
    results = _race(app, [_approve(proposal, supervisor) for _ in range(7)])
    assert sum(result is None for result in results) == 1
    assert {type(result) for result in results if result is not None} == {Refusal}
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PlacementDecision)) == 1


def test_approve_and_withdraw_at_once_leave_one_truth(app: Flask) -> None:
    proposals, supervisor, pool = _ready(app, people=6, seats=6)

    def withdraw(proposal_id: UUID) -> Callable[[], None]:
        def job() -> None:
            application = db.session.get_one(Proposal, proposal_id).application
            withdraw_application(application, by=application.person_id, now=now())

        return job

    jobs = [_approve(key, supervisor) for key in proposals] + [withdraw(key) for key in proposals]
    results = _race(app, jobs)
    assert {type(result) for result in results if result is not None} <= {Refusal}
    with app.app_context():
        # Withdrawing is possible in every state, so everybody has withdrawn and every seat is free.
        assert set(db.session.scalars(select(Application.state))) == {"withdrawn"}
        assert seats_taken(pool) == 0
        for application in db.session.scalars(select(Application)):
            changes = db.session.scalars(
                select(Change.seq).where(Change.application_id == application.id).order_by(Change.seq)
            ).all()
            assert changes == list(range(1, len(changes) + 1))


def test_double_click_on_accept_makes_one_placement(app: Flask) -> None:
    with app.app_context():
        scene = Scene()
        offer_id, person_id = scene.offer(scene.proposals[0]).id, scene.people[0].person_id

    def job() -> None:
        accept_offer(db.session.get_one(Offer, offer_id), by=person_id, now=now())

    assert _race(app, [job] * 8) == [None] * 8
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Placement)) == 1
        kinds = select(func.count()).where(Notice.kind == "offer_accepted")
        assert db.session.scalar(kinds) == 1


def test_two_managers_send_the_same_offer_once(app: Flask) -> None:
    with app.app_context():
        scene = Scene()
        scene.approve(scene.proposals[0])
        application_id, manager_id = scene.people[0].id, scene.manager.id

    def job() -> None:
        send_offer(db.session.get_one(Application, application_id), by=By(person_id=manager_id), now=now())

    results = _race(app, [job] * 4)
    assert sum(result is None for result in results) == 1
    assert {type(result) for result in results if result is not None} == {IllegalMove}


def test_shared_pool_counts_both_offices(session: Session) -> None:
    opening = make_opening(recorded=False, final=False, seats={"monett-ava": 2})
    manager = make_staff(opening, Role.MANAGER)
    supervisors = {slug: make_staff(opening, Role.SUPERVISOR, office=slug) for slug in ("monett", "ava")}
    make_waiting(opening, ranks=("monett",))
    make_waiting(opening, ranks=("ava",))
    with transaction():
        opening.meeting_required = False
    with transaction():
        run_routing(opening, occasion="test", by=By(worker="test"), now=now())
    with transaction():
        release_proposals(list(db.session.scalars(select(Proposal))), by=manager.id, now=now())
    with transaction():
        db.session.execute(update(SeatPool).where(SeatPool.slug == "monett-ava").values(seats=1))
    one, two = db.session.scalars(select(Proposal))
    with transaction():
        approve_placement(one, by=supervisors[one.office.slug].id, now=now())
    with pytest.raises(Refusal), transaction():
        approve_placement(two, by=supervisors[two.office.slug].id, now=now())
