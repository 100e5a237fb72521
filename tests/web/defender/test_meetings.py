"""Arranging a meeting, through the pages of both sides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select, update

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.placements import local_day
from app.emails.messages import message_of
from app.extensions import db, transaction
from app.models import Application, Meeting, MeetingInvitation, MeetingTime, Notice, Opening, Person, Proposal
from app.services.placements import pass_on_placement
from app.services.reminders import send_due_reminders
from app.services.withdrawals import withdraw_application
from tests.factories import make_staff, sign_in
from tests.placing import World, make_world, today

CENTRAL = ZoneInfo("America/Chicago")


def _rows(*days: float, hour: int = 10) -> dict[str, str]:
    """Form fields for times so many days from now, at this hour in the office."""
    fields = {}
    for number, ahead in enumerate(days, start=1):
        day = (datetime.now(UTC) + timedelta(days=ahead)).astimezone(CENTRAL).date()
        fields |= {f"day_{number}": str(day), f"clock_{number}": f"{hour:02}:00"}
    return fields


def _offer(client: FlaskClient, world: World, *days: float, **changes: str):  # type: ignore[no-untyped-def]
    live = _live(client.application)
    data = {
        "invitation_id": str(live.id) if live is not None else "",
        **_rows(*(days or (3, 4, 5))),
        "format": "in_person",
        "place": "600 N. Main St., Rolla",
        "minutes": "30",
        "message": "Ask for Sam at the desk.",
        **changes,
    }
    return client.post(f"/defender/placements/{world.proposal}/meeting-times", data=data)


def _live(app: Flask) -> MeetingInvitation | None:
    with app.app_context():
        found = db.session.scalar(select(MeetingInvitation).where(MeetingInvitation.state.in_(("open", "accepted"))))
        if found is not None:
            _loaded = found.times
            db.session.expunge_all()
        return found


def _times(app: Flask) -> tuple[UUID, list[UUID]]:
    live = _live(app)
    assert live is not None
    return live.id, [time.id for time in live.times]


def _mails(app: Flask, kind: str) -> list[tuple[str, str, str]]:
    """(address, subject, method of the calendar file and its sequence) of every mail of this kind."""
    found = []
    with app.app_context():
        for notice in db.session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.created_at)):
            mail = message_of(notice)
            calendar = "".join(
                f"{dict(file.parameters)['method']} {_event(file.content)['SEQUENCE']}" for file in mail.attachments
            )
            assert "Maya" not in mail.subject
            found.append((notice.recipient_email, mail.subject, calendar))
    return found


def _event(content: bytes):  # type: ignore[no-untyped-def]
    return Calendar.from_ical(content).walk("VEVENT")[0]


def _address(app: Flask, person_id: UUID) -> str:
    with app.app_context():
        return db.session.get_one(Person, person_id).email


def _choose(client: FlaskClient, app: Flask, world: World, which: int = 1):  # type: ignore[no-untyped-def]
    invitation, times = _times(app)
    data = {"invitation_id": str(invitation), "time": str(times[which])}
    return client.post(f"/applications/{world.application}/meeting/choose", data=data)


def _agree(app: Flask, world: World) -> None:
    assert _offer(sign_in(app.test_client(), world.rolla), world).status_code == 302
    assert _choose(sign_in(app.test_client(), world.applicant), app, world).status_code == 302


def test_office_offers_and_the_person_chooses(app: Flask) -> None:
    world = make_world(app)
    office = sign_in(app.test_client(), world.rolla)
    page = office.get(f"/defender/placements/{world.proposal}").get_data(as_text=True)
    assert "Offer three meeting times" in page
    assert _offer(office, world).status_code == 302
    assert "Waiting for the person" in office.get(f"/defender/placements/{world.proposal}").get_data(as_text=True)
    ((to, subject, calendar),) = _mails(app, "meeting_offered")
    assert (to, subject, calendar) == (_address(app, world.applicant), "Choose a time to meet Rolla", "")

    person = sign_in(app.test_client(), world.applicant)
    status = person.get(f"/applications/{world.application}/status").get_data(as_text=True)
    assert "It’s your turn: choose a time to meet Rolla" in status
    assert f"/applications/{world.application}/meeting" in status
    assert "choose a time to meet Rolla" in person.get("/applications").get_data(as_text=True)
    page = person.get(f"/applications/{world.application}/meeting").get_data(as_text=True)
    assert "Sam Supervisor" in page and "Ask for Sam at the desk." in page and "30 minutes" in page
    assert page.count('name="time"') == 3
    assert _choose(person, app, world).status_code == 302

    live = _live(app)
    assert live is not None and live.state == "accepted"
    mails = _mails(app, "meeting_agreed")
    assert {to for to, _, _ in mails} == {_address(app, world.applicant), _address(app, world.rolla)}
    assert [calendar for _, _, calendar in mails] == ["PUBLISH 0"] * 2
    assert "Central" in mails[0][1]
    assert "Agreed" in person.get(f"/applications/{world.application}/meeting").get_data(as_text=True)
    assert "See or move the meeting" in office.get(f"/defender/placements/{world.proposal}").get_data(as_text=True)
    for client, path in (
        (person, f"/applications/{world.application}/meeting/calendar.ics"),
        (office, f"/defender/placements/{world.proposal}/meeting-times/calendar.ics"),
    ):
        event = _event(client.get(path).data)
        assert "Maya" not in event.to_ical().decode()
        assert event["UID"].startswith(f"meeting-{world.proposal}@")


def test_a_second_click_and_an_old_page_change_nothing(app: Flask) -> None:
    world = make_world(app)
    _agree(app, world)
    person = sign_in(app.test_client(), world.applicant)
    assert _choose(person, app, world, 1).status_code == 302
    assert _choose(person, app, world, 2).status_code == 409
    old, times = _times(app)
    assert _offer(sign_in(app.test_client(), world.rolla), world, 6, 7, 8).status_code == 302
    data = {"invitation_id": str(old), "time": str(times[0])}
    answer = person.post(f"/applications/{world.application}/meeting/choose", data=data)
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "changed meanwhile" in page
    # What the page holds now is what stands now.
    assert str(old) not in page and page.count(f'value="{_times(app)[0]}"') == 2
    assert len(_mails(app, "meeting_agreed")) == 2


def test_none_of_these_work_and_the_office_takes_one_of_hers(app: Flask) -> None:
    world = make_world(app)
    office, person = sign_in(app.test_client(), world.rolla), sign_in(app.test_client(), world.applicant)
    _offer(office, world)
    invitation, times = _times(app)
    url = f"/applications/{world.application}/meeting"
    data = {"invitation_id": str(invitation), "message": "After four, please.", **_rows(6, hour=16)}
    assert person.post(url, data=data).status_code == 302
    assert "You offered these times" in person.get(url).get_data(as_text=True)
    assert [to for to, _, _ in _mails(app, "meeting_offered")][1:] == [_address(app, world.rolla)]
    page = office.get(f"/defender/placements/{world.proposal}/meeting-times").get_data(as_text=True)
    assert "After four, please." in page and "4:00 p.m." in page
    accept = f"/defender/placements/{world.proposal}/meeting-times/accept"
    assert office.post(accept, data={}).status_code == 422
    assert office.post(accept, data={"invitation_id": str(invitation), "time": str(times[0])}).status_code == 409
    invitation, times = _times(app)
    # Nobody takes their own offer.
    mine = {"invitation_id": str(invitation), "time": str(times[0])}
    assert person.post(f"{url}/choose", data=mine).status_code == 409
    assert office.post(accept, data=mine).status_code == 302
    live = _live(app)
    assert live is not None and (live.state, live.place) == ("accepted", "600 N. Main St., Rolla")
    assert [calendar for _, _, calendar in _mails(app, "meeting_agreed")] == ["PUBLISH 2"] * 2


@pytest.mark.parametrize("side", ["office", "applicant"])
def test_either_side_moves_an_agreed_meeting(app: Flask, side: str) -> None:
    world = make_world(app)
    _agree(app, world)
    office, person = sign_in(app.test_client(), world.rolla), sign_in(app.test_client(), world.applicant)
    invitation, _ = _times(app)
    if side == "office":
        assert _offer(office, world, 8, 9, 10).status_code == 302
        assert _choose(person, app, world).status_code == 302
    else:
        data = {"invitation_id": str(invitation), **_rows(8, 9)}
        assert person.post(f"/applications/{world.application}/meeting", data=data).status_code == 302
        invitation, times = _times(app)
        data = {"invitation_id": str(invitation), "time": str(times[0])}
        url = f"/defender/placements/{world.proposal}/meeting-times/accept"
        assert office.post(url, data=data).status_code == 302
    asked, mover = (world.applicant, world.rolla) if side == "office" else (world.rolla, world.applicant)
    assert [(to, calendar) for to, _, calendar in _mails(app, "meeting_offered")][1:] == [
        (_address(app, asked), "CANCEL 1")
    ]
    assert [(to, calendar) for to, _, calendar in _mails(app, "meeting_canceled")] == [
        (_address(app, mover), "CANCEL 1")
    ]
    assert [calendar for _, _, calendar in _mails(app, "meeting_agreed")] == ["PUBLISH 0"] * 2 + ["PUBLISH 2"] * 2
    with app.app_context():
        states = db.session.scalars(select(MeetingInvitation.state).order_by(MeetingInvitation.offered_at)).all()
    assert states == ["replaced", "accepted"]


def test_office_cancels_with_a_word(app: Flask) -> None:
    world = make_world(app)
    _agree(app, world)
    office = sign_in(app.test_client(), world.rolla)
    url = f"/defender/placements/{world.proposal}/meeting-times/cancel"
    invitation, _ = _times(app)
    refused = office.post(url, data={"invitation_id": str(invitation), "word": "  "})
    assert refused.status_code == 422
    assert "Write a word" in refused.get_data(as_text=True)
    assert office.post(url, data={"invitation_id": str(invitation), "word": "Court all week."}).status_code == 302
    assert _live(app) is None
    assert [calendar for _, _, calendar in _mails(app, "meeting_canceled")] == ["CANCEL 1"] * 2
    with app.app_context():
        mails = [message_of(row) for row in db.session.scalars(select(Notice).where(Notice.kind == "meeting_canceled"))]
    assert ["Court all week." in mail.text for mail in mails].count(True) == 1
    assert office.post(url, data={"invitation_id": str(invitation), "word": "Again"}).status_code == 409
    page = sign_in(app.test_client(), world.applicant).get(f"/applications/{world.application}/meeting")
    assert "three times soon" in page.get_data(as_text=True)
    # What was written stays readable where it happened, for the office and for staff.
    manager = sign_in(app.test_client(), world.manager)
    for reader, path in (
        (office, f"/defender/placements/{world.proposal}"),
        (office, f"/defender/placements/{world.proposal}/meeting-times"),
        (manager, f"/manage/candidates/{world.application}"),
    ):
        past = reader.get(path).text
        assert "Sam Supervisor called off the meeting of" in past and "Court all week." in past


def test_a_colleague_with_an_old_page_does_not_undo_what_was_agreed(app: Flask) -> None:
    world = make_world(app)
    office = sign_in(app.test_client(), world.rolla)
    assert _offer(office, world).status_code == 302
    # The same again is a second click; other times are another person's, or an old page.
    assert _offer(office, world, invitation_id="").status_code == 302
    assert len(_mails(app, "meeting_offered")) == 1
    assert _choose(sign_in(app.test_client(), world.applicant), app, world).status_code == 302
    answer = _offer(office, world, 8, 9, 10, invitation_id="")
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "changed meanwhile" in page and "600 N. Main St., Rolla" in page
    live = _live(app)
    assert live is not None and live.state == "accepted"


@pytest.mark.parametrize("how", ["decline", "withdraw", "pass_on"])
def test_the_end_of_the_proposal_ends_the_meeting(app: Flask, how: str) -> None:
    world = make_world(app)
    _agree(app, world)
    if how == "decline":
        url = f"/defender/placements/{world.proposal}/not-for-us"
        answer = sign_in(app.test_client(), world.rolla).post(url, data={"reason_code": "conflict"})
        assert answer.status_code == 302
    with app.app_context(), transaction():
        if how == "withdraw":
            withdraw_application(db.session.get_one(Application, world.application), by=world.applicant, now=now())
        if how == "pass_on":
            proposal = db.session.get_one(Proposal, world.proposal)
            pass_on_placement(proposal, reason="No answer", by=world.manager, now=now())
    assert _live(app) is None
    told = {to for to, _, calendar in _mails(app, "meeting_canceled") if calendar == "CANCEL 1"}
    both = {_address(app, world.applicant), _address(app, world.rolla)}
    assert told == (both - {_address(app, world.applicant)} if how == "withdraw" else both)
    page = sign_in(app.test_client(), world.applicant).get(f"/applications/{world.application}/meeting")
    assert page.status_code == 302


def test_open_times_end_quietly_with_the_proposal(app: Flask) -> None:
    world = make_world(app)
    _offer(sign_in(app.test_client(), world.rolla), world)
    with app.app_context(), transaction():
        withdraw_application(db.session.get_one(Application, world.application), by=world.applicant, now=now())
    assert _live(app) is None
    assert _mails(app, "meeting_canceled") == []


def test_refused_times_say_what_is_wrong_and_keep_what_was_typed(app: Flask) -> None:
    world = make_world(app)
    office = sign_in(app.test_client(), world.rolla)
    for days, words in (
        ((-1, 4, 5), "at least two hours from now"),
        ((3, 4, 90), "within the next 60 days"),
        ((3, 4, 4), "same time as another"),
        ((3, 4), "Enter a day, such as"),
    ):
        answer = _offer(office, world, *days)
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert words in page and "There is a problem" in page
        assert "Ask for Sam at the desk." in page
    together = _offer(office, world, 3, 4, 4, place=" ").text
    assert "same time as another" in together and "Enter the place, the link" in together
    assert 'name="night"' not in together
    for changes in ({"place": " "}, {"minutes": "5"}, {"minutes": "x"}, {"format": "pigeon"}, {"day_1": "2026-02-30"}):
        assert _offer(office, world, **changes).status_code == 422
    assert _live(app) is None


def test_the_night_with_two_one_thirties_asks_which(app: Flask, clock) -> None:  # type: ignore[no-untyped-def]
    clock.move_to(datetime(2027, 10, 20, 15, tzinfo=UTC))
    world = make_world(app)
    office = sign_in(app.test_client(), world.rolla)
    times = {"day_1": "2027-11-07", "clock_1": "01:30", "day_2": "2027-11-08", "clock_2": "09:00"}
    times |= {"day_3": "2027-11-08", "clock_3": "10:00"}
    asked = _offer(office, world, **times)
    assert asked.status_code == 422
    assert 'name="which_1"' in asked.get_data(as_text=True)
    night = _offer(office, world, **times, which_1="second").text
    assert "That is in the night." in night and 'name="night"' in night
    assert _offer(office, world, **times, which_1="second", night="y").status_code == 302
    live = _live(app)
    assert live is not None and live.times[0].starts_at.astimezone(UTC).hour == 7


def test_an_hour_that_is_skipped_is_refused(app: Flask, clock) -> None:  # type: ignore[no-untyped-def]
    clock.move_to(datetime(2027, 3, 1, 15, tzinfo=UTC))
    world = make_world(app)
    office = sign_in(app.test_client(), world.rolla)
    times = {"day_1": "2027-03-14", "clock_1": "02:30", "day_2": "2027-03-15", "clock_2": "09:00"}
    answer = _offer(office, world, **times, day_3="2027-03-16", clock_3="09:00")
    assert answer.status_code == 422
    assert "does not exist" in answer.get_data(as_text=True)


def test_an_applicant_elsewhere_sees_both_zones(app: Flask) -> None:
    world = make_world(app)
    with app.app_context(), transaction():
        db.session.get_one(Person, world.applicant).time_zone = "America/New_York"
    _offer(sign_in(app.test_client(), world.rolla), world)
    page = sign_in(app.test_client(), world.applicant).get(f"/applications/{world.application}/meeting")
    text = page.get_data(as_text=True)
    assert "11:00 a.m. Eastern" in text and "10:00 a.m. Central" in text


def test_both_are_reminded_once_a_day_before(app: Flask, clock) -> None:  # type: ignore[no-untyped-def]
    world = make_world(app)
    _agree(app, world)
    live = _live(app)
    assert live is not None
    begins = next(time.starts_at for time in live.times if time.chosen)
    for moment, count in ((begins - timedelta(hours=25), 0), (begins - timedelta(hours=23), 2), (begins, 2)):
        with app.app_context(), transaction():
            send_due_reminders(now=moment)
            send_due_reminders(now=moment)
        assert len(_mails(app, "meeting_reminder")) == count
    _offer(sign_in(app.test_client(), world.rolla), world, 8, 9, 10)
    with app.app_context():
        states = db.session.scalars(select(Notice.state).where(Notice.kind == "meeting_reminder")).all()
    assert states == ["cancelled"] * 2


def _pass_the_time(app: Flask) -> date:
    """The agreed time lies an hour behind us (and the release before it); return its day in the office."""
    with app.app_context(), transaction() as session:
        past = now() - timedelta(hours=1)
        session.execute(update(MeetingTime).where(MeetingTime.chosen).values(starts_at=past))
        return local_day(past, "America/Chicago")


@pytest.mark.parametrize(("outcome", "status"), [("held", 302), ("absent", 422), ("canceled", 422)])
def test_only_a_meeting_that_was_held_opens_the_approval(app: Flask, outcome: str, status: int) -> None:
    world = make_world(app)
    _agree(app, world)
    met_on = _pass_the_time(app)
    office = sign_in(app.test_client(), world.rolla)
    base = f"/defender/placements/{world.proposal}"
    page = office.get(base).get_data(as_text=True)
    assert "Did you meet?" in page and f'value="{met_on}"' in page
    data = {"held_on": str(met_on), "format": "in_person", "notes": ""}
    unsaid = office.post(f"{base}/meeting", data=data)
    assert unsaid.status_code == 422
    assert "Choose whether you met." in unsaid.get_data(as_text=True)
    assert office.post(f"{base}/meeting", data={**data, "outcome": "perhaps"}).status_code == 422
    assert office.post(f"{base}/meeting", data={**data, "outcome": outcome}).status_code == 302
    with app.app_context():
        assert db.session.scalars(select(Meeting.outcome)).one() == ("held" if outcome == "held" else "not_held")
    page = office.get(base).get_data(as_text=True)
    assert ("Not met" in page) == (outcome != "held")
    said = {"held": "that they met", "absent": "the person did not come", "canceled": "the office had to cancel"}
    assert said[outcome] in page and "Agreed: " in page
    assert office.post(f"{base}/approve", data={"conditions": "", "starts_on": ""}).status_code == status
    if outcome != "held":
        assert _offer(office, world).status_code == 302


@pytest.mark.parametrize("agreed", [True, False])
def test_a_held_meeting_ends_the_arrangement_in_true_words(app: Flask, agreed: bool) -> None:
    world = make_world(app)
    office = sign_in(app.test_client(), world.rolla)
    if agreed:
        _agree(app, world)
    else:
        assert _offer(office, world).status_code == 302
    base = f"/defender/placements/{world.proposal}"
    record = {"held_on": str(today()), "format": "phone", "notes": "", "outcome": "held"}
    assert office.post(f"{base}/meeting", data=record).status_code == 302
    assert _live(app) is None
    page = sign_in(app.test_client(), world.applicant).get(f"/applications/{world.application}/meeting")
    assert "recorded that you met on" in page.get_data(as_text=True)
    past = office.get(base).text
    assert ("was no longer needed: they had met" if agreed else "ended, because the meeting was recorded") in past
    assert "called off" not in past and "took the offered times back" not in past
    with app.app_context():
        log = f"/defender/offices/{db.session.get_one(Proposal, world.proposal).office_id}/log"
    said = office.get(log).text
    assert "They have met: the times for the meeting ended" in said and "Canceled the meeting" not in said
    assert office.post(f"{base}/meeting", data=record).status_code == 302
    assert office.post(f"{base}/approve", data={"conditions": "", "starts_on": ""}).status_code == 302
    mails = _mails(app, "meeting_canceled")
    both = {_address(app, world.applicant), _address(app, world.rolla)} if agreed else set()
    assert {to for to, _, _ in mails} == both and len(mails) == len(both)
    assert {(subject, calendar) for _, subject, calendar in mails} <= {
        ("The appointment in Rolla is no longer needed", "CANCEL 1")
    }
    with app.app_context():
        for notice in db.session.scalars(select(Notice).where(Notice.kind == "meeting_canceled")):
            text = message_of(notice).text
            assert "recorded as held on" in text and "no longer needed" in text
            assert "will not take place" not in text and "decided without" not in text


def test_pages_offer_only_what_can_be_done_and_say_which_number_rings(app: Flask) -> None:
    world = make_world(app)
    office, person = sign_in(app.test_client(), world.rolla), sign_in(app.test_client(), world.applicant)
    base = f"/defender/placements/{world.proposal}"
    assert _offer(office, world, format="phone", place="We call you").status_code == 302
    meeting = f"/applications/{world.application}/meeting"
    for stored, words in ((None, "Add your number"), ("+15735550123", "(573) 555-0123")):
        with app.app_context(), transaction():
            db.session.get_one(Person, world.applicant).phone = stored
        page = person.get(meeting).get_data(as_text=True)
        assert words in page and f'href="/applications/{world.application}/contact' in page
    page = office.get(f"{base}/approve").get_data(as_text=True)
    assert "Meet first." in page and 'name="conditions"' not in page and f"{base}/not-now" in page
    record = {"held_on": str(today()), "format": "phone", "notes": "", "outcome": "held"}
    assert office.post(f"{base}/meeting", data=record).status_code == 302
    assert 'name="conditions"' in office.get(f"{base}/approve").get_data(as_text=True)
    start = today() + timedelta(days=60)
    assert office.post(f"{base}/approve", data={"conditions": "", "starts_on": str(start)}).status_code == 302
    page = office.get(base).get_data(as_text=True)
    assert f"<p>Start: {start:%A}, " in page


def test_no_meeting_needed_means_not_held_is_no_obstacle(app: Flask) -> None:
    world = make_world(app)
    with app.app_context(), transaction():
        db.session.get_one(Opening, world.opening).meeting_required = False
    _agree(app, world)
    office = sign_in(app.test_client(), world.rolla)
    approve = f"/defender/placements/{world.proposal}/approve"
    assert office.post(approve, data={"conditions": "", "starts_on": ""}).status_code == 302
    assert _live(app) is None
    assert len(_mails(app, "meeting_canceled")) == 2


def test_it_cannot_be_moved_when_it_is_about_to_begin(app: Flask) -> None:
    world = make_world(app)
    _agree(app, world)
    with app.app_context(), transaction() as session:
        soon = now() + timedelta(hours=1)
        session.execute(update(MeetingTime).where(MeetingTime.chosen).values(starts_at=soon))
    invitation, _ = _times(app)
    person = sign_in(app.test_client(), world.applicant)
    data = {"invitation_id": str(invitation), **_rows(8)}
    assert person.post(f"/applications/{world.application}/meeting", data=data).status_code == 409
    assert "can no longer be moved" in person.get(f"/applications/{world.application}/meeting").get_data(as_text=True)
    status = person.get(f"/applications/{world.application}/status").get_data(as_text=True)
    assert "See your meeting" in status and "move your meeting" not in status
    assert _offer(sign_in(app.test_client(), world.rolla), world).status_code == 409


def test_times_that_have_passed_can_not_be_taken(app: Flask) -> None:
    world = make_world(app)
    _offer(sign_in(app.test_client(), world.rolla), world)
    with app.app_context(), transaction() as session:
        session.execute(update(MeetingTime).values(starts_at=MeetingTime.starts_at - timedelta(days=30)))
    person = sign_in(app.test_client(), world.applicant)
    assert "have passed" in person.get(f"/applications/{world.application}/meeting").get_data(as_text=True)
    assert _choose(person, app, world).status_code == 422


@pytest.mark.parametrize("who", ["jackson", "manager", "applicant"])
def test_only_the_own_office_arranges(app: Flask, who: str) -> None:
    world = make_world(app)
    client = sign_in(app.test_client(), getattr(world, who))
    status = client.get(f"/defender/placements/{world.proposal}/meeting-times").status_code
    assert status == (404 if who == "jackson" else 403)
    with app.app_context():
        stranger = make_staff(db.session.get_one(Opening, world.opening), Role.READER).id
    other = sign_in(app.test_client(), stranger).get(f"/applications/{world.application}/meeting")
    assert other.status_code == 404


def test_an_error_says_which_of_the_times_it_means(app: Flask) -> None:
    world = make_world(app)
    office = sign_in(app.test_client(), world.rolla)
    page = _offer(office, world, day_1="", clock_2="nonsense", day_3="2031-01-01").text
    summary = page.partition('class="error-summary"')[2].partition("</div>")[0]
    for named in ("First time: Enter a day", "Second time: ", "Third time: Choose a time within the next 60 days."):
        assert named in summary, summary
    twice = _offer(office, world, 3, 3, 5).text
    assert "Second time: This is the same time as another one." in twice
