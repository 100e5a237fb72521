"""More time for one person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.recording import RecordedInterview
from app.services.audit import record
from app.services.notices import owe_notice


def extend_recording(interview: RecordedInterview, due_at: datetime, *, by: UUID, now: datetime) -> None:
    """Give one person until `due_at` to record, and tell them. Refusal where there is nothing to extend."""
    db.session.refresh(interview, with_for_update=True)
    application = interview.application
    if interview.submitted_at is not None or application.state != "recording_due":
        raise Refusal(N_("This interview was sent already, so it needs no more time."))
    if due_at <= max(now, interview.due_at):
        raise Refusal(N_("Choose a day after the present one."), status=422, field="day")
    before, interview.due_at = interview.due_at, due_at
    # What they had asked for is given: they may ask once more.
    interview.adjustments = {name: kept for name, kept in interview.adjustments.items() if name != "asked_again"}
    owe_notice(
        "recording_invitation",
        subject_id=interview.id,
        recipient=application.person,
        application=application,
        occurrence=f"until {due_at.isoformat()}",
        context={"extended": True},
        now=now,
    )
    record(
        "recording:extend",
        "application",
        application.id,
        by=by,
        now=now,
        before=before.isoformat(),
        after=due_at.isoformat(),
    )
