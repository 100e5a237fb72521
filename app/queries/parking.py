"""Forms that were kept for their writer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.extensions import db
from app.models.person import ParkedPost


def parked_form(key: UUID, *, path: str, secret_hash: str, now: datetime) -> dict[str, list[str]] | None:
    """Return the kept fields, if the secret and the page are the right ones and the time is not over."""
    parked = db.session.get(ParkedPost, key)
    if parked is None or parked.secret_hash != secret_hash or parked.path != path or parked.expires_at <= now:
        return None
    return parked.form
