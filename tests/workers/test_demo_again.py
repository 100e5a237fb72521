"""A visitor's wish reaches a worker through the relay; beside a real organization nothing is touched."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.adapters.servers import ValkeyServer
from app.extensions import db, transaction
from app.models import AuditEvent, Organization
from app.services.demo.again import FAILED
from app.services.notices import CHANNEL, DEMO_AGAIN
from tests.workers.conftest import Process, StartProcess, wait_for


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_wish_reaches_a_worker_which_refuses_it_beside_something_real(
    app: Flask, start: StartProcess, start_worker: Callable[..., Process], own_broker: ValkeyServer
) -> None:
    was = uuid4()
    with app.app_context(), transaction() as session:
        session.add(Organization(slug="real", name="Real", help_email="help@real.example", time_zone="UTC"))
    demo = {"REDIS_URL": own_broker.url, "PLACEWELL_DEMO": "1"}
    worker, relay = start_worker(**demo), start("workers.relay", **demo)
    worker.wait_for_line("ready")
    relay.wait_for_line("relay: listening")
    with app.app_context(), transaction() as session:
        session.execute(select(func.pg_notify(CHANNEL, f"{DEMO_AGAIN}{was}")))

    def refused() -> list[str]:
        with app.app_context():
            return list(db.session.scalars(select(AuditEvent.object_id).filter_by(action=FAILED)))

    wait_for(lambda: refused() == [str(was)], what="the refusal")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Organization)) == 1
