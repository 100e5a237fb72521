"""Documents of an application."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from app.extensions import db
from app.models.application import Document


def current_documents(application_id: UUID) -> list[Document]:
    """Return the documents that count, replaced ones left out, by kind and date."""
    return list(
        db.session.scalars(
            select(Document)
            .where(Document.application_id == application_id, Document.replaced_at.is_(None))
            .order_by(Document.kind, Document.uploaded_at)
        )
    )


def resume_of(application_id: UUID) -> Document | None:
    """Return the résumé that counts."""
    return next((document for document in current_documents(application_id) if document.kind == "resume"), None)
