"""The offer and what follows: read it, accept it, decline it; then the placement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField
from wtforms.validators import DataRequired

from app.adapters.clock import now
from app.extensions import transaction
from app.queries.people import supervisors_of
from app.queries.placements import latest_offer, placement_of, spanish_pay
from app.services.more_time import ask_more_time
from app.services.offers import accept_offer, decline_offer
from app.web.fields import options, paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm
from app.web.reasons import plain_reasons
from app.web.spanish_words import offer_spanish

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.placement import Offer

bp = Blueprint("offers", __name__, url_prefix="/applications/<uuid:application_id>")


class AcceptForm(KeptForm):
    # Which offer was read: a page that was open for weeks must not accept another one.
    offer_id = HiddenField()


class DeclineForm(KeptForm):
    offer_id = HiddenField()
    next_step = RadioField(
        _l("What would you like to do?"),
        choices=options(
            [
                ("again", _l("Stay in: look for another office for me")),
                ("leave", _l("Leave: end my application for this season")),
            ]
        ),
        validators=[DataRequired(_l("Choose what you would like to do."))],
    )
    reason = paragraph(_l("Would you tell us why?"), longest=2000, optional=True)


@bp.get("/offer")
@allow("offer:answer", load="application")
def show(application: Application) -> ResponseReturnValue:
    """The offer with everything that a person needs to decide."""
    if application.state == "placed":
        return redirect(url_for("applicant.offers.placement", application_id=application.id))
    offer = _offer(application)
    return render_template(
        "applicant/offers/show.html",
        application=application,
        offer=offer,
        reasons=plain_reasons(application),
        moment=now(),
        **_facts(application, offer),
    )


@bp.get("/offer/accept")
@allow("offer:answer", load="application")
def accept(application: Application) -> ResponseReturnValue:
    """Say once more what accepting does."""
    if application.state != "offer_sent":
        return redirect(url_for("applicant.offers.show", application_id=application.id))
    offer = _offer(application)
    return render_template(
        "applicant/offers/accept.html",
        application=application,
        offer=offer,
        form=AcceptForm(offer_id=offer.id),
        **_facts(application, offer),
    )


@bp.post("/offer/accept")
@allow("offer:answer", load="application")
def accept_now(application: Application) -> ResponseReturnValue:
    """Accept; a second click finds the placement that the first one made."""
    offer = _same_offer(application, AcceptForm())
    if offer is None:
        return _another_offer(application)
    with transaction():
        accept_offer(offer, by=current_person_id(), now=now())
    flash(_("You accepted the offer. Welcome!"), "success")
    return redirect(url_for("applicant.offers.placement", application_id=application.id))


@bp.get("/offer/decline")
@allow("offer:answer", load="application")
def decline(application: Application) -> ResponseReturnValue:
    """Another office, or the end; the reason is optional."""
    if application.state != "offer_sent":
        return redirect(url_for("applicant.offers.show", application_id=application.id))
    offer = _offer(application)
    return _decline_page(application, offer, DeclineForm(offer_id=offer.id))


@bp.post("/offer/decline")
@allow("offer:answer", load="application")
def decline_now(application: Application) -> ResponseReturnValue:
    """Decline the offer."""
    form = DeclineForm()
    offer = _same_offer(application, form)
    if offer is None:
        return _another_offer(application)
    if not form.validate_on_submit():
        return _decline_page(application, offer, form), 422
    again = form.next_step.data == "again"
    with transaction():
        decline_offer(offer, route_again=again, reason=form.reason.data, by=current_person_id(), now=now())
    if again:
        flash(_("You declined the offer. We look for another office for you."), "success")
    else:
        flash(_("You declined the offer, and your application has ended. Thank you for telling us."), "success")
    return redirect(url_for("applicant.status.show", application_id=application.id))


@bp.post("/offer/more-time")
@allow("offer:answer", load="application")
def more_time(application: Application) -> ResponseReturnValue:
    """Seven days more at once; the second time a person is asked."""
    with transaction():
        granted = ask_more_time(_offer(application), by=current_person_id(), now=now())
    if granted:
        flash(_("You have more time. The new day is on this page."), "success")
    else:
        flash(_("We passed it on. A person answers you within two working days."), "success")
    return redirect(url_for("applicant.offers.show", application_id=application.id))


@bp.get("/placement")
@allow("application:read", load="application")
def placement(application: Application) -> ResponseReturnValue:
    """Where, when, with whom, and the pay of both years."""
    found = placement_of(application.id)
    if found is None:
        abort(404)
    return render_template(
        "applicant/offers/placement.html",
        application=application,
        placement=found,
        supervisors=supervisors_of(found.office_id),
        spanish=offer_spanish(spanish_pay(application, found.office), found.spanish_increase_hourly, found.office),
    )


def _offer(application: Application) -> Offer:
    offer = latest_offer(application.id)
    if offer is None:
        abort(404)
    return offer


def _same_offer(application: Application, form: KeptForm) -> Offer | None:
    """Return the offer if it is the one whose page was open."""
    offer = _offer(application)
    return offer if str(offer.id) == form["offer_id"].data else None


def _another_offer(application: Application) -> ResponseReturnValue:
    flash(_("This is a newer offer than the one you had open. Please read it first."), "notice")
    return redirect(url_for("applicant.offers.show", application_id=application.id))


def _facts(application: Application, offer: Offer) -> dict[str, object]:
    return {
        "opening": application.opening,
        "supervisors": supervisors_of(offer.office_id),
        "spanish": offer_spanish(spanish_pay(application, offer.office), offer.spanish_increase_hourly, offer.office),
    }


def _decline_page(application: Application, offer: Offer, form: DeclineForm) -> str:
    return render_template("applicant/offers/decline.html", application=application, offer=offer, form=form)
