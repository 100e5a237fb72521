"""The whole story, draft to accepted placement, once: real Chromium with a camera, real workers, real mail.

tests/journeys tells the same story through HTTP and tries its turns; here it is the pages that are on trial.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.access import Role
from app.domain.placements import local_day
from app.domain.workdays import next_workday
from app.extensions import db
from app.models import Application, Booking, Opening, Person, Placement, RecordedTake, RecordingReview
from tests.adapters.hostile_documents import pdf
from tests.browser.conftest import LiveServer, OpenBrowser
from tests.browser.desk import DESKTOP, PHONE, Desk
from tests.conftest import Clock
from tests.factories import make_opening, make_staff
from tests.journeys.test_draft_to_placement import ANSWERS, MAYA, Story
from tests.smtp import SmtpServer
from tests.workers.conftest import Process
from workers.celery_app import BEAT, celery

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

_STAFF = (
    ("first reader", Role.READER, None),
    ("second reader", Role.READER, None),
    ("interviewer", Role.INTERVIEWER, None),
    ("manager", Role.MANAGER, None),
    ("jackson", Role.SUPERVISOR, "jackson"),
)


class Play(Story):
    """The story, with a browser for each of its people."""

    def __init__(self, open_browser: OpenBrowser, *told: Any) -> None:
        super().__init__(*told)
        self._open = open_browser
        self._desks: dict[str, Desk] = {}
        self.seen: list[str] = []

    def maya(self) -> Desk:
        """Maya's phone: the same one from the first page to the last."""
        if "maya" not in self._desks:
            self._desks["maya"] = Desk(self._open(**PHONE))
        return self._desks["maya"]

    def desk(self, name: str) -> Desk:
        """The browser of one of the staff, signed in anew: days pass between their visits."""
        self.leave(name)
        with self.site.app_context():
            person_id = db.session.scalars(select(Person.id).where(Person.email == self.people[name])).one()
        self._desks[name] = Desk(self._open(person_id, **DESKTOP))
        return self._desks[name]

    def leave(self, name: str) -> None:
        """Close a browser; nothing went wrong in it until the end."""
        if desk := self._desks.pop(name, None):
            desk.look()
            self.seen += desk.seen
            desk.context.close()

    def tick(self) -> None:
        """Every task of the beat runs; once is enough here."""
        for task in sorted({row["task"] for row in BEAT.values()}):
            celery.send_task(task)
        self.settle()

    def end(self) -> None:
        """Close them all."""
        for name in list(self._desks):
            self.leave(name)


@pytest.fixture
def play(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    clock: Clock,
    smtp_server: SmtpServer,
    broker_url: str,
    start: Callable[..., Process],
    start_worker: Callable[..., Process],
) -> Play:
    """The program is loaded, everybody has a role, relay and worker run."""
    told = Play(open_browser, live_server.app, clock, smtp_server, broker_url)
    with live_server.app.app_context():
        opening = make_opening()
        for name, role, office in _STAFF:
            told.people[name] = make_staff(opening, role, office=office, name=name.title()).email
    start("workers.relay")
    start_worker().wait_for_line("ready")
    return told


def test_the_story_in_a_real_browser(play: Play) -> None:
    _applies(play)
    _is_read(play)
    _records(play)
    _is_watched(play)
    _is_interviewed(play)
    _is_placed(play)
    play.end()
    assert len({re.sub(r"[0-9a-f-]{36}", "<id>", path) for path in play.seen}) >= 35, sorted(set(play.seen))


def _applies(play: Play) -> None:
    maya = play.maya()
    maya.open("/").open("/openings").follow("Public Defender Client Advocate").is_accessible()
    maya.follow("Start your application")
    _answers_eligibility(play, maya)
    maya.follow("Continue").press("E-mail me a code", {"email": MAYA})
    body = play.smtp.wait_for(1, 60)[0].get_body(("plain",))
    assert body is not None
    code = re.search(r"\b(\d{6})\b", body.get_content())
    assert code is not None
    maya.press("Continue", {"code": code.group(1), "own_device": True})
    if "/start/" in maya.path:
        maya.press("Start")
    tasks = maya.says("Not sent yet").is_accessible().path
    assert re.fullmatch(r"/applications/[0-9a-f-]{36}", tasks), tasks

    # The public check asked what can stand in the way; the application asks what helps, too.
    maya.open(f"{tasks}/eligibility")
    _answers_eligibility(play, maya, "Save and continue")
    maya.open(f"{tasks}/contact")
    maya.press("Save and continue", {"full_name": "Maya Example", "phone": "(573) 555-0100", "city": "Rolla"})
    text = "Case aide at a food pantry, 2023 to 2026."
    resume = {"name": "resume.pdf", "mimeType": "application/pdf", "buffer": pdf(text)}
    maya.open(f"{tasks}/documents/resume").press("Save and continue", {"file": resume})
    maya.open(f"{tasks}/background").press("Save and continue", {"spanish": "professional"})
    maya.open(f"{tasks}/answers").page.locator("a.task").first.click()
    for number, text in enumerate(ANSWERS, start=1):
        maya.says(f"Short answer {number} of {len(ANSWERS)}")
        if number == 1:
            maya.is_accessible()
        maya.press("Save and continue", {"text": text})
    maya.open(f"{tasks}/offices").is_accessible()
    maya.press("Save", {"rank-jackson": "1", "rank-rolla": "2"})
    maya.open(tasks).follow("Check and send").is_accessible()
    boxes = maya.page.locator('input[name^="confirm-"]').all()
    maya.press("Send my application", {str(box.get_attribute("name")): True for box in boxes})
    maya.says("PFJ-").open(f"{tasks}/status").says("We are reading your answers").is_accessible()
    play.tick()
    assert play.state() == "answers_in_review"


def _answers_eligibility(play: Play, maya: Desk, button: str = "Continue") -> None:
    with play.site.app_context():
        rules = db.session.scalars(select(Opening).where(Opening.kind == "fellowship")).one().rules[-1].rules
        conditions = [row for rule in rules for row in (rule["any_of"] or [{**rule}])]
        answers = {row["id"]: "no" if row["excludes_when"] else "yes" for row in conditions}
    asked = {name: answer for name, answer in answers.items() if maya.page.locator(f'[name="{name}"]').count()}
    assert asked
    maya.press(button, asked)


def _is_read(play: Play) -> None:
    for name in ("first reader", "second reader"):
        reader = play.desk(name).open("/staff").does_not_say("Maya")
        while reader.has_link("Start scoring"):
            reader.follow("Start scoring").says("Names hidden").does_not_say("Maya", MAYA)
            if len(reader.seen) == 2:
                reader.is_accessible()
            reader.score(3).press("Save and next").open("/staff")
    play.tick()
    assert play.state() == "resume_in_review"
    readers = [name for name in ("first reader", "second reader") if play.desk(name).open("/staff").has_link("Maya")]
    assert len(readers) == 1
    play.desk(readers[0]).open("/staff").follow("Maya Example").score(4).press("Save")
    play.tick()
    assert play.state() == "recording_due"


def _records(play: Play) -> None:
    """Every question before the camera."""
    maya = play.maya()
    maya.open(play.link_in(play.mail_to(MAYA)[-1], "/recording")).is_accessible()
    maya.press("Agree and check camera", {"agree": True})
    maya.page.get_by_role("button", name="Turn on camera").click()
    maya.state("ready")
    maya.look().follow("Start the interview")
    with play.site.app_context():
        questions = play.application().opening.questions
        total = len([row for row in questions if row.kind == "recorded" and row.retired_at is None])
    for number in range(1, total + 1):
        maya.says(f"Question {number} of {total}")
        maya.page.get_by_role("button", name="Record", exact=True).click()
        maya.state("recording")
        if number == 1:
            maya.is_accessible()
        maya.page.wait_for_timeout(2000)
        maya.page.get_by_role("button", name="Stop").click()
        maya.page.locator('[data-role="status"]').filter(has_text="Saved").wait_for(timeout=60_000)
        maya.look().press("Keep this answer").says("is kept.")
    maya.says("Review and send your interview")
    play.tick()
    maya.open(maya.path).plays("video[controls]")
    maya.is_accessible().press("Send my interview").says("Your interview is sent")
    play.tick()
    assert play.state() == "recording_in_review"
    with play.site.app_context():
        kept = db.session.scalars(select(RecordedTake.media_state).where(RecordedTake.state == "kept")).all()
    assert kept == ["ready"] * total


def _is_watched(play: Play) -> None:
    with play.site.app_context():
        email = db.session.scalars(select(RecordingReview)).one().reviewer.email
    reviewer = play.desk(next(name for name, address in play.people.items() if address == email))
    reviewer.open("/staff/recordings").follow("Maya Example").is_accessible()
    for number in range(1, reviewer.page.locator("section.review").count() + 1):
        reviewer.plays(f"#question-{number} video")
    reviewer.score(3).press("Save and finish").says("Saved. Thank you.")
    play.tick()
    assert play.state() == "booking_due"


def _is_interviewed(play: Play) -> None:
    day = next_workday((play.clock.now() + timedelta(days=4)).date())
    block = {"day": day.isoformat(), "starts": "09:00", "ends": "12:00", "place": "https://video.example.org/rolla"}
    interviewer = play.desk("interviewer").open("/staff/times").press("Publish times", block)
    interviewer.says("3 times are published").is_accessible()
    maya = play.maya().open(play.link_in(play.mail_to(MAYA)[-1], "/interview")).is_accessible()
    slot = maya.page.locator('input[name="slot"]').first.get_attribute("value")
    maya.press("Book this time", {"slot": slot, "needs": "A short break"}).says("Your final interview")
    play.tick()
    with play.site.app_context():
        starts_at = db.session.scalars(select(Booking)).one().slot.starts_at
    play.clock.move_to(starts_at + timedelta(minutes=50))
    play.tick()
    card = play.desk("interviewer").open("/staff/times").follow("Maya Example").is_accessible().score(4)
    spanish = {"speaks_spanish": True, "spanish_level": "professional"}
    card.press("Send the scorecard", {"strengths": "Listens first, writes clearly.", **spanish})
    card.says("The scorecard is sent")
    play.tick()
    manager = play.desk("manager").open("/manage").is_accessible().follow("Maya Example").is_accessible()
    manager.follow("Decide").press(
        "Preview what will be sent", {"decision": "go_on", "reason": "Strong in every part."}
    )
    manager.is_accessible().press("Confirm and send")
    play.tick()
    assert play.state() == "in_routing"


def _is_placed(play: Play) -> None:
    """Routed and released, met and approved, offered at once, accepted."""
    play.tick()
    manager = play.desk("manager").open("/manage/routing").is_accessible().follow("See the last run")
    manager.says("Maya Example", "Jackson").is_accessible()
    manager.press("Release the chosen").press("Release 1 person", {"base_pay": True})
    play.tick()
    assert play.state() == "placement_in_review"
    with play.site.app_context():
        status = f"/applications/{play.application().id}/status"
    maya = play.maya().open(status).says("A public defender office is considering you")

    office = play.desk("jackson").open("/defender").is_accessible().follow("Maya Example").says("Listens first")
    today = local_day(play.clock.now(), "America/Chicago").isoformat()
    way = office.is_accessible().page.locator('[name="format"][value]').first.get_attribute("value")
    office.page.locator("summary", has_text="You have met already").click()
    office.press("Record the meeting", {"held_on": today, "format": way})
    office.follow("Approve").is_accessible().press("Approve the placement")
    play.tick()
    assert play.state() == "placement_approved"
    maya.open(status).says("A public defender office is considering you")
    play.desk("manager").open("/manage/routing").follow("Send the offer now").is_accessible().press("Send the offer")
    play.tick()
    assert play.state() == "offer_sent"

    maya.open(play.link_in(play.mail_to(MAYA)[-1], "/offer"))
    maya.says("Jackson", "$19.23", "$40,000", "$20.43", "$42,500", "possible").is_accessible()
    maya.follow("Accept the offer").press("Yes, accept the offer")
    play.tick()
    maya.open(status).says("You are a Client Advocate").is_accessible()
    assert play.state() == "placed"
    with play.site.app_context():
        placement = db.session.scalars(select(Placement)).one()
        assert placement.office.slug == "jackson"
        assert db.session.scalars(select(Application)).one().spanish_verified == "professional"


def test_a_broken_page_is_noticed(open_browser: OpenBrowser) -> None:
    """Errors, forbidden script, width and missing words: the browser of the story sees them."""
    desk = Desk(open_browser(**PHONE)).open("/openings").is_accessible()
    desk.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"/static/mark.svg\">')")
    with pytest.raises(AssertionError, match="image-alt"):
        desk.is_accessible()
    desk.page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'x()'}))")
    desk.page.wait_for_timeout(200)
    with pytest.raises(AssertionError, match="CSP: script-src"):
        desk.look()
    desk.page.evaluate("document.querySelector('h1').textContent = 'W'.repeat(200)")
    desk.page.evaluate("document.querySelector('h1').style.whiteSpace = 'nowrap'")
    with pytest.raises(AssertionError, match="px wide"):
        desk.look()
