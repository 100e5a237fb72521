"""The rows of an opening's reminders as a form: those that are stored, and those that are being added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DecimalField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.domain.notice_words import kind_label
from app.domain.reminders import WITH_DEADLINE, Occasion, Recipient, Schedule
from app.domain.schedules import (
    MOST_REMINDERS,
    RECIPIENTS,
    WAITS,
    choices_for,
    clashes,
    is_added,
    name_until_saved,
    occasion_faults,
    token_of,
)
from app.domain.words import N_
from app.web.fields import Needed, options
from app.web.parking import KeptForm

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# What stands in a select -> hours and direction.
_UNITS = {"days": 24, "hours": 1, "days_before": -24, "hours_before": -1}
_NUMBER = _l("Enter a whole number from 0 to 365.")
_EVERY = _l("Enter a number of days, or leave it empty.")
_CLASH = N_("At this time the same words go to the same recipient already. Choose another time.")


class ScheduleForm(KeptForm):
    """The fields of the reminders are added for each opening (`form_of`)."""

    seen = HiddenField()


@dataclass(frozen=True, slots=True)
class Row:
    """One reminder on the page; `occasion` is None while it is being added. `away`: it is to be taken away."""

    key: str
    wait: str
    occasion: Occasion | None
    away: bool = False

    @property
    def is_new(self) -> bool:
        """Tell whether it is being added."""
        return self.occasion is None

    @property
    def is_added(self) -> bool:
        """Tell whether a manager has added it, or is adding it."""
        return self.occasion is None or is_added(self.occasion.name)


def rows_of(schedule: Schedule, typed: MultiDict[str, str]) -> list[Row]:
    """Return the rows of the page: the schedule's, and those that were typed anew."""
    found = []
    for wait in WAITS:
        number = 0
        for occasion in schedule[wait]:
            if is_added(occasion.name):
                key = f"{wait}-a{token_of(occasion.name)}"
            else:
                number += 1
                key = f"{wait}-{number}"
            found.append(Row(key, wait, occasion, is_added(occasion.name) and typed.get(f"{key}-away") == "y"))
        left = MOST_REMINDERS - len(schedule[wait])
        keys = [key for key in _new_keys(wait) if f"{key}-words" in typed]
        found += [Row(key, wait, None) for key in keys[: max(0, left)]]
    return found


def _new_keys(wait: str) -> Iterator[str]:
    return (f"{wait}-new{number}" for number in range(1, MOST_REMINDERS + 1))


def next_key(wait: str, rows: Iterable[Row]) -> str | None:
    """Return the key of one more row for this wait, behind the others; None where there are enough."""
    keys = [row.key for row in rows if row.wait == wait]
    behind = [key for key in _new_keys(wait) if key not in keys]
    return behind[0] if behind and len(keys) < MOST_REMINDERS else None


def worked(schedule: Schedule, typed: MultiDict[str, str], do: str) -> MultiDict[str, str]:
    """Return what was typed with a row more, or a row less; `do` is the button: its verb, and a wait or a row."""
    found = MultiDict(typed)
    rows = rows_of(schedule, typed)
    verb, _colon, about = do.partition(":")
    row = next((row for row in rows if row.key == about and row.is_added), None)
    if verb == "add" and about in WAITS and (key := next_key(about, rows)) is not None:
        choices = _choices(about)
        unit = "days_before" if about in WITH_DEADLINE else "days"
        first = {"words": choices[0][0] if len(choices) == 1 else "", "from_unit": unit, "until_unit": unit, "on": "y"}
        found.update({f"{key}-{part}": value for part, value in first.items()})
    elif verb == "away" and row is not None and row.is_new:
        for name in [name for name in found if name.startswith(f"{row.key}-")]:
            del found[name]
    elif verb in ("away", "keep") and row is not None:
        found[f"{row.key}-away"] = "y" if verb == "away" else ""
    return found


def form_of(rows: Sequence[Row], typed: MultiDict[str, str]) -> ScheduleForm:
    """Return the form with what was typed, and with what is stored wherever nothing was."""
    fields: dict[str, Any] = {}
    filled = MultiDict(typed)
    for row in rows:
        if row.occasion is not None and row.is_added:
            fields[f"{row.key}-away"] = HiddenField()
        if row.away:
            continue
        if row.occasion is not None and f"{row.key}-from" not in typed:
            filled.update({f"{row.key}-{part}": value for part, value in _stored(row.occasion).items()})
        fields |= _fields(row)
    return cast("ScheduleForm", type("ScheduleOfOpening", (ScheduleForm,), fields)(formdata=filled))


def _fields(row: Row) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if row.is_new:
        choices = _choices(row.wait)
        empty = [] if len(choices) == 1 else [("", _l("Choose the words"))]
        fields["words"] = SelectField(
            _l("Words"), choices=options([*empty, *choices]), validators=[Needed(_l("Choose the words, and to whom."))]
        )
    directions = [("days", _l("days after")), ("hours", _l("hours after"))]
    if row.wait in WITH_DEADLINE if row.occasion is None else row.occasion.to_deadline:
        directions += [("days_before", _l("days before")), ("hours_before", _l("hours before"))]
    for part, label in (("from", _l("First")), ("until", _l("Not later than"))):
        fields[part] = IntegerField(label, validators=[InputRequired(_NUMBER), NumberRange(0, 365, _NUMBER)])
        fields[f"{part}_unit"] = SelectField(_l("counted in"), choices=options(directions))
    fields["every"] = DecimalField(
        _l("Again every … days"), places=None, validators=[Optional(), NumberRange(Decimal("0.04"), 365, _EVERY)]
    )
    fields["on"] = BooleanField(_l("Send it"))
    return {f"{row.key}-{part}": field for part, field in fields.items()}


def _choices(wait: str) -> list[tuple[str, str]]:
    """The words for a wait and to whom they speak, as one choice each."""
    return [
        (f"{kind} {recipient}", f"{_(kind_label(kind))} – {_('to %(recipient)s', recipient=_(RECIPIENTS[recipient]))}")
        for kind, recipient in choices_for(wait)
    ]


def _stored(occasion: Occasion) -> dict[str, str]:
    """What stands in the fields of a reminder at first."""
    found = {}
    for part, time in (("from", occasion.moment), ("until", occasion.end)):
        unit = "hours" if time % _DAY else "days"
        found[part] = str(abs(time) // (_DAY if unit == "days" else _HOUR))
        found[f"{part}_unit"] = f"{unit}_before" if time < timedelta(0) else unit
    every = occasion.every
    found["every"] = "" if every is None else f"{round(Decimal(every // _HOUR) / 24, 2).normalize():f}"
    if occasion.is_on:
        found["on"] = "y"
    return found


def typed_occasions(rows: Sequence[Row], form: ScheduleForm, now: datetime) -> list[tuple[Row, Occasion]]:
    """Return each row with the reminder that was typed, with everything that the page does not ask for as it is."""
    found = []
    for number, row in enumerate(rows):
        if row.away:
            continue
        stored = row.occasion or _begun(row, form, number)
        every = form[f"{row.key}-every"].data
        typed = replace(
            stored,
            moment=_time(form, f"{row.key}-from"),
            end=_time(form, f"{row.key}-until"),
            every=None if every is None else timedelta(hours=max(1, round(every * 24))),
            is_on=form[f"{row.key}-on"].data,
        )
        if typed != row.occasion:
            # What would have been due before now is not sent, and the preview does not show it.
            typed = replace(typed, in_force_since=now)
        found.append((row, typed))
    return found


def _begun(row: Row, form: ScheduleForm, number: int) -> Occasion:
    kind, recipient = form[f"{row.key}-words"].data.split(" ")
    nothing = timedelta(0)
    return Occasion(
        kind, name_until_saved(number), nothing, nothing, Recipient(recipient), to_deadline=row.wait in WITH_DEADLINE
    )


def _time(form: ScheduleForm, name: str) -> timedelta:
    return timedelta(hours=form[name].data * _UNITS[form[f"{name}_unit"].data])


def schedule_from(pairs: Sequence[tuple[Row, Occasion]]) -> Mapping[str, Sequence[Occasion]]:
    """Return the schedule that was typed."""
    return {wait: [occasion for row, occasion in pairs if row.wait == wait] for wait in WAITS}


def sensible(pairs: Sequence[tuple[Row, Occasion]], form: ScheduleForm) -> bool:
    """Note at each field what is wrong with it; tell whether all is well."""
    faults = [(row, part, text) for row, one in pairs for part, text in occasion_faults(row.wait, one)]
    for wait in WAITS:
        of_wait = [(row, one) for row, one in pairs if row.wait == wait]
        faults += [(of_wait[place][0], "from", _CLASH) for place in clashes([one for _row, one in of_wait])]
    for row, part, text in faults:
        name = f"{row.key}-{part}"
        field = form[name if name in form else f"{row.key}-from"]
        field.errors = [*field.errors, _(text)]
    return not faults


def when_words(occasion: Occasion) -> str:
    """Return the times of a reminder in words."""
    times = {"first": _moment(occasion.moment, occasion), "last": _moment(occasion.end, occasion)}
    words = _("first %(first)s, not later than %(last)s", **times)
    return words if occasion.every is None else f"{words}, {_again(occasion.every)}"


def _moment(time: timedelta, occasion: Occasion) -> str:
    hours, before = abs(time) // _HOUR, time < timedelta(0)
    if not hours:
        return _("at its date") if occasion.to_deadline else _("at its start")
    if hours % 24:
        return (
            ngettext("%(num)s hour before", "%(num)s hours before", hours)
            if before
            else (ngettext("%(num)s hour after", "%(num)s hours after", hours))
        )
    days = hours // 24
    return (
        ngettext("%(num)s day before", "%(num)s days before", days)
        if before
        else (ngettext("%(num)s day after", "%(num)s days after", days))
    )


def _again(every: timedelta) -> str:
    hours = every // _HOUR
    if hours % 24:
        return ngettext("again every hour", "again every %(num)s hours", hours)
    return ngettext("again every day", "again every %(num)s days", hours // 24)
