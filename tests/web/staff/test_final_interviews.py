"""Publishing times and writing scorecards through the pages; booking as the applicant."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.workdays import is_workday, next_workday
from app.extensions import db, transaction
from app.models import Application, HelpRequest, InterviewSlot, Scorecard
from app.queries.final_interviews import live_booking
from app.queries.reading import rubrics_for_final
from tests.conftest import Clock
from tests.factories import book, make_application, make_opening, make_readers, make_slot, make_staff, read, sign_in


@pytest.fixture
def world(app: Flask) -> dict[str, UUID]:
    """An invited applicant, an interviewer, one published time."""
    with app.app_context():
        opening = make_opening(recorded=False)
        make_readers(opening, 2)
        interviewer = make_staff(opening, Role.INTERVIEWER)
        application = read(make_application(opening))
        slot = make_slot(opening, interviewer)
        return {
            "opening": opening.id,
            "interviewer": interviewer.id,
            "application": application.id,
            "applicant": application.person_id,
            "slot": slot.id,
        }


def _block(world: dict[str, UUID], **changes: str) -> dict[str, str]:
    values = {
        "opening": str(world["opening"]),
        "day": next_workday((now() + timedelta(days=9)).date()).isoformat(),
        "starts": "09:00",
        "ends": "12:00",
        "minutes": "45",
        "buffer": "15",
        "place": "https://video.example.org/x",
    }
    return values | changes


def test_a_block_becomes_times(app: Flask, client: FlaskClient, world: dict[str, UUID]) -> None:
    with app.app_context():
        form = _block(world)
    sign_in(client, world["interviewer"])
    assert client.post("/staff/times", data=form).status_code == 302
    with app.app_context():
        assert len(db.session.scalars(select(InterviewSlot)).all()) == 4
    again = client.post("/staff/times", data=form | {"starts": "09:30"})
    assert again.status_code == 422
    assert "9:30 a.m. overlaps the time at 9:00 a.m. that you already offer." in again.text


def test_the_form_offers_the_next_workday_without_times_of_mine(
    app: Flask, client: FlaskClient, world: dict[str, UUID]
) -> None:
    sign_in(client, world["interviewer"])

    def offered() -> date:
        page = client.get("/staff/times").text
        assert ('value="09:00"' in page, 'value="12:00"' in page) == (True, True)
        return date.fromisoformat(re.findall(r'name="day"[^>]*value="([\d-]+)"', page)[0])

    with app.app_context():
        today = now().astimezone(ZoneInfo("America/Chicago")).date()
        form = _block(world, place="https://video.example.org/again")
    first = offered()
    assert (is_workday(first), first > today) == (True, True)
    form["day"] = first.isoformat()
    assert client.post("/staff/times", data=form).status_code == 302
    second = offered()
    assert (is_workday(second), second > first) == (True, True)
    assert "https://video.example.org/again" in client.get("/staff/times").text


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"day": "2027-02-30"}, "Enter a real date"),
        ({"day": "2027-03-14", "starts": "02:30", "anyway": "y"}, "that time does not exist"),
        ({"day": "2027-11-07", "starts": "01:30", "ends": "05:00", "anyway": "y"}, "that time comes twice"),
        ({"ends": "08:00"}, "The end must be after the start."),
        ({"ends": "09:20"}, "There is no room for one interview"),
        ({"minutes": "5"}, "Enter 15 to 180 minutes."),
        ({"minutes": "many"}, "Enter a whole number"),
        ({"day": "2020-01-06"}, "That time has passed."),
        ({"place": " "}, "Enter the link or the number"),
        ({"place": "my room"}, "Enter a link that begins with https://, or a phone number"),
        ({"place": "http://video.example.org/x"}, "Enter a link that begins with https://"),
        ({"place": "https://v.example.org/" + "x" * 300}, "This text is 22 characters over the limit of 300."),
        ({"day": "2027-11-25"}, "Thanksgiving Day. Choose another day"),
        ({"day": "2027-11-27"}, "Weekend. Choose another day"),
        ({"opening": "1"}, "Choose an opening."),
    ],
)
def test_a_wrong_block_says_how_to_mend_it(
    app: Flask, client: FlaskClient, world: dict[str, UUID], changes: dict[str, str], words: str
) -> None:
    with app.app_context():
        form = _block(world, **changes)
    sign_in(client, world["interviewer"])
    answer = client.post("/staff/times", data=form)
    assert (answer.status_code, "There is a problem" in answer.text) == (422, True)
    assert words in answer.text


def test_a_day_off_is_published_on_purpose_only(app: Flask, client: FlaskClient, world: dict[str, UUID]) -> None:
    with app.app_context():
        form = _block(world, day="2027-11-25", place="573 555 0123 ext. 4")
    sign_in(client, world["interviewer"])
    assert 'name="anyway"' not in client.get("/staff/times").text
    asked = client.post("/staff/times", data=form)
    assert (asked.status_code, 'name="anyway"' in asked.text) == (422, True)
    assert client.post("/staff/times", data=form | {"anyway": "y"}).status_code == 302
    # The list says what day it is.
    assert "Thanksgiving Day" in client.get("/staff/times").text


def test_a_time_that_was_just_taken_is_told_and_the_rest_is_kept(
    app: Flask, client: FlaskClient, world: dict[str, UUID]
) -> None:
    with app.app_context():
        opening = db.session.get_one(Application, world["application"]).opening
        book(read(make_application(opening)), db.session.get_one(InterviewSlot, world["slot"]))
    sign_in(client, world["applicant"])
    form = {"slot": str(world["slot"]), "format": "phone", "needs": "Captions"}
    answer = client.post(f"/applications/{world['application']}/interview", data=form)
    assert answer.status_code == 409
    assert "That time was just taken. Please choose another one." in answer.text
    assert "Captions" in answer.text


def test_no_time_chosen_or_an_invented_one_is_refused(client: FlaskClient, world: dict[str, UUID]) -> None:
    sign_in(client, world["applicant"])
    path = f"/applications/{world['application']}/interview"
    for slot in ("", "1", "00000000-0000-4000-8000-000000000000"):
        assert client.post(path, data={"slot": slot, "format": "video"}).status_code == 422


def test_none_of_the_times_work_reaches_a_person(app: Flask, client: FlaskClient, world: dict[str, UUID]) -> None:
    sign_in(client, world["applicant"])
    path = f"/applications/{world['application']}/interview/none"
    assert client.post(path, data={"note": ""}).status_code == 422
    assert client.post(path, data={"note": "Saturdays"}).status_code == 302
    with app.app_context():
        assert [row.body for row in db.session.scalars(select(HelpRequest))] == ["Saturdays"]


def test_the_calendar_file_is_the_booking(app: Flask, client: FlaskClient, world: dict[str, UUID]) -> None:
    path = f"/applications/{world['application']}/interview"
    sign_in(client, world["applicant"])
    assert client.get(f"{path}/calendar.ics").status_code == 404
    assert client.post(path, data={"slot": str(world["slot"]), "format": "video"}).status_code == 302
    answer = client.get(f"{path}/calendar.ics")
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert "BEGIN:VEVENT" in answer.text


def _scorecard_fields(app: Flask, world: dict[str, UUID]) -> tuple[str, dict[str, str]]:
    with app.app_context():
        application = db.session.get_one(Application, world["application"])
        book(application, db.session.get_one(InterviewSlot, world["slot"]))
        booking = live_booking(application.id)
        assert booking is not None
        rubrics = rubrics_for_final(application.opening_id)
        form = {f"score-{rubric.id}": "3" for rubric in rubrics} | {
            f"evidence-{rubric.id}": "Told" for rubric in rubrics
        }
        return f"/staff/interviews/{booking.id}", form | {"strengths": "Listens.", "send": "1"}


def test_an_incomplete_scorecard_is_saved_and_says_what_is_missing(
    app: Flask, client: FlaskClient, world: dict[str, UUID], clock: Clock
) -> None:
    path, form = _scorecard_fields(app, world)
    clock.move(days=6)
    sign_in(client, world["interviewer"])
    answer = client.post(path, data=form | {"strengths": "", "notes": "Late train"})
    assert answer.status_code == 422
    assert "Write what the office should know" in answer.text
    page = client.get(path).text
    assert "Late train" in page
    assert page.count("Told") >= len([name for name in form if name.startswith("evidence-")])
    with app.app_context():
        assert db.session.scalars(select(Scorecard)).one().state == "draft"
    # A level counts only where somebody who speaks Spanish heard it; each half alone is asked about.
    alone = client.post(path, data=form | {"spanish_level": "basic"})
    assert (alone.status_code, "tick that you talked in it" in alone.text) == (422, True)
    unheard = client.post(path, data=form | {"speaks_spanish": "y"})
    assert (unheard.status_code, "choose the level that you heard" in unheard.text) == (422, True)
    evidence = next(name for name in form if name.startswith("evidence-"))
    long = client.post(path, data=form | {evidence: "x" * 5001})
    assert (long.status_code, "This text is 1 character over the limit of 5,000." in long.text) == (422, True)
    assert "x" * 5001 in long.text
    assert client.post(path, data=form).status_code == 302
    with app.app_context():
        assert db.session.get_one(Application, world["application"]).state == "final_decision"


@pytest.mark.parametrize(("readers", "seen"), [(["interviewer"], True), (["manager", "office"], False), ([], False)])
def test_the_interviewer_reads_a_statement_only_where_its_writer_allowed_it(
    app: Flask, client: FlaskClient, world: dict[str, UUID], readers: list[str], seen: bool
) -> None:
    path, _form = _scorecard_fields(app, world)
    with app.app_context(), transaction():
        application = db.session.get_one(Application, world["application"])
        application.lived_experience, application.lived_experience_readers = "My brother was a client.", readers
    sign_in(client, world["interviewer"])
    page = client.get(path).text
    assert ("My brother was a client." in page, "Lived experience" in page) == (seen, seen)


def test_a_no_show_asks_for_another_time(app: Flask, client: FlaskClient, world: dict[str, UUID], clock: Clock) -> None:
    path, form = _scorecard_fields(app, world)
    del form["send"]
    sign_in(client, world["interviewer"])
    assert "did not come" not in client.get(path).text
    assert client.post(f"{path}/no-show", follow_redirects=True).text.count("has not begun yet") == 1
    clock.move(days=6)
    sign_in(client, world["interviewer"])
    # The button keeps what was typed, and only asks.
    asked = client.post(path, data=form | {"notes": "Waited ten minutes", "no_show": "1"})
    assert asked.location == f"{path}/no-show"
    page = client.get(asked.location).text
    assert "“We missed you”" in page and "cannot be taken back" in page and "is kept" in page
    with app.app_context():
        assert db.session.get_one(Application, world["application"]).state == "final_interview_booked"
    assert "Waited ten minutes" in client.get(path).text
    assert client.post(f"{path}/no-show").status_code == 302
    with app.app_context():
        application = db.session.get_one(Application, world["application"])
        assert application.state == "booking_due"
        slot = make_slot(application.opening, db.session.get_one(InterviewSlot, world["slot"]).interviewer)
        book(application, slot)
        booking = live_booking(application.id)
        assert booking is not None
        again = f"/staff/interviews/{booking.id}"
    # A second click, long after: the new interview stays as it is. The draft is in the new kit.
    assert client.get(f"{path}/no-show").location == path
    assert "is canceled already" in client.post(f"{path}/no-show", follow_redirects=True).text
    for kit in (path, again):
        assert "Waited ten minutes" in client.get(kit).text
    assert client.post(path, data=form | {"send": "1"}).status_code == 409
    assert client.post(again, data=form | {"notes": "They came"}).status_code == 302
    assert "They came" in client.get(again).text
    with app.app_context():
        assert db.session.get_one(Application, world["application"]).state == "final_interview_booked"


def test_a_scorecard_of_an_ended_session_comes_back_whole(app: Flask, make_app, world: dict[str, UUID]) -> None:  # type: ignore[no-untyped-def]
    site = make_app(WTF_CSRF_ENABLED=True)
    path, form = _scorecard_fields(app, world)
    browser = site.test_client()
    parked = browser.post(path, data=form)
    assert parked.status_code == 302
    assert "/account/sign-in" in parked.location
    kept = parked.location.partition("next=")[2]
    sign_in(browser, world["interviewer"])
    page = browser.get(kept.replace("%3F", "?").replace("%3D", "=").replace("%2F", "/")).text
    assert "We kept what you wrote." in page
    assert "Listens." in page
    assert page.count("Told") >= 3
