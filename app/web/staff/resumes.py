"""The résumé, read by one person after the answers are scored; no longer blind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.extensions import transaction
from app.queries.documents import resume_of
from app.queries.reading import rubrics_for_resume
from app.services.audit import record
from app.services.reading import save_resume_scores
from app.web.files import document_response
from app.web.guard import allow, current_person_id
from app.web.staff.reading import ScoreForm, chosen_scores

if TYPE_CHECKING:
    from app.models.reading import ReadingAssignment

bp = Blueprint("resumes", __name__, url_prefix="/staff/resumes")


@bp.get("/<uuid:reading_id>")
@allow("resume:score", load="reading")
def score(reading: ReadingAssignment) -> ResponseReturnValue:
    """The résumé and its rubric."""
    kept, _problems = chosen_scores(rubrics_for_resume(reading.application.opening_id))
    scores = {score.rubric_id: score.value for score in reading.scores} | kept
    return _page(reading, ScoreForm(note=reading.note), scores, {})


@bp.post("/<uuid:reading_id>")
@allow("resume:score", load="reading")
def save(reading: ReadingAssignment) -> ResponseReturnValue:
    """Save the scores; the application goes on to its next gate or to a manager."""
    if reading.kind != "resume":
        abort(404)
    form = ScoreForm()
    values, problems = chosen_scores(rubrics_for_resume(reading.application.opening_id))
    if not form.validate_on_submit() or problems:
        return _page(reading, form, values, problems), 422
    with transaction():
        save_resume_scores(reading, values, note=form.note.data or None, by=current_person_id(), now=now())
    flash(_("Saved. Thank you."), "success")
    return redirect(url_for("staff.home.show"))


@bp.get("/<uuid:reading_id>/file")
@allow("resume:score", load="reading")
def file(reading: ReadingAssignment) -> ResponseReturnValue:
    """The résumé's own file, as a download; every view is on the record."""
    resume = resume_of(reading.application_id)
    if resume is None or resume.storage_key is None:
        abort(404)
    with transaction():
        record("document:read", "document", resume.id, by=current_person_id(), now=now())
    return document_response(resume)


def _page(reading: ReadingAssignment, form: ScoreForm, scores: Mapping[UUID, int], problems: Mapping[str, str]) -> str:
    if reading.kind != "resume":
        abort(404)
    return render_template(
        "staff/resumes/score.html",
        reading=reading,
        person=reading.application.person,
        resume=resume_of(reading.application_id),
        rubrics=rubrics_for_resume(reading.application.opening_id),
        form=form,
        scores=scores,
        problems=problems,
    )
