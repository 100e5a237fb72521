"""The organization that runs this installation."""

from __future__ import annotations

from sqlalchemy import select

from app.extensions import db
from app.models.person import Organization


def speaking_organization() -> Organization | None:
    """Return the organization in whose name a page speaks: the one that the page has read already, else the only one.

    None where the page has read several, or there are several and it is about none of them.
    """
    read = [each for each in db.session.identity_map.values() if isinstance(each, Organization)]
    if read:
        return read[0] if len(read) == 1 else None
    return only_organization()


def only_organization() -> Organization | None:
    """Return the organization where there is exactly one: pages that are about no opening speak in its name."""
    found = db.session.scalars(select(Organization).limit(2)).all()
    return found[0] if len(found) == 1 else None
