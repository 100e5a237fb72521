"""Random histories of routing, offices, offers and placements on the real database: no invariant ever breaks.

Anybody may try anything at any time. What a service refuses changes nothing; what it does leaves one truth.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from app.adapters.clock import now as clock_now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.instance import input_sha256
from app.domain.instance_reading import read_instance
from app.domain.pipeline import ENDED_STATES, IllegalMove, next_state
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.domain.result_check import proposal_faults, result_faults
from app.extensions import db, transaction
from app.models import Application, Office, Opening, OpeningOffice, Pin, Placement, Proposal, SeatPool
from app.queries.applications import choices_of
from app.queries.placements import latest_offer
from app.queries.routing import latest_run
from app.queries.routing_audit import declines_before, proposals_as_stored
from app.services.fellowships import decide_second_year, end_placement
from app.services.more_time import ask_more_time
from app.services.offers import (
    accept_offer,
    close_without_seat,
    decline_offer,
    send_due_offers,
    send_offer,
)
from app.services.overrides import override_routing, take_back_override
from app.services.placements import (
    approve_placement,
    decline_placement,
    defer_placement,
    pass_on_placement,
    record_meeting,
    undo_approval,
)
from app.services.ranking import save_ranking
from app.services.releases import release_proposals, take_back_release
from app.services.routing import run_due_routing, run_routing
from app.services.seats import change_reserve, change_seats
from app.services.withdrawals import withdraw_application
from tests.factories import make_opening, make_staff, make_waiting
from tests.servers import Database

HISTORIES = 200
STEPS = 13
OFFICES = ("rolla", "jackson", "monett", "ava")
POOLS = ("rolla", "jackson", "monett-ava")
HELD = ("placement_approved", "offer_sent", "placed")

somebody = st.integers(0, 4)
office = st.sampled_from(OFFICES)
pool = st.sampled_from(POOLS)
manager = st.integers(0, 1)


# Who may come along: (ranks, score, speaks Spanish).
CROWD = (
    (("rolla",), 4.0, False),
    (("rolla", "jackson"), 3.5, True),
    (("rolla", "monett", "ava"), 3.0, False),
    (("jackson", "rolla"), 2.5, False),
    (("monett", "ava"), 3.5, True),
    (("ava", "monett", "rolla"), 2.0, False),
    (("jackson",), 3.0, True),
    (("ava",), 1.5, False),
)
KEPT = ("application", "office_choice", "change", "notice")
FORGOTTEN = ("application", "routing_run", "routing_scenario", "notice", "audit_event", "help_request")
# These tables and whatever refers to them.
HANGING = """
    with recursive hanging(name) as (
        select unnest(%s::text[])::regclass::oid
        union select conrelid from pg_constraint join hanging on confrelid = hanging.name where contype = 'f'
    )
    select name::regclass::text from hanging
"""


class World:
    """What every history shares: one opening, two managers, a supervisor, and a crowd that waits in the wings."""

    def __init__(self, database: Database) -> None:
        opening = make_opening(recorded=False, final=False)
        self.opening_id = opening.id
        self.managers = [make_staff(opening, role).id for role in (Role.MANAGER, Role.DIRECTOR)]
        self.supervisor = make_staff(opening, Role.SUPERVISOR, office="rolla").id
        self.offices = {place.office.slug: place.office_id for place in opening.offices}
        levels = {True: "professional", False: "none"}
        self.crowd = [make_waiting(opening, ranks=r, score=s, spanish=levels[sp]).id for r, s, sp in CROWD]
        # Their rows are laid aside, so that each history can have them back at no cost.
        with database.admin() as admin:
            admin.execute("create schema aside")
            for table in KEPT:
                admin.execute(f"create table aside.{table} as table public.{table}")
            self.hanging = [name for (name,) in admin.execute(HANGING, [list(FORGOTTEN)])]

    def arrive(self, database: Database, number: int) -> UUID:
        """One of the crowd begins to wait."""
        key = self.crowd[number]
        with database.admin() as admin:
            for table in KEPT:
                column = "id" if table == "application" else "application_id"
                admin.execute(f"insert into {table} select * from aside.{table} where {column} = %s", [key])
        return key

    def empty(self, database: Database) -> None:
        """Forget every application and run; seats as at the start."""
        db.session.remove()
        with database.admin() as admin:
            # All that hangs together goes together: what refers to what need not be asked. TRUNCATE makes files anew,
            # which costs a hundred times as much for so few rows.
            admin.execute("set session_replication_role = replica")
            admin.execute("; ".join(f"delete from {name}" for name in self.hanging))
            admin.execute("set session_replication_role = origin")
        with transaction():
            opening = db.session.get_one(Opening, self.opening_id)
            opening.two_release = False
            for each in opening.pools:
                each.spanish_minimum, each.release_reserve_on, each.bid_price = 0, None, None
                each.seats = 1
            for place in opening.offices:
                place.is_open = place.office.slug in OFFICES


class Histories(RuleBasedStateMachine):
    """Every action that people and workers have from the day on which somebody waits for an office."""

    world: World
    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.world.empty(self.database)
        self.shift = timedelta(0)
        self.people: list[UUID] = []
        self.below_taken: set[str] = set()

    # ---- the means

    @property
    def now(self) -> datetime:
        return clock_now() + self.shift

    def today(self) -> date:
        return local_day(self.now, "America/Chicago")

    def opening(self) -> Opening:
        return db.session.get_one(Opening, self.world.opening_id)

    def application(self, number: int) -> Application | None:
        return db.session.get(Application, self.people[number]) if number < len(self.people) else None

    def proposal(self, number: int, *states: str) -> Proposal | None:
        if number >= len(self.people):
            return None
        found = db.session.query(Proposal).filter_by(application_id=self.people[number])
        wanted = [each for each in found.order_by(Proposal.proposed_at, Proposal.id) if each.state in states]
        return wanted[-1] if wanted else None

    def attempt(self, act: Callable[[], object]) -> bool:
        """Act in one transaction; a refusal is an answer, anything else is a defect."""
        try:
            with transaction():
                act()
        except (Refusal, IllegalMove):
            return False
        finally:
            db.session.expire_all()
        return True

    # ---- arriving

    @initialize(crowd=st.lists(st.integers(0, 7), min_size=3, max_size=4, unique=True), far=st.integers(0, 5))
    def some_wait(self, crowd: Sequence[int], far: int) -> None:
        """Some wait, and the first of them may be on the way already: else few histories would come far."""
        for number in crowd:
            self.people.append(self.world.arrive(self.database, number))
        first: Sequence[Callable[[], None]] = (
            lambda: self.release_all(0),
            lambda: self.approve(0, True),
            lambda: self.approve(1, True),
            lambda: self.offer_at_once(0),
            lambda: self.answer(0, "accept"),
        )
        for step in first[:far]:
            step()

    @rule(number=st.integers(0, 7))
    def arrive(self, number: int) -> None:
        if len(self.people) < 5 and self.world.crowd[number] not in self.people:
            self.people.append(self.world.arrive(self.database, number))

    # ---- managers and workers

    @rule(days=st.sampled_from([0.1, 1, 3, 8, 40]))
    def time_passes(self, days: float) -> None:
        self.shift += timedelta(days=days)

    @rule()
    def night_run(self) -> None:
        assert self.attempt(lambda: run_due_routing(now=self.now))
        run = latest_run(self.world.opening_id)
        if run is None:
            return
        # The checker believes nothing of what the run says: every place and every sentence is derived again.
        data = run.instance.encode()
        instance = read_instance(data)
        faults = result_faults(instance, input_sha256(data), run.result, declined_on=declines_before(run))
        assert faults + proposal_faults(instance, run.result, proposals_as_stored(run.id)) == []

    @rule(by=manager)
    def release_all(self, by: int) -> None:
        self.attempt(lambda: run_routing(self.opening(), occasion="by hand", by=By(worker="test"), now=self.now))
        ready = [each for number in range(5) if (each := self.proposal(number, "proposed")) is not None]
        self.attempt(lambda: release_proposals(ready, by=self.world.managers[by], now=self.now))

    @rule(number=somebody, by=manager)
    def release_whatever_is_there(self, number: int, by: int) -> None:
        if proposal := self.proposal(number, "proposed", "superseded", "withdrawn"):
            self.attempt(lambda: release_proposals([proposal], by=self.world.managers[by], now=self.now))

    @rule(number=somebody, by=manager)
    def take_back(self, number: int, by: int) -> None:
        if proposal := self.proposal(number, "proposed"):
            self.attempt(lambda: take_back_release(proposal, by=self.world.managers[by], now=self.now))

    @rule(number=somebody, where=office, by=manager)
    def override(self, number: int, where: str, by: int) -> None:
        if application := self.application(number):
            place = db.session.get_one(Office, self.world.offices[where])
            self.attempt(
                lambda: override_routing(
                    application, place, reason="A promise", by=self.world.managers[by], now=self.now
                )
            )

    @rule(number=somebody)
    def take_override_back(self, number: int) -> None:
        pins = db.session.query(Pin).filter_by(application_id=self.people[number]) if number < len(self.people) else []
        for pin in pins:
            self.attempt(lambda pin=pin: take_back_override(pin, by=self.world.managers[0], now=self.now))

    @rule(which=pool, seats=st.integers(0, 3), reason=st.sampled_from([None, "Money is short"]))
    def seats_change(self, which: str, seats: int, reason: str | None) -> None:
        found = next(each for each in self.opening().pools if each.slug == which)
        self.attempt(lambda: change_seats(found, seats, reason=reason, by=self.world.managers[0], now=self.now))

    @rule(which=pool, minimum=st.integers(0, 2), price=st.sampled_from([None, 10]))
    def reserve_changes(self, which: str, minimum: int, price: int | None) -> None:
        found = next(each for each in self.opening().pools if each.slug == which)
        self.attempt(
            lambda: change_reserve(
                found,
                spanish_minimum=minimum,
                release_on=None,
                bid_price=price,
                by=self.world.managers[0],
                now=self.now,
            )
        )

    @rule(where=office, is_open=st.booleans())
    def office_closes_or_opens(self, where: str, is_open: bool) -> None:
        def act() -> None:
            place = db.session.query(OpeningOffice).filter_by(
                opening_id=self.world.opening_id, office_id=self.world.offices[where]
            )
            place.one().is_open = is_open

        assert self.attempt(act)

    @rule(two=st.booleans())
    def two_release(self, two: bool) -> None:
        def act() -> None:
            self.opening().two_release = two

        assert self.attempt(act)

    @rule(number=somebody)
    def close(self, number: int) -> None:
        if application := self.application(number):
            self.attempt(
                lambda: close_without_seat(application, reason="Full", by=self.world.managers[0], now=self.now)
            )

    # ---- the office

    @rule(number=somebody)
    def meet(self, number: int) -> None:
        if proposal := self.proposal(number, "released", "declined"):
            self.attempt(
                lambda: record_meeting(
                    proposal, held_on=self.today(), meeting_format="phone", by=self.world.supervisor, now=self.now
                )
            )

    @rule(number=somebody, met=st.booleans())
    def approve(self, number: int, met: bool) -> None:
        if met:
            self.meet(number)
        if proposal := self.proposal(number, "released", "withdrawn", "approved"):
            done = self.attempt(lambda: approve_placement(proposal, by=self.world.supervisor, now=self.now))
            assert not done or self._taken(proposal.pool) <= proposal.pool.seats

    @rule(number=somebody, how=st.sampled_from(["decline", "conflict", "not now", "pass on"]))
    def refuse(self, number: int, how: str) -> None:
        proposal = self.proposal(number, "released", "approved", "declined")
        if proposal is None:
            return
        by, now = self.world.supervisor, self.now
        self.attempt({
            "decline": lambda: decline_placement(proposal, reason_code="fit", by=by, now=now),
            "conflict": lambda: decline_placement(proposal, reason_code="conflict", by=by, now=now),
            "not now": lambda: defer_placement(
                proposal, not_before=self.today() + timedelta(days=5), by=by, now=now
            ),
            "pass on": lambda: pass_on_placement(proposal, reason="No answer", by=by, now=now),
        }[how])  # fmt: skip

    @rule(number=somebody)
    def undo(self, number: int) -> None:
        if proposal := self.proposal(number, "approved"):
            self.attempt(lambda: undo_approval(proposal, by=self.world.supervisor, now=self.now))

    # ---- offers and what follows

    @rule()
    def offers_leave(self) -> None:
        assert self.attempt(lambda: send_due_offers(now=self.now))

    @rule(number=somebody)
    def offer_at_once(self, number: int) -> None:
        if application := self.application(number):
            self.attempt(lambda: send_offer(application, by=By(person_id=self.world.managers[0]), now=self.now))

    @rule(number=somebody, how=st.sampled_from(["accept", "again", "leave", "more time"]))
    def answer(self, number: int, how: str) -> None:
        application = self.application(number)
        offer = latest_offer(application.id) if application is not None else None
        if application is None or offer is None:
            return
        by, now = application.person_id, self.now
        self.attempt({
            "accept": lambda: accept_offer(offer, by=by, now=now),
            "again": lambda: decline_offer(offer, route_again=True, by=by, now=now),
            "leave": lambda: decline_offer(offer, route_again=False, by=by, now=now),
            "more time": lambda: ask_more_time(offer, by=by, now=now),
        }[how])  # fmt: skip

    @rule(number=somebody, approved=st.booleans())
    def placement_goes_on_or_ends(self, number: int, approved: bool) -> None:
        if number >= len(self.people):
            return
        found = db.session.query(Placement).filter_by(application_id=self.people[number]).one_or_none()
        if found is None:
            return
        by = self.world.managers[0]
        self.attempt(lambda: decide_second_year(found, approved=approved, reason="Seen", by=by, now=self.now))
        if not approved:
            self.attempt(lambda: end_placement(found, last_day=self.today(), reason="Moved", by=by, now=self.now))

    # ---- the applicant

    @rule(number=somebody)
    def withdraw(self, number: int) -> None:
        if application := self.application(number):
            self.attempt(lambda: withdraw_application(application, by=application.person_id, now=self.now))

    @rule(number=somebody, order=st.permutations(OFFICES), length=st.integers(1, 3), not_here=office)
    def rank_anew(self, number: int, order: Sequence[str], length: int, not_here: str) -> None:
        if application := self.application(number):
            ranks = {self.world.offices[slug]: rank for rank, slug in enumerate(order[:length], 1) if slug != not_here}
            here = [self.world.offices[not_here]]
            self.attempt(lambda: save_ranking(application, ranks, here, by=application.person_id, now=self.now))
            assert len({choice.rank for choice in choices_of(application.id) if choice.rank}) <= 3

    # ---- what always holds

    def _taken(self, found: SeatPool) -> int:
        return self._count(
            "select count(*) from placement_decision where pool_id = :id and kind = 'approve'"
            " and undone_at is null and ended_at is null",
            id=found.id,
        )

    def _count(self, statement: str, **values: object) -> int:
        return int(db.session.execute(text(statement), values).scalar_one())

    @invariant()
    def state_and_records_say_the_same(self) -> None:
        rows = db.session.execute(
            text(
                "select a.state,"
                " (select count(*) from placement_decision d where d.application_id = a.id and d.kind = 'approve'"
                "  and d.undone_at is null and d.ended_at is null) as approvals,"
                " (select count(*) from proposal p where p.application_id = a.id and p.state = 'released') as asked,"
                " (select count(*) from proposal p where p.application_id = a.id and p.state = 'approved') as approved,"
                " (select count(*) from proposal p where p.application_id = a.id and p.state = 'proposed') as proposed,"
                " (select count(*) from offer o join placement_decision d on d.id = o.decision_id"
                "  where o.application_id = a.id and o.answer is null and d.ended_at is null) as offers,"
                " (select count(*) from placement p where p.application_id = a.id and p.ended_at is null) as placed,"
                " (select count(*) from placement p where p.application_id = a.id and p.ended_at is not null) as ended,"
                " (select count(*) from routing_pin i where i.application_id = a.id and i.ended_at is null) as pins"
                " from application a"
            )
        ).all()
        for row in rows:
            assert (row.approvals == 1) == (row.state in HELD), row
            assert (row.approved == 1) == (row.state in HELD), row
            assert (row.asked == 1) == (row.state == "placement_in_review"), row
            assert row.proposed == 0 or row.state == "in_routing", row
            assert (row.offers == 1) == (row.state == "offer_sent"), row
            assert (row.placed == 1) == (row.state == "placed"), row
            assert (row.ended == 1) == (row.state == "placement_ended"), row
            assert row.pins == 0 or row.state in ("in_routing", "placement_in_review"), row

    @invariant()
    def history_is_one_legal_path(self) -> None:
        rows = db.session.execute(
            text(
                "select c.application_id, c.seq, c.event, c.from_state, c.to_state, a.state from change c"
                " join application a on a.id = c.application_id order by c.application_id, c.seq"
            )
        ).all()
        states: dict[UUID, str | None] = {}
        numbers: dict[UUID, int] = {}
        for row in rows:
            assert row.seq == numbers.get(row.application_id, 0) + 1, row
            assert row.from_state == states.get(row.application_id), row
            assert next_state(row.from_state, row.event) == row.to_state, row
            numbers[row.application_id], states[row.application_id] = row.seq, row.to_state
        assert all(states[row.application_id] == row.state for row in rows)

    @invariant()
    def nobody_is_proposed_where_somebody_said_no(self) -> None:
        struck = self._count(
            "select count(*) from proposal p where p.state in ('released', 'approved') and exists"
            " (select 1 from placement_decision d where d.application_id = p.application_id"
            "  and d.office_id = p.office_id and d.proposal_id <> p.id and d.decided_at <= p.released_at"
            "  and (d.kind in ('decline', 'passed_on') or (d.kind = 'not_now' and d.not_before > p.released_at)))"
        )
        refused = self._count(
            "select count(*) from proposal p join offer o on o.application_id = p.application_id"
            " and o.office_id = p.office_id where p.state in ('released', 'approved') and o.answer = 'declined'"
        )
        assert (struck, refused) == (0, 0)

    @invariant()
    def each_proposal_is_of_the_newest_run_and_each_override_of_two_people(self) -> None:
        old = self._count(
            "select count(*) from proposal p where p.state = 'proposed' and p.run_id <>"
            " (select r.id from routing_run r order by r.run_at desc, r.id desc limit 1)"
        )
        alone = self._count(
            "select count(*) from proposal where released_by_id is not null and pin_id is not null"
            " and (asked_release_by_id is null or asked_release_by_id = released_by_id)"
        )
        assert (old, alone) == (0, 0)

    @invariant()
    def whoever_is_asked_about_was_told(self) -> None:
        untold = self._count(
            "select count(*) from proposal p where p.state = 'released' and not exists"
            " (select 1 from notice n where n.kind = 'office_considering' and n.subject_id = p.id)"
        )
        silent = self._count(
            "select count(*) from application a where a.state = any(:ended) and not exists"
            " (select 1 from notice n where n.application_id = a.id and n.recipient_id = a.person_id"
            "  and n.kind in ('application_withdrawn', 'not_approved', 'offer_accepted', 'placement_ended'))",
            ended=sorted(ENDED_STATES - {"offer_declined"}),
        )
        assert (untold, silent) == (0, 0)


@pytest.mark.timeout(900)
def test_two_hundred_random_histories_keep_every_invariant(app: Flask, database: Database) -> None:
    with app.app_context():
        Histories.world = World(database)
        Histories.database = database
        try:
            _play_histories()
        finally:
            with database.admin() as admin:
                admin.execute("drop schema aside cascade")


def _play_histories() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Histories,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
