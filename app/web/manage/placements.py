"""Placements: who is where, the second year's pay, and the end of a placement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField
from wtforms.validators import DataRequired, InputRequired

from app.adapters.clock import now
from app.domain.fellowships import second_year_from
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.fellowships import PAGE, placements_of
from app.queries.placements import spanish_pay
from app.queries.work import openings_managed_by
from app.services.fellowships import (
    check_end,
    decide_second_year,
    end_placement,
    fellow_and_office,
    second_year_problem,
    set_start,
)
from app.services.more_time import give_more_time
from app.web.fields import Needed, options, paragraph
from app.web.guard import allow, current_actor, current_person_id
from app.web.parking import KeptForm
from app.web.spanish_words import staff_spanish

if TYPE_CHECKING:
    from app.models.placement import Offer, Placement

bp = Blueprint("placements", __name__, url_prefix="/manage/placements")


class SecondYearForm(KeptForm):
    outcome = RadioField(
        _l("Is the pay step of the second year approved?"),
        choices=options([("approved", _l("Yes, approve it")), ("not_approved", _l("No, not approved"))]),
        validators=[DataRequired(_l("Choose yes or no."))],
    )
    reason = paragraph(_l("Reason"), Needed(_l("Give a reason; it stays on the record.")), longest=2000)


class StartForm(KeptForm):
    starts_on = DateField(_l("First day"), validators=[InputRequired(_l("Enter the first day."))])


class EndForm(KeptForm):
    last_day = DateField(_l("Last day of work"), validators=[InputRequired(_l("Enter the last day of work."))])
    reason = paragraph(_l("Why does it end?"), Needed(_l("Give a reason; it stays on the record.")), longest=2000)


class MoreTimeForm(KeptForm):
    day = DateField(_l("Answer by"), validators=[InputRequired(_l("Enter the day to answer by."))])


@bp.get("")
@allow("fellowship:list")
def index() -> ResponseReturnValue:
    """Everybody who is placed; ?ended=yes shows the placements that have ended."""
    ended = request.args.get("ended") == "yes"
    start = min(max(request.args.get("from", 0, type=int), 0), 1_000_000)
    rows = placements_of(openings_managed_by(current_actor()), ended=ended, start=start)
    return render_template(
        "manage/placements/index.html",
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        start=start,
        page=PAGE,
        ended=ended,
        second_year_from=second_year_from,
    )


@bp.get("/<uuid:placement_id>")
@allow("fellowship:manage", load="placement")
def show(placement: Placement) -> ResponseReturnValue:
    """One placement: dates, pay of both years, what was decided and what is still to be."""
    return _page(placement)


@bp.post("/<uuid:placement_id>/start")
@allow("fellowship:manage", load="placement")
def start(placement: Placement) -> ResponseReturnValue:
    """Set or move the first day."""
    form = StartForm()
    if not form.validate_on_submit():
        return _page(placement, start_form=form), 422
    try:
        with transaction():
            set_start(placement, form.starts_on.data, by=current_person_id(), now=now())
    except Refusal as refusal:
        if refusal.field and refusal.field in form:
            form[refusal.field].errors = [_(refusal.message)]
        else:
            form.form_errors.append(_(refusal.message))
        return _page(placement, start_form=form), refusal.status
    flash(_("The first day is set. The fellow and the office are told."), "success")
    return redirect(url_for("manage.placements.show", placement_id=placement.id))


@bp.post("/<uuid:placement_id>/second-year")
@allow("fellowship:manage", load="placement")
def second_year(placement: Placement) -> ResponseReturnValue:
    """First what the decision does and who is told; confirmed, the decision itself."""
    form = SecondYearForm()
    if not form.validate_on_submit() or "change" in request.form:
        return _page(placement, year_form=form), 422 if form.errors else 200
    if request.form.get("confirm") != "yes" and second_year_problem(placement) is None:
        return render_template("manage/placements/second_year.html", **_year_facts(placement), form=form)
    try:
        with transaction():
            decide_second_year(
                placement,
                approved=form.outcome.data == "approved",
                reason=form.reason.data or "",
                by=current_person_id(),
                now=now(),
            )
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message))
        return _page(placement, year_form=form), refusal.status
    flash(_("Decided. The fellow and the office are told."), "success")
    return redirect(url_for("manage.placements.show", placement_id=placement.id))


@bp.get("/<uuid:placement_id>/end")
@allow("fellowship:manage", load="placement")
def end(placement: Placement) -> ResponseReturnValue:
    """What ending a placement does."""
    if placement.ended_at is not None:
        return redirect(url_for("manage.placements.show", placement_id=placement.id))
    return render_template("manage/placements/end.html", placement=placement, form=EndForm())


@bp.post("/<uuid:placement_id>/end")
@allow("fellowship:manage", load="placement")
def end_now(placement: Placement) -> ResponseReturnValue:
    """First what it does and who is told; confirmed, the end is recorded and the seat is free."""
    form = EndForm()
    told = fellow_and_office(placement, now=now())
    if not form.validate_on_submit() or "change" in request.form:
        return render_template(
            "manage/placements/end.html", placement=placement, form=form
        ), 422 if form.errors else 200
    try:
        if request.form.get("confirm") != "yes":
            check_end(placement, form.last_day.data, reason=form.reason.data or "", now=now())
            return render_template("manage/placements/end_confirm.html", placement=placement, form=form, told=told)
        with transaction():
            end_placement(
                placement,
                last_day=form.last_day.data,
                reason=form.reason.data or "",
                by=current_person_id(),
                now=now(),
            )
    except Refusal as refusal:
        if refusal.field and refusal.field in form:
            form[refusal.field].errors = [_(refusal.message)]
        else:
            form.form_errors.append(_(refusal.message))
        return render_template("manage/placements/end.html", placement=placement, form=form), refusal.status
    flash(_("The end is recorded and the seat is free. The next run offers it to whoever waits."), "success")
    return redirect(url_for("manage.placements.show", placement_id=placement.id))


@bp.get("/offers/<uuid:offer_id>/more-time")
@allow("offer:send", load="offer")
def more_time(offer: Offer) -> ResponseReturnValue:
    """Move the day by which an offer is to be answered."""
    return render_template("manage/placements/more_time.html", offer=offer, form=MoreTimeForm())


@bp.post("/offers/<uuid:offer_id>/more-time")
@allow("offer:send", load="offer")
def give_time(offer: Offer) -> ResponseReturnValue:
    """Give more time; the applicant is told."""
    form = MoreTimeForm()
    if not form.validate_on_submit():
        return render_template("manage/placements/more_time.html", offer=offer, form=form), 422
    try:
        with transaction():
            give_more_time(offer, form.day.data, by=current_person_id(), now=now())
    except Refusal as refusal:
        if refusal.field and refusal.field in form:
            form[refusal.field].errors = [_(refusal.message)]
        else:
            form.form_errors.append(_(refusal.message))
        return render_template("manage/placements/more_time.html", offer=offer, form=form), refusal.status
    flash(_("Done. The applicant is told of the new day."), "success")
    return redirect(url_for("manage.candidates.show", application_id=offer.application_id))


def _year_facts(placement: Placement) -> dict[str, object]:
    return {
        "placement": placement,
        "second_year": second_year_from(placement.starts_on),
        "told": fellow_and_office(placement, now=now()),
    }


def _page(placement: Placement, year_form: SecondYearForm | None = None, start_form: StartForm | None = None) -> str:
    return render_template(
        "manage/placements/show.html",
        placement=placement,
        application=placement.application,
        form=start_form or year_form,
        year_form=year_form or SecondYearForm(formdata=None),
        start_form=start_form or StartForm(formdata=None, starts_on=placement.starts_on),
        spanish=staff_spanish(
            spanish_pay(placement.application, placement.office),
            placement.spanish_increase_hourly,
            placement.office,
            sent=True,
        ),
        second_year=second_year_from(placement.starts_on),
    )
