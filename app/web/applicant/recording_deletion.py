"""The person asks us to delete the recorded interview."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.domain.retention import RECORDING_DAYS, recording_goes_at
from app.extensions import transaction
from app.queries.recordings import interview_of
from app.services.recordings import ask_for_deletion
from app.web.guard import allow, current_person_id

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("recording_deletion", __name__, url_prefix="/applications/<uuid:application_id>/recording/delete")


@bp.get("")
@allow("recording:delete", load="application")
def form(application: Application) -> ResponseReturnValue:
    """What goes, what stays, and when."""
    interview = interview_of(application.id)
    if interview is None or interview.submitted_at is None:
        abort(404)
    moment = now()
    return render_template(
        "applicant/recordings/delete.html",
        application=application,
        interview=interview,
        at_once=recording_goes_at(moment, application.state) <= moment,
        latest=(interview.deletion_asked_at or moment) + timedelta(days=RECORDING_DAYS),
    )


@bp.post("")
@allow("recording:delete", load="application")
def ask(application: Application) -> ResponseReturnValue:
    """Note the wish."""
    interview = interview_of(application.id)
    if interview is None:
        abort(404)
    try:
        with transaction():
            ask_for_deletion(interview, by=current_person_id(), now=now())
    except Refusal as refusal:
        flash(_(refusal.message), "error")
        return redirect(url_for("applicant.sent.show", application_id=application.id))
    flash(_("We delete your recording. This page says by when."), "success")
    return redirect(url_for("applicant.recording_deletion.form", application_id=application.id))
