"""Saying no to an office that the person did not rank, before it decides; after a page that says what it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.pipeline import IllegalMove
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.meetings import proposal_considered
from app.queries.placements import chose_nothing_about
from app.services.own_refusals import refuse_office
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.routing import Proposal

bp = Blueprint("say_no", __name__, url_prefix="/applications/<uuid:application_id>/say-no")


@bp.get("")
@allow("meeting:answer", load="application")
def ask(application: Application) -> ResponseReturnValue:
    """Say what a no does, and ask once."""
    proposal = _proposal(application)
    if proposal is None or not chose_nothing_about(proposal):
        return _to_status(application)
    return render_template(
        "applicant/say_no/ask.html", application=application, office=proposal.office, form=KeptForm()
    )


@bp.post("")
@allow("meeting:answer", load="application")
def say(application: Application) -> ResponseReturnValue:
    """Say no; a second click finds it done."""
    proposal = _proposal(application)
    if proposal is None:
        return _to_status(application)
    office = proposal.office.name
    try:
        with transaction():
            refuse_office(proposal, by=current_person_id(), now=now())
    except Refusal as refusal:
        flash(_(refusal.message), "error")
    except IllegalMove:
        flash(_("Your application has moved on meanwhile. Look at what stands now."), "error")
    else:
        flash(_("You said no to %(office)s. We look further for you.", office=office), "success")
    return _to_status(application)


def _proposal(application: Application) -> Proposal | None:
    """Return what an office looks at; once its offer has left, the offer is what is answered."""
    if application.state not in ("placement_in_review", "placement_approved"):
        return None
    return proposal_considered(application.id)


def _to_status(application: Application) -> ResponseReturnValue:
    return redirect(url_for("applicant.status.show", application_id=application.id))
