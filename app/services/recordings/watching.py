"""Who watched whose recording: one row for each person, recording and hour, not one for each range."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.models.recording import RecordedTake
from app.queries.recordings import watched_since
from app.services.audit import record

_ONE_VIEW = timedelta(hours=1)


def note_watched(take: RecordedTake, *, by: UUID, now: datetime) -> bool:
    """Put a view on the record, unless this person's view of this hour is there; return whether it was new."""
    if watched_since(take.id, by, now - _ONE_VIEW):
        return False
    record("recording:watch", "recording", take.id, by=by, now=now, question_id=str(take.question_id))
    return True
