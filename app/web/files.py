"""Files leave only through here: as a download that no browser runs, under a name of our own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import structlog
from flask import Response, abort, current_app, request

from app.adapters.clock import now
from app.adapters.filestore import StorageError, StoredFileMissing
from app.adapters.pdf import PdfFailed, make_pdf
from app.domain.byte_ranges import RangeNotSatisfiable, range_for
from app.services.storage import file_store

if TYPE_CHECKING:
    from app.models.application import Document

log = structlog.get_logger()

_ENDINGS = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}


def document_response(document: Document) -> Response:
    """Return a stored document as an inert attachment."""
    ending = _ENDINGS.get(document.media_type or "", "bin")
    return stored_response(
        document.storage_key or "",
        size=document.size or 0,
        media_type=document.media_type or "application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{document.kind}-{document.id}.{ending}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


def stored_response(key: str, *, size: int, media_type: str, headers: Mapping[str, str]) -> Response:
    """Return a stored file, or the one range of it that is asked for, after the caller has checked who asks.

    With X_ACCEL_PREFIX the web server in front sends the bytes of a local file. 404 where the file is gone,
    503 where it is not the one that was saved or the store is away.
    """
    answer = Response(mimetype=media_type, headers={"Accept-Ranges": "bytes", **headers})
    store, prefix = file_store(), current_app.config["X_ACCEL_PREFIX"]
    try:
        if prefix and store.root is not None:
            store.open_range(key, 0, 0, size=size)
            answer.headers["X-Accel-Redirect"] = prefix.rstrip("/") + "/" + quote(key)
            return answer
        start, end = _wanted_part(answer, size)
        answer.headers["Content-Length"] = str(end - start)
        if request.method != "HEAD" and answer.status_code != 416:
            answer.response = store.open_range(key, start, end, size=size)
            answer.direct_passthrough = True
    except StoredFileMissing:
        log.error("stored file: missing", key=key)
        abort(404)
    except StorageError as fault:
        log.error("stored file: not sent", key=key, fault=type(fault).__name__)
        abort(503)
    return answer


def _wanted_part(answer: Response, size: int) -> tuple[int, int]:
    """What the Range header asks for; sets the status and Content-Range."""
    try:
        wanted = range_for(request.headers.get("Range"), size)
    except RangeNotSatisfiable:
        answer.status_code = 416
        answer.headers["Content-Range"] = f"bytes */{size}"
        return 0, 0
    start, end = wanted or (0, size)
    if wanted:
        answer.status_code = 206
        answer.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return start, end


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
