"""Files leave only through here: as a download that no browser runs, under a name of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog
from flask import Response, abort, current_app

from app.adapters.clock import now
from app.adapters.filestore import FileStore
from app.adapters.pdf import PdfFailed, make_pdf

if TYPE_CHECKING:
    from app.models.application import Document

log = structlog.get_logger()

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


def pdf_response(template: str, data: Mapping[str, Any], *, name: str) -> Response:
    """Make a tagged PDF and return it as an inert attachment; `name` is ours, without its ending.

    503 where it cannot be made now: the page holds the same words.
    """
    try:
        content = make_pdf(template, data, moment=now())
    except PdfFailed as problem:
        log.error("pdf: failed", template=template, why=str(problem))
        abort(503)
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
