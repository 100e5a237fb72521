"""What the demo does in a person's stead while a visitor follows Maya; always through the real services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

from app.domain.actors import By
from app.domain.demo_people import INTERVIEWER
from app.domain.local_time import local_moment
from app.domain.meetings import TIMES, USUAL_MINUTES
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.domain.workdays import next_workday
from app.models.application import Application
from app.queries.demo import (
    open_offer_of,
    open_proposal_of,
    open_resume_of,
    open_review_for,
    readings_left_of,
)
from app.queries.meetings import arrangement_of, live_invitation
from app.queries.people import person_by_email
from app.queries.placements import meeting_of
from app.services.demo.steps import (
    book_first_time,
    hold_interview,
    record_with_sample,
    score_answer,
    score_recording,
    score_resume,
    send,
)
from app.services.gates import advance_by_decision
from app.services.meetings import Terms, offer_times, take_time
from app.services.offers import accept_offer, send_offer
from app.services.placements import approve_placement, record_meeting
from app.services.releases import release_proposal
from app.services.routing import run_routing

SCORE = 3
MEETING_CLOCKS = (time(10), time(13), time(15))
MEETING_PLACE = "https://meet.example.org/office"
SOMEBODY_FASTER = N_("This step was done meanwhile. Look at what comes next.")
Thing = TypeVar("Thing")
Shortcut = Callable[[Application, UUID, datetime], object]


def take_shortcut(application: Application, key: str, *, person_id: UUID, now: datetime) -> None:
    """Do one step of Maya's story as this person. Raises Refusal where there is nothing to do (any more)."""
    shortcut = SHORTCUTS.get(key)
    if shortcut is None:
        raise Refusal(SOMEBODY_FASTER)
    shortcut(application, person_id, now)


def _answers(application: Application, person_id: UUID, now: datetime) -> None:
    for reading in readings_left_of(application.id):
        if reading.reader_id == person_id:
            score_answer(reading, SCORE, now=now)


def _colleagues(application: Application, _person_id: UUID, now: datetime) -> None:
    for reading in readings_left_of(application.id):
        score_answer(reading, SCORE, now=now)


def _book(application: Application, _person_id: UUID, now: datetime) -> None:
    """The first time of the interviewer whom the story follows; anybody's where she has none left."""
    priya = person_by_email(INTERVIEWER.email)
    book_first_time(application, prefer=None if priya is None else priya.id, now=now)


def _scorecard(application: Application, _person_id: UUID, now: datetime) -> None:
    spoken = application.spanish_reported if application.spanish_reported not in (None, "none") else None
    hold_interview(application, SCORE, spanish=spoken, now=now)


def _resume(application: Application, _person_id: UUID, now: datetime) -> None:
    score_resume(_there(open_resume_of(application.id)), SCORE, now=now)


def _review(application: Application, _person_id: UUID, now: datetime) -> None:
    score_recording(_there(open_review_for(application.id)), SCORE, now=now)


def _decide(application: Application, person_id: UUID, now: datetime) -> None:
    advance_by_decision(application, by=person_id, now=now, reason="A convincing application, decided in the demo.")


def _release(application: Application, person_id: UUID, now: datetime) -> None:
    release_proposal(_there(open_proposal_of(application.id)), by=person_id, now=now)


def _offer_times(application: Application, person_id: UUID, now: datetime) -> None:
    """Three workdays to come, in the office's own time; whatever stood before is replaced."""
    proposal = _there(open_proposal_of(application.id))
    zone = proposal.office.time_zone
    days = [next_workday(local_day(now, zone))]
    while len(days) < TIMES:
        days.append(next_workday(days[-1]))
    times = [local_moment(day, clock, zone) for day, clock in zip(days, MEETING_CLOCKS, strict=True)]
    before = live_invitation(proposal.id)
    terms = Terms("video", MEETING_PLACE, USUAL_MINUTES, "I look forward to meeting you.")
    offer_times(proposal, times, terms, instead_of=before.id if before else None, by=person_id, now=now)


def _take_time(application: Application, _person_id: UUID, now: datetime) -> None:
    proposal = _there(open_proposal_of(application.id))
    standing = arrangement_of(proposal.id, now=now)
    offered, first = _there(standing.invitation), _there(standing.times[0] if standing.times else None)
    by = application.person_id
    take_time(proposal, invitation_id=offered.id, time_id=first.id, side="applicant", by=by, now=now)


def _approve(application: Application, person_id: UUID, now: datetime) -> None:
    proposal = _there(open_proposal_of(application.id))
    met = meeting_of(proposal.id)
    if met is None or met.outcome != "held":
        held_on = local_day(now, proposal.office.time_zone)
        notes = "Met two of our attorneys. Asked good questions about the jail visits."
        record_meeting(proposal, held_on=held_on, meeting_format="video", notes=notes, by=person_id, now=now)
    approve_placement(proposal, by=person_id, now=now + timedelta(seconds=1))


def _accept(application: Application, person_id: UUID, now: datetime) -> None:
    accept_offer(_there(open_offer_of(application.id)), by=person_id, now=now)


def _there(thing: Thing | None) -> Thing:
    if thing is None:
        raise Refusal(SOMEBODY_FASTER)
    return thing


SHORTCUTS: Mapping[str, Shortcut] = {
    "send": lambda application, _person, now: send(application, now=now),
    "answers": _answers,
    "colleagues": _colleagues,
    "resume": _resume,
    "decide": _decide,
    "record": lambda application, _person, now: record_with_sample(application, now=now),
    "review": _review,
    "book": _book,
    "scorecard": _scorecard,
    "routing": lambda application, person, now: run_routing(
        application.opening, occasion="asked for", by=By(person_id=person), now=now
    ),
    "release": _release,
    "offer_times": _offer_times,
    "take_time": _take_time,
    "office": _approve,
    "offer": lambda application, person, now: send_offer(application, by=By(person_id=person), now=now),
    "accept": _accept,
}
