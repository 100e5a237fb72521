"""A manager's override of the routing rule: another office, with a reason, released by a second person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import SelectField
from wtforms.validators import InputRequired

from app.adapters.clock import now
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import transaction
from app.queries.overrides import OfficeToName, live_overrides, offices_to_name
from app.queries.routing import latest_run
from app.queries.seats import SeatCount, seat_counts
from app.services.overrides import override_routing, take_back_override
from app.web.fields import Needed, options, paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from uuid import UUID

    from app.models.application import Application
    from app.models.routing import Pin

bp = Blueprint("overrides", __name__, url_prefix="/manage/routing")

STRUCK_WORDS = {
    "closed": N_("takes nobody now"),
    "not_here": N_("the person said: not here"),
    "would_not": N_("the person would not work there"),
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
    form.office.choices = options((key, "") for key in ("", *offices))
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
            warning = _full(_seats(application).get(offices[form.office.data].id))
            run = latest_run(application.opening_id)
            run_id = run.id if run is not None else None
    except Refusal as refusal:
        if refusal.field in form:
            form[refusal.field].errors = [_(refusal.message)]
        else:
            form.form_errors.append(_(refusal.message))
        return _page(application, form), refusal.status
    said = _("Proposed by an override. Now ask a second person to confirm its release; the office is not asked before.")
    flash(said, "success")
    if warning:
        flash(warning, "notice")
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


def _seats(application: Application) -> dict[UUID, SeatCount]:
    return {office.id: count for count in seat_counts(application.opening) for office in count.offices}


def _full(count: SeatCount | None) -> str:
    """Return what to know before an office without a free seat is asked, or nothing."""
    if count is None or count.free:
        return ""
    if count.taken >= count.pool.seats:
        return _("No seat is free there. The office can meet the person, but it cannot approve before a seat is free.")
    return _("Every seat there is taken or asked for. The office can approve only while a seat is left.")


def _choice(each: OfficeToName, count: SeatCount | None) -> str:
    if each.rank:
        name = _("%(office)s, choice %(n)d", office=each.office.name, n=each.rank)
    else:
        name = _("%(office)s, not ranked", office=each.office.name)
    if count is None:
        return name
    seats, held = count.pool.seats, count.taken + count.asked
    if not count.free:
        return _("%(office)s: no seat free (%(held)d of %(seats)d taken or asked)", office=name, held=held, seats=seats)
    return ngettext(
        "%(office)s: %(free)d of %(num)d seat free",
        "%(office)s: %(free)d of %(num)d seats free",
        seats,
        office=name,
        free=count.free,
    )


def _page(application: Application, form: OverrideForm) -> str:
    offices, seats = _offices(application), _seats(application)
    named = ((str(each.office.id), _choice(each, seats.get(each.office.id))) for each in offices if each.struck is None)
    form.office.choices = options([("", _("Choose an office")), *named])
    standing = [pin for pin in live_overrides(application.opening_id) if pin.application_id == application.id]
    return render_template(
        "manage/overrides/show.html",
        application=application,
        person=application.person,
        form=form,
        struck=[(each.office, STRUCK_WORDS[each.struck]) for each in offices if each.struck is not None],
        standing=standing[0] if standing else None,
    )
