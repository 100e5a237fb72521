"""Who opened whose file: one event for each person, application and hour, however often the page is loaded."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.queries.audit_log import opened_since
from app.services.audit import record

_ONE_VIEW = timedelta(hours=1)


def note_opened(application_id: UUID, *, by: UUID, now: datetime) -> bool:
    """Put it on the record, unless this person's view of this hour is there; return whether it was new."""
    if opened_since(application_id, by, now - _ONE_VIEW):
        return False
    record("file:opened", "application", application_id, by=by, now=now)
    return True
