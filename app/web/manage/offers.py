"""Offers from the manager's side: send one now, or take an approval back for the office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.actors import By
from app.domain.placements import undo_until
from app.extensions import transaction
from app.queries.placements import live_approval, spanish_pay
from app.services.offers import send_offer
from app.services.placements import undo_approval
from app.web.guard import allow, current_person_id

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.routing import Proposal

bp = Blueprint("offers", __name__, url_prefix="/manage/offers")


@bp.get("/<uuid:application_id>/send")
@allow("offer:send", load="application")
def confirm(application: Application) -> ResponseReturnValue:
    """What the offer will say, and that sending it ends the undo."""
    decision = live_approval(application.id)
    if decision is None or application.state != "placement_approved":
        return redirect(url_for("manage.routing.index"))
    return render_template(
        "manage/offers/confirm.html",
        application=application,
        opening=application.opening,
        decision=decision,
        undo_until=undo_until(decision.decided_at),
        spanish=spanish_pay(application, decision.office),
    )


@bp.post("/<uuid:application_id>/send")
@allow("offer:send", load="application")
def send(application: Application) -> ResponseReturnValue:
    """Send the offer now."""
    with transaction():
        send_offer(application, by=By(person_id=current_person_id()), now=now())
    flash(_("The offer is sent."), "success")
    return redirect(url_for("manage.routing.index"))


@bp.post("/proposals/<uuid:proposal_id>/undo")
@allow("placement:pass_on", load="proposal")
def undo(proposal: Proposal) -> ResponseReturnValue:
    """Take the office's approval back."""
    with transaction():
        undo_approval(proposal, by=current_person_id(), now=now())
    flash(_("The approval is undone. The office is asked again."), "success")
    return redirect(url_for("manage.routing.index"))
