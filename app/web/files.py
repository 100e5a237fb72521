"""Uploaded files leave only through here: as a download that no browser runs, under a name of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, current_app

from app.adapters.filestore import FileStore

if TYPE_CHECKING:
    from app.models.application import Document

_ENDINGS = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}


def document_response(document: Document) -> Response:
    """Return a stored document as an inert attachment."""
    store = FileStore(current_app.config["STORAGE_URL"])
    ending = _ENDINGS.get(document.media_type or "", "bin")
    response = Response(
        store.get(document.storage_key or ""), mimetype=document.media_type or "application/octet-stream"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{document.kind}-{document.id}.{ending}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
