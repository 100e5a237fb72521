"""A small office world for the tests of pages: everybody's id, so that no test needs an open context."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.placements import local_day
from app.extensions import db, transaction
from app.models import Proposal
from app.services.offers import send_offer
from app.services.placements import approve_placement, record_meeting
from app.services.releases import release_proposals
from app.services.routing import run_routing
from tests.factories import make_opening, make_person, make_staff, make_waiting

CONDITIONS = "Starts after the semester"


def today() -> date:
    """The day in the offices of the test world, by a clock that no test has moved."""
    return local_day(datetime.now(UTC), "America/Chicago")


@dataclass(frozen=True)
class World:
    """One opening, Rolla with its supervisor, Jackson with another, a manager, and one applicant."""

    opening: UUID
    run: UUID
    manager: UUID
    rolla: UUID
    jackson: UUID
    applicant: UUID
    application: UUID
    proposal: UUID


def make_world(app: Flask, state: str = "released", *, seats: int = 1) -> World:
    """`state` is how far it went: proposed, released, met, approved, offered."""
    with app.app_context():
        opening = make_opening(recorded=False, final=False, seats={"rolla": seats})
        manager = make_staff(opening, Role.MANAGER, name="Morgan Manager")
        rolla = make_staff(opening, Role.SUPERVISOR, office="rolla", name="Sam Supervisor")
        jackson = make_staff(opening, Role.SUPERVISOR, office="jackson", name="Jo Jackson")
        person = make_person("Maya Example")
        application = make_waiting(opening, person, ranks=("rolla", "jackson"), score=3.5)
        with transaction():
            run = run_routing(opening, occasion="test", by=By(worker="test"), now=now())
        proposal = db.session.scalars(select(Proposal)).one()
        steps = ("released", "met", "approved", "offered")
        wanted = steps[: steps.index(state) + 1] if state in steps else ()
        with transaction():
            if "released" in wanted:
                release_proposals([proposal], by=manager.id, now=now())
            if "met" in wanted:
                record_meeting(proposal, held_on=today(), meeting_format="video", by=rolla.id, now=now())
            if "approved" in wanted:
                approve_placement(proposal, conditions=CONDITIONS, by=rolla.id, now=now())
            if "offered" in wanted:
                send_offer(application, by=By(person_id=manager.id), now=now())
        return World(
            opening.id, run.id, manager.id, rolla.id, jackson.id, person.id, application.id, proposal.id
        )  # fmt: skip
