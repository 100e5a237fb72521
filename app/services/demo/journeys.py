"""How far each applicant comes, and when: stories for `world.play`. Days count back from today."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.scoring import FAR_APART
from app.models.application import Application
from app.models.reading import ReadingAssignment
from app.queries.demo import open_resume_of, readings_left_of
from app.queries.final_interviews import live_booking
from app.queries.reading import rubrics_for_answer
from app.queries.recordings import interview_of, open_review_of
from app.services.applications import start_application
from app.services.demo.cast import Applicant
from app.services.demo.steps import (
    answer_in_writing,
    book_first_time,
    fill_draft,
    hold_interview,
    record_with_sample,
    score_answer,
    score_recording,
    score_resume,
    send,
)
from app.services.demo.world import Story, World, account_of
from app.services.gates import advance_by_decision
from app.services.reading import flag_identity, save_scores

ALL_PARTS = 7
GOES_ON = "A strong, honest interview. Ready for an office."


def draft(world: World, who: Applicant, begun: float, *, parts: int = ALL_PARTS, hour: int = 19) -> Story:
    """A draft that is filled in over an evening."""
    yield world.ago(begun, hour)
    person = account_of(who, now=world.now)
    application = start_application(person, world.opening, by=person.id, now=world.now)
    world.applications[who.key] = application
    for part in range(1, parts + 1):
        yield world.now + timedelta(minutes=9)
        fill_draft(who, person, application, part=part, now=world.now)


def sent(world: World, who: Applicant, day: float, *, hour: int = 10) -> Story:
    """Written the evening before, sent on this day."""
    yield from draft(world, who, day + 1)
    yield world.ago(day, hour, who.voice % 60)
    send(world.of(who), now=world.now)


def answers_read(world: World, who: Applicant, day: float, *, rounds: int = 2) -> Story:
    """The readers score the answers, one on this day at nine and one in the afternoon."""
    for ordinal in range(1, rounds + 1):
        yield world.ago(day, 9 if ordinal == 1 else 14, who.voice % 50)
        for reading in _of_round(world.of(who), ordinal):
            score_answer(reading, who.level, now=world.now)


def _of_round(application: Application, ordinal: int) -> list[ReadingAssignment]:
    return [reading for reading in readings_left_of(application.id) if reading.ordinal == ordinal]


def readers_disagree(world: World, who: Applicant, day: float) -> Story:
    """One answer is scored far apart, so that a third person reads it; somebody flags a name in another."""
    yield from answers_read(world, who, day, rounds=1)
    yield world.ago(day, 15)
    readings = _of_round(world.of(who), 2)
    flag_identity(readings[-1], by=readings[-1].reader_id, now=world.now)
    first = readings[0]
    assert first.answer is not None
    far = {rubric.id: max(1, who.level - FAR_APART) for rubric in rubrics_for_answer(first.answer.question)}
    save_scores(first, far, note="Kind, but I do not see what they did.", by=first.reader_id, now=world.now)
    for reading in readings[1:-1]:
        score_answer(reading, who.level, now=world.now)


def resume_read(world: World, who: Applicant, day: float) -> Story:
    """The résumé's reader scores it."""
    yield world.ago(day, 16, who.voice % 60)
    reading = open_resume_of(world.of(who).id)
    assert reading is not None
    score_resume(reading, who.level, now=world.now)


def read(world: World, who: Applicant, day: float) -> Story:
    """Answers and résumé are read on one day."""
    yield from answers_read(world, who, day)
    yield from resume_read(world, who, day)


def recorded(world: World, who: Applicant, day: float, *, video: bool = False) -> Story:
    """The recorded interview is sent: with a camera or in writing."""
    yield world.ago(day, 18, who.voice % 60)
    if video:
        record_with_sample(world.of(who), now=world.now)
    else:
        answer_in_writing(world.of(who), who.voice, now=world.now)


def reviewed(world: World, who: Applicant, day: float, *, level: int | None = None) -> Story:
    """The reviewer scores the recording."""
    yield world.ago(day, 11, who.voice % 60)
    interview = interview_of(world.of(who).id)
    assert interview is not None
    review = open_review_of(interview.id)
    assert review is not None
    score_recording(review, level or who.level, now=world.now)


def booked(
    world: World, who: Applicant, day: float, *, talk: float | None = None, after: datetime | None = None
) -> Story:
    """A time is booked: the first one on the day of the talk, or after a moment."""
    yield world.ago(day, 17, who.voice % 60)
    book_first_time(world.of(who), after=after if talk is None else world.ago(talk, 6), now=world.now)


def talked(world: World, who: Applicant) -> Story:
    """The talk is held and its scorecard sent ten minutes later."""
    booking = live_booking(world.of(who).id)
    assert booking is not None
    yield booking.slot.ends_at + timedelta(minutes=10)
    verified = who.spanish if who.spanish in ("professional", "native") else None
    hold_interview(world.of(who), who.level, spanish=verified, now=world.now)


def admitted(world: World, who: Applicant, day: float) -> Story:
    """The manager lets the person go on to the offices."""
    yield world.ago(day, 10, who.voice % 60)
    manager = world.member("ruth.abernathy")
    advance_by_decision(world.of(who), by=manager.id, now=world.now, reason=GOES_ON)


def to_the_offices(world: World, who: Applicant, day: int) -> Story:
    """The whole way from the draft to the routing, which it reaches five days after it was sent.

    Talks are on workdays: what comes before one that would fall on another day is earlier by as much.
    """
    talk = world.workday(day - 4)
    sent_on = talk + 4
    yield from sent(world, who, sent_on)
    yield from read(world, who, sent_on - 1)
    yield from recorded(world, who, sent_on - 2)
    yield from reviewed(world, who, sent_on - 3)
    yield from booked(world, who, sent_on - 3, talk=talk)
    yield from talked(world, who)
    yield from admitted(world, who, day - 5)
