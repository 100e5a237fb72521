"""Starting, sending and withdrawing, also by two clicks at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.pipeline import IllegalMove
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.extensions import db, transaction
from app.models import Application, Booking, Change, Notice, Opening, Person, Proposal, ReadingAssignment
from app.queries.applications import questions_of
from app.queries.seats import seats_taken
from app.queries.status import status_of
from app.services.answers import save_answer
from app.services.applications import AnswersAreShort, NotFinished, start_application, submit_application
from app.services.placements import approve_placement, record_meeting
from app.services.ranking import save_ranking
from app.services.releases import release_proposal
from app.services.routing import run_routing
from app.services.withdrawals import withdraw_application
from tests.conftest import Clock
from tests.factories import (
    book,
    make_application,
    make_draft,
    make_opening,
    make_person,
    make_readers,
    make_slot,
    make_staff,
    make_waiting,
    office_named,
    read,
)


def _at_once(app: Flask, act: Callable[[], None], times: int = 4) -> list[BaseException]:
    """Do it in several threads at the same moment; return what went wrong."""
    failed: list[BaseException] = []
    gate = threading.Barrier(times)

    def run() -> None:
        with app.app_context():
            gate.wait(timeout=20)
            try:
                act()
            except Exception as error:
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return failed


def test_four_clicks_at_once_start_one_application(app: Flask) -> None:
    with app.app_context():
        opening_id, person_id = make_opening().id, make_person().id

    def start() -> None:
        with transaction():
            person, opening = db.session.get_one(Person, person_id), db.session.get_one(Opening, opening_id)
            start_application(person, opening, by=person_id, now=now())

    assert _at_once(app, start) == []
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Application)) == 1
        assert db.session.scalar(select(func.count()).select_from(Change)) == 1


def test_four_clicks_at_once_send_once(app: Flask) -> None:
    with app.app_context():
        opening = make_opening()
        make_readers(opening, 2)
        application_id = make_draft(opening).id

    def send() -> None:
        with transaction():
            application = db.session.get_one(Application, application_id)
            submit_application(application, by=application.person_id, now=now())

    assert _at_once(app, send) == []
    with app.app_context():
        events = db.session.scalars(select(Change.event).order_by(Change.seq)).all()
        assert events == ["start_application", "submit_application"]
        kinds = db.session.scalars(select(Notice.kind).where(Notice.kind == "application_received")).all()
        assert kinds == ["application_received"]
        assert db.session.scalar(select(func.count()).select_from(ReadingAssignment)) == 10


def test_an_unfinished_draft_says_what_is_missing(session: Session) -> None:
    opening, person = make_opening(), make_person()
    with transaction():
        application = start_application(person, opening, by=person.id, now=now())
    with pytest.raises(NotFinished) as refusal, transaction():
        submit_application(application, by=person.id, now=now())
    assert [part.key for part in refusal.value.parts] == [
        "contact",
        "eligibility",
        "document",
        "background",
        "answers",
        "offices",
    ]
    assert len(refusal.value.attestations) == 6


def test_short_answers_are_sent_only_where_that_is_meant(session: Session) -> None:
    application = make_draft(make_opening(), answer="One sentence.")
    with pytest.raises(AnswersAreShort), transaction():
        submit_application(application, by=application.person_id, now=now())
    with transaction():
        submit_application(application, by=application.person_id, now=now(), short_is_meant=True)
    assert application.state == "answers_in_review"


def test_two_windows_at_once_keep_both_texts(app: Flask) -> None:
    with app.app_context():
        application_id = make_draft(make_opening()).id

    def save() -> None:
        with transaction():
            application = db.session.get_one(Application, application_id)
            question = questions_of(application)[0]
            text = f"Window {threading.get_ident()}."
            save_answer(application, question, text, by=application.person_id, now=now(), row_version=2)

    assert _at_once(app, save, times=3) == []


def test_the_status_says_when_we_are_late(session: Session, clock: Clock) -> None:
    opening = make_opening()
    make_readers(opening, 2)
    application = make_application(opening)
    facts = status_of(application, now=now())
    assert (facts.your_turn, facts.late, facts.ranking_open) == (False, False, True)
    assert facts.promised_by is not None
    assert status_of(application, now=facts.promised_by + timedelta(minutes=1)).late


def test_withdrawing_ends_readings_and_reminders(session: Session) -> None:
    opening = make_opening()
    make_readers(opening, 2)
    application = make_application(opening)
    with transaction():
        withdraw_application(application, by=application.person_id, now=now(), reason="Other work")
    assert application.state == "withdrawn"
    assert set(db.session.scalars(select(ReadingAssignment.state))) == {"cancelled"}
    notices = {kind: state for kind, state in db.session.execute(select(Notice.kind, Notice.state))}
    assert notices["draft_saved"] == "cancelled"
    assert notices["application_received"] == notices["application_withdrawn"] == "pending"
    with pytest.raises(IllegalMove), transaction():
        withdraw_application(application, by=application.person_id, now=now())


def test_withdrawing_calls_off_an_interview_that_is_to_come_and_tells_the_interviewer(session: Session) -> None:
    opening = make_opening(recorded=False)
    make_readers(opening, 3)
    interviewer = make_staff(opening, Role.INTERVIEWER)
    application = read(make_application(opening))
    book(application, make_slot(opening, interviewer))
    with transaction():
        withdraw_application(application, by=application.person_id, now=now())
    booking = db.session.scalars(select(Booking)).one()
    assert booking.cancelled_by_id == application.person_id
    told = db.session.scalars(select(Notice.recipient_id).where(Notice.kind == "interview_cancelled")).all()
    assert told == [interviewer.id]


def test_withdrawing_after_an_approval_gives_the_seat_back(session: Session) -> None:
    opening = make_opening()
    manager, supervisor = make_staff(opening, Role.MANAGER), make_staff(opening, Role.SUPERVISOR, office="rolla")
    application = make_waiting(opening, ranks=("rolla",))
    moment = now()
    with transaction():
        run_routing(opening, occasion="test", by=By(person_id=manager.id), now=moment)
    proposal = db.session.scalars(select(Proposal)).one()
    with transaction():
        release_proposal(proposal, by=manager.id, now=moment)
    assert not status_of(application, now=moment).ranking_open
    with transaction():
        record_meeting(
            proposal,
            held_on=local_day(moment, proposal.office.time_zone),
            meeting_format="video",
            by=supervisor.id,
            now=moment,
        )
        approve_placement(proposal, by=supervisor.id, now=moment)
    assert seats_taken(proposal.pool_id) == 1
    with transaction():
        withdraw_application(application, by=application.person_id, now=moment)
    assert (proposal.state, seats_taken(proposal.pool_id)) == ("withdrawn", 0)


def test_a_ranking_is_settled_by_the_first_released_proposal(session: Session) -> None:
    opening = make_opening()
    manager = make_staff(opening, Role.MANAGER)
    application = make_waiting(opening, ranks=("rolla",))
    office = office_named("ava").id
    with transaction():
        run_routing(opening, occasion="test", by=By(person_id=manager.id), now=now())
    with transaction():
        save_ranking(application, {office: 1}, by=application.person_id, now=now())
    proposal = db.session.scalars(select(Proposal)).one()
    assert proposal.state == "superseded"
    with transaction():
        run_routing(opening, occasion="again", by=By(person_id=manager.id), now=now())
    newer = db.session.scalars(select(Proposal).where(Proposal.state == "proposed")).one()
    with transaction():
        release_proposal(newer, by=manager.id, now=now())
    with pytest.raises(Refusal), transaction():
        save_ranking(application, {office: 1}, by=application.person_id, now=now())
