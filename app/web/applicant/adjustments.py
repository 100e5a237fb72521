"""Asking for something to be changed; the coordinator sees it, nobody who scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adapters.clock import now
from app.extensions import transaction
from app.queries.applications import adjustments_of
from app.services.adjustments import ADJUSTMENTS, ask_for_adjustment
from app.web.fields import MultiCheckboxField, options, paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("adjustments", __name__, url_prefix="/applications/<uuid:application_id>/adjustments")


class AdjustmentForm(KeptForm):
    """What would help; no reason and no proof."""

    wishes = MultiCheckboxField(_l("What would help you?"))
    body = paragraph(_l("Anything that the coordinator should know"), longest=5000, optional=True)


@bp.route("", methods=["GET", "POST"])
@allow("adjustment:ask", load="application")
def edit(application: Application) -> ResponseReturnValue:
    """Show what was asked before, and take a new request at any time."""
    form = AdjustmentForm()
    form.wishes.choices = options((wish, _(words)) for wish, words in ADJUSTMENTS.items())
    if form.is_submitted() and form.validate():
        if form.wishes.data or form.body.data:
            with transaction():
                ask_for_adjustment(
                    application, form.wishes.data or (), form.body.data or "", by=current_person_id(), now=now()
                )
            flash(_("The accommodation coordinator has your request and will write to you."), "success")
            return redirect(url_for("applicant.adjustments.edit", application_id=application.id))
        form.wishes.errors = [_("Choose what would help you, or write it below.")]
    page = render_template(
        "applicant/adjustments/edit.html",
        form=form,
        application=application,
        requests=adjustments_of(application.id),
        wishes=ADJUSTMENTS,
        back_url=_back(application),
    )
    return page, 400 if form.errors else 200


def _back(application: Application) -> str:
    endpoint = "applicant.tasks.show" if application.state == "draft" else "applicant.status.show"
    return url_for(endpoint, application_id=application.id)
