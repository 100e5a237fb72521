"""The demo's data and pages, and Maya's whole story, from her draft to her placement.

One test prepares the data once and looks at everything: the preparation takes a good while.
"""

import re
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.adapters.clock import now
from app.adapters.maildir_reading import left_mails
from app.domain.demo_people import FIVE, INTERVIEWER, MANAGER, READER, SUPERVISOR
from app.domain.pipeline import LIVE_STATES
from app.domain.workdays import is_workday
from app.extensions import db, transaction
from app.models import (
    Application,
    AuditEvent,
    Change,
    HelpRequest,
    InterviewSlot,
    Notice,
    Person,
    Proposal,
    ReadingAssignment,
    RecordedTake,
    RecordingReview,
)
from app.queries.demo import mayas_application
from app.queries.final_interviews import interviews_to_score, open_slots
from app.queries.people import person_by_email
from workers.demo import begin as begin_demo_again

COUNTED = (Application, AuditEvent, Change, HelpRequest, Notice, Person, Proposal, ReadingAssignment, RecordedTake)


@pytest.fixture
def demo(make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    """A demo with its data."""
    app = make_app(DEMO=True, MAILDIR=str(tmp_path / "mail"), STORAGE_URL=str(tmp_path / "files"), SMTP_URL="")
    answer = app.test_cli_runner().invoke(args=["demo", "prepare"])
    assert answer.exit_code == 0, answer.output
    return app


@pytest.mark.slow
@pytest.mark.timeout(480)
def test_demo_is_lively_and_maya_gets_from_her_draft_to_her_placement(demo: Flask) -> None:
    _preparing_again_changes_nothing(demo)
    _times_to_choose_from_are_on_workdays(demo)
    _no_queue_is_empty(demo)
    client = demo.test_client()
    _pages_open(client)
    _only_invented_people_are_signed_in(demo, client)
    _inbox_shows_mails_safely(client)
    _clock_moves(demo, client)
    _story_ends_in_a_placement(demo, client)
    _begins_again_like_the_first_time(demo, client)


def _counts(app: Flask) -> list[int]:
    with app.app_context():
        return [db.session.scalar(select(func.count()).select_from(model)) or 0 for model in COUNTED]


def _times_to_choose_from_are_on_workdays(demo: Flask) -> None:
    with demo.app_context():
        ahead = db.session.scalars(select(InterviewSlot.starts_at).where(InterviewSlot.starts_at > now()))
        days = {starts_at.astimezone(ZoneInfo("America/Chicago")).date() for starts_at in ahead}
    assert len(days) > 4
    assert [day for day in days if not is_workday(day)] == []


def _preparing_again_changes_nothing(app: Flask) -> None:
    before = _counts(app)
    assert app.test_cli_runner().invoke(args=["demo", "prepare"]).exit_code == 0
    assert _counts(app) == before


def _no_queue_is_empty(app: Flask) -> None:
    with app.app_context():
        states = set(db.session.scalars(select(Application.state)))
        assert LIVE_STATES - states == set()
        assert {"placed", "withdrawn", "offer_declined", "not_selected"} - states == set()
        reader, interviewer = person_by_email(READER.email), person_by_email(INTERVIEWER.email)
        assert reader is not None and interviewer is not None
        open_kinds = select(ReadingAssignment.kind, ReadingAssignment.ordinal).where(ReadingAssignment.state == "open")
        readings = {(kind, ordinal) for kind, ordinal in db.session.execute(open_kinds)}
        assert {("answer", 1), ("answer", 2), ("answer", 3), ("resume", 1)} - readings == set()
        own = select(ReadingAssignment.id).where(
            ReadingAssignment.reader_id == reader.id, ReadingAssignment.state == "open"
        )
        assert db.session.scalars(own).all() != []
        reviews = select(RecordingReview.id).where(
            RecordingReview.reviewer_id == interviewer.id, RecordingReview.state == "open"
        )
        assert db.session.scalars(reviews).all() != []
        assert interviews_to_score(interviewer.id, now=now()) != []
        opening = db.session.scalars(select(Application)).first().opening  # type: ignore[union-attr]
        assert open_slots(opening.id, now=now()) != []
        proposals = {state for state in db.session.scalars(select(Proposal.state))}
        assert {"proposed", "released", "approved", "declined"} - proposals == set()
        assert db.session.scalars(select(RecordedTake.id).where(RecordedTake.media_state == "ready")).all() != []
        assert db.session.scalars(select(HelpRequest.id).where(HelpRequest.answered_at.is_(None))).all() != []
        late = [row for row in db.session.scalars(select(Proposal)) if row.state == "released" and row.due_at < now()]
        assert late != []
        unsent = select(Notice.kind).where(Notice.state == "pending", Notice.due_at <= now())
        assert db.session.scalars(unsent).all() == []


def _pages_open(client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == "/demo"
    for path in ("/demo", "/demo/people", "/demo/story", "/demo/inbox"):
        assert client.get(path).status_code == 200, path
    start = client.get("/demo").get_data(as_text=True)
    assert [member.name in start for member in FIVE] == [True] * 5
    assert "invented" in start


def _only_invented_people_are_signed_in(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        real = Person(email="somebody@real.example", created_at=now(), email_confirmed_at=now())
        db.session.add(real)
        ids = {member.email: person_by_email(member.email).id for member in FIVE}  # type: ignore[union-attr]
        db.session.commit()
        real_id = real.id
    assert client.post(f"/demo/people/{real_id}").status_code == 404
    for email, person_id in ids.items():
        answer = client.post(f"/demo/people/{person_id}", follow_redirects=True)
        assert (answer.status_code, "/demo/people" in answer.request.path) == (200, False), email
    # The waiting tasks of the manager and of Rolla's supervisor are really there.
    client.post(f"/demo/people/{ids[MANAGER.email]}")
    run = re.search(r"/manage/routing/runs/[0-9a-f-]{36}", client.get("/manage/routing").get_data(as_text=True))
    assert run is not None
    assert "Carmen Villalobos" in client.get(run[0]).get_data(as_text=True)
    client.post(f"/demo/people/{ids[SUPERVISOR.email]}")
    assert "Elliot Park" in client.get("/defender").get_data(as_text=True)


def _inbox_shows_mails_safely(client: FlaskClient) -> None:
    page = client.get("/demo/inbox").get_data(as_text=True)
    mails = re.findall(r'href="(/demo/inbox/[0-9a-f-]{36})"', page)
    assert len(mails) == 50
    # Kinds and states in the words of the ledger.
    assert ">Sent<" in page and ">Left<" not in page
    one = client.get(mails[0])
    assert "_" not in re.findall(r"<dt[^>]*>\s*Kind\s*</dt>\s*<dd[^>]*>([^<]*)", one.get_data(as_text=True))[0]
    assert (one.status_code, 'href="http://localhost/' in one.get_data(as_text=True)) == (200, True)
    # Whoever came by another name of this machine stays with it.
    elsewhere = client.get(mails[0], base_url="http://127.0.0.1:8000").get_data(as_text=True)
    assert ('href="http://127.0.0.1:8000/' in elsewhere, "http://localhost" in elsewhere) == (True, False)
    assert "http://localhost" not in client.get(f"{mails[0]}/html", base_url="http://127.0.0.1:8000").text
    html = client.get(f"{mails[0]}/html")
    assert html.status_code == 200
    assert html.headers["Content-Security-Policy"].startswith("sandbox ")
    assert "allow-scripts" not in html.headers["Content-Security-Policy"]
    assert "allow-same-origin" not in html.headers["Content-Security-Policy"]


def _clock_moves(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        before = now()
    assert client.post("/demo/clock", data={"days": "3"}).status_code == 302
    assert client.post("/demo/clock", data={"days": "-3"}).status_code == 302
    with app.app_context():
        assert round((now() - before).total_seconds() / 86400, 1) == 3.0


def _story_ends_in_a_placement(app: Flask, client: FlaskClient) -> None:
    """Each time: continue as the next person, see that their page opens, then take the demo's shortcut."""
    for _step in range(30):
        landed = client.post("/demo/next", follow_redirects=True)
        assert landed.status_code == 200, landed.request.path
        if landed.request.path == "/demo/story":
            break
        assert client.post("/demo/shortcut").status_code == 302
    with app.app_context():
        application = mayas_application()
        assert application is not None
        events = [change.event for change in application.changes]
        kinds = set(db.session.scalars(select(Notice.kind).where(Notice.application_id == application.id)))
    assert events == [
        "start_application",
        "submit_application",
        "finish_answers",
        "invite_to_record",
        "submit_recording",
        "invite_to_final_interview",
        "book_final_interview",
        "submit_scorecard",
        "admit_to_routing",
        "release_proposal",
        "approve_placement",
        "send_offer",
        "accept_offer",
    ]
    assert {"application_received", "interview_booked", "office_considering", "offer_sent", "offer_accepted"} <= kinds
    assert {"meeting_offered", "meeting_agreed"} <= kinds
    assert "placed" in client.get("/demo/story").get_data(as_text=True).lower()


def _begins_again_like_the_first_time(app: Flask, client: FlaskClient) -> None:
    """What a visitor did is gone, the clock is back, and every task waits as at the first start."""
    with app.app_context():
        was = mayas_application()
        assert was is not None
        old, ahead = was.id, now()
        with transaction() as session:
            session.add(Person(email="visitor@work.example", created_at=now(), email_confirmed_at=now()))
    assert client.post("/demo/again").location == f"/demo/again/wait?was={old}"
    with app.app_context():
        assert begin_demo_again(str(old)) is True
        # A message that the broker brings twice does nothing.
        assert begin_demo_again(str(old)) is False
    assert client.get(f"/demo/again/wait?was={old}").location == "/demo"
    with app.app_context():
        new = mayas_application()
        assert new is not None
        assert (new.id == old, new.state, person_by_email("visitor@work.example")) == (False, "draft", None)
        assert (ahead - now()).total_seconds() / 86400 > 2.5
        held = select(func.count()).where(Notice.state.in_(("pending", "sending")), Notice.due_at <= now())
        assert db.session.scalar(held) == 0
        left = db.session.scalar(select(func.count()).where(Notice.state == "sent"))
        folder = Path(app.config["MAILDIR"])
    assert left_mails(folder, offset=0, limit=1)[1] == left
    _no_queue_is_empty(app)
    _pages_open(client)
