"""The addresses that get no mail: who is on the list and why, putting one there, taking one off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.suppression import lifted_addresses, suppressed_addresses
from app.services.suppression import lift_suppression, suppress_address
from app.web.fields import Needed, line, paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.suppression import MailSuppression

bp = Blueprint("addresses", __name__, url_prefix="/manage/mail/addresses")


class AddressForm(KeptForm):
    email = line(_l("E-mail address"), Needed(_l("Enter a whole e-mail address.")), longest=254)
    reason = paragraph(_l("Reason"), Needed(_l("Say why, for whoever looks here later.")), longest=1000)


class LiftForm(KeptForm):
    reason = paragraph(_l("Reason"), Needed(_l("Say why it is good again.")), longest=1000)


@bp.get("")
@allow("suppression:manage")
def index() -> ResponseReturnValue:
    """The list, and a form for one more."""
    return _index(AddressForm())


@bp.post("")
@allow("suppression:manage")
def add() -> ResponseReturnValue:
    """Put an address onto the list."""
    form = AddressForm()
    if not form.validate_on_submit():
        return _index(form), 422
    try:
        with transaction():
            suppress_address(form.email.data or "", reason=form.reason.data or "", by=current_person_id(), now=now())
    except Refusal as refusal:
        form.email.errors = [_(refusal.message)]
        return _index(form), refusal.status
    flash(_("This address gets no mail from now on, except sign-in codes that its owner asks for."), "success")
    return redirect(url_for("manage.addresses.index"))


@bp.get("/<uuid:suppression_id>")
@allow("suppression:manage", load="suppression")
def show(suppression: MailSuppression) -> ResponseReturnValue:
    """One address, and the form to take it off."""
    return _show(suppression, LiftForm())


@bp.post("/<uuid:suppression_id>")
@allow("suppression:manage", load="suppression")
def lift(suppression: MailSuppression) -> ResponseReturnValue:
    """Take it off the list."""
    form = LiftForm()
    if not form.validate_on_submit():
        return _show(suppression, form), 422
    try:
        with transaction():
            lift_suppression(suppression, reason=form.reason.data or "", by=current_person_id(), now=now())
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message))
        return _show(suppression, form), refusal.status
    flash(
        _("Mail leaves for this address again. What was held back is in the list of mails: send it again."), "success"
    )
    return redirect(url_for("manage.notices.index", show="trouble"))


def _index(form: AddressForm) -> str:
    return render_template(
        "manage/addresses/index.html", form=form, addresses=suppressed_addresses(), lifted=lifted_addresses()
    )


def _show(suppression: MailSuppression, form: LiftForm) -> str:
    return render_template("manage/addresses/show.html", form=form, address=suppression)
