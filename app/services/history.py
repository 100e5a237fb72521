"""The only door through which an application's state changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.domain.actors import By
from app.domain.pipeline import next_state
from app.extensions import db
from app.models.application import Application, Change
from app.services.audit import record
from app.services.notices import wake_routing

# Who comes into one of these states, or leaves it, may give somebody else a seat.
ROUTED = {"in_routing", "placement_in_review", "placement_approved", "offer_sent", "placed"}


def move(
    application: Application,
    event: str,
    *,
    by: By,
    now: datetime,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
) -> Change:
    """Move the application by this event and write the history row.

    Raises IllegalMove where the state, read again under the row's lock, has no such event: whoever
    comes second is told so by the web layer.
    """
    db.session.flush()
    db.session.refresh(application, attribute_names=["state", "row_version"], with_for_update={"key_share": False})
    before = application.state
    after = next_state(before, event)
    application.state = after
    application.state_since = now
    if not ROUTED.isdisjoint((before, after)):
        wake_routing()
    return _record(application, event, before, after, by=by, now=now, reason=reason, details=details)


def begin(application: Application, *, by: By, now: datetime) -> Change:
    """Put a new application into its first state."""
    application.state = next_state(None, "start_application")
    application.state_since = now
    db.session.add(application)
    db.session.flush()
    return _record(application, "start_application", None, application.state, by=by, now=now)


def _record(
    application: Application,
    event: str,
    before: str | None,
    after: str,
    *,
    by: By,
    now: datetime,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
) -> Change:
    last = db.session.scalar(select(func.max(Change.seq)).where(Change.application_id == application.id))
    change = Change(
        application_id=application.id,
        seq=(last or 0) + 1,
        event=event,
        from_state=before,
        to_state=after,
        by_person_id=by.person_id,
        by_worker=by.worker,
        at=now,
        reason=reason,
        details=details or {},
    )
    db.session.add(change)
    # The audit log is chained: a history that was rewritten no longer agrees with it.
    record(
        "application:moved", "application", application.id, by=by.person_id, now=now,
        event=event, seq=change.seq, before=before, after=after, worker=by.worker,
    )  # fmt: skip
    db.session.flush()
    return change
