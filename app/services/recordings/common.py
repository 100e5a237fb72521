"""What every part of the recorded interview needs: the lock, the store, the checks of time and state."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from app.adapters.filestore import StorageFull
from app.domain.interview_rules import may_begin
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.recording import RecordedInterview, RecordedTake
from app.queries.recordings import takes_made

ALREADY_SENT = N_("You have already sent this interview, so it can no longer be changed.")
TOO_LATE = N_(
    "The date has passed. Ask for more time: it is a button on the interview’s first page, and then you can go on."
)
CONSENT_FIRST = N_("Before you record, read what happens with your recording and agree to it.")
NO_ROOM = N_("We could not store this just now. Nothing of yours is lost. Try again in a few minutes.")


def new_key() -> str:
    """Return a random storage key."""
    return f"recordings/{uuid4().hex}"


def not_stored(error: Exception) -> Refusal:
    """Return the refusal for a store that failed: tried again by the page, never final."""
    return Refusal(NO_ROOM, status=507 if isinstance(error, StorageFull) else 503)


def lock(interview_id: UUID) -> RecordedInterview:
    """Read the interview again under its row's lock: two pages of one person do not make two takes."""
    return db.session.scalars(
        select(RecordedInterview)
        .where(RecordedInterview.id == interview_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def must_be_open(interview: RecordedInterview, now: datetime) -> None:
    """Raise Refusal unless a new answer may be begun now."""
    if interview.submitted_at is not None or interview.application.state != "recording_due":
        raise Refusal(ALREADY_SENT)
    if interview.consented_at is None:
        raise Refusal(CONSENT_FIRST)
    if not may_begin(interview.due_at, now):
        raise Refusal(TOO_LATE, status=410)


def new_take(interview: RecordedInterview, question_id: UUID, kind: str, now: datetime) -> RecordedTake:
    """Add the next take of a question."""
    number = len(takes_made(interview.id, question_id)) + 1
    take = RecordedTake(interview_id=interview.id, question_id=question_id, number=number, format=kind, started_at=now)
    db.session.add(take)
    db.session.flush()
    return take


def replace_current(interview: RecordedInterview, question_id: UUID) -> None:
    """Set earlier answers to a question aside, so that one in another format takes their place."""
    for take in takes_made(interview.id, question_id):
        if take.state != "discarded":
            take.state = "discarded"
    db.session.flush()
