"""Questions and requests, and who may read which."""

from __future__ import annotations

from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.emails.messages import message_of
from app.extensions import db, transaction
from app.models import Application, HelpRequest, Notice, Opening
from app.queries.final_interviews import live_booking
from app.services.adjustments import ask_for_adjustment
from app.services.final_interviews import ask_for_other_times
from app.services.help_requests import ask_for_help
from app.services.withdrawals import withdraw_application
from tests.conftest import Clock
from tests.factories import (
    add_role,
    make_application,
    make_opening,
    make_person,
    make_readers,
    make_slot,
    make_staff,
    read,
    sign_in,
)
from tests.placing import make_world


def _ask(app: Flask, body: str = "Is there parking?") -> tuple[UUID, UUID]:
    """One question from outside; returns (manager, request)."""
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER, name="Mira Manager")
        with transaction():
            request = ask_for_help("question", email="asks@example.org", body=body, opening=opening, now=now())
        return manager.id, request.id


def test_a_question_is_answered_by_mail_once(app: Flask, client: FlaskClient) -> None:
    manager, request = _ask(app)
    sign_in(client, manager)
    assert "Is there parking?" in client.get("/manage/help").text
    url = f"/manage/help/{request}"
    assert client.post(url, data={"answer": " "}).status_code == 422
    assert client.post(url, data={"answer": "Yes, behind *the* office."}).status_code == 302
    late = client.post(url, data={"answer": "A second answer."})
    assert late.status_code == 409
    assert "A second answer." in late.text and "A colleague has answered" in late.text
    with app.app_context():
        row = db.session.get_one(HelpRequest, request)
        assert (row.answer, row.answered_by_id) == ("Yes, behind *the* office.", manager)
        notice = db.session.scalars(select(Notice).where(Notice.kind == "help_answered")).one()
        message = message_of(notice)
        assert notice.recipient_email == "asks@example.org"
        assert "Yes, behind *the* office." in message.text and "Is there parking?" in message.text
    assert "Is there parking?" not in client.get("/manage/help").text
    assert "Is there parking?" in client.get("/manage/help?show=answered").text


def test_late_questions_say_so(app: Flask, client: FlaskClient, clock: Clock) -> None:
    manager, _request = _ask(app)
    clock.move(days=3)
    sign_in(client, manager)
    assert "1 late" in client.get("/manage/help").text
    assert "1 late" in client.get("/manage").text


def test_only_the_coordinator_reads_adjustments(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER).id
        application = make_application(opening)
        with transaction():
            request = ask_for_adjustment(application, ["captions"], "HEARING-AID", by=application.person_id, now=now())
        ids = request.id, application.id
    sign_in(client, manager)
    inbox = client.get("/manage/help").text
    assert "Adjustment" in inbox and "HEARING-AID" not in inbox and "Nobody reads requests" in inbox
    assert "HEARING-AID" not in client.get(f"/manage/candidates/{ids[1]}").text
    assert client.get(f"/manage/help/{ids[0]}").status_code == 404
    assert client.post(f"/manage/help/{ids[0]}", data={"answer": "x"}).status_code == 404
    with app.app_context():
        coordinator = make_staff(db.session.scalars(select(Opening)).one(), Role.COORDINATOR).id
    browser = sign_in(app.test_client(), coordinator)
    page = browser.get(f"/manage/help/{ids[0]}").text
    assert "HEARING-AID" in page and "Captions" in page
    assert browser.post(f"/manage/help/{ids[0]}", data={"answer": "Captions are on."}).status_code == 302
    with app.app_context():
        message = message_of(db.session.scalars(select(Notice).where(Notice.kind == "help_answered")).one())
        assert "HEARING-AID" not in message.text and "Captions are on." in message.text


def test_a_blind_manager_does_not_learn_from_a_request(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER)
        add_role(manager, opening, Role.READER)
        make_readers(opening, 1)
        application = make_application(opening, make_person("Wilhelmina Canary", "canary@example.org"))
        with transaction():
            request = HelpRequest(
                kind="more_time", email="canary@example.org", person_id=application.person_id,
                opening_id=opening.id, application_id=application.id, body="May I have a week more?",
                details={}, created_at=now(), due_at=now(),
            )  # fmt: skip
            db.session.add(request)
        ids = manager.id, request.id
    sign_in(client, ids[0])
    assert "canary@" not in client.get("/manage/help").text
    assert client.get(f"/manage/help/{ids[1]}").status_code == 404
    with app.app_context():
        assert db.session.scalars(select(Application)).one().state == "answers_in_review"


def test_what_was_ticked_is_shown_in_words(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening()
        coordinator = make_staff(opening, Role.COORDINATOR).id
        application = make_application(opening)
        with transaction():
            request = ask_for_adjustment(
                application, ["captions", "interpreter"], "", by=application.person_id, now=now()
            )
            db.session.add(
                HelpRequest(
                    kind="more_time", email="late@example.org", person_id=application.person_id,
                    opening_id=opening.id, application_id=application.id, body="",
                    details={"days": 3, "granted": False}, created_at=now(), due_at=now(),
                )
            )  # fmt: skip
        key = request.id
    sign_in(client, coordinator)
    inbox = client.get("/manage/help").text
    assert "Captions, An interpreter" in inbox and "3 more days to record" in inbox
    page = client.get(f"/manage/help/{key}").text
    assert "<li>Captions</li>" in page and "<li>An interpreter" in page


def test_who_has_left_waits_for_no_answer_and_can_still_be_found(app: Flask, client: FlaskClient, clock: Clock) -> None:
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER).id
        application = make_application(opening)
        with transaction():
            request = ask_for_other_times(application, note="Saturdays?", now=now())
        ids = application.id, request.id
    clock.move(days=5)
    sign_in(client, manager)
    assert "1 late" in client.get("/manage/help").text and "1 late" in client.get("/manage").text
    with app.app_context(), transaction():
        gone = db.session.get_one(Application, ids[0])
        withdraw_application(gone, by=gone.person_id, now=now())
    inbox = client.get("/manage/help").text
    assert "Saturdays?" not in inbox and "1 late" not in inbox
    assert "<b>0</b>" in client.get("/manage").text
    gone_page = client.get("/manage/help?show=left").text
    assert "Saturdays?" in gone_page and "No longer due" in gone_page
    assert "no longer due" in client.get(f"/manage/candidates/{ids[0]}").text
    url = f"/manage/help/{ids[1]}"
    assert "Left since" in client.get(url).text
    assert client.post(url, data={"answer": "Good-bye, and thank you."}).status_code == 302
    assert "Saturdays?" in client.get("/manage/help?show=answered").text
    assert "Saturdays?" not in client.get("/manage/help?show=left").text


def test_what_was_asked_after_leaving_waits_as_any_other(app: Flask, client: FlaskClient, clock: Clock) -> None:
    with app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER).id
        application = make_application(opening)
        with transaction():
            withdraw_application(application, by=application.person_id, now=now())
        clock.move(minutes=5)
        with transaction():
            ask_for_other_times(application, note="Can I come back?", now=now())
    assert "Can I come back?" in sign_in(client, manager).get("/manage/help").text


def test_a_question_about_no_opening_says_who_sees_it(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        manager = make_staff(make_opening(), Role.MANAGER).id
        with transaction():
            ask_for_help("question", email="asks@example.org", body="Hello?", now=now())
    assert "None: every program manager sees it" in sign_in(client, manager).get("/manage/help").text


def test_what_an_adjustment_asks_for_reaches_whoever_talks_with_the_person(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        opening = make_opening(recorded=False)
        make_readers(opening, 2)
        interviewer, coordinator = make_staff(opening, Role.INTERVIEWER), make_staff(opening, Role.COORDINATOR)
        application = read(make_application(opening))
        with transaction():
            request = ask_for_adjustment(application, ["captions"], "HEARING-AID", by=application.person_id, now=now())
        # The interview is booked only after the answer, and moved once more: each kit knows.
        path, url, applicant = f"/applications/{application.id}", f"/manage/help/{request.id}", application.person_id
        interviewer_id, coordinator_id, slots = (
            interviewer.id, coordinator.id, [make_slot(opening, interviewer).id for _ in range(2)],
        )  # fmt: skip
    sign_in(client, coordinator_id)
    words = "Captions on, a break after 20 minutes"
    assert client.post(url, data={"answer": "", "prepare": words}).status_code == 422
    long = client.post(url, data={"answer": "Granted.", "prepare": "x" * 301})
    assert (long.status_code, "1 character over the limit" in long.text) == (422, True)
    assert client.post(url, data={"answer": "Granted.", "prepare": words}).status_code == 302
    assert f'value="{words}"' in client.get(url).text
    with app.app_context():
        mail = message_of(db.session.scalars(select(Notice).where(Notice.kind == "help_answered")).one()).text
    assert words in mail and "HEARING-AID" not in mail
    kits = []
    for slot in slots:
        sign_in(client, applicant)
        booked = client.post(f"{path}/interview", data={"slot": str(slot), "format": "video", "needs": "A quiet room"})
        assert booked.status_code == 302
        assert words in client.get(f"{path}/interview").text and words in client.get(f"{path}/adjustments").text
        with app.app_context():
            booking = live_booking(request_application(request_id=url))
            assert booking is not None
            kits.append(f"/staff/interviews/{booking.id}")
        sign_in(client, interviewer_id)
        kit = client.get(kits[-1]).text
        assert words in kit and "A quiet room" in kit and "HEARING-AID" not in kit
    # The coordinator mends it later.
    sign_in(client, coordinator_id)
    assert client.post(url, data={"prepare": "Captions on", "prepare_only": "1"}).status_code == 302
    sign_in(client, interviewer_id)
    kit = client.get(kits[-1]).text
    assert "Captions on" in kit and "20 minutes" not in kit


def request_application(*, request_id: str) -> UUID:
    """The application that a request, given by the address of its page, is about."""
    found = db.session.get_one(HelpRequest, UUID(request_id.rpartition("/")[2])).application_id
    assert found is not None
    return found


def test_the_office_that_meets_a_person_reads_what_to_prepare(app: Flask, client: FlaskClient) -> None:
    world = make_world(app)
    with app.app_context():
        coordinator = make_staff(db.session.get_one(Opening, world.opening), Role.COORDINATOR).id
        application = db.session.get_one(Application, world.application)
        with transaction():
            request = ask_for_adjustment(application, ["other"], "BACK-PAIN", by=world.applicant, now=now())
        url, page, supervisor = f"/manage/help/{request.id}", f"/defender/placements/{world.proposal}", world.rolla
    sign_in(client, supervisor)
    for path in (page, f"{page}/meeting-times"):
        assert "Please prepare" not in client.get(path).text
    sign_in(client, coordinator)
    assert client.post(url, data={"answer": "Granted.", "prepare": "A room without stairs"}).status_code == 302
    sign_in(client, supervisor)
    for path in (page, f"{page}/meeting-times"):
        text = client.get(path).text
        assert "A room without stairs" in text and "BACK-PAIN" not in text
