"""The bytes of a recording, to the few who may watch it: in ranges, never cached, each view on the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from app.adapters.clock import now
from app.domain.recordings import safe_download_name
from app.extensions import transaction
from app.services.recordings import note_watched
from app.web.files import stored_response
from app.web.guard import allow, current_person_id

if TYPE_CHECKING:
    from app.models.recording import RecordedTake

bp = Blueprint("media", __name__, url_prefix="/staff/media")


@bp.get("/<uuid:take_id>")
@allow("recording:watch", load="take")
def stream(take: RecordedTake) -> ResponseReturnValue:
    """The recording, or the part of it that the player asks for."""
    if take.media_state != "ready" or take.storage_key is None or take.size is None:
        abort(404)
    application = take.interview.application
    if current_person_id() != application.person_id:
        # Staff see what was sent, never a try that was set aside or a draft.
        if take.state != "kept" or take.interview.submitted_at is None:
            abort(404)
        with transaction():
            note_watched(take, by=current_person_id(), now=now())
    name = safe_download_name(application.reference, take.question.position, take.media_type or "")
    return stored_response(
        take.storage_key,
        size=take.size,
        media_type=take.media_type or "application/octet-stream",
        headers={
            "Cache-Control": "no-store, private",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Content-Disposition": f'inline; filename="{name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
