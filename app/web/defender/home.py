"""Who waits for my office, its seats, what we know of it and what it decided before."""

from __future__ import annotations

from datetime import date
from statistics import median
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.access import Audience
from app.domain.delegation import last_day_of
from app.domain.offices import SPANISH_NEEDS
from app.domain.work import days_in
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.delegations import delegations_of, has_come
from app.queries.offices import crowd_of, fellows_at, offices_by_ids, past_decisions, seats_of_office, waiting_at
from app.services.seats import confirm_seats
from app.web.guard import allow, current_actor, current_person_id, permitted
from app.web.shell import is_current, navigation
from app.web.spanish_words import unstated_pay

if TYPE_CHECKING:
    from app.models.office import Office
    from app.models.person import RoleGrant

bp = Blueprint("home", __name__, url_prefix="/defender")

OFFICE_PAGES = ("defender.home.office", "defender.facts.", "defender.seats.", "defender.delegates.", "defender.log.")


@navigation(Audience.DEFENDER)
def menu() -> list[tuple[str, str, bool]]:
    """The menu of the office's pages. Who decides for several offices finds them on the first page."""
    office_ids = current_actor().office_ids
    here = is_current(*OFFICE_PAGES)
    items = [(_("People waiting"), url_for("defender.home.show"), not here)]
    if len(office_ids) == 1:
        items.append((_("Your office"), url_for("defender.home.office", office_id=next(iter(office_ids))), here))
    return items


@bp.get("")
@allow("office:list")
def show() -> ResponseReturnValue:
    """The one page of an office supervisor."""
    office_ids = current_actor().office_ids
    hidden = blind_application_ids(current_person_id())
    offices = offices_by_ids(office_ids)
    waiting = waiting_at(office_ids, hidden=hidden)
    pools = {proposal.pool_id: proposal.pool for proposal in waiting}
    return render_template(
        "defender/home/show.html",
        offices=offices,
        waiting=waiting,
        crowds=[(pool, crowd_of(pool)) for pool in pools.values()],
        seats={office.id: seats_of_office(office.id) for office in offices},
        moment=now(),
        days_in=days_in,
    )


@bp.get("/offices/<uuid:office_id>")
@allow("office:read", load="office")
def office(office: Office) -> ResponseReturnValue:
    """One office: seats, what applicants are told, who stands in, its Client Advocates, what it decided."""
    decisions = past_decisions([office.id], hidden=blind_application_ids(current_person_id()))
    return render_template(
        "defender/home/office.html",
        office=office,
        seats=seats_of_office(office.id),
        delegations=_delegations(office),
        may_delegate=permitted("office:delegate", office),
        needs=SPANISH_NEEDS,
        unstated=unstated_pay(office),
        fellows=fellows_at([office.id]),
        decisions=decisions,
        usual_days=round(median(past.days for past in decisions)) if decisions else None,
        moment=now(),
    )


def _delegations(office: Office) -> list[tuple[RoleGrant, date, bool]]:
    """Return each delegation that runs or is to come with its last day, and whether the colleague has come."""
    found = delegations_of(office.id, now=now())
    return [
        (grant, last_day_of(grant.ends_at, office.time_zone), has_come(grant))
        for grant in found
        if grant.ends_at is not None
    ]


@bp.post("/offices/<uuid:office_id>/confirm")
@allow("office:confirm", load="office")
def confirm(office: Office) -> ResponseReturnValue:
    """The number of seats is right."""
    with transaction():
        confirm_seats(office, by=current_person_id(), now=now())
    flash(_("Thank you. The seats of %(office)s are confirmed.", office=office.name), "success")
    return redirect(url_for("defender.home.show"))
