"""The seats of a pool: how many, the reserve for Spanish speakers, the threshold."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, DecimalField, IntegerField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.seat_requests import open_requests_of
from app.queries.seats import seat_counts
from app.services.pools import change_pool, pool_problems
from app.web.fields import paragraph
from app.web.guard import allow, current_person_id
from app.web.manage.releases import bp
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.opening import SeatPool


class SeatsForm(KeptForm):
    seats = IntegerField(
        _l("Seats"),
        validators=[InputRequired(_l("Enter the number of seats.")), NumberRange(0, 999, _l("Enter 0 to 999."))],
    )
    reason = paragraph(_l("Reason"), longest=1000, optional=True)
    spanish_minimum = IntegerField(
        _l("Seats held for Spanish speakers"),
        validators=[InputRequired(_l("Enter a number, 0 for none.")), NumberRange(0, 999, _l("Enter 0 to 999."))],
    )
    release_on = DateField(_l("Give them free on"), validators=[Optional()])
    bid_price = DecimalField(
        _l("Lowest routing score"),
        places=None,
        validators=[Optional(), NumberRange(0, 20, _l("Enter 0 to 20, or leave it empty."))],
    )


@bp.get("/pools/<uuid:pool_id>")
@allow("seats:edit", load="pool")
def seats(pool: SeatPool) -> ResponseReturnValue:
    """A pool's seats, its reserve for Spanish speakers, its threshold."""
    form = SeatsForm(
        seats=pool.seats,
        spanish_minimum=pool.spanish_minimum,
        release_on=pool.release_reserve_on,
        bid_price=pool.bid_price,
    )
    return _seats_page(pool, form)


@bp.post("/pools/<uuid:pool_id>")
@allow("seats:edit", load="pool")
def save_seats(pool: SeatPool) -> ResponseReturnValue:
    """Save them; lowering below the taken seats needs a reason."""
    form = SeatsForm()
    valid = form.validate_on_submit()
    problems = pool_problems(
        pool,
        seats=None if form.seats.errors else form.seats.data,
        spanish_minimum=None if form.spanish_minimum.errors else form.spanish_minimum.data,
        reason=form.reason.data,
    )
    if problems or not valid:
        for name, sentence in problems:
            form[name].errors = [_(sentence)]
        return _seats_page(pool, form), 422
    try:
        with transaction():
            change_pool(
                pool,
                seats=form.seats.data or 0,
                spanish_minimum=form.spanish_minimum.data or 0,
                release_on=form.release_on.data,
                bid_price=None if form.bid_price.data is None else Decimal(form.bid_price.data),
                reason=form.reason.data,
                by=current_person_id(),
                now=now(),
            )
    except Refusal as refusal:
        field = refusal.field if refusal.field in form else "seats"
        form[field].errors = [_(refusal.message)]
        return _seats_page(pool, form), refusal.status
    flash(_("Saved. The next run counts with it."), "success")
    return redirect(url_for("manage.routing.index"))


def _seats_page(pool: SeatPool, form: SeatsForm) -> str:
    count = next(each for each in seat_counts(pool.opening) if each.pool.id == pool.id)
    return render_template(
        "manage/routing/seats.html", pool=pool, count=count, form=form, seat_requests=open_requests_of(pool.id)
    )
