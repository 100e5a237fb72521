"""An office says what it needs, whom to ask for, and what a meeting there is like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.offices import SPANISH_NEED_HINTS, SPANISH_NEEDS
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.services.offices import change_office
from app.web.guard import allow, current_person_id
from app.web.office_facts import OfficeForm, values_of

if TYPE_CHECKING:
    from app.models.office import Office

bp = Blueprint("facts", __name__, url_prefix="/defender/offices/<uuid:office_id>/facts")


@bp.get("")
@allow("office:edit", load="office")
def edit(office: Office) -> ResponseReturnValue:
    """What is known now."""
    return _page(office, OfficeForm(**values_of(office)))


@bp.post("")
@allow("office:edit", load="office")
def save(office: Office) -> ResponseReturnValue:
    """Keep it; whoever comes second compares."""
    form = OfficeForm()
    if not form.validate_on_submit():
        return _page(office, form), 422
    try:
        with transaction():
            changed = change_office(office, form.facts(), row_version=form.version, by=current_person_id(), now=now())
    except Refusal as refusal:
        if refusal.field is not None and refusal.field in form:
            form[refusal.field].errors = [_(refusal.message)]
            return _page(office, form), refusal.status
        form.form_errors.append(_(refusal.message))
        form.row_version.data = str(office.row_version)
        return _page(office, form, stored=True), refusal.status
    flash(_("Saved.") if changed else _("Nothing was changed."), "success")
    return redirect(url_for("defender.home.office", office_id=office.id))


def _page(office: Office, form: OfficeForm, stored: bool = False) -> str:
    """`stored` shows beside the form what a colleague has written meanwhile."""
    hints = {key: _(words) for key, words in SPANISH_NEED_HINTS.items()}
    return render_template(
        "defender/facts/edit.html", office=office, form=form, hints=hints, needs=SPANISH_NEEDS, stored=stored
    )
