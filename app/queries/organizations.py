"""The organization that runs this installation."""

from __future__ import annotations

from sqlalchemy import select

from app.extensions import db
from app.models.person import Organization


def only_organization() -> Organization | None:
    """Return the organization where there is exactly one: pages that are about no opening speak in its name."""
    found = db.session.scalars(select(Organization).limit(2)).all()
    return found[0] if len(found) == 1 else None
