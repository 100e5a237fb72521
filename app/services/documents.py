"""Documents of a draft: a file that is checked, stored and read back, or pasted text. Replaced ones stay."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from app.adapters.document_reader import ReaderUnavailable
from app.adapters.documents import InspectedDocument, inspect_document
from app.adapters.filestore import StorageError, StorageFull, StoredFile
from app.domain.refusals import Refusal
from app.domain.uploads import MAX_TEXT_CHARACTERS, FileRefused
from app.domain.words import N_
from app.extensions import db
from app.models.application import Application, Document
from app.models.opening import DocumentKind
from app.queries.applications import documents_in_force
from app.services.drafts import open_draft, open_for_sending, remember_save
from app.services.storage import file_store

MAX_UPLOADS = 60
NOT_STORED = N_(
    "We could not save your file just now, and nothing was lost on your device. Try again in a minute, "
    "or paste the text instead."
)
TOO_MANY_TRIES = N_("You have uploaded many files here. Write to us, and a person will help.")
PASTED_TOO_LONG = N_("The text is too long. Keep it under %(limit)s characters, or upload it as a file.")


def save_file(
    application: Application, kind: DocumentKind, *, data: bytes, file_name: str | None, by: UUID, now: datetime
) -> Document:
    """Check, store and read back a file, then put it on the record.

    Raises FileRefused with the reason, or Refusal where it could not be stored; an earlier document
    of this kind then stays in force.
    """
    found = _inspected(data, file_name)
    open_draft(application, now=now)
    _room(application, kind, now)
    stored = _store(data)
    return _keep(
        application,
        kind,
        Document(
            source="file",
            storage_key=stored.key,
            file_name=found.shown_name,
            media_type=found.media_type,
            size=stored.size,
            sha256=stored.sha256,
            text=found.text,
            pages=found.pages,
            flags=sorted(found.flags),
        ),
        now,
    )


def save_pasted(application: Application, kind: DocumentKind, *, text: str, by: UUID, now: datetime) -> Document:
    """Put pasted text on the record. Raises Refusal where it is too long."""
    open_draft(application, now=now)
    _room(application, kind, now)
    if len(text) > MAX_TEXT_CHARACTERS:
        raise Refusal(PASTED_TOO_LONG, status=422, field="text", limit=MAX_TEXT_CHARACTERS)
    raw = text.encode()
    document = Document(
        source="pasted",
        media_type="text/plain",
        size=len(raw),
        sha256=hashlib.sha256(raw).hexdigest(),
        text=text,
        flags=[],
    )
    return _keep(application, kind, document, now)


def remove_document(document: Document, *, by: UUID, now: datetime) -> None:
    """Take a document out of the application; it stays on the record. A second click changes nothing."""
    open_draft(document.application, now=now)
    db.session.refresh(document)
    if document.replaced_at is None:
        document.replaced_at = now


def _room(application: Application, kind: DocumentKind, now: datetime) -> None:
    open_for_sending(application, now=now)
    if kind.count > 1 and len(documents_in_force(application.id, kind.slug)) >= kind.count:
        raise FileRefused("too_many_files")
    if len(application.documents) >= MAX_UPLOADS:
        raise Refusal(TOO_MANY_TRIES, status=429)


def _inspected(data: bytes, file_name: str | None) -> InspectedDocument:
    try:
        return inspect_document(data, file_name)
    except ReaderUnavailable as error:
        raise Refusal(NOT_STORED, status=503, field="file") from error


def _store(data: bytes) -> StoredFile:
    store = file_store()
    try:
        store.keep_room()
        return store.put_verified(f"documents/{secrets.token_hex(20)}", data)
    except StorageError as error:
        raise Refusal(NOT_STORED, status=507 if isinstance(error, StorageFull) else 503, field="file") from error


def _keep(application: Application, kind: DocumentKind, document: Document, now: datetime) -> Document:
    if kind.count == 1:
        for earlier in documents_in_force(application.id, kind.slug):
            earlier.replaced_at = now
    document.application_id = application.id
    document.kind = kind.slug
    document.uploaded_at = now
    db.session.add(document)
    db.session.flush()
    remember_save(application, now=now)
    return document
