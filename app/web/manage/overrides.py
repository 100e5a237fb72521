"""A manager's override of the routing rule: another office, with a reason, released by a second person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import InputRequired

from app.adapters.clock import now
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import transaction
from app.queries.overrides import OfficeToName, live_overrides, offices_to_name
from app.queries.routing import latest_run
from app.services.overrides import override_routing, take_back_override
from app.web.fields import Needed, paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.routing import Pin

bp = Blueprint("overrides", __name__, url_prefix="/manage/routing")

STRUCK_WORDS = {
    "closed": N_("takes nobody now"),
    "not_here": N_("the person said: not here"),
    "decline": N_("the office declined"),
    "passed_on": N_("passed on before"),
    "not_now": N_("the office said: not now"),
    "offer": N_("the person declined its offer"),
}


class OverrideForm(KeptForm):
    office = SelectField(_l("Office"), validators=[InputRequired(_l("Choose an office."))])
    reason = paragraph(
        _l("Reason"),
        Needed(_l("Say why you override the rule. The reason stays on the record.")),
        longest=2000,
    )


@bp.get("/candidates/<uuid:application_id>/override")
@allow("candidate:decide", load="application")
def show(application: Application) -> ResponseReturnValue:
    """Which offices may be named, and what an override does."""
    if application.state != "in_routing":
        return redirect(url_for("manage.candidates.show", application_id=application.id))
    return _page(application, OverrideForm())


@bp.post("/candidates/<uuid:application_id>/override")
@allow("candidate:decide", load="application")
def make(application: Application) -> ResponseReturnValue:
    """Propose this person to that office, marked; a second person releases it."""
    form = OverrideForm()
    offices = {str(each.office.id): each.office for each in _offices(application) if each.struck is None}
    form.office.choices = ["", *offices]
    if not form.validate_on_submit():
        return _page(application, form), 422
    try:
        with transaction():
            override_routing(
                application,
                offices[form.office.data],
                reason=form.reason.data or "",
                by=current_person_id(),
                now=now(),
            )
            run = latest_run(application.opening_id)
            run_id = run.id if run is not None else None
    except Refusal as refusal:
        if refusal.field in form:
            form[refusal.field].errors = [_(refusal.message)]
        else:
            form.form_errors.append(_(refusal.message))
        return _page(application, form), refusal.status
    flash(_("Proposed by an override. A second person has to confirm it before the office is asked."), "success")
    return redirect(url_for("manage.routing.show", run_id=run_id) if run_id else url_for("manage.routing.index"))


@bp.post("/overrides/<uuid:pin_id>/take-back")
@allow("candidate:decide", load="pin")
def take_back(pin: Pin) -> ResponseReturnValue:
    """End an override that no office has been asked about yet; the rule decides again."""
    with transaction():
        take_back_override(pin, by=current_person_id(), now=now())
    flash(_("Taken back. The rule decides for this person again."), "success")
    return redirect(url_for("manage.routing.index"))


def _offices(application: Application) -> list[OfficeToName]:
    return offices_to_name(application, today=local_day(now(), application.opening.time_zone))


def _page(application: Application, form: OverrideForm) -> str:
    offices = _offices(application)
    form.office.choices = [("", _("Choose an office"))] + [
        (str(each.office.id), _("%(office)s, choice %(n)d", office=each.office.name, n=each.rank))
        if each.rank
        else (str(each.office.id), _("%(office)s, not ranked", office=each.office.name))
        for each in offices
        if each.struck is None
    ]
    standing = [pin for pin in live_overrides(application.opening_id) if pin.application_id == application.id]
    return render_template(
        "manage/overrides/show.html",
        application=application,
        person=application.person,
        form=form,
        struck=[(each.office, STRUCK_WORDS[each.struck]) for each in offices if each.struck is not None],
        standing=standing[0] if standing else None,
    )
