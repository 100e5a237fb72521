"""Who did or saw what: one append-only row each."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from app.extensions import db
from app.models.system import AuditEvent


def record(
    action: str, object_type: str, object_id: UUID | str, *, by: UUID | None, now: datetime, **details: Any
) -> None:
    """Append one event. `details` must hold no text that people wrote."""
    db.session.add(
        AuditEvent(
            at=now, actor_id=by, action=action, object_type=object_type, object_id=str(object_id), details=details
        )
    )
