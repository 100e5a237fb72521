"""The whole story, draft to accepted placement: HTTP, real PostgreSQL, real broker, real workers, real SMTP.

Every person uses only the forms and links that are on their pages. Every task of the beat runs twice after
each step, in a real Celery worker: nothing may happen twice.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from flask import Flask
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access import Role
from app.domain.placements import local_day
from app.domain.workdays import next_workday
from app.extensions import db
from app.models import (
    Application,
    Booking,
    Notice,
    Person,
    Placement,
    Proposal,
    ReadingAssignment,
    RecordedTake,
    RecordingReview,
)
from app.models.opening import Opening
from config import QUEUES
from tests.conftest import Clock, MakeApp
from tests.factories import make_opening, make_staff, sign_in
from tests.journeys.visitor import Visitor
from tests.recordings import sample
from tests.smtp import SmtpServer
from tests.workers.conftest import Process, wait_for
from workers.celery_app import BEAT, celery

MAYA = "maya.example@example.org"
ANSWERS = [
    "My cousin could not read the letter from the court. I read it to her and we called the clerk together. "
    "She kept her date. I learned to ask first what a person wants.",
] * 5


@pytest.fixture
def site(make_app: MakeApp) -> Flask:
    """The app as it runs for real: with CSRF tokens."""
    return make_app(WTF_CSRF_ENABLED=True)


class Story:
    """Who takes part, and the background processes that run beside them."""

    def __init__(self, site: Flask, clock: Clock, smtp: SmtpServer, broker: str) -> None:
        self.site, self.clock, self.smtp = site, clock, smtp
        self.people: dict[str, str] = {}
        celery.conf.broker_url = broker

    def visitor(self, name: str) -> Visitor:
        """The browser of one person of the staff or an office, signed in now."""
        with self.site.app_context():
            person_id = db.session.scalars(select(Person.id).where(Person.email == self.people[name])).one()
        return Visitor(sign_in(self.site.test_client(), person_id))

    def tick(self) -> None:
        """Every task of the beat runs, twice; wait until the worker has nothing left."""
        for _ in range(2):
            for task in sorted({row["task"] for row in BEAT.values()}):
                celery.send_task(task)
        self.settle()

    def settle(self) -> None:
        """Wait until the broker's queue is empty and every mail that is due has left."""
        with celery.connection_or_acquire() as connection:
            channel = connection.default_channel
            wait_for(lambda: not any(channel.client.llen(name) for name in QUEUES), 60, "empty queues")
            wait_for(lambda: channel.client.hlen("unacked") == 0, 60, "finished tasks")
        wait_for(lambda: not self._owed(), 30, "sent mails")

    def _owed(self) -> int:
        with self.site.app_context():
            due = Notice.state.in_(("pending", "sending")) & (Notice.due_at <= self.clock.now())
            return len(db.session.scalars(select(Notice.id).where(due)).all())

    def mail_to(self, address: str) -> list[EmailMessage]:
        return self.smtp.to(address)

    def link_in(self, mail: EmailMessage, pattern: str) -> str:
        """The path of the first link in a mail that matches."""
        body = mail.get_body(("plain",))
        assert body is not None
        for url in re.findall(r"https?://[^\s<>)\]]+", body.get_content()):
            if re.search(pattern, url):
                return urlsplit(url).path
        raise AssertionError(f"no link {pattern} in {body.get_content()}")

    def application(self) -> Application:
        return db.session.scalars(
            select(Application).join(Person, Person.id == Application.person_id).where(Person.email == MAYA)
        ).one()

    def state(self) -> str:
        with self.site.app_context():
            return self.application().state


@pytest.fixture
def story(
    site: Flask,
    clock: Clock,
    smtp_server: SmtpServer,
    broker_url: str,
    start: Callable[..., Process],
    start_worker: Callable[..., Process],
) -> Story:
    """The program is loaded, everybody has a role, relay and worker run."""
    told = Story(site, clock, smtp_server, broker_url)
    with site.app_context():
        opening = make_opening()
        for name, role, office in (
            ("first reader", Role.READER, None),
            ("second reader", Role.READER, None),
            ("interviewer", Role.INTERVIEWER, None),
            ("manager", Role.MANAGER, None),
            ("rolla", Role.SUPERVISOR, "rolla"),
            ("jackson", Role.SUPERVISOR, "jackson"),
        ):
            told.people[name] = make_staff(opening, role, office=office, name=name.title()).email
    start("workers.relay")
    worker = start_worker()
    worker.wait_for_line("ready")
    return told


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_from_the_draft_to_the_placement(story: Story) -> None:
    maya = Visitor(story.site.test_client())
    _apply(story, maya)
    _is_read(story)
    _records(story, maya)
    _is_interviewed(story, maya)
    _is_routed(story, maya)
    _is_approved(story, maya)
    _accepts(story, maya)
    _the_record_is_whole(story)


def _apply(story: Story, maya: Visitor) -> None:
    maya.open("/openings").follow("Public Defender Client Advocate").says(
        "$19.23", "$40,000", "Saint Joseph", "Hillsboro"
    )
    maya.follow("Start your application")
    _answer_eligibility(maya)
    maya.follow("Continue").submit("E-mail me a code", {"email": MAYA})
    mail = story.smtp.wait_for(1, 60)[0]
    body = mail.get_body(("plain",))
    assert body is not None
    found = re.search(r"\b(\d{6})\b", body.get_content())
    assert found is not None
    maya.submit("Continue", {"code": found.group(1), "own_device": "y"})
    if "/start/" in maya.path:
        maya.submit("Start")
    task_list = maya.path
    story.settle()
    if not re.fullmatch(r"/applications/[0-9a-f-]{36}", task_list):
        raise AssertionError(f"signing in led to {task_list}")

    maya.says("Not sent yet").open(f"{task_list}/eligibility")
    _answer_eligibility(maya, "Save and continue")
    maya.open(f"{task_list}/contact")
    maya.submit("Save and continue", {"full_name": "Maya Example", "phone": "(573) 555-0100", "city": "Rolla"})
    resume = (io.BytesIO(_pdf()), "resume.pdf")
    maya.open(f"{task_list}/documents/resume").submit("Save and continue", {"file": resume})
    maya.open(f"{task_list}/background").submit("Save and continue", {"spanish": "professional"})
    for number, text in enumerate(ANSWERS):
        maya.open(f"{task_list}/answers")
        links = [str(link["href"]) for link in maya.page.find_all("a", href=True)]
        paths = list(dict.fromkeys(link for link in links if re.search(r"/answers/[0-9a-f-]{36}$", link)))
        maya.open(paths[number]).submit("Save and continue", {"text": text})
    _rank(maya, task_list)
    maya.open(task_list).follow("Check and send")
    maya.submit("Send my application", dict.fromkeys(maya.field_names("confirm-.*"), "y"))
    maya.says("PFJ-")
    maya.open(f"{task_list}/status").says("We are reading your answers")
    story.tick()
    assert story.state() == "answers_in_review"


def _answer_eligibility(maya: Visitor, button: str = "Continue") -> None:
    with maya.client.application.app_context():
        rules = db.session.scalars(select(Opening).where(Opening.kind == "fellowship")).one().rules[-1].rules
        conditions = [row for rule in rules for row in (rule["any_of"] or [{**rule}])]
        answers = {row["id"]: "no" if row["excludes_when"] else "yes" for row in conditions}
    names = [name for name in answers if maya.field_names(re.escape(name))]
    maya.submit(button, {name: answers[name] for name in names})


def _rank(maya: Visitor, task_list: str) -> None:
    maya.open(f"{task_list}/offices")
    ranks = {}
    with maya.client.application.app_context():
        opening = db.session.scalars(select(Opening).where(Opening.kind == "fellowship")).one()
        keys = {row.office.slug: [str(row.office_id), row.office_id.hex, row.office.slug] for row in opening.offices}
    for rank, slug in enumerate(("jackson", "rolla"), start=1):
        name = next(f"rank-{key}" for key in keys[slug] if maya.field_names(f"rank-{key}"))
        ranks[name] = str(rank)
    maya.submit("Save", ranks)


def _is_read(story: Story) -> None:
    for name in ("first reader", "second reader"):
        reader = story.visitor(name).open("/staff").does_not_say("Maya")
        while "Start scoring" in reader.links():
            reader.follow("Start scoring").says("Names hidden").does_not_say("Maya", MAYA)
            reader.submit("Save and next", dict.fromkeys(reader.field_names("score-.*"), "3"))
            reader.open("/staff")
    story.tick()
    assert story.state() == "resume_in_review"
    with story.site.app_context():
        reading = db.session.scalars(select(ReadingAssignment).where(ReadingAssignment.kind == "resume")).one()
        name = next(key for key, email in story.people.items() if email == reading.reader.email)
    reader = story.visitor(name).open("/staff").follow("Maya Example")
    reader.submit("Save", dict.fromkeys(reader.field_names("score-.*"), "4"))
    story.tick()
    assert story.state() == "recording_due"


def _records(story: Story, maya: Visitor) -> None:
    invitation = story.mail_to(MAYA)[-1]
    maya.open(story.link_in(invitation, "/recording")).submit("Agree and check camera", {"agree": "y"})
    base = re.sub(r"/recording.*", "/recording", maya.path)
    with story.site.app_context():
        opening = story.application().opening
        questions = [row.id for row in opening.questions if row.kind == "recorded" and row.retired_at is None]
    for number, question in enumerate(questions):
        maya.open(f"{base}/questions/{question}")
        if number == 0:
            maya.submit("Save as my answer", {"words": "I would listen first, and then ask what the person wants."})
        else:
            maya.submit("Upload this file", {"file": (io.BytesIO(sample()), "answer.webm")})
    story.tick()
    maya.open(f"{base}/review").submit("Send my interview")
    story.tick()
    assert story.state() == "recording_in_review"
    with story.site.app_context():
        states = db.session.scalars(select(RecordedTake.media_state).where(RecordedTake.state == "kept")).all()
        assert sorted(states) == ["none", "ready", "ready"]
        take_id = db.session.scalars(select(RecordedTake.id).where(RecordedTake.media_state == "ready")).first()
        review_path, name = _review(story)
    reviewer = story.visitor(name)
    part = reviewer.client.get(f"/staff/media/{take_id}", headers={"Range": "bytes=0-99"})
    assert (part.status_code, len(part.data)) == (206, 100)
    reviewer.open(review_path)
    reviewer.submit("Save and finish", dict.fromkeys(reviewer.field_names("score-.*"), "3"))
    story.tick()
    assert story.state() == "booking_due"


def _review(story: Story) -> tuple[str, str]:
    """The path of the one review, and who has to do it."""
    review = db.session.scalars(select(RecordingReview)).one()
    name = next(key for key, email in story.people.items() if email == review.reviewer.email)
    return f"/staff/recordings/{review.id}", name


def _is_interviewed(story: Story, maya: Visitor) -> None:
    day = next_workday((story.clock.now() + timedelta(days=4)).date())
    interviewer = story.visitor("interviewer").open("/staff/times")
    interviewer.submit(
        "Publish times",
        {"day": day.isoformat(), "starts": "09:00", "ends": "12:00", "place": "https://video.example.org/rolla"},
    ).says("3 times are published")
    maya.open(story.link_in(story.mail_to(MAYA)[-1], "/interview"))
    slot = _values(maya, "slot")[0]
    maya.submit("Book this time", {"slot": slot, "needs": "A short break"}).says("Your final interview")
    story.tick()
    calendars = [
        part for mail in story.mail_to(MAYA) for part in mail.walk() if part.get_content_type() == "text/calendar"
    ]
    assert len(calendars) == 1
    with story.site.app_context():
        starts_at = db.session.scalars(select(Booking)).one().slot.starts_at
    story.clock.move_to(starts_at - timedelta(hours=23))
    story.tick()
    story.clock.move_to(starts_at + timedelta(minutes=50))
    story.tick()
    interviewer = story.visitor("interviewer").open("/staff/times").follow("Maya Example")
    card = dict.fromkeys(interviewer.field_names("score-.*"), "4")
    card |= {"strengths": "Listens first, writes clearly.", "speaks_spanish": "y", "spanish_level": "professional"}
    interviewer.submit("Send the scorecard", card).says("The scorecard is sent")
    story.tick()
    manager = story.visitor("manager").open("/manage").follow("Maya Example").follow("Decide")
    _decide(manager)
    story.tick()
    assert story.state() == "in_routing"


def _decide(manager: Visitor) -> None:
    assert _values(manager, "decision") == ["go_on", "stop"]
    manager.submit("Preview what will be sent", {"decision": "go_on", "reason": "Strong in every part."})
    manager.submit("Confirm and send")


def _values(visitor: Visitor, name: str) -> list[str]:
    return [str(tag["value"]) for tag in visitor.page.find_all("input", attrs={"name": name})]


def _is_routed(story: Story, maya: Visitor) -> None:
    story.tick()
    manager = story.visitor("manager").open("/manage/routing").follow("See the last run")
    manager.says("Maya Example", "Jackson")
    # A verified Spanish speaker, and no office has stated what it pays for that: said, and confirmed knowingly.
    manager.submit("Release the chosen").submit("Release 1 person", {"base_pay": "yes"})
    story.tick()
    assert story.state() == "placement_in_review"
    maya.open(_status(story)).says("A public defender office is considering you")
    with story.site.app_context():
        proposal = db.session.scalars(select(Proposal).where(Proposal.state == "released")).one()
        path = f"/defender/placements/{proposal.id}"
    assert story.visitor("rolla").client.get(path).status_code == 404
    # Jackson does not go on; the next run finds Rolla.
    jackson = story.visitor("jackson").open("/defender").follow("Maya Example").follow("Not for our office")
    jackson.submit("Decline for our office", {"reason_code": "fit", "reason": "We need an evening schedule."})
    story.tick()
    assert story.state() == "in_routing"
    manager = story.visitor("manager").open("/manage/routing").follow("See the last run").says("Rolla")
    manager.submit("Release the chosen").submit("Release 1 person", {"base_pay": "yes"})
    story.tick()


def _status(story: Story) -> str:
    with story.site.app_context():
        return f"/applications/{story.application().id}/status"


def _is_approved(story: Story, maya: Visitor) -> None:
    # Nobody answers for a week: the office is reminded, then the matter is escalated; nothing ends by itself.
    for days in (3, 2, 2):
        story.clock.move(days=days, hours=1)
        story.tick()
    assert story.state() == "placement_in_review"
    rolla = story.visitor("rolla").open("/defender").follow("Maya Example").says("Listens first")
    rolla.does_not_say("routing_score", "3.00")
    today = local_day(story.clock.now(), "America/Chicago").isoformat()
    rolla.submit("Record the meeting", {"held_on": today, "format": _values(rolla, "format")[0]})
    rolla.follow("Approve").submit("Approve the placement")
    story.tick()
    assert story.state() == "placement_approved"
    maya.open(_status(story)).says("A public defender office is considering you")
    # The undo time passes; the worker sends the offer, once.
    story.clock.move(hours=25)
    story.tick()
    assert story.state() == "offer_sent"


def _accepts(story: Story, maya: Visitor) -> None:
    maya.open(story.link_in(story.mail_to(MAYA)[-1], "/offer"))
    maya.says("Rolla", "$19.23", "$40,000", "$20.43", "$42,500", "possible")
    maya.follow("Accept the offer").submit("Yes, accept the offer")
    story.tick()
    maya.open(_status(story)).says("You are a Client Advocate")
    assert story.state() == "placed"


def _the_record_is_whole(story: Story) -> None:
    with story.site.app_context():
        application = story.application()
        session: Session = db.session()
        assert [(row.seq, row.event) for row in application.changes] == list(
            enumerate(
                [
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
                    "decline_placement",
                    "release_proposal",
                    "approve_placement",
                    "send_offer",
                    "accept_offer",
                ],
                start=1,
            )
        )
        placement = session.scalars(select(Placement)).one()
        assert (placement.office.slug, str(placement.year1_hourly), str(placement.year1_annual)) == (
            "rolla",
            "19.23",
            "40000.00",
        )
        assert (str(placement.year2_hourly), str(placement.year2_annual)) == ("20.43", "42500.00")
        assert placement.year2_outcome is None
        assert application.spanish_verified == "professional"
        kinds = session.scalars(
            select(Notice.kind).where(Notice.recipient_email == MAYA).order_by(Notice.sent_at)
        ).all()
        assert set(session.scalars(select(Notice.state))) == {"sent"}
        kinds_of = {
            name: session.scalars(
                select(Notice.kind).where(Notice.recipient_email == email).order_by(Notice.created_at, Notice.kind)
            ).all()
            for name, email in story.people.items()
        }
        ids = {f"{notice_id}" for notice_id in session.scalars(select(Notice.id))}
    assert kinds == [
        "sign_in_code",
        "draft_saved",
        "application_received",
        "recording_invitation",
        "recording_received",
        "booking_invitation",
        "interview_booked",
        "interview_reminder",
        "routing_started",
        "office_considering",
        "placement_declined",
        "office_considering",
        "offer_sent",
        "offer_accepted",
    ]
    # Rolla was reminded twice in its week of silence, then the matter went to the manager.
    assert kinds_of["rolla"] == ["office_waiting", "office_overdue", "office_overdue", "placement_confirmed"]
    assert kinds_of["jackson"] == ["office_waiting"]
    assert kinds_of["manager"] == ["office_escalated", "placement_confirmed"]
    sent = [str(mail["Message-ID"]).strip("<>").partition("@")[0] for mail in story.smtp.messages]
    assert sorted(sent) == sorted(ids), "every owed mail left exactly once"
    for mail in story.smtp.messages:
        assert mail.get_body(("plain",)) is not None
        assert mail.get_body(("html",)) is not None


def _pdf() -> bytes:
    """A small real PDF."""
    content = io.BytesIO()
    page = Canvas(content)
    page.drawString(72, 720, "Maya Example. Case aide at a food pantry, 2023 to 2026.")
    page.save()
    return content.getvalue()
