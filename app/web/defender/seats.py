"""An office says that it has another number of seats than we think."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from app.adapters.clock import now
from app.domain.offices import MOST_SEATS
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.offices import OfficeSeats, seats_of_office
from app.services.seat_requests import ask_for_seats
from app.web.fields import paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.office import Office

bp = Blueprint("seats", __name__, url_prefix="/defender/offices/<uuid:office_id>/seats/<uuid:pool_id>")


class SeatNumberForm(KeptForm):
    seats = IntegerField(
        _l("How many seats do you have this season?"),
        validators=[
            InputRequired(_l("Enter the number of seats.")),
            NumberRange(0, MOST_SEATS, _l("Enter a number from 0 to 999.")),
        ],
    )
    note = paragraph(_l("Note for the program manager"), longest=1000, optional=True)


@bp.get("")
@allow("office:confirm", load="office")
def ask(office: Office, pool_id: UUID) -> ResponseReturnValue:
    """The form, with what the office said before."""
    entry = _entry(office, pool_id)
    before = entry.request if entry.request is not None and entry.request.state == "open" else None
    form = SeatNumberForm(seats=before.seats, note=before.note) if before else SeatNumberForm()
    return _page(office, entry, form)


@bp.post("")
@allow("office:confirm", load="office")
def send(office: Office, pool_id: UUID) -> ResponseReturnValue:
    """Tell the program manager."""
    entry, form = _entry(office, pool_id), SeatNumberForm()
    if not form.validate_on_submit():
        return _page(office, entry, form), 422
    try:
        with transaction():
            ask_for_seats(
                office,
                entry.pool,
                seats=form.seats.data,
                note=form.note.data or "",
                by=current_person_id(),
                now=now(),
            )
    except Refusal as refusal:
        form[refusal.field or "seats"].errors = [_(refusal.message)]
        return _page(office, entry, form), refusal.status
    flash(_("The program manager is told and answers here."), "success")
    return redirect(url_for("defender.home.office", office_id=office.id))


def _entry(office: Office, pool_id: UUID) -> OfficeSeats:
    found = next((entry for entry in seats_of_office(office.id) if entry.pool.id == pool_id), None)
    if found is None:
        abort(404)
    return found


def _page(office: Office, entry: OfficeSeats, form: SeatNumberForm) -> str:
    return render_template("defender/seats/ask.html", office=office, entry=entry, form=form)
