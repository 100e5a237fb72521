"""The recorded interview through its pages and through what recorder.js calls."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.interview_rules import call_by
from app.emails.messages import message_of
from app.extensions import db, transaction
from app.models import Application, Notice, Person, RecordedInterview, RecordedTake, RecordingReview
from app.queries.recordings import answer_states, kept_takes
from app.services.recordings import assemble_due_takes
from app.services.reminders import send_due_reminders
from app.web.shell import day
from tests.conftest import Clock, MakeApp
from tests.factories import ANSWER, make_person, make_staff, sign_in
from tests.recordings import make_invited, make_sent, questions, record, sample, slices

JSON = {"Accept": "application/json"}


def _world(app: Flask, *, consent: bool = True) -> dict[str, Any]:
    with app.app_context():
        interview = make_invited(consent=consent)
        return {
            "person": interview.application.person_id,
            "application": interview.application_id,
            "interview": interview.id,
            "due": interview.due_at,
            "base": f"/applications/{interview.application_id}/recording",
            "questions": [question.id for question in questions(interview)],
        }


def _record(client: FlaskClient, world: dict[str, Any], number: int, pieces: list[bytes] | None = None) -> None:
    """What recorder.js does for one answer."""
    pieces = pieces or slices(sample())
    here = f"{world['base']}/questions/{world['questions'][number]}"
    opened = client.post(f"{here}/open", json={"mime": "video/webm;codecs=vp8", "audio_only": False}, headers=JSON)
    assert opened.status_code == 200, opened.text
    for index, piece in enumerate(pieces):
        url = opened.json["slice_url_template"].replace("INDEX", str(index))
        assert client.put(url, data=piece, headers=JSON).status_code == 201
    body = {
        "slices": len(pieces),
        "seconds": 3,
        "segments": [{"id": opened.json["segment_id"], "slices": len(pieces)}],
    }
    for _twice in range(2):
        assert client.post(f"{here}/finish", json=body, headers=JSON).json == {"saved": True}


def test_the_whole_interview_through_http(app: Flask, client: FlaskClient) -> None:
    world = _world(app, consent=False)
    sign_in(client, world["person"])
    first = client.get(world["base"]).text
    kept = "this season and 2 years after it"
    for words in ("No program scores you", kept, "Ask for a phone call", "Ask for more time", "3 questions"):
        assert words in first
    question = f"{world['base']}/questions/{world['questions'][0]}"
    assert client.get(question).headers["Location"] == world["base"]
    assert client.post(f"{world['base']}/consent").status_code == 422
    assert client.post(f"{world['base']}/consent", data={"agree": "y"}).headers["Location"] == f"{world['base']}/check"
    assert 'data-mode="practice"' in client.get(f"{world['base']}/check").text
    for number, question_id in enumerate(world["questions"]):
        page = client.get(f"{world['base']}/questions/{question_id}")
        assert "data-recorder" in page.text
        assert ("What you wrote" in page.text) == (number == 2)
        _record(client, world, number)
        kept = client.post(f"{world['base']}/questions/{question_id}/keep")
        assert kept.status_code == 302
    assert kept.headers["Location"] == f"{world['base']}/review"
    with app.app_context(), transaction():
        assert assemble_due_takes(now=now()) == 3
    assert client.get(f"{world['base']}/review").text.count("<video controls") == 3
    assert client.post(f"{world['base']}/submit").headers["Location"] == world["base"]
    assert "Your interview is sent" in client.get(world["base"]).text
    assert client.post(f"{world['base']}/submit").status_code == 302
    with app.app_context():
        assert db.session.get_one(Application, world["application"]).state == "recording_in_review"
    with app.app_context():
        take = kept_takes(world["interview"])[world["questions"][0]].id
    assert client.get(f"/staff/media/{take}").data[:4] == b"\x1a\x45\xdf\xa3"


def test_without_script_a_file_and_words_are_enough(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["person"])
    here = [f"{world['base']}/questions/{question}" for question in world["questions"]]
    page = client.get(here[0]).text
    assert "<noscript>" in page and 'enctype="multipart/form-data"' in page
    html = client.post(f"{here[0]}/upload", data={"file": (io.BytesIO(b"<html>" * 90), "clip.mp4")})
    assert html.status_code == 415
    assert "not a video or a sound recording" in html.text
    assert client.post(f"{here[0]}/upload", data={}).status_code == 422
    big = sample(3, "mp4")
    sent = client.post(f"{here[0]}/upload", data={"file": (io.BytesIO(big), "clip.mp4")})
    assert sent.status_code == 302
    assert client.post(f"{here[1]}/write", data={"words": " "}).status_code == 422
    long = client.post(f"{here[1]}/write", data={"words": "Word " * 2000})
    assert long.status_code == 422 and "Word Word" in long.text
    assert "Your answer has 2,000 words; up to 300 fit. Shorten it by 1,700." in long.text
    assert client.post(f"{here[1]}/write", data={"words": "x" * 13_000}).status_code == 422
    assert "up to 300 words" in long.text
    for url in here[1:]:
        assert client.post(f"{url}/write", data={"words": "I would listen first."}).status_code == 302
    assert client.post(f"{world['base']}/submit").status_code == 302
    with app.app_context():
        assert db.session.get_one(Application, world["application"]).state == "recording_in_review"


def test_an_upload_may_be_larger_than_other_forms(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["person"])
    here = f"{world['base']}/questions/{world['questions'][0]}"
    padded = sample(3, "mp4") + b"\0" * (65 << 20)
    sent = client.post(f"{here}/upload", data={"file": (io.BytesIO(padded), "clip.mp4")})
    assert sent.status_code == 302
    refused = client.post(f"{here}/write", data={"words": "x" * (65 << 20)})
    assert refused.status_code == 413


def test_slices_repeated_missing_and_out_of_order(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["person"])
    here = f"{world['base']}/questions/{world['questions'][0]}"
    opened = client.post(f"{here}/open", json={"mime": "video/webm"}, headers=JSON).json
    pieces = slices(sample())

    def put(index: int) -> int:
        url = opened["slice_url_template"].replace("INDEX", str(index))
        return client.put(url, data=pieces[index], headers=JSON).status_code

    assert [put(index) for index in (3, 0, 0, 1)] == [201, 201, 200, 201]
    body = {"slices": 4, "seconds": 3, "segments": [{"id": opened["segment_id"], "slices": 4}]}
    early = client.post(f"{here}/finish", json=body, headers=JSON)
    assert (early.status_code, early.json["message"][:5]) == (425, "Parts")
    assert put(2) == 201
    assert client.post(f"{here}/finish", json=body, headers=JSON).json == {"saved": True}
    assert put(2) == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"segments": 3, "seconds": 1}',
        b'{"segments": [], "seconds": NaN}',
        b'{"segments": [{"id": "x", "slices": 1}], "seconds": 1}',
        b'{"segments": [{"id": "x", "slices": -1}], "seconds": 1}',
        b'{"segments": [], "seconds": 1e400}',
    ],
)
def test_nonsense_is_answered_in_json(app: Flask, client: FlaskClient, body: bytes) -> None:
    world = _world(app)
    sign_in(client, world["person"])
    here = f"{world['base']}/questions/{world['questions'][0]}"
    answer = client.post(f"{here}/finish", data=body, content_type="application/json", headers=JSON)
    assert (answer.status_code, answer.mimetype) == (400, "application/json")
    assert client.post(f"{here}/open", data=body, content_type="application/json", headers=JSON).status_code == 415


def test_what_is_another_persons_is_not_there(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    with app.app_context():
        opening = db.session.get_one(Application, world["application"]).opening
        other = make_invited(opening, make_person("Other Person")).application
        other_person, other_base = other.person_id, f"/applications/{other.id}/recording"
    sign_in(client, world["person"])
    here = f"{world['base']}/questions/{world['questions'][0]}"
    opened = client.post(f"{here}/open", json={"mime": "video/webm"}, headers=JSON).json
    stranger = sign_in(app.test_client(), other_person)
    url = opened["slice_url_template"].replace("INDEX", "0")
    assert stranger.put(url, data=b"x", headers=JSON).status_code == 404
    crossed = f"{other_base}/segments/{opened['segment_id']}/slices/0"
    assert stranger.put(crossed, data=b"x", headers=JSON).status_code == 404
    assert client.put(crossed, data=b"x", headers=JSON).status_code == 404
    for path in ("", "/check", "/review", f"/questions/{world['questions'][0]}"):
        assert stranger.get(world["base"] + path).status_code == 404
    assert client.get(f"{world['base']}/questions/{uuid4()}").status_code == 404
    with app.app_context():
        record(db.session.get_one(RecordedInterview, world["interview"]), *_first(world))
        with transaction():
            assemble_due_takes(now=now())
        take = answer_states(db.session.get_one(RecordedInterview, world["interview"]))[1].take
        assert take is not None and take.media_state == "ready"
        take_id = take.id
    assert client.get(f"/staff/media/{take_id}").status_code == 200
    assert stranger.get(f"/staff/media/{take_id}").status_code == 404


def _first(world: dict[str, Any]) -> tuple[Any]:
    interview = db.session.get_one(RecordedInterview, world["interview"])
    return (questions(interview)[1],)


def test_an_ended_session_is_told_in_json_and_not_redirected(app: Flask, make_app: MakeApp) -> None:
    world = _world(app)
    here = f"{world['base']}/questions/{world['questions'][0]}"
    answer = app.test_client().post(f"{here}/open", json={"mime": "video/webm"}, headers=JSON)
    assert (answer.status_code, answer.mimetype) == (401, "application/json")
    assert answer.json.get("csrf_token") is None
    protected = make_app(WTF_CSRF_ENABLED=True)
    client = sign_in(protected.test_client(), world["person"])
    lost = client.post(f"{here}/open", json={"mime": "video/webm"}, headers={**JSON, "X-CSRFToken": "old"})
    assert (lost.status_code, lost.mimetype) == (401, "application/json")
    # Signed in again meanwhile: the page goes on with the token of the new session.
    again = {**JSON, "X-CSRFToken": lost.json["csrf_token"]}
    assert client.post(f"{here}/open", json={"mime": "video/webm"}, headers=again).status_code != 401


def test_record_again_keep_and_the_last_retake(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["person"])
    here = f"{world['base']}/questions/{world['questions'][0]}"
    for left in (2, 1, 0):
        _record(client, world, 0)
        page = client.get(here).text
        assert ("Record again" in page) == (left > 0)
        if left:
            assert client.post(f"{here}/again").headers["Location"] == here
    client.post(f"{here}/again")
    assert "used every retake" in client.get(here).text
    assert client.post(f"{here}/keep").status_code == 302
    with app.app_context():
        interview = db.session.get_one(RecordedInterview, world["interview"])
        assert answer_states(interview)[0].status == "kept"
        assert db.session.query(RecordedTake).count() == 3


def test_after_the_deadline_more_time_is_one_button(app: Flask, client: FlaskClient, clock: Clock) -> None:
    world = _world(app)
    clock.move_to(world["due"] + timedelta(hours=3))
    sign_in(client, world["person"])
    # The mail, the status page and the interview's own page tell one story.
    status = f"/applications/{world['application']}/status"
    with app.app_context():
        send_due_reminders(now=clock.now())
        mail = message_of(db.session.scalars(select(Notice).where(Notice.kind == "recording_reminder")).one()).text
        db.session.rollback()
    for text in (mail, client.get(status).text, client.get(world["base"]).text):
        assert "not closed" in text and "sk for more time" in text and "at once" in text
        assert "Please do it by" not in text and "still record and send" not in text
    here = f"{world['base']}/questions/{world['questions'][0]}"
    refused = client.post(f"{here}/open", json={"mime": "video/webm"}, headers=JSON)
    assert (refused.status_code, refused.mimetype) == (410, "application/json")
    assert client.post(f"{world['base']}/more-time").status_code == 302
    assert "You have more time" in client.get(world["base"]).text
    assert client.post(f"{here}/open", json={"mime": "video/webm"}, headers=JSON).status_code == 200
    assert "record your interview" in client.get(status).text
    # The second time a person answers: it is our turn.
    clock.move(days=9)
    sign_in(client, world["person"])
    assert "a person answers" in client.get(status).text and "at once" not in client.get(status).text
    assert client.post(f"{world['base']}/more-time").status_code == 302
    for path in (status, world["base"]):
        text = client.get(path).text
        assert "We have your request for more time" in text and "your turn" not in text.lower()
        assert "Ask for more time" not in text


def test_a_phone_call_is_granted_without_a_reason_and_is_our_turn(
    app: Flask, client: FlaskClient, clock: Clock
) -> None:
    world = _world(app, consent=False)
    sign_in(client, world["person"])
    assert client.post(f"{world['base']}/phone").status_code == 302
    with app.test_request_context():
        by = day(call_by(now(), "America/Chicago"))
    page = client.get(world["base"]).text
    assert f"calls you by {by}" in page and "(573) 555-0100" in page and "Send it by" not in page
    # It is our turn: status page, reviewer and Today say so, with one date.
    status = client.get(f"/applications/{world['application']}/status").text
    assert "We will call you" in status and f"You hear from us by <b>{by}</b>" in status
    assert "your turn" not in status.lower() and "Please do it by" not in status
    with app.app_context():
        review = db.session.scalars(select(RecordingReview)).one()
        mail = db.session.scalars(select(Notice).where(Notice.kind == "call_asked")).one()
        message = message_of(mail).text
        assert mail.recipient_id == review.reviewer_id
        call = f"/staff/recordings/{review.id}/call"
        assert call in message and by in message
        reviewer, name = review.reviewer_id, review.interview.application.person.name
        names = [f"notes-{question.id}" for question in questions(review.interview)]
        manager = make_staff(review.interview.application.opening, Role.MANAGER).id
        # No reminder asks the person for a recording meanwhile.
        send_due_reminders(now=world["due"] - timedelta(hours=2))
        assert db.session.scalars(select(Notice).where(Notice.kind == "recording_reminder")).all() == []
        db.session.rollback()
    assert name not in message
    staff = app.test_client()
    assert by.partition(", ")[2] in " ".join(sign_in(staff, reviewer).get("/staff").text.split())
    today = " ".join(sign_in(staff, manager).get("/manage").text.split())
    assert "Call and write the answers down" in today and "Record the interview" not in today
    assert 'data-label="Waiting on">Reviewer' in today.replace('on"> ', 'on">')
    # Who calls too late is late, to everybody.
    clock.move_to(call_by(clock.now(), "America/Chicago") + timedelta(hours=1))
    assert "We are late" in sign_in(client, world["person"]).get(f"/applications/{world['application']}/status").text
    assert "Late" in sign_in(staff, reviewer).get("/staff").text
    # After the call there is as long to score it as for a recording.
    written = staff.post(call, data=dict.fromkeys(names, "She would call first."))
    assert written.status_code == 302
    with app.app_context():
        assert db.session.scalars(select(RecordingReview)).one().due_at > clock.now() + timedelta(days=9)


def test_sending_with_gaps_names_what_is_missing(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["person"])
    refused = client.post(f"{world['base']}/submit")
    assert refused.status_code == 422
    for number in (1, 2, 3):
        assert f'href="#answer-{number}"' in refused.text


def test_the_last_page_of_a_sent_interview_leads_back(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        application = make_sent()
        base, person = f"/applications/{application.id}/recording", application.person_id
        question_id = questions(application.recorded_interview)[0].id
        assert db.session.get_one(Person, person)
    sign_in(client, person)
    assert isinstance(question_id, UUID)
    for path in ("/check", "/review", f"/questions/{question_id}"):
        assert client.get(base + path).headers["Location"] == base
    assert "I would listen first" in client.get(base).text


def test_what_is_said_about_recording_again_fits_the_take(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["person"])
    here = f"{world['base']}/questions/{world['questions'][0]}"
    first = client.get(here).text
    assert "After watching it, you can record it again 2 times." in first
    assert "more time" not in first.partition("data-recorder")[0]
    for left, words in (
        (1, "After this one, you can record it again 1 more time."),
        (0, "This is your last recording of this answer."),
    ):
        _record(client, world, 0)
        with app.app_context(), transaction():
            assemble_due_takes(now=now())
        assert client.post(f"{here}/again").status_code == 302
        page = client.get(here).text
        assert words in page, left


def test_the_review_shows_the_answer_that_a_question_is_about(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["person"])
    with app.app_context():
        texts = [
            question.text["en"] for question in questions(db.session.get_one(RecordedInterview, world["interview"]))
        ]
    for question_id in world["questions"]:
        client.post(f"{world['base']}/questions/{question_id}/write", data={"words": "I would listen first."})
    for step in ("review", "submit"):
        page = client.get(f"{world['base']}/review").text if step == "review" else ""
        if step == "submit":
            client.post(f"{world['base']}/submit")
            page = client.get(world["base"]).text
        for text in texts:
            assert str(escape(text)) in page, (step, text)
        assert page.count("What you wrote") == 1
        assert ANSWER in page.partition(str(escape(texts[2])))[2]


def test_addresses_that_only_a_button_leads_to_lead_back_to_the_page(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    sign_in(client, world["person"])
    for name in ("consent", "phone", "more-time", "submit"):
        assert client.get(f"{world['base']}/{name}").location == world["base"]
    here = f"{world['base']}/questions/{world['questions'][0]}"
    for name in ("keep", "again"):
        assert client.get(f"{here}/{name}").location == here
    for name in ("upload", "write"):
        answer = client.get(f"{here}/{name}")
        assert answer.location == f"{here}?way={name}"
        assert client.get(answer.location).status_code == 200
    assert client.get(f"{world['base']}/questions/{uuid4()}/keep").status_code == 404
    with app.app_context():
        stranger = make_person("Somebody Else").id
        interview = db.session.get_one(RecordedInterview, world["interview"])
        assert (interview.submitted_at, interview.format == "phone") == (None, False)
    other = sign_in(app.test_client(), stranger)
    for path in (f"{world['base']}/consent", f"{here}/write"):
        assert other.get(path).status_code == 404


def test_words_written_when_the_session_had_ended_stand_in_their_box_again(app: Flask, client: FlaskClient) -> None:
    world = _world(app)
    here = f"{world['base']}/questions/{world['questions'][0]}"
    asked = client.post(f"{here}/write", data={"words": "I would listen first, and then call."})
    following = parse_qs(urlsplit(asked.location).query)["next"][0]
    sign_in(client, world["person"])
    page = client.get(following, follow_redirects=True)
    assert page.status_code == 200
    assert page.request.path == here
    assert "I would listen first, and then call.</textarea>" in page.text
    assert "We kept what you wrote." in page.text
