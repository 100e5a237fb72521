"""Consent, more time, and sending the interview."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.domain.actors import By
from app.domain.interview_rules import CONSENT_VERSION, DEADLINE_GRACE, MORE_TIME, interview_format
from app.domain.local_time import end_of_day
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import Application, HelpRequest
from app.models.recording import RecordedInterview
from app.queries.recordings import answer_states, interview_of, kept_takes
from app.services.history import move
from app.services.notices import owe_notice
from app.services.recordings.common import ALREADY_SENT, CONSENT_FIRST, TOO_LATE, lock
from app.services.recordings.reviews import assign_reviewer

INCOMPLETE = N_("Answer every question first. Your other answers are kept.")
NO_INTERVIEW = N_("There is no interview to send.")


def give_consent(interview: RecordedInterview, *, now: datetime) -> None:
    """Note that the person agreed, to which version of the words, and when; the first time counts."""
    interview = lock(interview.id)
    if interview.consented_at is None or interview.consent_version != CONSENT_VERSION:
        interview.consented_at, interview.consent_version = now, CONSENT_VERSION


def submit_recording(application: Application, *, by: UUID, now: datetime) -> None:
    """Send the interview: an upload that is still under way is allowed and finishes later.

    Raises Refusal: 422 unanswered, 409 no consent, 410 too late; IllegalMove when it was sent before.
    """
    interview = interview_of(application.id)
    if interview is None:
        raise Refusal(NO_INTERVIEW, status=404)
    interview = lock(interview.id)
    if interview.submitted_at is not None:
        raise Refusal(ALREADY_SENT)
    if interview.consented_at is None:
        raise Refusal(CONSENT_FIRST)
    if now > interview.due_at + DEADLINE_GRACE:
        raise Refusal(TOO_LATE, status=410)
    states = answer_states(interview)
    if not all(state.answered for state in states):
        raise Refusal(INCOMPLETE, status=422)
    for state in states:
        if state.take is not None:
            state.take.state = "kept"
    hand_over(interview, by=by, now=now)


def hand_over(interview: RecordedInterview, *, by: UUID, now: datetime) -> None:
    """Move the application on, name a reviewer, and tell the applicant that the interview is here."""
    application = interview.application
    db.session.flush()
    interview.format = interview_format({take.format for take in kept_takes(interview.id).values()})
    interview.submitted_at = now
    move(application, "submit_recording", by=By(person_id=by), now=now)
    review = assign_reviewer(interview, now=now)
    if review is not None:
        # Who has called still has as long to score it as for a recording.
        review.due_at = now + timedelta(days=int(application.opening.promises.get("review_recording", 10)))
    owe_notice(
        "recording_received", subject_id=interview.id, recipient=application.person, application=application, now=now
    )


def ask_for_more_time(interview: RecordedInterview, *, by: UUID, now: datetime) -> bool:
    """Give seven more days at once, the first time; later requests go to a person. Return whether it was given."""
    interview = lock(interview.id)
    application = interview.application
    if interview.submitted_at is not None or application.state != "recording_due":
        raise Refusal(ALREADY_SENT)
    granted = "more_time" not in interview.adjustments
    if granted:
        interview.due_at = end_of_day(max(interview.due_at, now) + MORE_TIME, application.opening.time_zone)
        interview.adjustments = {**interview.adjustments, "more_time": MORE_TIME.days}
    elif interview.adjustments.get("asked_again"):
        return False
    else:
        interview.adjustments = {**interview.adjustments, "asked_again": True}
    days = int(application.opening.promises.get("answer_question", 2))
    db.session.add(
        HelpRequest(
            kind="more_time",
            email=application.person.email,
            person_id=by,
            opening_id=application.opening_id,
            application_id=application.id,
            body="",
            details={"days": MORE_TIME.days, "granted": granted},
            created_at=now,
            due_at=now + timedelta(days=days),
            # What the button gave at once waits for nobody.
            answered_at=now if granted else None,
            answered_by_id=by if granted else None,
        )
    )
    db.session.flush()
    return granted
