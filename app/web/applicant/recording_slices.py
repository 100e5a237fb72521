"""What recorder.js calls while a person records: open, slice, finish. JSON in, JSON out, no redirects."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import abort, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.recordings import MAX_SEGMENTS, MAX_SLICE_BYTES, MAX_SLICES_PER_SEGMENT
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import transaction
from app.queries.openings import questions_of
from app.services.recordings import finish_take, keep_slice, open_segment
from app.web.applicant.recordings import bp, interview_or_404
from app.web.guard import allow

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.opening import Question
    from app.models.recording import RecordedSegment

NOT_UNDERSTOOD = N_("We could not read what this page sent. Reload the page; what you recorded is safe.")
TOO_BIG = N_("A part of the recording is too large. Choose audio only, or upload a video file.")


@bp.post("/questions/<uuid:question_id>/open", endpoint="open")
@allow("recording:make", load="application")
def open_part(application: Application, question_id: UUID) -> ResponseReturnValue:
    """Begin a segment; the answer says where its slices go."""
    interview, body = interview_or_404(application), _json()
    try:
        with transaction():
            segment = open_segment(
                interview,
                _question(application, question_id),
                mime=str(body.get("mime", "")),
                audio_only=bool(body.get("audio_only")),
                now=now(),
            )
            segment_id = segment.id
    except Refusal as refused:
        return _refused(refused)
    first = url_for("applicant.recordings.slice", application_id=application.id, segment_id=segment_id, index=0)
    return jsonify(segment_id=str(segment_id), slice_url_template=f"{first.removesuffix('0')}INDEX")


@bp.route("/segments/<uuid:segment_id>/slices/<int:index>", methods=["PUT", "POST"], endpoint="slice")
@allow("recording:make", load="segment")
def take_slice(segment: RecordedSegment, application_id: UUID, index: int) -> ResponseReturnValue:
    """Keep one slice: 201 when it is new, 200 when it was there."""
    if segment.take.interview.application_id != application_id:
        abort(404)
    if (request.content_length or 0) > MAX_SLICE_BYTES:
        return jsonify(message=_(TOO_BIG)), 413
    data = request.get_data(cache=False)
    try:
        with transaction():
            is_new = keep_slice(segment, index, data, now=now())
    except Refusal as refused:
        return _refused(refused)
    return jsonify(stored=len(data)), 201 if is_new else 200


@bp.post("/questions/<uuid:question_id>/finish")
@allow("recording:make", load="application")
def finish(application: Application, question_id: UUID) -> ResponseReturnValue:
    """End the take when every slice is there; 425 while one is missing, and the page tries again."""
    interview, body = interview_or_404(application), _json()
    counts = _counts(body.get("segments"))
    seconds = body.get("seconds")
    if counts is None or not isinstance(seconds, int | float) or not isfinite(seconds):
        return jsonify(message=_(NOT_UNDERSTOOD)), 400
    try:
        with transaction():
            finish_take(interview, _question(application, question_id), counts, seconds=round(seconds), now=now())
    except Refusal as refused:
        return _refused(refused)
    return jsonify(saved=True)


def _question(application: Application, question_id: UUID) -> Question:
    for question in questions_of(application.opening, "recorded"):
        if question.id == question_id:
            return question
    abort(404)


def _json() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _counts(segments: object) -> dict[UUID, int] | None:
    """How many slices each segment has, by its id; None for what is no such list."""
    if not isinstance(segments, list) or len(segments) > MAX_SEGMENTS:
        return None
    counts = {}
    for segment in segments:
        number = segment.get("slices") if isinstance(segment, dict) else None
        if not isinstance(number, int) or not 0 <= number <= MAX_SLICES_PER_SEGMENT:
            return None
        try:
            counts[UUID(str(segment.get("id")))] = number
        except ValueError:
            return None
    return counts


def _refused(refused: Refusal) -> ResponseReturnValue:
    return jsonify(message=_(refused.message)), refused.status
