"""Routing as a program manager works with it: run, read why, release, pass on, seats."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import DateField, DecimalField, IntegerField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.adapters.clock import now
from app.domain.actors import By
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.placements import approvals_to_offer
from app.queries.routing import (
    asked_proposals,
    latest_run,
    openings_with_offices,
    proposals_of_run,
    reasons_of,
    recent_runs,
    release_plan,
    routing_card,
    unplaced_of,
)
from app.queries.seat_requests import open_requests_of
from app.queries.seats import seat_counts
from app.services.placements import pass_on_placement
from app.services.releases import release_proposals
from app.services.routing import run_routing
from app.services.seats import change_reserve, change_seats
from app.web.guard import allow, current_person_id, permitted
from app.web.manage.words import OCCASION_WORDS
from app.web.parking import KeptForm
from app.web.reasons import staff_reasons

if TYPE_CHECKING:
    from app.models.opening import Opening, SeatPool
    from app.models.routing import Proposal, RoutingRun

bp = Blueprint("routing", __name__, url_prefix="/manage/routing")

MOST_RELEASED = 200


class PassOnForm(KeptForm):
    reason = TextAreaField(
        _l("Why do you stop waiting for this office?"),
        validators=[DataRequired(_l("Say why you pass this person on.")), Length(max=2000)],
    )


class SeatsForm(KeptForm):
    seats = IntegerField(
        _l("Seats"),
        validators=[InputRequired(_l("Enter the number of seats.")), NumberRange(0, 999, _l("Enter 0 to 999."))],
    )
    reason = TextAreaField(_l("Reason"), validators=[Optional(), Length(max=1000)])
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


@bp.get("")
@allow("routing:list")
def index() -> ResponseReturnValue:
    """Every opening that this person manages: who waits, what is free, the last run."""
    openings = [opening for opening in openings_with_offices() if permitted("routing:run", opening)]
    hidden = blind_application_ids(current_person_id())
    return render_template(
        "manage/routing/index.html",
        cards=[routing_card(opening) for opening in openings],
        seats={opening.id: seat_counts(opening) for opening in openings},
        runs={opening.id: recent_runs(opening.id, 5) for opening in openings},
        asked={opening.id: asked_proposals(opening.id, hidden=hidden) for opening in openings},
        approvals={opening.id: approvals_to_offer(opening.id, hidden=hidden) for opening in openings},
        moment=now(),
    )


@bp.post("/openings/<uuid:opening_id>/run")
@allow("routing:run", load="opening")
def run(opening: Opening) -> ResponseReturnValue:
    """Route everybody who waits now."""
    before = latest_run(opening.id)
    before_id = before.id if before is not None else None
    with transaction():
        made = run_routing(opening, occasion="by hand", by=By(person_id=current_person_id()), now=now())
        made_id = made.id
    if made_id == before_id:
        flash(_("Nothing has changed since the last run, so it still stands."), "notice")
    else:
        flash(_("Routed. Nobody is told before you release."), "success")
    return redirect(url_for("manage.routing.show", run_id=made_id))


@bp.get("/runs/<uuid:run_id>")
@allow("routing:run", load="run")
def show(run: RoutingRun) -> ResponseReturnValue:
    """What a run proposes and why; whom it could not place and why."""
    hidden = blind_application_ids(current_person_id())
    newest = latest_run(run.opening_id)
    return render_template(
        "manage/routing/show.html",
        run=run,
        opening=run.opening,
        proposals=[
            (proposal, staff_reasons(reasons_of(proposal))) for proposal in proposals_of_run(run.id, hidden=hidden)
        ],
        unplaced=[(each.application, staff_reasons(each.reasons)) for each in unplaced_of(run, hidden=hidden)],
        newest=newest,
        is_newest=newest is not None and newest.id == run.id,
        occasion=OCCASION_WORDS.get(run.occasion, run.occasion),
    )


@bp.post("/runs/<uuid:run_id>/release")
@allow("proposal:release", load="run")
def release(run: RoutingRun) -> ResponseReturnValue:
    """First what it would send, then, confirmed, the release itself."""
    chosen = _chosen(run)
    if not chosen:
        flash(_("Choose at least one person."), "error")
        return redirect(url_for("manage.routing.show", run_id=run.id))
    if request.form.get("confirm") != "yes":
        plan = release_plan(chosen, today=local_day(now(), run.opening.time_zone), now=now())
        return render_template("manage/routing/release.html", run=run, opening=run.opening, proposals=chosen, plan=plan)
    with transaction():
        report = release_proposals(chosen, by=current_person_id(), now=now())
        skipped = [(proposal.application.person.name, _(reason)) for proposal, reason in report.skipped]
    done = len(report.released)
    if done:
        flash(ngettext("Released: %(num)d person.", "Released: %(num)d people.", done), "success")
    for name, reason in skipped:
        flash(_("%(name)s was skipped: %(reason)s", name=name, reason=reason), "error")
    return redirect(url_for("manage.routing.show", run_id=run.id) if skipped else url_for("manage.routing.index"))


@bp.get("/proposals/<uuid:proposal_id>/pass-on")
@allow("placement:pass_on", load="proposal")
def pass_on(proposal: Proposal) -> ResponseReturnValue:
    """What passing on does."""
    if proposal.state != "released":
        return redirect(url_for("manage.routing.index"))
    return render_template("manage/routing/pass_on.html", proposal=proposal, form=PassOnForm())


@bp.post("/proposals/<uuid:proposal_id>/pass-on")
@allow("placement:pass_on", load="proposal")
def pass_on_now(proposal: Proposal) -> ResponseReturnValue:
    """Stop waiting for this office."""
    form = PassOnForm()
    if not form.validate_on_submit():
        return render_template("manage/routing/pass_on.html", proposal=proposal, form=form), 422
    try:
        with transaction():
            pass_on_placement(proposal, reason=form.reason.data or "", by=current_person_id(), now=now())
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message))
        return render_template("manage/routing/pass_on.html", proposal=proposal, form=form), refusal.status
    flash(_("Passed on. The next run looks for another office."), "success")
    return redirect(url_for("manage.routing.index"))


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
    if not form.validate_on_submit():
        return _seats_page(pool, form), 422
    try:
        with transaction():
            _save_pool(pool, form, current_person_id())
    except Refusal as refusal:
        field = refusal.field if refusal.field in form else "seats"
        form[field].errors = [_(refusal.message)]
        return _seats_page(pool, form), refusal.status
    flash(_("Saved. The next run counts with it."), "success")
    return redirect(url_for("manage.routing.index"))


def _save_pool(pool: SeatPool, form: SeatsForm, by: UUID) -> None:
    number, minimum = form.seats.data or 0, form.spanish_minimum.data or 0
    moment = now()

    def reserve() -> None:
        price = form.bid_price.data
        change_reserve(
            pool,
            spanish_minimum=minimum,
            release_on=form.release_on.data,
            bid_price=None if price is None else Decimal(price),
            by=by,
            now=moment,
        )

    # The reserve is never larger than the seats, also between the two.
    if minimum <= pool.seats:
        reserve()
        change_seats(pool, number, reason=form.reason.data, by=by, now=moment)
    else:
        change_seats(pool, number, reason=form.reason.data, by=by, now=moment)
        reserve()


def _seats_page(pool: SeatPool, form: SeatsForm) -> str:
    count = next(each for each in seat_counts(pool.opening) if each.pool.id == pool.id)
    return render_template(
        "manage/routing/seats.html", pool=pool, count=count, form=form, seat_requests=open_requests_of(pool.id)
    )


def _chosen(run: RoutingRun) -> list[Proposal]:
    """Return the proposals of this run that were ticked, or all of them for "all"."""
    wanted = set(request.form.getlist("proposal"))
    everything = request.form.get("all") == "yes"
    found = [
        proposal
        for proposal in proposals_of_run(run.id)
        if proposal.state == "proposed"
        and (everything or str(proposal.id) in wanted)
        and permitted("proposal:release", proposal)
    ]
    return found[:MOST_RELEASED]
