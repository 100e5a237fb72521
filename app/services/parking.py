"""Keep a form that could not be taken when it was sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.extensions import db
from app.models.person import ParkedPost

KEPT_FOR = timedelta(hours=24)


def park_post(*, path: str, form: dict[str, list[str]], secret_hash: str, now: datetime) -> UUID:
    """Store the fields for a day and return the key."""
    clean = {name: [value.replace("\x00", "") for value in values] for name, values in form.items()}
    parked = ParkedPost(path=path, form=clean, secret_hash=secret_hash, created_at=now, expires_at=now + KEPT_FOR)
    db.session.add(parked)
    db.session.flush()
    return parked.id
