"""Final interviews: times, bookings, scorecards."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.refusals import Refusal
from app.extensions import db, transaction
from app.models import Application, Booking, InterviewSlot, Notice, Opening, Person
from app.queries.final_interviews import live_booking, open_slots
from app.queries.reading import rubrics_for_final
from app.services.final_interviews import (
    ScorecardInput,
    book_slot,
    cancel_booking,
    publish_slots,
    save_scorecard,
    submit_scorecard,
    withdraw_slot,
)
from tests.factories import (
    book,
    hold_interview,
    make_application,
    make_opening,
    make_readers,
    make_slot,
    make_staff,
    read,
)


@pytest.fixture
def place(session: Session) -> tuple[Opening, Person]:
    """An opening without the recorded interview, with readers and one interviewer."""
    opening = make_opening(recorded=False)
    make_readers(opening, 2)
    return opening, make_staff(opening, Role.INTERVIEWER)


def _invited(opening: Opening) -> Application:
    application = read(make_application(opening))
    assert application.state == "booking_due"
    return application


def test_times_that_overlap_are_refused_and_named(place: tuple[Opening, Person]) -> None:
    opening, interviewer = place
    slot = make_slot(opening, interviewer)
    with pytest.raises(Refusal) as refused, transaction():
        starts_at = slot.starts_at + timedelta(minutes=30)
        times = [(starts_at, starts_at + timedelta(minutes=45))]
        publish_slots(opening, times, place="-", by=interviewer.id, now=now())
    assert refused.value.details == {
        "new": slot.starts_at + timedelta(minutes=30),
        "existing": slot.starts_at,
    }


def test_a_time_in_the_past_is_refused(place: tuple[Opening, Person]) -> None:
    opening, interviewer = place
    with pytest.raises(Refusal), transaction():
        moment = now() - timedelta(hours=2)
        publish_slots(opening, [(moment, moment + timedelta(hours=1))], place="-", by=interviewer.id, now=now())


def test_a_booking_tells_both_once(place: tuple[Opening, Person], session: Session) -> None:
    opening, interviewer = place
    application = _invited(opening)
    slot = make_slot(opening, interviewer)
    book(application, slot)
    book(application, slot)
    booked = session.scalars(select(Notice.recipient_email).where(Notice.kind == "interview_booked")).all()
    assert sorted(booked) == sorted([application.person.email, interviewer.email])
    assert application.state == "final_interview_booked"
    assert open_slots(opening.id, now=now()) == []


def test_moving_an_interview_frees_the_first_time(place: tuple[Opening, Person]) -> None:
    opening, interviewer = place
    application = _invited(opening)
    first, second = make_slot(opening, interviewer), make_slot(opening, interviewer)
    book(application, first)
    book(application, second)
    booking = live_booking(application.id)
    assert booking is not None
    assert booking.slot_id == second.id
    assert [slot.id for slot in open_slots(opening.id, now=now())] == [first.id]
    assert [change.event for change in application.changes][-3:] == [
        "book_final_interview",
        "cancel_final_interview",
        "book_final_interview",
    ]


def test_an_interview_of_today_is_not_moved_by_oneself(place: tuple[Opening, Person]) -> None:
    opening, interviewer = place
    application = _invited(opening)
    book(application, make_slot(opening, interviewer, starts_at=now() + timedelta(hours=6)))
    booking = live_booking(application.id)
    assert booking is not None
    with pytest.raises(Refusal), transaction():
        cancel_booking(booking, by=application.person_id, now=now(), reason=None)
    with transaction():
        cancel_booking(booking, by=interviewer.id, now=now(), reason="ill")
    assert application.state == "booking_due"


def test_a_booked_time_is_not_taken_back(place: tuple[Opening, Person]) -> None:
    opening, interviewer = place
    slot = make_slot(opening, interviewer)
    book(_invited(opening), slot)
    with pytest.raises(Refusal), transaction():
        withdraw_slot(slot, now=now())


def test_two_people_race_for_one_time_and_one_wins(app: Flask) -> None:
    with app.app_context():
        opening = make_opening(recorded=False)
        make_readers(opening, 2)
        slot_id = make_slot(opening, make_staff(opening, Role.INTERVIEWER)).id
        ids = [_invited(opening).id for _ in range(4)]
    told: list[str] = []

    def try_to_book(application_id: object) -> None:
        with app.app_context():
            application = db.session.get_one(Application, application_id)
            moment = now()
            try:
                with transaction():
                    slot = db.session.get_one(InterviewSlot, slot_id)
                    book_slot(application, slot, format="video", needs=None, by=application.person_id, now=moment)
                told.append("booked")
            except Refusal as refusal:
                told.append(refusal.message)

    threads = [threading.Thread(target=try_to_book, args=(key,)) for key in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["That time was just taken. Please choose another one."] * 3 + ["booked"]
    with app.app_context():
        assert len(db.session.scalars(select(Booking)).all()) == 1


def _card(application: Application, **changes: object) -> ScorecardInput:
    rubrics = rubrics_for_final(application.opening_id)
    values: dict[str, object] = {
        "values": {rubric.id: 4 for rubric in rubrics},
        "evidence": {rubric.id: "An example." for rubric in rubrics},
        "strengths": "Clear and calm.",
    }
    return ScorecardInput(**(values | changes))  # type: ignore[arg-type]


def test_an_unfinished_scorecard_is_kept_and_not_sent(place: tuple[Opening, Person]) -> None:
    opening, interviewer = place
    application = _invited(opening)
    book(application, make_slot(opening, interviewer))
    booking = live_booking(application.id)
    assert booking is not None
    later = booking.slot.starts_at + timedelta(minutes=50)
    with transaction():
        card = save_scorecard(booking, _card(application, strengths=""), by=interviewer.id, now=later)
    with pytest.raises(Refusal), transaction():
        submit_scorecard(card, by=interviewer.id, now=later)
    assert (card.state, application.state) == ("draft", "final_interview_booked")
    assert {entry.evidence for entry in card.entries} == {"An example."}


def test_a_scorecard_is_not_sent_before_the_interview(place: tuple[Opening, Person]) -> None:
    opening, interviewer = place
    application = _invited(opening)
    book(application, make_slot(opening, interviewer))
    booking = live_booking(application.id)
    assert booking is not None
    with transaction():
        card = save_scorecard(booking, _card(application), by=interviewer.id, now=now())
    with pytest.raises(Refusal), transaction():
        submit_scorecard(card, by=interviewer.id, now=now())


def test_a_second_window_does_not_overwrite_the_first(place: tuple[Opening, Person]) -> None:
    opening, interviewer = place
    application = _invited(opening)
    book(application, make_slot(opening, interviewer))
    booking = live_booking(application.id)
    assert booking is not None
    with transaction():
        version = save_scorecard(booking, _card(application), by=interviewer.id, now=now()).row_version
    with transaction():
        save_scorecard(booking, _card(application, notes="new", row_version=version), by=interviewer.id, now=now())
    with pytest.raises(Refusal), transaction():
        save_scorecard(booking, _card(application, notes="old", row_version=version), by=interviewer.id, now=now())


def test_spanish_is_verified_only_by_somebody_who_speaks_it(place: tuple[Opening, Person]) -> None:
    opening, interviewer = place
    application = _invited(opening)
    book(application, make_slot(opening, interviewer))
    hold_interview(application, value=4)
    assert (application.state, application.spanish_verified) == ("final_decision", None)
    assert application.final_result == 4
    other = _invited(opening)
    book(other, make_slot(opening, interviewer))
    hold_interview(other, spanish_level="professional")
    assert (other.spanish_verified, other.spanish_verified_by_id) == ("professional", interviewer.id)
