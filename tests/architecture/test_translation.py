"""Every word on every page and in every mail goes through gettext, or is somebody's own.

The pages are shown in a pseudo language (tests/pseudo.py). A word that stands there as it is was forgotten.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import flask_babel
import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import JSONB

from app.adapters.clock import move_clock, now
from app.domain.access import Role
from app.domain.pipeline import STATES
from app.domain.placements import local_day
from app.emails.messages import kinds_with_words, message_of
from app.extensions import Base, db, transaction
from app.models import (
    Application,
    HostOrganization,
    Notice,
    Offer,
    Office,
    Opening,
    Organization,
    Person,
    Proposal,
    Question,
    ReadingAssignment,
    Region,
    Scenario,
    Season,
    SeatPool,
)
from app.services.delegations import delegate_office
from app.services.invitations import invite_person
from app.services.offers import accept_offer
from app.services.scenarios import make_scenario
from app.web.defender.packets import packet_data
from app.web.letters import letter_data
from tests.architecture.world import World, build_world, make_principal
from tests.factories import (
    book,
    make_application,
    make_draft,
    make_opening,
    make_person,
    make_readers,
    make_slot,
    make_staff,
    office_named,
    open_readings,
    read,
    read_answers,
    sign_in,
)
from tests.placing import CONDITIONS
from tests.placing import make_world as make_placing_world
from tests.pseudo import LANGUAGE, Translations, leaks, leaks_of_text, with_pseudo, wrapped
from tests.recordings import make_invited, make_sent, review_of
from tests.recordings import questions as recorded_questions

ROOT = Path(__file__).resolve().parent.parent.parent
# Names that no language translates: the product, the fellowship's organizations, a few proper nouns.
BRAND = ("Placewell", "Partners for Justice", "PFJ", "MSPD")
# WTForms brings its own translations of this one (for Spanish, too).
OF_WTFORMS = ("Not a valid choice.",)
ANSWER_OF_STAFF = "We keep your place."
# Downloads and feeds are no pages.
NO_PAGES = {
    "static", "public.feeds.atom", "public.feeds.robots", "public.feeds.site_map", "staff.media.stream",
    "applicant.bookings.calendar", "account.second_factor.picture",
    "applicant.meetings.calendar", "defender.meetings.calendar", "applicant.documents.download", "applicant.sent.text",
    # Addresses of buttons, which lead to their page.
    "applicant.bookings.to_interview", "applicant.recordings.to_first_page", "applicant.recordings.to_question",
    # Tagged PDFs: their words are read below.
    "applicant.letters.show", "defender.packets.letter", "defender.packets.packet", "manage.letters.show",
    # Needs a run that really ran: it is read with the offices below.
    "manage.routing.show", "manage.routing.instance", "manage.routing.result", "manage.reports.file",
}  # fmt: skip


@pytest.fixture
def pseudo(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An app that speaks the pseudo language alone."""
    Translations.asked.clear()
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda domain: Translations(domain.domain))
    return make_app(LANGUAGES=[LANGUAGE], BABEL_DEFAULT_LOCALE=LANGUAGE)


def translate_contents() -> None:
    """Give the program's own texts, which the database holds, the pseudo language."""
    with transaction() as session:
        for mapper in Base.registry.mappers:
            columns = [each.key for each in mapper.column_attrs if isinstance(each.columns[0].type, JSONB)]
            for row in session.scalars(select(mapper.class_)) if columns else ():
                for name in columns:
                    before = getattr(row, name)
                    after = with_pseudo(before)
                    if after != before:
                        setattr(row, name, after)
        for person in session.scalars(select(Person)):
            person.language = LANGUAGE


def known_names() -> list[str]:
    """Names of people and places and references; the longest first."""
    names = {*BRAND, *OF_WTFORMS}
    for column in (
        Person.full_name, Person.used_name, Office.name, Office.county, Office.address, SeatPool.name, Region.name,
        Organization.name, HostOrganization.name, HostOrganization.short_name, Season.name, Application.reference,
        # A place, given by the program as it stands in the post.
        Opening.location,
        # A title that somebody gave.
        Scenario.title,
    ):  # fmt: skip
        names |= {value for value in db.session.scalars(select(column)) if value}
    return sorted(names, key=len, reverse=True)


def test_the_test_finds_what_was_forgotten() -> None:
    assert wrapped("Hello %(name)s, it is <b>late</b>") == "⟦Hello ⟧%(name)s⟦, it is ⟧<b>⟦late⟧</b>"
    page = '<p>⟦Fine⟧ 12 <b translate="no">Own words</b> Rolla</p><p aria-label="Wrong">⟦x⟧ wrong, too</p>'
    assert leaks(page, ["Rolla"]) == ["Wrong", "wrong, too"]
    assert leaks_of_text("Friday 3") == ["Friday 3"]
    assert leaks_of_text("vendredo, dec. 3") == []
    assert with_pseudo({"a": [{"en": "Words"}]}) == {"a": [{"en": "Words", LANGUAGE: "⟦Words⟧"}]}


def _paths(app: Flask, world: World, method: str) -> Iterator[tuple[str, str]]:
    """(endpoint, path) of every page, with the ids of what belongs to the person who asks."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint in NO_PAGES or method not in (rule.methods or set()):
            continue
        values: dict[str, object] = {}
        for name in rule.arguments:
            kind = name.removesuffix("_id")
            values[name] = world.ids["own"].get(kind, uuid4()) if name.endswith("_id") else WORDS.get(name, "some")
        yield rule.endpoint, adapter.build(rule.endpoint, values, method=method)


class Reader:
    """Opens pages as one person and remembers the leaks, each once, with the page where it was met first."""

    def __init__(self, app: Flask, person_id: UUID | None) -> None:
        with app.app_context():
            self.known = known_names()
        self.client: FlaskClient = app.test_client()
        if person_id is not None:
            sign_in(self.client, person_id)
        self.found: dict[str, str] = {}
        self.opened: set[str] = set()

    def open(self, path: str, method: str = "GET") -> None:
        """Open one page; a download has no words."""
        answer = self.client.open(path, method=method, follow_redirects=False)
        assert answer.status_code < 500, (method, path, answer.status_code)
        if answer.mimetype != "text/html" or answer.status_code in (302, 303):
            return
        if answer.status_code == 200:
            self.opened.add(path)
        for leak in leaks(answer.text, self.known):
            self.found.setdefault(leak, f"{method} {path}")

    def report(self) -> str:
        """One line for each leak; nothing where there is none."""
        return "\n".join(f"{path}: {leak}" for leak, path in self.found.items())


# What they say depends on the application's state.
CHANGING = {
    "applicant.status.show", "applicant.tasks.show", "applicant.applications.index", "manage.candidates.show",
    "manage.candidates.index", "manage.candidates.decide", "manage.work.show",
}  # fmt: skip
# Opened by the tests of recordings, doors, reading and offers: each needs more than a state.
ELSEWHERE = {
    "account.invitation.show", "account.sign_in.code", "account.sign_in.link", "applicant.applications.begin",
    "applicant.offers.placement", "applicant.recordings.question", "applicant.review.short",
    "public.eligibility.result", "staff.reading.queue", "staff.recordings.score", "staff.resumes.file",
    "staff.resumes.score",
    # These need a pasted résumé in an office's hands, a document, a second opening.
    "defender.placements.resume", "manage.candidates.document", "manage.openings.index",
    # Needs an interview ahead: read with the final interviews.
    "applicant.bookings.other",
    # Needs an approval.
    "manage.offers.undo",
    # Needs two outcomes.
    "manage.whatif.compare",
    # Needs a stand-in.
    "defender.delegates.ending",
    # Needs an interview that was sent.
    "applicant.recording_deletion.form",
    # Only leads on to the run that is newest.
    "manage.routing.newest",
    # For machines.
    "public.probes.health", "public.probes.ready", "public.probes.metrics",
}  # fmt: skip
WORDS = {"slug": "client-advocate-mspd", "kind": "resume", "token": "unknown"}


def _report(app: Flask, person_id: UUID, paths: Iterable[str], *, perhaps: Iterable[str] = ()) -> str:
    reader, wanted = Reader(app, person_id), set(paths)
    for path in sorted(wanted | set(perhaps)):
        reader.open(path)
    assert reader.opened >= wanted, wanted - reader.opened
    return reader.report()


def _enrich(world: World) -> None:
    """What a page needs to be whole: a document, answers, a choice of offices."""
    own = world.ids["own"]
    question = db.session.scalars(select(Question).where(Question.kind == "short_answer")).first()
    assert question is not None
    own["question"] = question.id
    answer_id = db.session.get_one(ReadingAssignment, own["reading"]).answer_id
    assert answer_id is not None
    own["answer"] = answer_id


def _catalog(folder: Path) -> set[str]:
    """Every message that `make messages` finds."""
    subprocess.run([sys.executable, "tools/messages.py", str(folder / "messages.pot")], cwd=ROOT, check=True)
    with (folder / "messages.pot").open("rb") as file:
        found: set[str] = set()
        for message in read_po(file):
            found |= {message.id} if isinstance(message.id, str) else set(message.id)
    return found


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_page_in_every_state_speaks_through_gettext(pseudo: Flask, tmp_path: Path) -> None:
    with pseudo.app_context():
        world = build_world()
        _enrich(world)
        person_id = make_principal(world, frozenset({"applicant", *(role.value for role in Role)}))
        translate_contents()
        # Nobody decides about themselves: the office's pages are read by somebody who is only its supervisor.
        opening = db.session.get_one(Opening, world.ids["own"]["opening"])
        supervisor = Reader(pseudo, make_staff(opening, Role.SUPERVISOR, office="rolla").id)
        manager = Reader(pseudo, make_staff(opening, Role.MANAGER).id)
    stranger, reader, key = Reader(pseudo, None), Reader(pseudo, person_id), world.ids["own"]["application"]
    unseen = dict(_paths(pseudo, world, "GET"))
    for endpoint, path in unseen.items():
        if endpoint.startswith(("public.", "account.")):
            stranger.open(path)
    for state in ("placement_in_review", *sorted(set(STATES) - {"placement_in_review"})):
        with pseudo.app_context(), transaction() as session:
            session.get_one(Application, key).state = state
        for endpoint, path in unseen.items():
            others = {"defender": supervisor, "manage.identity": manager}
            next((who for start, who in others.items() if endpoint.startswith(f"{start}.")), reader).open(path)
        opened = stranger.opened | reader.opened | supervisor.opened | manager.opened
        unseen = {endpoint: path for endpoint, path in unseen.items() if endpoint in CHANGING or path not in opened}
    # Who passes a reading on still has it.
    for endpoint, kind in (("staff.passing.ask_question", "answer"), ("staff.passing.ask_resume", "resume")):
        with pseudo.app_context(), transaction() as session:
            reading = session.get_one(ReadingAssignment, world.ids["own"]["reading"])
            reading.state, reading.done_at, reading.kind = "open", None, kind
            reading.answer_id = reading.answer_id if kind == "answer" else None
            session.get_one(Application, key).state = "resume_in_review" if kind == "resume" else "answers_in_review"
        reader.open(unseen[endpoint])
        if unseen[endpoint] in reader.opened:
            del unseen[endpoint]
    # A message that the extractor did not meet would never reach a translator: mark it with N_().
    assert sorted(Translations.asked - _catalog(tmp_path)) == []
    assert sorted(set(unseen) - CHANGING - ELSEWHERE) == []
    assert stranger.report() + reader.report() + supervisor.report() + manager.report() == ""


def test_a_draft_and_its_mistakes_speak_through_gettext(pseudo: Flask) -> None:
    with pseudo.app_context():
        opening = make_opening()
        person = make_person("The applicant")
        application = make_draft(opening, person)
        person_id, key = person.id, application.id
        question = opening.questions[0].id
        translate_contents()
    reader = Reader(pseudo, person_id)
    base = f"/applications/{key}"
    parts = ("", "/contact", "/eligibility", "/documents/resume", "/background", "/answers", f"/answers/{question}",
             "/offices", "/adjustments", "/review", "/review/short", "/withdraw")  # fmt: skip
    for part in parts:
        reader.open(base + part)
    for part in parts:
        reader.open(base + part, "POST")
    assert reader.report() == ""


def test_final_interviews_speak_through_gettext(pseudo: Flask) -> None:
    with pseudo.app_context():
        opening = make_opening(recorded=False)
        make_readers(opening, 2)
        interviewer = make_staff(opening, Role.INTERVIEWER)
        slots = [make_slot(opening, interviewer, starts_at=now() + timedelta(days=3 + day)) for day in range(8)]
        choosing, booked = read(make_application(opening)), read(make_application(opening))
        book(booked, slots[0])
        with transaction():
            choosing.person.time_zone = "America/Los_Angeles"
        people = (choosing.person_id, booked.person_id)
        here, there = f"/applications/{choosing.id}/interview", f"/applications/{booked.id}/interview"
        copy = f"/applications/{booked.id}/sent"
        translate_contents()
    report = _report(pseudo, people[0], [here]) + _report(pseudo, people[1], [there, f"{there}/move", copy])
    for hours in (3 * 24 - 2, 4):
        with pseudo.app_context():
            move_clock(timedelta(hours=hours))
        report += _report(pseudo, people[1], [there, there.replace("/interview", "/status"), "/applications"])
    assert report == ""


def test_reading_speaks_through_gettext(pseudo: Flask) -> None:
    with pseudo.app_context():
        opening = make_opening()
        reader_id = make_readers(opening, 2)[0].id
        application = make_application(opening)
        manager_id = make_staff(opening, Role.MANAGER).id
        readings = open_readings(application)
        mine = next(each for each in readings if each.reader_id == reader_id)
        paths = [f"/staff/reading/{mine.id}", "/staff", "/staff/reading/mine"]
        paths += [f"/staff/reading/question/{mine.answer.question_id}"] if mine.answer is not None else []
        key = application.id
        translate_contents()
    reader, manager = Reader(pseudo, reader_id), Reader(pseudo, manager_id)
    for path in paths:
        reader.open(path)
    reader.open(paths[0], "POST")
    for path in ("/manage", "/manage/candidates", f"/manage/candidates/{key}"):
        manager.open(path)
    assert reader.report() + manager.report() == ""


def test_recordings_and_resumes_speak_through_gettext(pseudo: Flask) -> None:
    with pseudo.app_context():
        interview = make_invited()
        application = interview.application
        opening = application.opening
        person_id, base = application.person_id, f"/applications/{application.id}"
        asked = [f"{base}/recording/questions/{question.id}" for question in recorded_questions(interview)]
        sent = make_sent(make_invited(opening, make_person("Nora Next")))
        review = review_of(sent)
        waiting = make_application(opening, make_person("Rae Read"))
        read_answers(waiting)
        resume = open_readings(waiting, "resume")[0]
        reviewer_id, reader_id, sender_id = review.reviewer_id, resume.reader_id, sent.person_id
        paths = {
            person_id: [f"{base}/recording", f"{base}/recording/check", *asked, f"{base}/recording/review"],
            sender_id: [f"/applications/{sent.id}{page}" for page in ("/status", "/sent", "/recording/delete")],
            reviewer_id: ["/staff", "/staff/recordings", f"/staff/recordings/{review.id}"],
            reader_id: ["/staff", f"/staff/resumes/{resume.id}"],
        }
        translate_contents()
    assert "".join(_report(pseudo, person, pages) for person, pages in paths.items()) == ""


def test_doors_speak_through_gettext(pseudo: Flask) -> None:
    with pseudo.app_context():
        opening = make_opening()
        newcomer = make_person("Nell Newcomer").id
        short = make_draft(opening, make_person("Shelly Short"), answer="I helped. It was good.")
        with transaction():
            invited = invite_person(
                "reader@example.org", Role.READER, organization=opening.organization, region=opening.region,
                full_name="Ivy Invited", by=None, now=now(),
            )  # fmt: skip
        opening_id, draft, writer = opening.id, f"/applications/{short.id}", short.person_id
        translate_contents()
    stranger = Reader(pseudo, None)
    check = "/openings/client-advocate-mspd/check"
    fits = dict.fromkeys(("office-interest", "transportation", "early-career"), "yes")
    fits |= {"social-work-license": "no", "law-degree": "no"}
    for answers in (fits, fits | {"social-work-license": "yes"}):
        assert stranger.client.post(check, data=answers).status_code == 302
        stranger.open(f"{check}/result")
    assert stranger.client.post("/account/sign-in", data={"email": "new@example.org"}).status_code == 302
    stranger.open("/account/sign-in/code")
    for path in ("/account/sign-in/code", "/account/sign-in", check, "/help"):
        stranger.open(path, "POST")
    stranger.open(f"/account/invitation/{invited.token}")
    stranger.open("/account/invitation/unknown")
    stranger.open("/nowhere")
    report = stranger.report() + _report(pseudo, newcomer, [f"/applications/start/{opening_id}"], perhaps=["/manage"])
    assert report + _report(pseudo, writer, [f"{draft}/review", f"{draft}/review/short"]) == ""


@pytest.mark.parametrize("state", ["proposed", "met", "approved", "offered", "accepted"])
def test_offices_and_offers_speak_through_gettext(pseudo: Flask, state: str) -> None:
    world = make_placing_world(pseudo, "offered" if state == "accepted" else state)
    with pseudo.app_context():
        if state == "accepted":
            with transaction() as session:
                accept_offer(session.scalars(select(Offer)).one(), by=world.applicant, now=now())
        translate_contents()
    pages = {
        world.manager: ("/manage", "/manage/routing", f"/manage/routing/runs/{world.run}", "/manage/openings",
                        f"/manage/openings/{world.opening}", f"/manage/candidates/{world.application}",
                        "/manage/reports", f"/manage/routing/openings/{world.opening}/what-if",
                        f"/manage/routing/candidates/{world.application}/override",
                        f"/manage/offers/{world.application}/send",
                        f"/manage/offers/proposals/{world.proposal}/undo"),
        world.rolla: ("/defender", *(f"/defender/placements/{world.proposal}{part}"
                                     for part in ("", "/approve", "/not-for-us", "/not-now"))),
        world.applicant: (f"/applications/{world.application}/status", f"/applications/{world.application}/offer",
                          f"/applications/{world.application}/offer/accept",
                          f"/applications/{world.application}/offer/decline",
                          f"/applications/{world.application}/placement"),
    }  # fmt: skip
    assert "".join(_report(pseudo, person_id, (), perhaps=paths) for person_id, paths in pages.items()) == ""


def test_what_ifs_speak_through_gettext(pseudo: Flask) -> None:
    world = make_placing_world(pseudo, "proposed")
    with pseudo.app_context():
        opening = db.session.get_one(Opening, world.opening)
        with transaction():
            scenario = make_scenario(
                opening, {"rolla": {"seats": 2, "spanish_minimum": 1}}, [(str(world.application), "jackson")],
                title="Rolla", by=world.manager, now=now(),
            )  # fmt: skip
            key = scenario.id
        translate_contents()
    what_if = f"/manage/routing/what-if/{key}"
    paths = (what_if, f"{what_if}/use", f"/manage/routing/openings/{world.opening}/what-if?from={key}",
             f"/manage/routing/openings/{world.opening}/what-if/compare?a={world.run}&b={key}")  # fmt: skip
    assert _report(pseudo, world.manager, paths) == ""


def test_a_stand_in_speaks_through_gettext(pseudo: Flask) -> None:
    world = make_placing_world(pseudo, "proposed")
    with pseudo.app_context():
        office = office_named("rolla")
        day = local_day(now(), office.time_zone)
        with transaction():
            grant = delegate_office(
                office, "colleague@example.org", first_day=day, last_day=day, by=world.rolla, now=now()
            ).id
        translate_contents()
        place = f"/defender/offices/{office.id}"
    assert _report(pseudo, world.rolla, (place, f"{place}/delegates", f"{place}/delegates/{grant}/end")) == ""


def test_the_packet_and_the_letter_speak_through_gettext(pseudo: Flask) -> None:
    world = make_placing_world(pseudo, "offered")
    with pseudo.app_context():
        translate_contents()
        known = [*known_names(), CONDITIONS]
    found = []
    with pseudo.test_request_context():
        offer = db.session.scalars(select(Offer)).one()
        for data in (packet_data(db.session.get_one(Proposal, world.proposal)), letter_data(offer)):
            texts = [*_texts({**data, "lang": ""})]
            found += [leak for text in texts for leak in leaks_of_text(text.replace("\n", "\x1f"), known)]
    assert found == []


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(one)


@pytest.mark.parametrize("flag", [True, False])
def test_every_mail_speaks_through_gettext(pseudo: Flask, flag: bool) -> None:
    found = []
    with pseudo.app_context():
        world = build_world()
        translate_contents()
        own = world.ids["own"]
        application = db.session.get_one(Application, own["application"])
        moment = now().isoformat()
        context = {
            "answer": ANSWER_OF_STAFF, "answer_by": moment, "booking_id": str(own["booking"]), "code": "123456",
            "count": 2, "days": 3, "deadline": moment, "extended": flag, "known": flag, "meeting": flag,
            "no_seat": flag,
            "no_show": flag, "oldest": moment, "question": ANSWER_OF_STAFF, "released_at": moment, "route_again": flag,
            "kind": "adjustment" if flag else "question", "step": "2 days" if flag else "last", "token": "x" * 20,
            "office": "Rolla", "organization": application.opening.organization.name, "waiting": 1 if flag else 2,
            "opening_id": str(own["opening"]), "run_id": str(uuid4()), "asked_by": "Partners for Justice",
            "first_day": moment[:10], "starts_on": moment[:10], "last_day": moment[:10],
            "proposal_id": str(own["proposal"]), "starts_at": moment, "began_at": moment,
            "zone": "America/Chicago", "moved": flag, "said": moment, "new_date": moment,
            "process": "the relay", "since": moment, "word": ANSWER_OF_STAFF, "ended": flag,
            "replaces": str(uuid4()) if flag else None,
            "format": "phone" if flag else "video", "movable_until": moment, "prepare": ANSWER_OF_STAFF,
            "review_id": str(uuid4()),
            "last": flag, "reminded": 1 if flag else 2, "escalates_at": moment if flag else None,
        }  # fmt: skip
        known = [*known_names(), ANSWER_OF_STAFF]
        for kind in sorted(kinds_with_words()):
            notice = Notice(
                id=uuid4(), kind=kind, subject_id=application.id, application_id=application.id,
                recipient_id=application.person_id, recipient=application.person,
                recipient_email=application.person.email, occurrence="1", language=LANGUAGE, context=context,
            )  # fmt: skip
            message = message_of(notice)
            for leak in leaks_of_text(message.subject, known) + leaks(message.html, known):
                found.append(f"{kind}: {leak}")
            for leak in leaks_of_text(message.text.replace("\n", "\x1f"), known):
                found.append(f"{kind}, text: {leak}")
    assert "\n".join(dict.fromkeys(found)) == ""
