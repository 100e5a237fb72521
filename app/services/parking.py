"""Keep a form that could not be taken when it was sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.extensions import db
from app.models.person import ParkedPost
from app.queries.parking import unfinished_key

KEPT_FOR = timedelta(hours=24)
# For as long as a season may last: it is dropped when the page is saved.
UNFINISHED_FOR = timedelta(days=366)
LONGEST_VALUE = 200


def park_post(*, path: str, form: dict[str, list[str]], secret_hash: str, now: datetime) -> UUID:
    """Store the fields for a day and return the key."""
    clean = {name: [value.replace("\x00", "") for value in values] for name, values in form.items()}
    parked = ParkedPost(path=path, form=clean, secret_hash=secret_hash, created_at=now, expires_at=now + KEPT_FOR)
    db.session.add(parked)
    db.session.flush()
    return parked.id


def keep_unfinished(thing_id: UUID, page: str, *, form: dict[str, list[str]], now: datetime) -> None:
    """Keep what was typed on a page and cannot be taken yet; the newest takes the place of an earlier one."""
    clean = {name: [value.replace("\x00", "")[:LONGEST_VALUE] for value in values] for name, values in form.items()}
    key = unfinished_key(thing_id, page)
    parked = db.session.get(ParkedPost, key, with_for_update=True)
    if parked is None:
        # No browser's secret has an empty hash: only the page that knows the thing finds it.
        parked = ParkedPost(id=key, path=page, secret_hash="")
        db.session.add(parked)
    parked.form, parked.created_at, parked.expires_at = clean, now, now + UNFINISHED_FOR
    db.session.flush()


def drop_unfinished(thing_id: UUID, page: str) -> None:
    """Forget what was kept: the page was saved."""
    parked = db.session.get(ParkedPost, unfinished_key(thing_id, page), with_for_update=True)
    if parked is not None:
        db.session.delete(parked)
