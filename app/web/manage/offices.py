"""Offices: what each one needs and pays, its seats, and what it says about their number."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DecimalField, RadioField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.adapters.clock import now
from app.domain.offices import MOST_INCREASE, SPANISH_NEED_HINTS, SPANISH_NEEDS
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.offices import managed_offices, offices_to_edit
from app.queries.seat_requests import seat_requests_to_answer
from app.queries.seats import seats_taken
from app.queries.work import openings_managed_by
from app.services.offices import OfficePay, change_office
from app.services.seat_requests import grant_seats, refuse_seats
from app.web.fields import Needed, options, paragraph
from app.web.guard import allow, current_actor, current_person_id
from app.web.office_facts import OfficeForm, values_of
from app.web.parking import KeptForm
from app.web.spanish_words import unset_pay, unstated_pay

if TYPE_CHECKING:
    from app.models.office import Office
    from app.models.seat_request import SeatRequest

bp = Blueprint("offices", __name__, url_prefix="/manage/offices")

INCREASE = {None: "unknown", True: "yes", False: "no"}


class OfficeWithPayForm(OfficeForm):
    spanish_increase = RadioField(
        _l("More pay for Spanish speakers"),
        choices=options([("unknown", _l("Not stated yet")), ("yes", _l("Yes")), ("no", _l("No"))]),
        validators=[InputRequired(_l("Choose one of these."))],
    )
    spanish_increase_hourly = DecimalField(
        _l("Dollars an hour on top"),
        places=2,
        validators=[Optional(), NumberRange(0.01, MOST_INCREASE, _l("Enter dollars an hour, such as 1.25."))],
    )

    def pay(self) -> OfficePay:
        """Return what was entered; cents are the smallest amount."""
        typed = self.spanish_increase_hourly.data
        hourly = typed.quantize(Decimal("0.01")) if typed is not None else None
        eligible = {"yes": True, "no": False}.get(self.spanish_increase.data)
        return OfficePay(spanish_increase=eligible, spanish_increase_hourly=hourly)


class KeepSeatsForm(KeptForm):
    answer = paragraph(
        _l("Why does the number stay?"), Needed(_l("Tell the office why the number stays.")), longest=1000
    )


class GrantSeatsForm(KeptForm):
    """Asked for only below the seats that are taken."""

    reason = paragraph(_l("Why do you go below the seats that are taken?"), longest=1000)


@bp.get("")
@allow("office:manage")
def index() -> ResponseReturnValue:
    """Every office of the openings that this manager runs; what offices say about their seats comes first."""
    openings = openings_managed_by(current_actor())
    return render_template(
        "manage/offices/index.html",
        offices=managed_offices(offices_to_edit(current_actor()), openings),
        seat_requests=seat_requests_to_answer([opening.id for opening in openings]),
        needs=SPANISH_NEEDS,
    )


@bp.get("/<uuid:office_id>")
@allow("office:manage", load="office")
def edit(office: Office) -> ResponseReturnValue:
    """What is known of one office, pay included."""
    form = OfficeWithPayForm(
        **values_of(office),
        spanish_increase=INCREASE[office.spanish_increase],
        spanish_increase_hourly=office.spanish_increase_hourly,
    )
    return _page(office, form)


@bp.post("/<uuid:office_id>")
@allow("office:manage", load="office")
def save(office: Office) -> ResponseReturnValue:
    """Keep it; whoever comes second compares."""
    form = OfficeWithPayForm()
    if not form.validate_on_submit():
        return _page(office, form), 422
    try:
        with transaction():
            changed = change_office(
                office, form.facts(), pay=form.pay(), row_version=form.version, by=current_person_id(), now=now()
            )
    except Refusal as refusal:
        if refusal.field is not None and refusal.field in form:
            form[refusal.field].errors = [_(refusal.message)]
            return _page(office, form), refusal.status
        form.form_errors.append(_(refusal.message))
        form.row_version.data = str(office.row_version)
        return _page(office, form, stored=True), refusal.status
    flash(_("Saved.") if changed else _("Nothing was changed."), "success")
    return redirect(url_for("manage.offices.index"))


@bp.get("/seats/<uuid:seat_request_id>")
@allow("seats:edit", load="seat_request")
def answer(seat_request: SeatRequest) -> ResponseReturnValue:
    """What the office says, and the two answers."""
    return _answer_page(seat_request, KeepSeatsForm())


@bp.post("/seats/<uuid:seat_request_id>")
@allow("seats:edit", load="seat_request")
def settle(seat_request: SeatRequest) -> ResponseReturnValue:
    """Take the office's number, or keep ours and say why."""
    form = KeepSeatsForm()
    grants, grant_form = request.form.get("action") == "grant", GrantSeatsForm()
    if grants and not grant_form.validate_on_submit():
        return _answer_page(seat_request, KeepSeatsForm(formdata=None), grant_form), 422
    if not grants and not form.validate_on_submit():
        return _answer_page(seat_request, form), 422
    try:
        with transaction():
            if grants:
                grant_seats(seat_request, reason=grant_form.reason.data, by=current_person_id(), now=now())
            else:
                refuse_seats(seat_request, answer=form.answer.data or "", by=current_person_id(), now=now())
    except Refusal as refusal:
        if refusal.field == "reason":
            grant_form.reason.errors = [_(refusal.message)]
            return _answer_page(seat_request, KeepSeatsForm(formdata=None), grant_form), refusal.status
        form.form_errors.append(_(refusal.message))
        return _answer_page(seat_request, form), refusal.status
    flash(
        _("The number is changed and confirmed.") if grants else _("The number stays; the office reads why."), "success"
    )
    return redirect(url_for("manage.offices.index"))


def _page(office: Office, form: OfficeWithPayForm, stored: bool = False) -> str:
    hints = {key: _(words) for key, words in SPANISH_NEED_HINTS.items()}
    return render_template(
        "manage/offices/edit.html",
        office=office,
        form=form,
        hints=hints,
        needs=SPANISH_NEEDS,
        stored=stored,
        unstated=unstated_pay(office),
        unset=unset_pay(office),
    )


def _answer_page(seat_request: SeatRequest, form: KeepSeatsForm, grant_form: GrantSeatsForm | None = None) -> str:
    return render_template(
        "manage/offices/answer.html",
        asked=seat_request,
        taken=seats_taken(seat_request.pool_id),
        form=form,
        grant_form=grant_form or GrantSeatsForm(formdata=None, reason=seat_request.note),
    )
