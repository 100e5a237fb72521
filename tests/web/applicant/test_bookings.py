"""The final interview's pages, for the person who is interviewed."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.emails.messages import message_of
from app.extensions import db, transaction
from app.models import Application, InterviewSlot, Notice
from app.queries.final_interviews import live_booking
from app.services.reminders import send_due_reminders
from app.web.shell import both_zones, clock_time, day, short_day
from tests.conftest import Clock
from tests.factories import book, make_application, make_opening, make_readers, make_slot, make_staff, read, sign_in


@dataclass(frozen=True)
class Booked:
    """An application whose final interview is booked."""

    path: str
    person_id: UUID
    application_id: UUID
    slot_id: UUID
    starts_at: datetime
    ends_at: datetime


@pytest.fixture
def booked(app: Flask) -> Booked:
    with app.app_context():
        opening = make_opening(recorded=False)
        make_readers(opening, 2)
        application = read(make_application(opening))
        slot = make_slot(opening, make_staff(opening, Role.INTERVIEWER), starts_at=now() + timedelta(days=3))
        book(application, slot)
        return Booked(
            f"/applications/{application.id}",
            application.person_id,
            application.id,
            slot.id,
            slot.starts_at,
            slot.ends_at,
        )


def test_an_interview_ahead_can_be_moved_and_canceled(client: FlaskClient, booked: Booked) -> None:
    sign_in(client, booked.person_id)
    page = client.get(f"{booked.path}/interview").text
    assert "Move it" in page
    assert "Cancel this interview" in page
    assert client.get(f"{booked.path}/interview/move").status_code == 200
    assert "See or move your interview" in client.get(f"{booked.path}/status").text


def test_close_to_the_interview_nothing_is_offered_that_would_be_refused(
    app: Flask, client: FlaskClient, booked: Booked, clock: Clock
) -> None:
    clock.move_to(booked.starts_at - timedelta(hours=2))
    sign_in(client, booked.person_id)
    page = client.get(f"{booked.path}/interview").text
    assert "Move it" not in page
    assert "Cancel this interview" not in page
    assert "too late to move or cancel it here" in page
    assert client.get(f"{booked.path}/interview/move").location == f"{booked.path}/interview"
    status = client.get(f"{booked.path}/status").text
    assert "See your interview" in status
    assert "See or move" not in status
    # A page that was opened in time.
    answer = client.post(f"{booked.path}/interview/cancel", follow_redirects=True)
    assert answer.status_code == 200
    assert "too late to move this interview yourself" in answer.text
    with app.app_context():
        assert live_booking(booked.application_id) is not None


def test_after_the_interview_the_pages_say_that_we_are_deciding(
    app: Flask, client: FlaskClient, booked: Booked, clock: Clock
) -> None:
    clock.move_to(booked.ends_at + timedelta(minutes=1))
    sign_in(client, booked.person_id)
    with app.test_request_context():
        on, by = day(booked.starts_at), short_day(booked.ends_at + timedelta(days=7))
    for path in ("/interview", "/status"):
        page = client.get(booked.path + path).text
        assert f"Your interview was on {on}" in page.replace("<b>", "")
        for gone in ("Move it", "See or move", "You can move it", "Cancel this interview", "is booked", "Booked for"):
            assert gone not in page, (path, gone)
    assert "We are deciding" in client.get(f"{booked.path}/interview").text
    assert by in client.get(f"{booked.path}/status").text
    assert "Thank you for talking with us" in client.get("/applications").text
    assert client.get(f"{booked.path}/interview/move").location == f"{booked.path}/interview"
    # Pages that were opened before: the answer is a sentence, and the interview stays as it was.
    answer = client.post(f"{booked.path}/interview/cancel", follow_redirects=True)
    assert (answer.status_code, "has passed" in answer.text) == (200, True)
    with app.app_context():
        assert db.session.get_one(Application, booked.application_id).state == "final_interview_booked"


# ---- the list of times ---------------------------------------------------------------------------

PACIFIC = "America/Los_Angeles"


def _invited(app: Flask, days: int, zone: str = "America/Chicago") -> tuple[str, UUID]:
    """An invited applicant of this zone, with three times on each of so many days."""
    with app.app_context():
        opening = make_opening(recorded=False)
        make_readers(opening, 2)
        application = read(make_application(opening))
        interviewer = make_staff(opening, Role.INTERVIEWER)
        first = now().astimezone(ZoneInfo("America/Chicago")).replace(hour=9, minute=0, second=0, microsecond=0)
        for ahead in range(2, 2 + days):
            for hours in (0, 2, 6):
                make_slot(opening, interviewer, starts_at=first + timedelta(days=ahead, hours=hours))
        with transaction():
            application.person.time_zone = zone
        return f"/applications/{application.id}", application.person_id


def test_times_stand_under_their_day_and_only_the_first_days_at_once(app: Flask, client: FlaskClient) -> None:
    path, person_id = _invited(app, days=9)
    sign_in(client, person_id)
    page = client.get(f"{path}/interview").text
    shown, _, hidden = page.partition("5 more days")
    assert (shown.count('name="slot"'), hidden.count('name="slot"')) == (4 * 3, 5 * 3)
    assert page.count("<h2>") >= 9
    assert "All times are Central time." in page
    # A time of a later day that was chosen is not hidden when the form comes back.
    later = re.findall(r'name="slot"[^>]*value="([^"]+)"', hidden)[-1]
    again = client.post(f"{path}/interview", data={"slot": later, "format": "pigeon"})
    assert again.status_code == 422
    assert f'value="{later}" checked' in again.text
    assert "<details open><summary>5 more days" in again.text


def test_few_days_need_no_second_list(app: Flask, client: FlaskClient) -> None:
    path, person_id = _invited(app, days=3)
    sign_in(client, person_id)
    assert "more day" not in client.get(f"{path}/interview").text


def test_somebody_in_another_zone_sees_both_times_everywhere(app: Flask, client: FlaskClient) -> None:
    path, person_id = _invited(app, days=2, zone=PACIFIC)
    sign_in(client, person_id)
    page = client.get(f"{path}/interview").text
    assert "7:00 a.m. (9:00 a.m. Central)" in page
    assert "in your zone, Pacific" in page
    slot = re.findall(r'name="slot"[^>]*value="([^"]+)"', page)[0]
    assert client.post(f"{path}/interview", data={"slot": slot, "format": "video"}).status_code == 302
    with app.app_context():
        booking = live_booking(UUID(path.rpartition("/")[2]))
        assert booking is not None
        starts_at = booking.slot.starts_at
    with app.test_request_context():
        both = both_zones(starts_at, PACIFIC)
    assert both.endswith("7:00 a.m. Pacific (9:00 a.m. Central)")
    for here in ("/interview", "/interview/move", "/status"):
        assert both in client.get(path + here).text, here
    with app.app_context():
        send_due_reminders(now=starts_at - timedelta(hours=23))
        client_mails = _mails(person_id)
        interviewer_mails = _mails(None)
        db.session.rollback()
    assert both in client_mails["interview_booked"]
    assert both in client_mails["interview_reminder"]
    assert "9:00 a.m. Central" in interviewer_mails["interview_booked"]
    assert "Pacific" not in interviewer_mails["interview_booked"]
    assert client.post(f"{path}/interview/cancel").status_code == 302
    with app.app_context():
        assert both in _mails(person_id)["interview_cancelled"]


def _mails(person_id: UUID | None) -> dict[str, str]:
    """The texts of the mails that this person, or the interviewer, is owed, by kind."""
    notices = db.session.scalars(select(Notice)).all()
    applicants = {application.person_id for application in db.session.scalars(select(Application))}
    mine = [n for n in notices if (n.recipient_id == person_id if person_id else n.recipient_id not in applicants)]
    return {notice.kind: message_of(notice).text for notice in mine if notice.kind.startswith("interview")}


@pytest.mark.parametrize(
    ("place", "link"),
    [
        ("https://video.example.org/room", True),
        ("573 555 0123, code 12", False),
        ("javascript:alert(1)", False),
    ],
)
def test_only_a_web_address_becomes_a_link(
    app: Flask, client: FlaskClient, booked: Booked, place: str, link: bool
) -> None:
    with app.app_context(), transaction():
        db.session.get_one(InterviewSlot, booked.slot_id).place = place
    sign_in(client, booked.person_id)
    page = client.get(f"{booked.path}/interview").text
    assert (f'<a href="{place}" rel="noopener noreferrer nofollow">{place}</a>' in page) is link
    assert place in page


def test_words_about_other_times_survive_a_session_that_had_ended(app: Flask, client: FlaskClient) -> None:
    path, person_id = _invited(app, days=3)
    asked = client.post(f"{path}/interview/none", data={"note": "Evenings after six."})
    following = parse_qs(urlsplit(asked.location).query)["next"][0]
    sign_in(client, person_id)
    page = client.get(following, follow_redirects=True)
    assert page.request.path == f"{path}/interview"
    assert "Evenings after six.</textarea>" in page.text
    assert client.get(f"{path}/interview/cancel").location == f"{path}/interview"


def test_another_time_keeps_what_was_chosen_for_the_talk(app: Flask, client: FlaskClient) -> None:
    path, person_id = _invited(app, days=2)
    sign_in(client, person_id)
    times = re.findall(r'name="slot"[^>]*value="([^"]+)"', client.get(f"{path}/interview").text)
    chosen = {"slot": times[0], "format": "phone", "phone": "573 555 0123", "needs": "Please captions and a break"}
    assert client.post(f"{path}/interview", data=chosen).status_code == 302

    def form_of(page: str) -> tuple[bool, bool]:
        by_phone = re.search(r'<input[^>]*value="phone"[^>]*>', page)
        assert by_phone is not None
        return "checked" in by_phone[0], "Please captions and a break</textarea>" in page

    assert form_of(client.get(f"{path}/interview/move").text) == (True, True)
    # Also beside the question for other times, and after the interview was canceled.
    assert form_of(client.post(f"{path}/interview/none", data={"note": ""}).text) == (True, True)
    assert client.post(f"{path}/interview/cancel").status_code == 302
    assert form_of(client.get(f"{path}/interview").text) == (True, True)


def test_by_phone_we_call_a_number_that_the_person_gave(app: Flask, client: FlaskClient) -> None:
    path, person_id = _invited(app, days=1)
    application_id = UUID(path.rpartition("/")[2])
    with app.app_context(), transaction():
        db.session.get_one(Application, application_id).person.phone = None
    sign_in(client, person_id)
    times = re.findall(r'name="slot"[^>]*value="([^"]+)"', client.get(f"{path}/interview").text)
    chosen = {"slot": times[0], "format": "phone", "phone": "", "needs": "Captions"}
    for typed, says in (("", "Enter the number at which we call you"), ("12", "Enter a phone number, such as")):
        refused = client.post(f"{path}/interview", data=chosen | {"phone": typed})
        assert (refused.status_code, says in refused.text, "Captions</textarea>" in refused.text) == (422, True, True)
        assert 'href="#phone"' in refused.text
    # A page from before the field was there.
    without = {name: value for name, value in chosen.items() if name != "phone"}
    assert client.post(f"{path}/interview", data=without).status_code == 422
    assert client.post(f"{path}/interview", data=chosen | {"phone": "573-555-0188"}).status_code == 302
    page, ics = client.get(f"{path}/interview").text, client.get(f"{path}/interview/calendar.ics").text
    assert "We call you at (573) 555-0188" in page
    assert "we call you at (573) 555-0188" in ics.replace("\r\n ", "")
    assert 'value="(573) 555-0188"' in client.get(f"{path}/interview/move").text
    with app.app_context():
        booking = live_booking(application_id)
        assert booking is not None
        place, kit, interviewer_id = booking.slot.place, f"/staff/interviews/{booking.id}", booking.slot.interviewer_id
        send_due_reminders(now=booking.slot.starts_at - timedelta(hours=23))
        mine, staffs = _mails(person_id), _mails(None)
        files = [message_of(notice).attachments for notice in db.session.scalars(select(Notice))]
    assert "We call you at (573) 555-0188" in mine["interview_booked"].replace("*", "")
    assert "We call you at (573) 555-0188" in mine["interview_reminder"].replace("*", "")
    assert "you call. The number is in the kit" in staffs["interview_booked"]
    assert place not in page + ics + "".join(mine.values()) + "".join(str(each.content) for f in files for each in f)
    sign_in(client, interviewer_id)
    staff_page = client.get(kit).text
    assert "You call" in staff_page
    assert '<a href="tel:+15735550188">(573) 555-0188</a>' in staff_page
    with app.app_context(), transaction():
        db.session.get_one(Application, application_id).person.phone = None
    assert "No number is on file" in client.get(kit).text
    sign_in(client, person_id)
    assert "Add your number" in client.get(f"{path}/interview").text


def test_a_reminder_that_leaves_late_says_what_is_so_by_then(
    app: Flask, client: FlaskClient, booked: Booked, clock: Clock
) -> None:
    """The mail was due a day before; page, status and mail say the same of moving the interview."""
    with app.app_context():
        send_due_reminders(now=booked.starts_at - timedelta(hours=24) + timedelta(minutes=1))
        db.session.commit()

    def reminder() -> tuple[str, str]:
        with app.app_context():
            notice = db.session.scalars(select(Notice).where(Notice.kind == "interview_reminder")).one()
            message = message_of(notice)
            return message.subject, message.text

    def booked_mail() -> str:
        with app.app_context():
            return _mails(booked.person_id)["interview_booked"]

    def pages() -> tuple[bool, bool]:
        sign_in(client, booked.person_id)
        status, page = (client.get(booked.path + path).text for path in ("/status", "/interview"))
        return "You can move it" in status, "You can move or cancel it here" in page

    def expected() -> str:
        zone = ZoneInfo("America/Chicago")
        ahead = booked.starts_at.astimezone(zone).date() - clock.now().astimezone(zone).date()
        with app.test_request_context():
            return f"Your interview is {['today', 'tomorrow'][ahead.days]} at {clock_time(booked.starts_at)}"

    clock.move_to(booked.starts_at - timedelta(hours=24) + timedelta(minutes=2))
    subject, text = reminder()
    assert subject == expected()
    assert ("you can move the interview" in text, "too late to move" in text) == (True, False)
    assert pages() == (True, True)
    assert "See the details, or move it" in booked_mail()
    clock.move_to(booked.starts_at - timedelta(minutes=40))
    subject, text = reminder()
    assert subject == expected()
    assert ("you can move the interview" in text, "too late to move" in text) == (False, True)
    assert pages() == (False, False)
    assert "or move it" not in booked_mail()
    assert "write to us at once" in client.get(f"{booked.path}/status").text


def test_a_reminder_that_waits_does_not_leave_once_the_interview_was_moved(
    app: Flask, client: FlaskClient, booked: Booked
) -> None:
    def states() -> list[str]:
        return list(db.session.scalars(select(Notice.state).where(Notice.kind == "interview_reminder")))

    with app.app_context():
        send_due_reminders(now=booked.starts_at - timedelta(hours=24) + timedelta(minutes=1))
        db.session.commit()
        assert states() == ["pending"]
        slot = db.session.get_one(InterviewSlot, booked.slot_id)
        other = make_slot(slot.opening, slot.interviewer, starts_at=booked.ends_at + timedelta(days=1)).id
    sign_in(client, booked.person_id)
    moved = client.post(f"{booked.path}/interview", data={"format": "video", "slot": str(other)})
    assert moved.status_code == 302
    with app.app_context():
        assert states() == ["cancelled"]


def test_moving_survives_a_session_that_had_ended(app: Flask, client: FlaskClient, booked: Booked) -> None:
    with app.app_context():
        slot = db.session.get_one(InterviewSlot, booked.slot_id)
        make_slot(slot.opening, slot.interviewer, starts_at=booked.ends_at + timedelta(days=1))
    asked = client.post(f"{booked.path}/interview", data={"format": "video", "needs": "Captions, please"})
    following = parse_qs(urlsplit(asked.location).query)["next"][0]
    sign_in(client, booked.person_id)
    page = client.get(following, follow_redirects=True).text
    assert "Captions, please</textarea>" in page and "Your present time stays booked" in page
    assert "Your present time stays booked" not in client.get(f"{booked.path}/interview").text
