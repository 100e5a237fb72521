"""F8, F10, F11: the database restarts under people's hands; they click twice; several of them decide at once."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import func, select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.extensions import db, transaction
from app.models import Application, Change, Opening, PlacementDecision, Proposal
from app.queries.reading import rubrics_for_answer
from app.queries.seats import seats_taken
from app.services.placements import record_meeting
from app.services.reading import save_scores
from app.services.releases import release_proposals
from app.services.routing import run_routing
from app.services.seats import change_seats
from faults.broker import drafts, statements_of, submit
from faults.browser import Answer, Browser, Sent
from faults.rounds import Pace, Round, fault
from tests.factories import make_application, make_opening, make_readers, make_staff, make_waiting, open_readings
from tests.placing import make_world, today

_REFERENCE = re.compile(r"\bPFJ-[0-9A-Z-]+\b")
WEB = ("web", "relay")
Result = TypeVar("Result")


def at_once(jobs: list[Callable[[], Result]], meanwhile: Callable[[], None] = lambda: None) -> list[Result]:
    """Run all jobs at one moment, and `meanwhile` in this thread; return what each returned, in their order.

    Servers are started in this thread only: Linux ends them with the thread that started them.
    """
    results: dict[int, Result] = {}
    gate = threading.Barrier(len(jobs))

    def run(number: int) -> None:
        gate.wait()
        results[number] = jobs[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    meanwhile()
    for thread in threads:
        thread.join()
    return [results[number] for number in range(len(jobs))]


# ---- F8


@fault("F8", "the database restarts while applications are sent", needs=WEB, pace=Pace.SLOW, short=True)
def database_restarts(one: Round) -> None:
    """Everybody reads "sent" or "not saved, try again"; trying again never sends twice."""
    people = 5 if one.short else 50
    opened, statements = drafts(one, people), statements_of(one)
    told: list[int] = []

    def until_accepted(browser: Browser, application: UUID) -> Callable[[], None]:
        def job() -> None:
            time.sleep(pauses[application])
            for _ in range(60):
                sent = submit(one, browser, application, statements)
                told.append(sent.answer.status)
                if sent.accepted:
                    return
                assert sent.answer.status == 503, (sent.answer.status, sent.answer.text[:400])
                assert "We could not save what you just sent" in sent.answer.text
                time.sleep(0.3)

        return job

    pauses = {application: one.rng.uniform(0, 2.5) for _, application in opened}
    jobs: list[Callable[[], None]] = [until_accepted(browser, application) for browser, application in opened]

    def restart() -> None:
        time.sleep(one.rng.uniform(0.4, 1.5))
        one.strike()
        one.note("seconds without a database", one.ground.restart_postgres())

    at_once(jobs, restart)
    counts = Counter(told)
    assert set(counts) <= {302, 503} and counts[302] == people, counts
    one.note("answers “not saved, try again” in a round", counts[503])
    one.settle()


# ---- F10


@fault("F10", "twenty clicks at once on one button", needs=WEB, short=True)
def twenty_clicks(one: Round) -> None:
    """Starting and sending an application: one of it, and everybody reads the same reference."""
    with one.ground.app.app_context():
        opening_id = make_opening().id
    ((browser, application),) = drafts(one, 1)
    statements = statements_of(one)
    one.strike()
    sents: list[Sent] = at_once([lambda: submit(one, browser, application, statements) for _ in range(20)])
    assert all(sent.accepted for sent in sents), Counter((sent.answer.status, sent.answer.location) for sent in sents)
    pages = [browser.get(sent.answer.location) for sent in sents[:3]]
    references = {found for page in pages for found in _REFERENCE.findall(page.text)}
    assert len(references) == 1, references
    with one.ground.app.app_context():
        newcomer = make_staff(make_opening(), Role.READER).id  # somebody without an application
    starter = one.browser(newcomer)
    starter.get(f"/applications/start/{opening_id}")
    starts: list[Answer] = at_once([lambda: starter.post(f"/applications/start/{opening_id}") for _ in range(20)])
    assert {answer.status for answer in starts} == {302}, Counter(answer.status for answer in starts)
    with one.ground.app.app_context():
        count = select(func.count()).select_from(Application).where(Application.person_id == newcomer)
        assert db.session.scalar(count) == 1
        assert db.session.scalar(select(func.count()).select_from(Application)) == 2
    one.settle()


# ---- F11


@fault("F11", "several people decide about one thing at one moment", needs=WEB, short=True)
def several_decide(one: Round) -> None:
    """One is first; the others read who it was and when, or that every seat is taken."""
    contest = _seven_supervisors if one.short else one.rng.choice(CONTESTS)
    one.strike()
    contest(one)
    one.settle()


def _approving(one: Round, supervisor: UUID, proposal: UUID) -> Callable[[], Answer]:
    browser = one.browser(supervisor)
    assert browser.get(f"/defender/placements/{proposal}").status == 200
    fields = {"starts_on": (today() + timedelta(days=60)).isoformat()}
    return lambda: browser.post(f"/defender/placements/{proposal}/approve", fields)


def _seven_supervisors(one: Round) -> None:
    app = one.ground.app
    world = make_world(app, "met")
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        names = [f"Supervisor Number{number}" for number in range(7)]
        supervisors = [make_staff(opening, Role.SUPERVISOR, office="rolla", name=name).id for name in names]
    answers = at_once([_approving(one, each, world.proposal) for each in supervisors])
    assert sorted(answer.status for answer in answers) == [302] + [409] * 6, [answer.status for answer in answers]
    with app.app_context():
        winner = db.session.scalars(select(PlacementDecision)).one().decided_by.name
    for answer in answers:
        assert answer.status == 302 or (winner in answer.text and ("a.m." in answer.text or "p.m." in answer.text))


def _last_seat(one: Round) -> None:
    app = one.ground.app
    world = make_world(app, "proposed", seats=20)
    with app.app_context():
        opening = db.session.get_one(Opening, world.opening)
        for _number in range(19):
            make_waiting(opening, ranks=("rolla",))
        with transaction():
            run_routing(opening, occasion="test", by=By(worker="test"), now=now())
        proposals = list(db.session.scalars(select(Proposal).where(Proposal.state == "proposed")))
        with transaction():
            release_proposals(proposals, by=world.manager, now=now())
            for proposal in proposals:
                record_meeting(proposal, held_on=today(), meeting_format="video", by=world.rolla, now=now())
            change_seats(proposals[0].pool, 1, reason="One seat is left", by=world.manager, now=now())
        keys, pool_id = [proposal.id for proposal in proposals], proposals[0].pool_id
    answers = at_once([_approving(one, world.rolla, key) for key in keys])
    counts = Counter(answer.status for answer in answers)
    # On a machine so busy that somebody waits for the seat's row for 5 s, that one is asked to try again.
    assert counts[302] == 1 and counts[409] + counts[503] == 19, counts
    assert all("Every seat is taken" in answer.text for answer in answers if answer.status == 409)
    with app.app_context():
        assert seats_taken(pool_id) == 1


def _approved_and_withdrawn(one: Round) -> None:
    world = make_world(one.ground.app, "met")
    applicant = one.browser(world.applicant)
    path = f"/applications/{world.application}/withdraw"
    assert applicant.get(path).status == 200
    approve = _approving(one, world.rolla, world.proposal)
    approved, withdrawn = at_once([approve, lambda: applicant.post(path, {"reason": ""})])
    # A person may withdraw from an approved placement too, so both may be told yes, in this order only.
    assert withdrawn.status == 302 and approved.status in (302, 409), (approved.status, withdrawn.status)
    with one.ground.app.app_context():
        application = db.session.get_one(Application, world.application)
        assert application.state == "withdrawn"
        assert seats_taken(db.session.get_one(Proposal, world.proposal).pool_id) == 0


def _two_readers(one: Round) -> None:
    with one.ground.app.app_context():
        opening = make_opening()
        make_readers(opening, 2)
        application = make_application(opening)
        readings = open_readings(application)
        last = {reading.reader_id: reading for reading in readings}
        for reading in readings:
            assert reading.answer is not None
            if last[reading.reader_id] is not reading:
                values = {rubric.id: 3 for rubric in rubrics_for_answer(reading.answer.question)}
                with transaction():
                    save_scores(reading, values, note=None, by=reading.reader_id, now=now())
        key, ends = application.id, [(reader, reading.id) for reader, reading in last.items()]
        fields = {f"score-{rubric.id}": "3" for rubric in opening.rubrics if rubric.gate == "answers"}
    assert len(ends) == 2
    browsers = [(one.browser(reader), f"/staff/reading/{reading}") for reader, reading in ends]
    assert [browser.get(path).status for browser, path in browsers] == [200, 200]
    jobs = [lambda b=browser, p=path: b.post(p, fields) for browser, path in browsers]
    assert [answer.status for answer in at_once(jobs)] == [302, 302]
    with one.ground.app.app_context():
        events = list(db.session.scalars(select(Change.event).where(Change.application_id == key)))
        assert events.count("finish_answers") == 1, events


CONTESTS = (_seven_supervisors, _last_seat, _approved_and_withdrawn, _two_readers)
