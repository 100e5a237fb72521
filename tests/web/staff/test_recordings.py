"""Watching and scoring recordings, and the bytes themselves."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import Application, AuditEvent
from app.queries.recordings import kept_takes
from app.services.recordings import ask_for_phone, assemble_due_takes, submit_recording
from tests.conftest import Clock
from tests.factories import make_staff, sign_in
from tests.recordings import make_invited, make_sent, questions, record, review_of


def _world(app: Flask, *, recorded: bool = True) -> dict[str, Any]:
    with app.app_context():
        interview = make_invited()
        application = make_sent(interview, written=not recorded)
        if recorded:
            with transaction():
                assert assemble_due_takes(now=now()) == 3
        review = review_of(application)
        takes = kept_takes(interview.id)
        pairs = [
            f"score-{question.id}-{rubric.id}"
            for question in questions(interview)
            for rubric in application.opening.rubrics
            if rubric.gate == "recorded" and rubric.question_id in (None, question.id)
        ]
        return {
            "application": application.id,
            "name": application.person.name,
            "reference": application.reference,
            "reviewer": review.reviewer_id,
            "opening": application.opening_id,
            "url": f"/staff/recordings/{review.id}",
            "takes": [takes[question.id].id for question in questions(interview)],
            "size": takes[questions(interview)[0].id].size,
            "pairs": pairs,
        }


def test_the_reviewer_sees_it_on_the_start_page_watches_and_scores(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["reviewer"])
    assert world["name"] in client.get("/staff").text
    assert world["url"] in client.get("/staff/recordings").text
    page = client.get(world["url"]).text
    assert page.count("<video controls") == 3
    assert "What the candidate wrote" in page
    listening = client.get(world["url"] + "?listen=1").text
    assert (listening.count("<audio controls"), listening.count("<video controls")) == (3, 0)
    assert len(world["pairs"]) == 6
    some = client.post(world["url"], data={world["pairs"][0]: "4", "note": "Warm and honest"})
    assert some.status_code == 422
    assert some.text.count("choose 1 to 4") == 5
    again = client.get(world["url"]).text
    assert "Warm and honest" in again and "checked" in again
    saved = client.post(world["url"], data={**dict.fromkeys(world["pairs"], "3"), "note": "Warm"})
    assert saved.headers["Location"] == "/staff/recordings"
    with app.app_context():
        application = db.session.get_one(Application, world["application"])
        assert (application.state, application.recorded_result) == ("booking_due", 3)
    assert "This review is complete" in client.get(world["url"]).text


def test_come_back_later_keeps_what_was_scored(app: Flask, client: FlaskClient) -> None:
    world = _world(app, recorded=False)
    sign_in(client, world["reviewer"])
    page = client.get(world["url"]).text
    assert "Format: written" in page and "I would listen first" in page
    later = client.post(world["url"], data={world["pairs"][1]: "2", "later": "1", "note": "Half way"})
    assert later.headers["Location"] == "/staff/recordings"
    # Both lists say so.
    assert ["Partly scored" in client.get(path).text for path in ("/staff", "/staff/recordings")] == [True, True]
    assert f'name="{world["pairs"][1]}"' in client.get(world["url"]).text
    assert "Half way" in client.get(world["url"]).text


def test_the_bytes_come_in_ranges_and_are_never_cached(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["reviewer"])
    url, size = f"/staff/media/{world['takes'][0]}", world["size"]
    whole = client.get(url)
    assert (whole.status_code, len(whole.data), whole.mimetype) == (200, size, "video/webm")
    assert whole.headers["Cache-Control"] == "no-store, private"
    assert whole.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert world["reference"] in whole.headers["Content-Disposition"]
    part = client.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, whole.data[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{size}"
    assert client.get(url, headers={"Range": "bytes=-10"}).data == whole.data[-10:]
    assert client.get(url, headers={"Range": "bytes=100-"}).data == whole.data[100:]
    beyond = client.get(url, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert client.get(url, headers={"Range": "bytes=0-1,5-9"}).status_code == 200
    head = client.head(url)
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", str(size))


def test_watching_is_on_the_record_once_an_hour(app: Flask, client: FlaskClient, clock: Clock) -> None:
    world = _world(app)
    sign_in(client, world["reviewer"])
    url = f"/staff/media/{world['takes'][0]}"

    def count() -> int:
        with app.app_context():
            asked = select(func.count()).where(AuditEvent.action == "recording:watch")
            return db.session.scalar(asked) or 0

    for start in range(5):
        client.get(url, headers={"Range": f"bytes={start}-{start + 9}"})
    assert count() == 1
    clock.move(hours=2)
    sign_in(client, world["reviewer"]).get(url)
    assert count() == 2


def test_only_the_reviewer_a_manager_and_the_owner_may_watch(app: Flask) -> None:
    world = _world(app)
    with app.app_context():
        opening = db.session.get_one(Application, world["application"]).opening
        people = {
            role: make_staff(opening, role, office="rolla" if role is Role.SUPERVISOR else None).id for role in Role
        }
        owner = db.session.get_one(Application, world["application"]).person_id
    url = f"/staff/media/{world['takes'][0]}"
    allowed = {
        role for role, person in people.items() if sign_in(app.test_client(), person).get(url).status_code == 200
    }
    assert allowed == {Role.MANAGER, Role.DIRECTOR}
    assert sign_in(app.test_client(), owner).get(url).status_code == 200
    assert app.test_client().get(url).status_code == 302
    stranger = sign_in(app.test_client(), people[Role.INTERVIEWER])
    assert stranger.get(world["url"]).status_code == 404


def test_staff_do_not_see_what_was_not_sent(app: Flask) -> None:
    with app.app_context():
        interview = make_invited()
        record(interview, questions(interview)[0])
        with transaction():
            assert assemble_due_takes(now=now()) == 1
        take = kept_takes(interview.id)[questions(interview)[0].id].id
        manager = make_staff(interview.application.opening, Role.MANAGER).id
        owner = interview.application.person_id
    assert sign_in(app.test_client(), manager).get(f"/staff/media/{take}").status_code == 404
    assert sign_in(app.test_client(), owner).get(f"/staff/media/{take}").status_code == 200


def test_a_recording_that_failed_can_be_tried_again(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        interview = make_invited()
        for question in questions(interview):
            record(interview, question, b"\x1a\x45\xdf\xa3 webm that is none" * 30)
        application = interview.application
        with transaction():
            submit_recording(application, by=application.person_id, now=now())
        with transaction():
            assert assemble_due_takes(now=now()) == 0
        review = review_of(application)
        url, reviewer = f"/staff/recordings/{review.id}", review.reviewer_id
        take = kept_takes(interview.id)[questions(interview)[0].id].id
    sign_in(client, reviewer)
    page = client.get(url).text
    assert page.count("We could not play this recording") == 3
    assert client.post(f"{url}/prepare/{take}", data={"note": "Checking"}).headers["Location"] == url
    assert "Being prepared for watching" in client.get(url).text


def test_a_phone_call_is_written_down_and_then_scored(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        interview = make_invited(consent=False)
        with transaction():
            ask_for_phone(interview, by=interview.application.person_id, now=now())
        review = review_of(interview.application)
        url, reviewer = f"/staff/recordings/{review.id}", review.reviewer_id
        names = [f"notes-{question.id}" for question in questions(interview)]
    sign_in(client, reviewer)
    assert f"{url}/call" in client.get("/staff").text
    assert client.get(url).headers["Location"] == f"{url}/call"
    some = client.post(f"{url}/call", data={names[0]: "She would call the clerk."})
    assert some.status_code == 422 and "She would call the clerk." in some.text
    done = client.post(f"{url}/call", data=dict.fromkeys(names, "She would call the clerk."))
    assert done.headers["Location"] == url
    assert "Format: phone" in client.get(url).text
