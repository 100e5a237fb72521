"""What an applicant's status page says: whose turn, the steps with dates, what is due, what we promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.domain.final_interview_rules import BookingPhase
from app.domain.interview_rules import RecordingWait, promised_call, recording_wait
from app.domain.pipeline import STATES, Party, State
from app.domain.timeline import PROMISE_OF_STEP, Progress, promised_by, renewed_promise, steps_on_the_way
from app.domain.words import N_
from app.extensions import db
from app.models.application import Application, Change
from app.models.final_interview import Booking
from app.models.placement import Offer, Placement
from app.models.recording import RecordedInterview
from app.queries.applications import was_proposed
from app.queries.final_interviews import live_booking, phase_of
from app.queries.meetings import held_meeting_day, proposal_considered

# The state stays "booked" until the interviewer's notes are in; its writer waits for us all the same.
INTERVIEW_OVER = (
    N_("Thank you for talking with us"),
    N_("The interviewer writes down what you talked about, and then a program manager decides on the next step."),
)
# Until when it can be moved is the booking's matter, so the state alone does not say it.
INTERVIEW_AHEAD = N_("We look forward to talking with you. You can move it if something comes up.")
INTERVIEW_CLOSE = N_("We look forward to talking with you. If you cannot come, please write to us at once.")
# After the date of a recorded interview: it never closes by itself, and more time is one button away.
RECORDING_OVER = (
    N_("It’s your turn: ask for more time to record"),
    N_("The date for your recorded interview has passed, but it is not closed. Ask for more time: you get it at once."),
)
RECORDING_OVER_AGAIN = (
    RECORDING_OVER[0],
    N_("The date for your recorded interview has passed, but it is not closed. Ask for more time: a person answers."),
)
RECORDING_ASKED = (
    N_("We have your request for more time"),
    N_("A person on our team answers you by mail. You do not need to do anything until then."),
)
# Whoever asked for a phone call waits for us.
RECORDING_CALL = (
    N_("We will call you for your interview"),
    N_("A person on our team calls you and writes your answers down. You do not need to do anything until then."),
)


@dataclass(frozen=True, slots=True)
class StatusStep:
    """One step of the timeline; `days` is what we promise for it, where we promise anything."""

    name: str
    progress: Progress
    at: datetime | None
    days: int | None


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """Everything that the status page of one application shows."""

    state: State
    your_turn: bool
    steps: tuple[StatusStep, ...]
    promised_by: datetime | None
    late: bool
    # Where we are late: until when we promise an answer now.
    new_date: datetime | None
    due_at: datetime | None
    # Whose turn it is with a recorded interview that is not sent; None in other states.
    recording: RecordingWait | None
    booking: Booking | None
    # Whether the booked final interview is still to come; None where none is booked.
    interview: BookingPhase | None
    offer: Offer | None
    placement: Placement | None
    # The day on which the office met the person, where it wrote that down.
    met_on: date | None
    ranking_open: bool
    ended_at: datetime | None


def changes_of(application: Application) -> list[Change]:
    """Return an application's history, the oldest first."""
    return list(db.session.scalars(select(Change).where(Change.application_id == application.id).order_by(Change.seq)))


def status_of(application: Application, *, now: datetime) -> StatusFacts:
    """Return what the applicant's status page shows at this moment."""
    state = STATES[application.state]
    changes = changes_of(application)
    promises = application.opening.promises
    booking = live_booking(application.id)
    interview = phase_of(booking, now=now) if booking is not None else None
    held = interview == "over" or state.name == "final_decision"
    ended_at = booking.slot.ends_at if booking is not None and held else None
    # Until the offer leaves, an approval changes nothing of what is promised.
    shown = "placement_in_review" if state.name == "placement_approved" else state.name
    promised = promised_by(shown, changes, promises, interview_ended_at=ended_at)
    steps = tuple(
        StatusStep(step.step.value, step.progress, step.at, promises.get(PROMISE_OF_STEP.get(step.step, "")))
        for step in steps_on_the_way(application.opening.gates, changes, state.name)
    )
    late = promised is not None and now > promised
    offer = current_offer(application)
    recorded = unsent_recording(application)
    recording = None if recorded is None else _wait_of(recorded, now)
    if recorded is not None and recording == "call":
        promised = promised_call(recorded.due_at, recorded.adjustments)
        late = now > promised
    return StatusFacts(
        state=state,
        your_turn=state.turn is Party.APPLICANT and recording not in ("call", "asked"),
        steps=steps,
        promised_by=promised,
        late=late,
        new_date=renewed_promise(promised, now) if promised is not None and late else None,
        due_at=due_at(application, offer) if recording in (None, "record") else None,
        recording=recording,
        booking=booking,
        interview=interview,
        offer=offer,
        placement=db.session.scalar(select(Placement).where(Placement.application_id == application.id)),
        met_on=_met_on(application, offer),
        ranking_open=not state.ended and not was_proposed(application.id),
        ended_at=application.state_since if state.ended else None,
    )


def _met_on(application: Application, offer: Offer | None) -> date | None:
    proposal = proposal_considered(application.id)
    if proposal is not None:
        return held_meeting_day(proposal.id)
    return held_meeting_day(offer.decision.proposal_id) if offer is not None else None


def public_words(application: Application, *, now: datetime) -> tuple[str, str]:
    """Return how an application stands in two sentences for its writer: a title and a text, to be translated."""
    state = STATES[application.state]
    recorded = unsent_recording(application)
    if recorded is not None:
        return {
            "record": (state.public_title, state.public_text),
            "call": RECORDING_CALL,
            "over": RECORDING_OVER_AGAIN if "more_time" in recorded.adjustments else RECORDING_OVER,
            "asked": RECORDING_ASKED,
        }[_wait_of(recorded, now)]
    if state.name == "final_interview_booked":
        booking = live_booking(application.id)
        phase = None if booking is None else phase_of(booking, now=now)
        if phase == "over":
            return INTERVIEW_OVER
        if phase is not None:
            return state.public_title, INTERVIEW_AHEAD if phase == "ahead" else INTERVIEW_CLOSE
    return state.public_title, state.public_text


def unsent_recording(application: Application) -> RecordedInterview | None:
    """Return the recorded interview that is waited for; None in other states."""
    if application.state != "recording_due":
        return None
    return db.session.scalar(select(RecordedInterview).where(RecordedInterview.application_id == application.id))


def _wait_of(recorded: RecordedInterview, now: datetime) -> RecordingWait:
    return recording_wait(recorded.due_at, recorded.adjustments, now, format=recorded.format)


def due_at(application: Application, offer: Offer | None = None) -> datetime | None:
    """Return until when the applicant is asked to act in the present state, if a day was set."""
    recorded = unsent_recording(application)
    if recorded is not None:
        return recorded.due_at
    if application.state == "booking_due":
        days = application.opening.final_settings.get("days_to_book")
        return application.state_since + timedelta(days=int(days)) if days else None
    if application.state == "offer_sent" and offer is not None:
        return offer.answer_by
    return None


def current_offer(application: Application) -> Offer | None:
    """Return the latest offer of the application."""
    return db.session.scalar(
        select(Offer).where(Offer.application_id == application.id).order_by(Offer.sent_at.desc()).limit(1)
    )
