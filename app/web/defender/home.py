"""Who waits for my office, its seats, what we know of it and what it decided before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.access import Audience
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.placements import fellows_at, offices_by_ids, past_decisions, seats_of_office, waiting_at
from app.services.seats import confirm_seats
from app.web.guard import allow, current_actor, current_person_id
from app.web.shell import is_current, navigation

if TYPE_CHECKING:
    from app.models.office import Office

bp = Blueprint("home", __name__, url_prefix="/defender")


@navigation(Audience.DEFENDER)
def menu() -> list[tuple[str, str, bool]]:
    """The menu of the office's pages."""
    return [(_("People waiting"), url_for("defender.home.show"), is_current("defender."))]


@bp.get("")
@allow("office:list")
def show() -> ResponseReturnValue:
    """The one page of an office supervisor."""
    office_ids = current_actor().office_ids
    hidden = blind_application_ids(current_person_id())
    offices = offices_by_ids(office_ids)
    return render_template(
        "defender/home/show.html",
        offices=offices,
        waiting=waiting_at(office_ids, hidden=hidden),
        seats={office.id: seats_of_office(office.id) for office in offices},
        moment=now(),
    )


@bp.get("/offices/<uuid:office_id>")
@allow("office:read", load="office")
def office(office: Office) -> ResponseReturnValue:
    """One office: its needs, its Client Advocates, its decisions with the days that they took."""
    return render_template(
        "defender/home/office.html",
        office=office,
        seats=seats_of_office(office.id),
        fellows=fellows_at([office.id]),
        decisions=past_decisions([office.id], hidden=blind_application_ids(current_person_id())),
    )


@bp.post("/offices/<uuid:office_id>/confirm")
@allow("office:confirm", load="office")
def confirm(office: Office) -> ResponseReturnValue:
    """The number of seats is right."""
    with transaction():
        confirm_seats(office, by=current_person_id(), now=now())
    flash(_("Thank you. The seats of %(office)s are confirmed.", office=office.name), "success")
    return redirect(url_for("defender.home.show"))
