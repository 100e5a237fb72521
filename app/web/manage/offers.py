"""Offers from the manager's side: send one now, or take an approval back for the office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adapters.clock import now
from app.domain.actors import By
from app.domain.placements import undo_until
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.people import deciders_of
from app.queries.placements import live_approval, spanish_pay
from app.services.offers import send_offer
from app.services.placements import undo_approval
from app.web.fields import Needed, paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm
from app.web.spanish_words import staff_spanish

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.placement import PlacementDecision
    from app.models.routing import Proposal

bp = Blueprint("offers", __name__, url_prefix="/manage/offers")


class UndoForm(KeptForm):
    reason = paragraph(_l("Why do you undo it?"), Needed(_l("Say why you undo the approval.")), longest=2000)


@bp.get("/<uuid:application_id>/send")
@allow("offer:send", load="application")
def confirm(application: Application) -> ResponseReturnValue:
    """What the offer will say, and that sending it ends the undo."""
    decision = live_approval(application.id)
    if decision is None or application.state != "placement_approved":
        return redirect(url_for("manage.routing.index"))
    return _send_page(application, decision)


def _send_page(application: Application, decision: PlacementDecision) -> str:
    spanish = spanish_pay(application, decision.office)
    return render_template(
        "manage/offers/confirm.html",
        application=application,
        opening=application.opening,
        decision=decision,
        undo_until=undo_until(decision.decided_at),
        spanish=staff_spanish(spanish, spanish.hourly, decision.office),
        passed_by=spanish.passed_by,
    )


@bp.post("/<uuid:application_id>/send")
@allow("offer:send", load="application")
def send(application: Application) -> ResponseReturnValue:
    """Send the offer now."""
    try:
        with transaction():
            send_offer(application, by=By(person_id=current_person_id()), now=now())
    except Refusal as refusal:
        decision = live_approval(application.id)
        if decision is None:
            raise
        flash(_(refusal.message), "error")
        return _send_page(application, decision), refusal.status
    flash(_("The offer is sent."), "success")
    return redirect(url_for("manage.routing.index"))


@bp.get("/proposals/<uuid:proposal_id>/undo")
@allow("placement:pass_on", load="proposal")
def undo(proposal: Proposal) -> ResponseReturnValue:
    """What undoing does, and why."""
    if proposal.application.state != "placement_approved" or proposal.state != "approved":
        return redirect(url_for("manage.routing.index"))
    return _undo_page(proposal, UndoForm())


@bp.post("/proposals/<uuid:proposal_id>/undo")
@allow("placement:pass_on", load="proposal")
def undo_now(proposal: Proposal) -> ResponseReturnValue:
    """Take the office's approval back; its supervisors are told."""
    form = UndoForm()
    if not form.validate_on_submit():
        return _undo_page(proposal, form), 422
    try:
        with transaction():
            undo_approval(proposal, reason=form.reason.data, by=current_person_id(), now=now())
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message))
        return _undo_page(proposal, form), refusal.status
    flash(_("The approval is undone. The office is told and asked again."), "success")
    return redirect(url_for("manage.candidates.show", application_id=proposal.application_id))


def _undo_page(proposal: Proposal, form: UndoForm) -> str:
    return render_template(
        "manage/offers/undo.html",
        proposal=proposal,
        application=proposal.application,
        form=form,
        decision=live_approval(proposal.application_id),
        supervisors=deciders_of(proposal.office_id, now=now()),
    )
