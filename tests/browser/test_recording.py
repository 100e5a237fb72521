"""A person records a whole interview in a real browser, and the reviewer plays it back."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from app.adapters.clock import now
from app.extensions import db, transaction
from app.models import Application
from app.queries.recordings import interview_of, kept_takes, takes_made
from app.services.recordings import assemble_due_takes
from tests.browser.conftest import LiveServer, OpenBrowser
from tests.recordings import make_invited, questions, review_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = "[data-recorder]"
STANDS = """selector => {
  const video = document.querySelector(selector);
  return !video.hidden && video.controls && video.paused && video.readyState >= 2 && video.videoWidth > 0;
}"""


def _state(page: Page, state: str) -> None:
    expect(page.locator(f'{ROOT}[data-state="{state}"]')).to_have_count(1)


def _record(page: Page, milliseconds: int) -> None:
    page.get_by_role("button", name="Record", exact=True).click()
    _state(page, "recording")
    page.wait_for_timeout(milliseconds)


def _plays(page: Page, selector: str) -> None:
    """The player's time moves on."""
    page.eval_on_selector(selector, "video => { video.muted = true; return video.play(); }")
    page.wait_for_function("selector => document.querySelector(selector).currentTime > 0.3", arg=selector)


def test_an_interview_is_recorded_reloaded_sent_and_played_back(
    live_server: LiveServer, open_browser: OpenBrowser
) -> None:
    with live_server.app.app_context():
        interview = make_invited(consent=False)
        application_id, person_id = interview.application_id, interview.application.person_id
        total = len(questions(interview))
    page = open_browser(person_id).new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("dialog", lambda dialog: dialog.accept())

    page.goto(f"/applications/{application_id}/recording")
    page.get_by_text("I agree that people").click()
    page.get_by_role("button", name="Agree and check camera").click()
    page.get_by_role("button", name="Turn on camera").click()
    _state(page, "ready")
    _record(page, 1500)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status").filter(has_text="That was practice")).to_be_visible()
    page.get_by_role("link", name="Start the interview").click()

    # The first answer is cut by a reload: what was said is safe, and the person goes on from there.
    _record(page, 7000)
    page.reload()
    _state(page, "paused")
    expect(page.locator('[data-role="status"]')).to_contain_text("are safe")
    _record(page, 1500)
    page.get_by_role("button", name="Stop").click()
    _keep(page)
    for number in range(2, total + 1):
        expect(page.get_by_text(f"Question {number} of {total}")).to_be_visible()
        _record(page, 2000)
        page.get_by_role("button", name="Stop").click()
        # The take stands still in the player, with a picture, and waits to be watched.
        _state(page, "review")
        page.wait_for_function(STANDS, arg=f"{ROOT} video")
        if number == 2:
            page.get_by_role("button", name="Watch it").click()
            _plays(page, f"{ROOT} video")
        _keep(page)
    expect(page.get_by_role("heading", name="Review and send your interview")).to_be_visible()

    with live_server.app.app_context():
        while True:
            with transaction():
                if assemble_due_takes(now=now()) == 0:
                    break
        interview_row = interview_of(application_id)
        assert interview_row is not None
        takes = kept_takes(interview_row.id)
        first = questions(interview_row)[0]
        assert [take.media_state for take in takes.values()] == ["ready"] * total
        assert len(takes_made(interview_row.id, first.id)) == 1
        assert len(takes[first.id].segments) == 2
        assert (takes[first.id].seconds or 0) >= 6
    page.reload()
    expect(page.locator("video[controls]")).to_have_count(total)
    _plays(page, "video[controls]")
    page.get_by_role("button", name="Send my interview").click()
    expect(page.get_by_role("heading", name="Your interview is sent")).to_be_visible()
    assert problems == []

    with live_server.app.app_context():
        review = review_of(_application(application_id))
        review_id, reviewer_id = review.id, review.reviewer_id
    desk = open_browser(reviewer_id).new_page()
    desk.goto("/staff/recordings")
    desk.get_by_role("link", name="Maya Example", exact=True).click()
    assert str(review_id) in desk.url
    for number in range(1, total + 1):
        _plays(desk, f"#question-{number} video")
        # Seeking needs ranges: the player jumps to the end of what there is.
        desk.eval_on_selector(f"#question-{number} video", "video => { video.currentTime = video.duration - 0.2; }")
        desk.wait_for_function(
            "selector => !document.querySelector(selector).seeking && document.querySelector(selector).readyState >= 2",
            arg=f"#question-{number} video",
        )
    for card in desk.locator("fieldset.score").all():
        card.locator("label").nth(2).click()
    desk.get_by_role("button", name="Save and finish").click()
    expect(desk.get_by_text("Saved. Thank you.")).to_be_visible()
    with live_server.app.app_context():
        assert _application(application_id).state == "booking_due"


def _keep(page: Page) -> None:
    expect(page.locator('[data-role="status"]')).to_contain_text("Saved", timeout=60_000)
    page.get_by_role("button", name="Keep this answer").click()
    expect(page.get_by_text("is kept.")).to_be_visible()


def _application(application_id: UUID) -> Application:
    return db.session.get_one(Application, application_id)
