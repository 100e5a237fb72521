"""The reminders of an opening: changed on one page, looked at before they are saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DecimalField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.adapters.clock import now
from app.domain.notice_words import kind_label
from app.domain.refusals import Refusal
from app.domain.reminders import Occasion, Schedule
from app.domain.schedules import RECIPIENTS, WAITS, fingerprint, occasion_faults
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.reminder_preview import preview_of
from app.queries.schedules import schedule_of
from app.services.schedules import change_schedule
from app.web.fields import options
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.opening import Opening

bp = Blueprint("reminders", __name__, url_prefix="/manage/openings/<uuid:opening_id>/reminders")

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# What stands in a select -> hours and direction.
_UNITS = {"days": 24, "hours": 1, "days_before": -24, "hours_before": -1}
_NUMBER = _l("Enter a whole number from 0 to 365.")
_EVERY = _l("Enter a number of days, or leave it empty.")


class ScheduleForm(KeptForm):
    """The fields of the reminders are added for each opening (`_form_for`)."""

    seen = HiddenField()


@dataclass(frozen=True, slots=True)
class Row:
    """One reminder on the page."""

    key: str
    occasion: Occasion
    kind: str
    recipient: str


@bp.get("")
@allow("opening:manage", load="opening")
def show(opening: Opening) -> ResponseReturnValue:
    """The reminders of this opening, as they are."""
    schedule = schedule_of(opening.id)
    form = _form_for(schedule)(data=_typed(schedule))
    if form.seen.data in (None, ""):
        form.seen.data = fingerprint(schedule)
    return _page(opening, schedule, form)


@bp.post("")
@allow("opening:manage", load="opening")
def change(opening: Opening) -> ResponseReturnValue:
    """Show who would get what by the new times; save them where that was seen and confirmed."""
    schedule = schedule_of(opening.id)
    form = _form_for(schedule)()
    valid = form.validate_on_submit()
    wanted = _wanted(schedule, form) if valid else {}
    if not valid or not _sensible(wanted, form):
        return _page(opening, schedule, form), 422
    if request.form.get("do") == "edit":
        return _page(opening, schedule, form)
    if request.form.get("do") != "save":
        preview = preview_of(opening, wanted, now=now(), hidden=blind_application_ids(current_person_id()))
        before = preview_of(opening, schedule, now=now())
        return render_template(
            "manage/reminders/confirm.html", opening=opening, form=form, preview=preview, before=before,
            waits=WAITS, recipients=RECIPIENTS, kind_label=kind_label,
        )  # fmt: skip
    try:
        with transaction():
            changed = change_schedule(opening, wanted, seen=form.seen.data or "", by=current_person_id(), now=now())
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message))
        form.seen.data = fingerprint(schedule_of(opening.id))
        return _page(opening, schedule, form), refusal.status
    flash(_("Saved. It holds for what comes due from now on.") if changed else _("Nothing was changed."), "success")
    return redirect(url_for("manage.reminders.show", opening_id=opening.id))


def _page(opening: Opening, schedule: Schedule, form: ScheduleForm) -> str:
    rows = {wait: [row for row in _rows(schedule) if row.key.startswith(f"{wait}-")] for wait in WAITS}
    return render_template(
        "manage/reminders/show.html", opening=opening, form=form, rows=rows, waits=WAITS, kind_label=kind_label
    )


def _rows(schedule: Schedule) -> Iterator[Row]:
    for wait in WAITS:
        for number, occasion in enumerate(schedule[wait], 1):
            yield Row(f"{wait}-{number}", occasion, occasion.kind, RECIPIENTS[occasion.recipient])


def _form_for(schedule: Schedule) -> type[ScheduleForm]:
    fields: dict[str, Any] = {}
    for row in _rows(schedule):
        directions = [("days", _l("days after")), ("hours", _l("hours after"))]
        if row.occasion.to_deadline:
            directions += [("days_before", _l("days before")), ("hours_before", _l("hours before"))]
        for part, label in (("from", _l("First")), ("until", _l("Not later than"))):
            fields[f"{row.key}-{part}"] = IntegerField(
                label, validators=[InputRequired(_NUMBER), NumberRange(0, 365, _NUMBER)]
            )
            fields[f"{row.key}-{part}_unit"] = SelectField(_l("counted in"), choices=options(directions))
        fields[f"{row.key}-every"] = DecimalField(
            _l("Again every … days"),
            places=None,
            validators=[
                Optional(),
                NumberRange(Decimal("0.04"), 365, _EVERY),
            ],
        )
        fields[f"{row.key}-on"] = BooleanField(_l("Send it"))
    return cast("type[ScheduleForm]", type("ScheduleOfOpening", (ScheduleForm,), fields))


def _typed(schedule: Schedule) -> dict[str, object]:
    """What stands in the fields at first."""
    found: dict[str, object] = {}
    for row in _rows(schedule):
        for part, time in (("from", row.occasion.moment), ("until", row.occasion.end)):
            unit = "hours" if time % _DAY else "days"
            found[f"{row.key}-{part}"] = abs(time) // (_DAY if unit == "days" else _HOUR)
            found[f"{row.key}-{part}_unit"] = f"{unit}_before" if time < timedelta(0) else unit
        every = row.occasion.every
        found[f"{row.key}-every"] = None if every is None else Decimal(every // _HOUR) / 24
        found[f"{row.key}-on"] = row.occasion.is_on
    return found


def _wanted(schedule: Schedule, form: ScheduleForm) -> Mapping[str, Sequence[Occasion]]:
    """Return the schedule that was typed, with everything that the page does not ask for as it is."""
    found: dict[str, list[Occasion]] = {wait: [] for wait in WAITS}
    for row in _rows(schedule):
        every = form[f"{row.key}-every"].data
        typed = replace(
            row.occasion,
            moment=_time(form, f"{row.key}-from"),
            end=_time(form, f"{row.key}-until"),
            every=None if every is None else timedelta(hours=max(1, round(every * 24))),
            is_on=form[f"{row.key}-on"].data,
        )
        if typed != row.occasion:
            # What would have been due before now is not sent, and the preview does not show it.
            typed = replace(typed, in_force_since=now())
        found[row.key.rpartition("-")[0]].append(typed)
    return found


def _time(form: ScheduleForm, name: str) -> timedelta:
    return timedelta(hours=form[name].data * _UNITS[form[f"{name}_unit"].data])


def _sensible(wanted: Mapping[str, Sequence[Occasion]], form: ScheduleForm) -> bool:
    """Note at each field what is wrong with it; tell whether all is well."""
    fine = True
    for wait, occasions in wanted.items():
        for number, occasion in enumerate(occasions, 1):
            for part, sentence in occasion_faults(wait, occasion):
                name = f"{wait}-{number}-{part}"
                field = form[name if name in form else f"{wait}-{number}-from"]
                field.errors = [*field.errors, _(sentence)]
                fine = False
    return fine
