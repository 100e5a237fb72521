"""What-if: change seats, needs, thresholds and pins, and see who would go where. Nothing is proposed by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DecimalField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
)
from wtforms.validators import InputRequired, Optional

from app.adapters.clock import now
from app.domain.instance import Instance
from app.domain.outcomes import in_line
from app.domain.scenarios import Fault, Key, Value, changes_between, faults_of, values_of
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.routing import office_names, recent_runs
from app.queries.routing_instance import build_instance
from app.queries.scenarios import names_of, run_or_scenario, scenarios_of
from app.services.scenarios import Infeasible, make_scenario
from app.web.fields import Needed, line, options
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.opening import Opening

bp = Blueprint("whatif", __name__, url_prefix="/manage/routing")

PIN_ROWS = 3
MOST_PINS = 60


class PoolForm(Form):
    """One pool's numbers."""

    class Meta(Form.Meta):
        # A form within a form speaks the same words.
        get_translations = KeptForm.Meta.get_translations

    slug = HiddenField()
    seats = IntegerField(_l("Seats"), validators=[InputRequired(_l("Enter the number of seats."))])
    spanish_minimum = IntegerField(
        _l("Held for Spanish speakers"), validators=[InputRequired(_l("Enter a number, 0 for none."))]
    )
    bid_price = DecimalField(_l("Lowest score"), places=None, validators=[Optional()])
    release_reserve = BooleanField(_l("Give the reserve free now"))


class PinForm(Form):
    """One person, one office."""

    person = SelectField(_l("Person"), validate_choice=False)
    office = SelectField(_l("Office"), validate_choice=False)


class WhatIfForm(KeptForm):
    title = line(
        _l("Name of this what-if"),
        Needed(_l("Give it a name, such as “Second seat in Rolla”.")),
        longest=120,
    )
    pools = FieldList(FormField(PoolForm))
    pins = FieldList(FormField(PinForm), max_entries=MOST_PINS)


@bp.get("/openings/<uuid:opening_id>/what-if")
@allow("routing:run", load="opening")
def start(opening: Opening) -> ResponseReturnValue:
    """The present numbers, to be changed; ?from= begins with those of an earlier what-if."""
    instance = build_instance(opening, now())
    earlier = run_or_scenario(opening.id, request.args.get("from", type=UUID))
    changes = getattr(earlier, "changes", {"pools": {}, "pins": []})
    pools = []
    for pool in sorted(instance.pools, key=lambda each: each.id):
        values: dict[str, Any] = {str(key): value for key, value in values_of(pool, instance).items()}
        values |= {key: after for key, (_before, after) in changes["pools"].get(pool.id, {}).items()}
        pools.append({"slug": pool.id, **values})
    pins = [{"person": person, "office": office} for person, office in changes["pins"]]
    blank = [{"person": "", "office": ""}] * max(1, PIN_ROWS - len(pins))
    return _form_page(opening, instance, WhatIfForm(pools=pools, pins=pins + blank))


@bp.post("/openings/<uuid:opening_id>/what-if")
@allow("routing:run", load="opening")
def make(opening: Opening) -> ResponseReturnValue:
    """Route with these numbers and keep the result; nothing is proposed."""
    form = WhatIfForm()
    instance = build_instance(opening, now())
    if "more" in request.form:
        for _row in range(min(PIN_ROWS, MOST_PINS - len(form.pins))):
            form.pins.append_entry()
        return _form_page(opening, instance, form)
    valid = form.validate_on_submit()
    rows = [pin for pin in form.pins if pin.person.data or pin.office.data]
    pins = [(str(pin.person.data or ""), str(pin.office.data or "")) for pin in rows]
    hidden = {str(key) for key in blind_application_ids(current_person_id())}
    if any(person in hidden for person, _office in pins):
        abort(404)
    # All faults in one round: those of single fields, and those of wishes that do not go together.
    faults = faults_of(instance, changes_between(instance, _wanted(form), pins))
    if faults or not valid:
        _show_faults(opening, form, rows, faults)
        return _form_page(opening, instance, form), 422
    try:
        with transaction():
            scenario = make_scenario(
                opening, _wanted(form), pins, title=form.title.data or "", by=current_person_id(), now=now()
            )
            key = scenario.id
    except Infeasible as problem:
        _show_faults(opening, form, rows, problem.faults)
        return _form_page(opening, instance, form), 422
    return redirect(url_for("manage.whatif.show", scenario_id=key))


def _wanted(form: WhatIfForm) -> dict[str, dict[Key, Value]]:
    return {str(pool.slug.data): _wanted_of(pool.form) for pool in form.pools}


def _wanted_of(pool: PoolForm) -> dict[Key, Value]:
    """What could be read of one pool's fields; without its seats nothing can be said of those it holds."""
    wanted: dict[Key, Value] = {"release_reserve": bool(pool.release_reserve.data)}
    if not pool.bid_price.errors:
        wanted["bid_price"] = None if pool.bid_price.data is None else float(pool.bid_price.data)
    if not pool.seats.errors:
        wanted["seats"] = pool.seats.data
        if not pool.spanish_minimum.errors:
            wanted["spanish_minimum"] = pool.spanish_minimum.data
    return wanted


def _show_faults(opening: Opening, form: WhatIfForm, rows: Sequence[Any], faults: Sequence[Fault]) -> None:
    """Put each fault at its field."""
    pools = {pool.slug.data: pool.form for pool in form.pools}
    offices = office_names(opening)
    for fault in faults:
        params = dict(fault.params)
        if "office" in params:
            params["office"] = offices.get(str(params["office"]), params["office"])
        text = _(fault.message) % params
        if fault.pin is not None:
            rows[fault.pin].form.office.errors = [text]
        elif fault.pool in pools and fault.key is not None:
            pools[fault.pool][fault.key].errors = [text]
        else:
            form.form_errors.append(text)
    for several in (form.pools, form.pins):
        found = [entry.errors for entry in several]
        several.errors = found if any(found) else []


def _name_pools(form: WhatIfForm, names: Mapping[str, str]) -> None:
    """Say in the words of each error which pool it is about."""
    for pool in form.pools:
        name = names.get(pool.slug.data, pool.slug.data)
        for field in pool.form:
            field.errors = [_("%(pool)s: %(problem)s", pool=name, problem=text) for text in field.errors]


def _form_page(opening: Opening, instance: Instance, form: WhatIfForm) -> str:
    names = {pool.slug: pool.name for pool in opening.pools}
    _name_pools(form, names)
    hidden = blind_application_ids(current_person_id())
    locked = {lock.candidate for lock in instance.locked}
    waiting = [person.id for person in in_line(instance) if person.id not in locked]
    people = names_of(waiting, hidden=hidden)
    offices = sorted(office_names(opening).items(), key=lambda each: each[1])
    named = [(key, f"{people[key].name} ({people[key].reference})") for key in waiting if key in people]
    if not form.pins:
        form.pins.append_entry()
    for pin in form.pins:
        pin.person.choices = options([("", _("Choose a person")), *named])
        pin.office.choices = options([("", _("Choose an office")), *offices])
    return render_template(
        "manage/whatif/form.html",
        opening=opening,
        form=form,
        pools=names,
        waiting=len(waiting),
        scenarios=scenarios_of(opening.id),
        runs=recent_runs(opening.id, 5),
    )
