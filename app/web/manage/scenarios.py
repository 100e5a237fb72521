"""Stored what-ifs: what would come out, two side by side, and carrying one out on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from app.adapters.clock import now
from app.domain.explanations import shown_scores
from app.domain.outcomes import in_line
from app.domain.refusals import Refusal
from app.domain.scenarios import Key, Value, changes_from_json
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.routing import latest_run, recent_runs
from app.queries.scenarios import Solved, run_or_scenario, scenarios_of, solved, unchanged
from app.services.scenarios import is_of_today, stale_numbers, use_scenario
from app.web.fields import Needed, paragraph
from app.web.guard import allow, current_person_id
from app.web.manage.grids import Names, grid_of, left_out, moved_people, needs_not_met
from app.web.manage.whatif import bp
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.opening import Opening
    from app.models.routing import Scenario

KEY_WORDS: dict[Key, Any] = {
    "seats": _l("Seats"),
    "spanish_minimum": _l("Seats held for Spanish speakers"),
    "bid_price": _l("Lowest routing score"),
    "release_reserve": _l("Reserve given free"),
}


class UseForm(KeptForm):
    reason: TextAreaField = paragraph(
        _l("Reason"), Needed(_l("Say why. The reason stays on the record.")), longest=2000
    )


@bp.get("/what-if/<uuid:scenario_id>")
@allow("routing:run", load="scenario")
def show(scenario: Scenario) -> ResponseReturnValue:
    """What would come out: figures, whom it moves, who stays without a seat and why, and the whole grid."""
    opening = scenario.opening
    read, base = solved(scenario), unchanged(scenario)
    names = _names(opening, read)
    return render_template(
        "manage/whatif/show.html",
        scenario=scenario,
        opening=opening,
        base=base,
        outlook=read.outlook,
        changes=_change_rows(scenario, names),
        pins=[(names.person(person), names.office(office)) for person, office in scenario.changes["pins"]],
        moved=moved_people(base, read.outlook, names),
        needs=needs_not_met(read.outlook),
        left=left_out(read, names),
        grid=grid_of(read, names, start=request.args.get("from", 0, type=int)),
        names=names,
        newest=latest_run(opening.id),
        is_of_today=is_of_today(scenario, now()),
    )


@bp.get("/openings/<uuid:opening_id>/what-if/compare")
@allow("routing:run", load="opening")
def compare(opening: Opening) -> ResponseReturnValue:
    """Two stored runs or what-ifs side by side: ?a= and ?b= are their ids."""
    one, other = (run_or_scenario(opening.id, request.args.get(name, type=UUID)) for name in ("a", "b"))
    if one is None or other is None:
        flash(_("Choose two to compare."), "error")
        return redirect(url_for("manage.whatif.start", opening_id=opening.id))
    a, b = solved(one), solved(other)
    names = _names(opening, a, b)
    return render_template(
        "manage/whatif/compare.html",
        opening=opening,
        a=a,
        b=b,
        moved=moved_people(a.outlook, b.outlook, names),
        names=names,
        scenarios=scenarios_of(opening.id),
        runs=recent_runs(opening.id, 5),
    )


@bp.get("/what-if/<uuid:scenario_id>/use")
@allow("routing:run", load="scenario")
def use(scenario: Scenario) -> ResponseReturnValue:
    """Exactly what would change in the records."""
    return _use_page(scenario, UseForm())


@bp.post("/what-if/<uuid:scenario_id>/use")
@allow("routing:run", load="scenario")
def use_now(scenario: Scenario) -> ResponseReturnValue:
    """Change the records, make the pins overrides, and route."""
    form = UseForm()
    hidden = {str(key) for key in blind_application_ids(current_person_id())}
    if any(person in hidden for person, _office in scenario.changes["pins"]):
        abort(404)
    if not form.validate_on_submit():
        return _use_page(scenario, form), 422
    try:
        with transaction():
            run = use_scenario(scenario, reason=form.reason.data or "", by=current_person_id(), now=now())
            key = run.id
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message))
        return _use_page(scenario, form), refusal.status
    flash(_("The records are changed, and routing has run with them. Nobody is told before you release."), "success")
    return redirect(url_for("manage.routing.show", run_id=key))


def _use_page(scenario: Scenario, form: UseForm) -> str:
    names = _names(scenario.opening, solved(scenario))
    stale = {(each.pool, each.key): each.now for each in stale_numbers(scenario, now())}
    return render_template(
        "manage/whatif/use.html",
        scenario=scenario,
        opening=scenario.opening,
        form=form,
        changes=_change_rows(scenario, names, stale),
        pins=[(names.person(person), names.office(office)) for person, office in scenario.changes["pins"]],
        stale=stale,
        is_of_today=is_of_today(scenario, now()),
    )


def _names(opening: Opening, *read: Solved) -> Names:
    keys = {person.id for each in read for person in in_line(each.instance)}
    return Names.of(opening, keys, hidden=blind_application_ids(current_person_id()))


def _change_rows(scenario: Scenario, names: Names, stale: Mapping[Any, Value] | None = None) -> list[dict[str, Any]]:
    """One row for each number: what it is, before, after, and where somebody changed it since, what it is now."""
    changes = changes_from_json(scenario.changes)
    found = stale or {}
    return [
        {
            "pool": names.pool(pool),
            "what": KEY_WORDS[key],
            "before": _shown(key, each.before),
            "after": _shown(key, each.after),
            "is_stale": (pool, key) in found,
            "now": _shown(key, found.get((pool, key))),
        }
        for pool, changed in changes.pools.items()
        for key, each in changed.items()
    ]


def _shown(key: Key, value: Value) -> str:
    if key == "release_reserve":
        return _("yes") if value else _("no")
    if value is None:
        return _("none")
    return shown_scores(value)[0]
