"""Forms that were kept for their writer."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from app.extensions import db
from app.models.person import ParkedPost


def parked_form(key: UUID, *, path: str, secret_hash: str, now: datetime) -> dict[str, list[str]] | None:
    """Return the kept fields, if the secret and the page are the right ones and the time is not over."""
    parked = db.session.get(ParkedPost, key)
    if parked is None or parked.secret_hash != secret_hash or parked.path != path or parked.expires_at <= now:
        return None
    return parked.form


def unfinished_key(thing_id: UUID, page: str) -> UUID:
    """Return the key of what was typed on a page about one thing and could not be taken yet: always the same."""
    return uuid5(thing_id, page)


def unfinished_form(thing_id: UUID, page: str) -> dict[str, list[str]] | None:
    """Return what was typed on this page and could not be taken yet. Who may see the thing decides the caller."""
    parked = db.session.get(ParkedPost, unfinished_key(thing_id, page))
    return parked.form if parked is not None else None
