"""A supervisor's two minutes, and the applicant's: from the mail to the decision on a phone, in at most four taps.

What is on the way is checked: every explanation of every run by the checker that believes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.placements import local_day
from app.extensions import db, transaction
from app.models import Person, Placement, RoutingRun
from app.services.routing import run_routing
from tests.browser.conftest import LiveServer, OpenBrowser
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.conftest import Clock
from tests.factories import make_opening, make_person, make_staff, make_waiting
from tests.journeys.test_draft_to_placement import MAYA, Story
from tests.smtp import SmtpServer
from tests.workers.conftest import Process

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
MOST_TAPS = 4


class Phone(Desk):
    """A phone that counts: the link in the mail and everything that is tapped after it."""

    taps = 0

    def from_mail(self, path: str) -> Phone:
        """Tap the link in a mail."""
        self.taps = 1
        self.open(path)
        return self

    def _click(self, target: Locator) -> Desk:
        self.taps += 1
        return super()._click(target)


@pytest.fixture
def story(
    live_server: LiveServer,
    clock: Clock,
    smtp_server: SmtpServer,
    broker_url: str,
    start: Callable[..., Process],
    start_worker: Callable[..., Process],
) -> Story:
    """Maya would like Rolla most, where somebody with a higher score takes the one seat; then Jackson."""
    told = Story(live_server.app, clock, smtp_server, broker_url)
    with live_server.app.app_context():
        opening = make_opening(recorded=False, final=False)
        for name, role, office in (("manager", Role.MANAGER, None), ("jackson", Role.SUPERVISOR, "jackson")):
            told.people[name] = make_staff(opening, role, office=office, name=name.title()).email
        make_waiting(opening, make_person("Ada Example"), ranks=("rolla",), score=3.8)
        make_waiting(opening, make_person("Maya Example", MAYA), ranks=("rolla", "jackson"), score=3.0)
        with transaction():
            run_routing(opening, occasion="test", by=By(worker="test"), now=now())
    start("workers.relay")
    start_worker().wait_for_line("ready")
    return told


def _person(app: Flask, email: str) -> Any:
    with app.app_context():
        return db.session.scalars(select(Person.id).where(Person.email == email)).one()


def test_mail_meeting_approval_undo_offer_and_acceptance_in_few_taps(story: Story, open_browser: OpenBrowser) -> None:
    manager = Desk(open_browser(_person(story.site, story.people["manager"]), **DESKTOP))
    run = manager.open("/manage/routing").follow("See the last run").says("Maya Example", "Jackson", "Rolla")
    run.is_accessible().page.get_by_role("checkbox", name="Release Ada Example").uncheck()
    manager.press("Release the chosen").press("Release 1 person")
    story.settle()

    phone = Phone(open_browser(_person(story.site, story.people["jackson"]), **PHONE))
    link = story.link_in(story.mail_to(story.people["jackson"])[-1], "/defender")
    phone.open(link)  # a scanner that opens the link changes nothing
    phone.from_mail(link).follow("Maya Example")
    phone.says("Jackson is this person’s choice number 2").is_accessible()
    packet = phone.page.get_by_role("link", name="Download everything as one PDF").get_attribute("href")
    assert packet is not None
    assert phone.context.request.get(packet).body().startswith(b"%PDF-")
    _meets(phone, story)
    phone.follow("Approve").press("Approve the placement").says("Approved by Jackson").is_accessible()
    assert (story.state(), phone.taps) == ("placement_approved", MOST_TAPS)

    phone.taps = 0
    phone.press("Undo the approval").says("The approval is undone")
    assert (story.state(), phone.taps) == ("placement_in_review", 1)
    phone.follow("Approve").press("Approve the placement").says("Approved by Jackson")
    assert (story.state(), phone.taps) == ("placement_approved", 3)

    story.clock.move_to(story.clock.now() + timedelta(hours=24, minutes=5))
    story.tick()
    assert story.state() == "offer_sent"
    maya = Phone(open_browser(_person(story.site, MAYA), **PHONE))
    maya.from_mail(story.link_in(story.mail_to(MAYA)[-1], "/offer")).says("$19.23", "Rolla").is_accessible()
    maya.follow("Accept the offer").press("Yes, accept the offer").says("You are a Client Advocate in Jackson")
    assert maya.taps < MOST_TAPS
    assert story.state() == "placed"
    with story.site.app_context():
        assert db.session.scalars(select(Placement)).one().office.slug == "jackson"
        runs = list(db.session.scalars(select(RoutingRun.id).order_by(RoutingRun.run_at)))
    assert len(runs) >= 2
    for run_id in runs:
        checked = story.site.test_cli_runner().invoke(args=["routing", "verify", str(run_id)])
        assert (checked.exit_code, "all true" in checked.output) == (0, True), checked.output


def _meets(phone: Phone, story: Story) -> None:
    """The meeting's own form: what it takes is not counted."""
    taps = phone.taps
    way = phone.page.locator('[name="format"][value]').first.get_attribute("value")
    phone.page.locator("summary", has_text="You have met already").click()
    today = local_day(story.clock.now(), "America/Chicago").isoformat()
    phone.press("Record the meeting", {"held_on": today, "format": way})
    phone.taps = taps
