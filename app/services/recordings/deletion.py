"""The person asks us to delete a recording; the retention job does it when it was watched, within 30 days at most."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.domain.refusals import Refusal
from app.domain.words import N_
from app.models.recording import RecordedInterview
from app.services.audit import record
from app.services.recordings.common import lock


def ask_for_deletion(interview: RecordedInterview, *, by: UUID, now: datetime) -> None:
    """Note the wish; twice is once. Refusal where nothing was sent or all is gone already."""
    interview = lock(interview.id)
    if interview.deleted_at is not None:
        raise Refusal(N_("Your recording is deleted already."))
    if interview.submitted_at is None:
        raise Refusal(N_("You have not sent this interview. What you recorded can be discarded on its own page."))
    if interview.deletion_asked_at is None:
        interview.deletion_asked_at = now
        record("recording:deletion_asked", "application", interview.application_id, by=by, now=now)
