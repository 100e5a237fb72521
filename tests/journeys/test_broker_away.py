"""With the broker stopped or hung, an application is still accepted with its reference, and its mail goes out."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from flask import Flask

from app.adapters.servers import ValkeyServer
from app.domain.access import Role
from app.extensions import db
from app.models import Application
from tests.conftest import MakeApp
from tests.factories import make_draft, make_opening, make_person, make_staff, sign_in
from tests.journeys.visitor import Visitor
from tests.smtp import SmtpServer
from tests.workers.conftest import Process

MAYA = "maya.example@example.org"
# About the draft, and about what was sent.
BOTH = ["We have your application", "Your application is saved"]


@pytest.fixture
def draft(make_app: MakeApp, own_broker: ValkeyServer) -> tuple[Flask, Visitor, str]:
    """Maya's finished draft, and the app with a broker of its own."""
    site = make_app(WTF_CSRF_ENABLED=True, REDIS_URL=own_broker.url)
    with site.app_context():
        opening = make_opening()
        make_staff(opening, Role.READER)
        person = make_person("Maya Example", MAYA)
        application = make_draft(opening, person)
        person_id, path = person.id, f"/applications/{application.id}"
    return site, Visitor(sign_in(site.test_client(), person_id)), path


def _send(draft: tuple[Flask, Visitor, str]) -> None:
    site, maya, path = draft
    maya.open(f"{path}/review")
    maya.submit("Send my application", dict.fromkeys(maya.field_names("confirm-.*"), "y"))
    with site.app_context():
        application = db.session.query(Application).one()
        assert application.state == "answers_in_review"
        reference = application.reference
    maya.says(reference)


def _received(smtp: SmtpServer) -> list[str]:
    smtp.wait_for(2, 60)
    return sorted(str(message["Subject"]) for message in smtp.to(MAYA))


@pytest.mark.slow
def test_with_the_broker_stopped(
    draft: tuple[Flask, Visitor, str], own_broker: ValkeyServer, start: Callable[..., Process], smtp_server: SmtpServer
) -> None:
    own_broker.stop()
    start("workers.relay", REDIS_URL=own_broker.url)
    _send(draft)
    assert _received(smtp_server) == BOTH


@pytest.mark.slow
def test_with_the_broker_hung(
    draft: tuple[Flask, Visitor, str], own_broker: ValkeyServer, start: Callable[..., Process], smtp_server: SmtpServer
) -> None:
    relay = start("workers.relay", REDIS_URL=own_broker.url)
    relay.wait_for_line("listening")
    os.kill(own_broker.process.pid, signal.SIGSTOP)
    _send(draft)
    assert _received(smtp_server) == BOTH
