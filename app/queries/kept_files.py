"""Which stored files the rows name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.extensions import Base, db
from app.models.application import Document
from app.models.recording import RecordedInterview, RecordedSegment, RecordedSlice, RecordedTake
from app.models.retention import DoomedFile

# Every hour looks at so many of the newest of each kind; the night looks at all.
NEWEST = 300


def keys_named() -> set[str]:
    """Return the key of every file that a row needs."""
    return stored_keys(besides=DoomedFile.__tablename__)


def stored_keys(*, besides: str | None = None) -> set[str]:
    """Return the key of every file that a row names, whatever the table; `besides` names one that does not count."""
    keys: set[str] = set()
    for table in Base.metadata.sorted_tables:
        if "storage_key" in table.columns and table.name != besides:
            column = table.columns["storage_key"]
            keys |= {key for key in db.session.scalars(select(column).where(column.is_not(None))) if key}
    return keys


def newest_keys(limit: int = NEWEST) -> list[str]:
    """Return the keys of the newest documents, recordings and slices."""
    statements: tuple[Select[Any], ...] = (
        select(Document.storage_key)
        .where(Document.storage_key.is_not(None))
        .order_by(Document.uploaded_at.desc())
        .limit(limit),
        select(RecordedTake.storage_key)
        .where(RecordedTake.storage_key.is_not(None))
        .order_by(RecordedTake.finished_at.desc())
        .limit(limit),
        select(RecordedSlice.storage_key).order_by(RecordedSlice.received_at.desc()).limit(limit),
    )
    return [key for statement in statements for key in db.session.scalars(statement) if key]


def takes_of(application_id: UUID) -> Select[UUID]:
    """Select the ids of everything that was recorded for an application."""
    return (
        select(RecordedTake.id)
        .join(RecordedInterview, RecordedInterview.id == RecordedTake.interview_id)
        .where(RecordedInterview.application_id == application_id)
    )


def keys_of_recordings(application_id: UUID) -> set[str]:
    """Return the keys of everything that was recorded for an application."""
    takes = takes_of(application_id)
    slices = (
        select(RecordedSlice.storage_key)
        .join(RecordedSegment, RecordedSegment.id == RecordedSlice.segment_id)
        .where(RecordedSegment.take_id.in_(takes))
    )
    files = select(RecordedTake.storage_key).where(RecordedTake.id.in_(takes), RecordedTake.storage_key.is_not(None))
    return {key for statement in (slices, files) for key in db.session.scalars(statement) if key}


def keys_of_documents(application_id: UUID) -> set[str]:
    """Return the keys of the documents of an application, the replaced ones among them."""
    statement = select(Document.storage_key).where(
        Document.application_id == application_id, Document.storage_key.is_not(None)
    )
    return {key for key in db.session.scalars(statement) if key}
