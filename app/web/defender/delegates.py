"""A supervisor who is away names a colleague for some days, and may end it early."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField
from wtforms.validators import InputRequired

from app.adapters.clock import now
from app.domain.email_address import clean_address
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.delegations import delegations_of
from app.services.delegations import delegate_office, end_delegation
from app.web.fields import Needed, line
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.office import Office
    from app.models.person import RoleGrant

bp = Blueprint("delegates", __name__, url_prefix="/defender/offices/<uuid:office_id>/delegates")


class DelegateForm(KeptForm):
    email = line(_l("Your colleague’s e-mail"), Needed(_l("Enter an e-mail address.")), longest=254)
    first_day = DateField(_l("First day"), validators=[InputRequired(_l("Enter the first day."))])
    last_day = DateField(_l("Last day"), validators=[InputRequired(_l("Enter the last day."))])


@bp.get("")
@allow("office:delegate", load="office")
def name(office: Office) -> ResponseReturnValue:
    """The form."""
    return _page(office, DelegateForm(first_day=local_day(now(), office.time_zone)))


@bp.post("")
@allow("office:delegate", load="office")
def invite(office: Office) -> ResponseReturnValue:
    """Lend the right, and write to the colleague."""
    form = DelegateForm()
    valid = form.validate_on_submit()
    address = clean_address(form.email.data or "")
    if valid and address is None:
        form.email.errors = [_("Enter an e-mail address in the form name@example.org.")]
    if not valid or address is None:
        return _page(office, form), 422
    try:
        with transaction():
            delegate_office(
                office,
                address,
                first_day=form.first_day.data,
                last_day=form.last_day.data,
                by=current_person_id(),
                now=now(),
            )
    except Refusal as refusal:
        form[refusal.field or "email"].errors = [_(refusal.message)]
        return _page(office, form), refusal.status
    flash(_("Done. %(email)s gets a mail with a link.", email=address), "success")
    return redirect(url_for("defender.home.office", office_id=office.id))


@bp.get("/<uuid:grant_id>/end")
@allow("office:delegate", load="office")
def ending(office: Office, grant_id: UUID) -> ResponseReturnValue:
    """What ending it does."""
    return render_template("defender/delegates/end.html", office=office, grant=_grant(office, grant_id), moment=now())


def _grant(office: Office, grant_id: UUID) -> RoleGrant:
    grant = next((each for each in delegations_of(office.id, now=now()) if each.id == grant_id), None)
    if grant is None:
        abort(404)
    return grant


@bp.post("/<uuid:grant_id>/end")
@allow("office:delegate", load="office")
def end(office: Office, grant_id: UUID) -> ResponseReturnValue:
    """Take the right back."""
    grant = _grant(office, grant_id)
    with transaction():
        end_delegation(grant, by=current_person_id(), now=now())
        who = grant.person.name
    flash(_("%(name)s no longer decides for your office.", name=who), "success")
    return redirect(url_for("defender.home.office", office_id=office.id))


def _page(office: Office, form: DelegateForm) -> str:
    return render_template("defender/delegates/name.html", office=office, form=form)
