"""The final interview: times are published, one is booked, the talk is held, the scorecard comes in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select, update

from app.domain.actors import By
from app.domain.refusals import Refusal
from app.domain.scoring import checked_score, gate_result
from app.domain.words import N_
from app.extensions import db
from app.models.application import SPANISH_LEVELS, Application, HelpRequest
from app.models.final_interview import Booking, InterviewSlot, Scorecard, ScorecardEntry
from app.models.notice import Notice
from app.models.opening import Opening
from app.queries.final_interviews import live_booking, movable_until_of, overlapping, phase_of, scorecard_of
from app.queries.reading import rubrics_for_final
from app.services.history import move
from app.services.notices import owe_notice
from app.services.reading import points

NUMBER_NEEDED = N_("Enter the number at which we call you, or choose “Video call”.")


def publish_slots(
    opening: Opening,
    times: Sequence[tuple[datetime, datetime]],
    *,
    place: str,
    by: UUID,
    now: datetime,
) -> list[InterviewSlot]:
    """Offer times for final interviews; Refusal where one has passed or overlaps another of the same person."""
    if any(starts_at <= now for starts_at, _ends_at in times):
        raise Refusal(N_("That time has passed. Choose a later one."), status=422, field="day")
    clash = overlapping(by, times)
    if clash is not None:
        (starts_at, _), slot = clash
        raise Refusal(
            N_("One of these times overlaps a time that you already offer."),
            status=422,
            field="starts",
            new=starts_at,
            existing=slot.starts_at,
        )
    slots = [
        InterviewSlot(
            opening_id=opening.id,
            interviewer_id=by,
            starts_at=starts_at,
            ends_at=ends_at,
            place=place,
            published_at=now,
        )
        for starts_at, ends_at in times
    ]
    db.session.add_all(slots)
    db.session.flush()
    return slots


def withdraw_slot(slot: InterviewSlot, *, now: datetime) -> None:
    """Take back a time that nobody booked."""
    _lock_slot(slot.id)
    if _booking_of_slot(slot.id) is not None:
        raise Refusal(N_("Somebody has booked this time. Move or cancel that interview first."))
    slot.withdrawn_at = now


def book_slot(
    application: Application,
    slot: InterviewSlot,
    *,
    format: str,
    needs: str | None,
    phone: str | None = None,
    by: UUID,
    now: datetime,
) -> Booking:
    """Book a time, or move an earlier booking to it. Whoever comes second is told and keeps the others.

    `phone` (E.164) becomes the person's number: who is interviewed by phone is called there.
    """
    if format == "phone" and not (phone or application.person.phone):
        raise Refusal(NUMBER_NEEDED, status=422, field="phone")
    _lock_slot(slot.id)
    earlier = live_booking(application.id)
    if earlier is not None and earlier.slot_id == slot.id:
        return earlier
    if slot.withdrawn_at is not None or slot.starts_at <= now or _booking_of_slot(slot.id) is not None:
        raise Refusal(N_("That time was just taken. Please choose another one."), field="slot")
    if earlier is not None:
        _check_movable(earlier, now)
        _cancel(earlier, by=by, now=now, reason="moved", tell_applicant=False)
    booking = Booking(
        slot_id=slot.id, application_id=application.id, format=format, needs=needs, booked_at=now, booked_by_id=by
    )
    db.session.add(booking)
    if format == "phone" and phone:
        application.person.phone = phone
    db.session.flush()
    move(application, "book_final_interview", by=By(person_id=by), now=now, details={"booking": str(booking.id)})
    context = {
        "booking_id": str(booking.id),
        "starts_at": slot.starts_at.isoformat(),
        "format": format,
        "movable_until": movable_until_of(booking).isoformat(),
    }
    for person in (application.person, slot.interviewer):
        owe_notice(
            "interview_booked",
            subject_id=booking.id,
            recipient=person,
            application=application,
            context=context,
            now=now,
        )
    return booking


def cancel_booking(booking: Booking, *, by: UUID, now: datetime, reason: str | None) -> None:
    """Cancel an interview: the person chooses another time."""
    if by == booking.application.person_id:
        _check_movable(booking, now)
    _cancel(booking, by=by, now=now, reason=reason)


def no_show_problem(booking: Booking, *, now: datetime) -> str | None:
    """Return why it cannot be said of this interview that the person did not come; None where it can."""
    if booking.cancelled_at is not None:
        return N_("This interview is canceled already.")
    if booking.slot.starts_at > now:
        return N_("The interview has not begun yet.")
    card = scorecard_of(booking.id)
    return N_("This scorecard was already sent.") if card is not None and card.state == "submitted" else None


def note_no_show(booking: Booking, *, by: UUID, now: datetime) -> None:
    """The person did not come: they are asked to choose another time, and a draft of the scorecard stays."""
    db.session.refresh(booking, with_for_update=True)
    problem = no_show_problem(booking, now=now)
    if problem is not None:
        raise Refusal(problem)
    _cancel(booking, by=by, now=now, reason="no show", no_show=True)


def ask_for_other_times(application: Application, *, note: str, now: datetime) -> HelpRequest:
    """None of the times work: a person answers."""
    request = HelpRequest(
        kind="question",
        email=application.person.email,
        person_id=application.person_id,
        opening_id=application.opening_id,
        application_id=application.id,
        body=note,
        details={"about": "interview_times"},
        created_at=now,
        due_at=now + timedelta(days=int(application.opening.promises.get("answer_question", 2))),
    )
    db.session.add(request)
    return request


@dataclass(frozen=True, slots=True)
class ScorecardInput:
    """What the interviewer typed; values are empty where nothing is chosen yet."""

    values: Mapping[UUID, int | None]
    evidence: Mapping[UUID, str]
    notes: str = ""
    strengths: str = ""
    speaks_spanish: bool = False
    spanish_level: str | None = None
    row_version: int | None = None
    missing: list[str] = field(default_factory=list)


def save_scorecard(booking: Booking, card: ScorecardInput, *, by: UUID, now: datetime) -> Scorecard:
    """Keep the draft, whatever is still missing. Refusal where it was sent, or changed in another window."""
    scorecard = scorecard_of(booking.id)
    if scorecard is None:
        scorecard = Scorecard(
            booking_id=booking.id, application_id=booking.application_id, interviewer_id=by, saved_at=now
        )
        db.session.add(scorecard)
    if scorecard.state == "submitted":
        raise Refusal(N_("This scorecard was already sent."))
    if card.row_version is not None and scorecard.row_version not in (None, card.row_version):
        raise Refusal(N_("This scorecard was changed in another window. Copy your text, then open it again."))
    scorecard.notes, scorecard.strengths = card.notes, card.strengths
    scorecard.speaks_spanish = card.speaks_spanish
    scorecard.spanish_level = card.spanish_level if card.spanish_level in SPANISH_LEVELS else None
    scorecard.saved_at = now
    db.session.flush()
    kept = {
        entry.rubric_id: entry
        for entry in db.session.scalars(select(ScorecardEntry).where(ScorecardEntry.scorecard_id == scorecard.id))
    }
    for rubric in rubrics_for_final(booking.application.opening_id):
        entry = kept.get(rubric.id)
        if entry is None:
            entry = ScorecardEntry(scorecard_id=scorecard.id, rubric_id=rubric.id)
            db.session.add(entry)
        value = card.values.get(rubric.id)
        entry.value = None if value is None else checked_score(value)
        entry.evidence = card.evidence.get(rubric.id, "")
    db.session.flush()
    db.session.expire(scorecard, ["entries"])
    return scorecard


def submit_scorecard(scorecard: Scorecard, *, by: UUID, now: datetime) -> None:
    """Send the scorecard: the gate's result stands, Spanish is verified, a manager decides."""
    application = scorecard.application
    if scorecard.state == "submitted":
        return
    if scorecard.booking.cancelled_at is not None:
        raise Refusal(N_("This interview was canceled. Your draft is saved; it is in the kit of the next one."))
    if scorecard.booking.slot.starts_at > now:
        raise Refusal(N_("The interview has not begun yet. Your draft is saved; send it afterward."), status=422)
    rubrics = rubrics_for_final(application.opening_id)
    values = {entry.rubric_id: entry.value for entry in scorecard.entries}
    if any(values.get(rubric.id) is None for rubric in rubrics) or not scorecard.strengths.strip():
        raise Refusal(N_("The scorecard is saved, but not complete yet."), status=422)
    if scorecard.speaks_spanish != (scorecard.spanish_level is not None):
        raise Refusal(N_("The scorecard is saved, but what it says about Spanish does not fit together."), status=422)
    scores = {str(rubric.id): Fraction(values[rubric.id] or 0) for rubric in rubrics}
    scorecard.state = "submitted"
    scorecard.submitted_at = now
    application.final_result = points(gate_result([scores], [str(rubric.id) for rubric in rubrics if rubric.preferred]))
    if scorecard.speaks_spanish and scorecard.spanish_level is not None:
        application.spanish_verified = scorecard.spanish_level
        application.spanish_verified_by_id = by
        application.spanish_verified_at = now
    db.session.flush()
    move(application, "submit_scorecard", by=By(person_id=by), now=now)


def _lock_slot(slot_id: UUID) -> None:
    db.session.scalars(
        select(InterviewSlot)
        .where(InterviewSlot.id == slot_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _booking_of_slot(slot_id: UUID) -> Booking | None:
    return db.session.scalar(select(Booking).where(Booking.slot_id == slot_id, Booking.cancelled_at.is_(None)))


def _check_movable(booking: Booking, now: datetime) -> None:
    phase = phase_of(booking, now=now)
    if phase == "over":
        raise Refusal(N_("The time of your interview has passed, so it can no longer be moved."))
    if phase == "close":
        raise Refusal(N_("It is too late to move this interview yourself. Write to us and we will find another time."))


def _cancel(
    booking: Booking,
    *,
    by: UUID,
    now: datetime,
    reason: str | None,
    no_show: bool = False,
    tell_applicant: bool = True,
) -> None:
    application = booking.application
    move(application, "cancel_final_interview", by=By(person_id=by), now=now, reason=reason)
    booking.cancelled_at, booking.cancelled_by_id = now, by
    booking.cancel_reason, booking.no_show = reason, no_show
    db.session.flush()
    # A reminder that waits for the morning must not speak of a time that is no more.
    db.session.execute(
        update(Notice)
        .where(Notice.subject_id == booking.id, Notice.kind == "interview_reminder", Notice.state == "pending")
        .values(state="cancelled")
    )
    people = [booking.slot.interviewer, *([application.person] if tell_applicant else [])]
    for person in people:
        owe_notice(
            "interview_cancelled",
            subject_id=booking.id,
            recipient=person,
            application=application,
            context={
                "booking_id": str(booking.id),
                "starts_at": booking.slot.starts_at.isoformat(),
                "no_show": no_show,
            },
            now=now,
        )
