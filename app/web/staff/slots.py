"""An interviewer's times: publish a block, take back what nobody booked."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import BooleanField, DateField, Field, IntegerField, SelectField, TimeField
from wtforms.validators import InputRequired, NumberRange

from app.adapters.clock import now
from app.domain.local_time import NoSuchTime, cut_into_slots, local_moment
from app.domain.phones import e164
from app.domain.refusals import Refusal
from app.domain.web_address import https_address
from app.domain.workdays import day_off, next_workday
from app.extensions import transaction
from app.queries.final_interviews import (
    interviews_to_score,
    last_place_of,
    openings_to_interview_for,
    slots_of,
    waiting_to_book,
)
from app.services.final_interviews import publish_slots, withdraw_slot
from app.web.fields import Needed, ValidationError, line, options
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm
from app.web.shell import CENTRAL, clock_time, day, localized

if TYPE_CHECKING:
    from app.models.final_interview import InterviewSlot
    from app.models.opening import Opening

bp = Blueprint("slots", __name__, url_prefix="/staff/times")


class BlockForm(KeptForm):
    # Whether the page asks about a day off.
    is_day_off = False

    opening = SelectField(_l("Opening"), validate_choice=False)
    day = DateField(_l("Day"), validators=[InputRequired(_l("Enter a day, such as 12/04/2026."))])
    starts = TimeField(_l("From (Central)"), validators=[InputRequired(_l("Enter a time, such as 9:00 a.m."))])
    ends = TimeField(_l("Until (Central)"), validators=[InputRequired(_l("Enter a time, such as 12:00 p.m."))])
    minutes = IntegerField(
        _l("Minutes for each interview"),
        default=45,
        validators=[InputRequired(_l("Enter minutes.")), NumberRange(15, 180, _l("Enter 15 to 180 minutes."))],
    )
    buffer = IntegerField(
        _l("Minutes between two"),
        default=15,
        validators=[InputRequired(_l("Enter minutes.")), NumberRange(0, 120, _l("Enter 0 to 120 minutes."))],
    )
    place = line(
        _l("Video link or phone number"),
        Needed(_l("Enter the link or the number that people should use.")),
        longest=300,
    )

    anyway = BooleanField(_l("Publish times on this day all the same"))

    def validate_day(self, field: Field) -> None:
        """A day off is offered on purpose or not at all."""
        off = day_off(field.data) if field.data else None
        if off is not None and not self.anyway.data:
            self.is_day_off = True
            raise ValidationError(
                _("%(day)s: %(off)s. Choose another day, or tick the box below.", day=day(field.data), off=_(off))
            )

    def validate_place(self, field: Field) -> None:
        """Whoever books opens the link or dials the number: anything else would lead nowhere."""
        if https_address(field.data) is None and e164(field.data) is None:
            raise ValidationError(_("Enter a link that begins with https://, or a phone number such as 573 555 0123."))


@bp.get("")
@allow("slot:list")
def index() -> ResponseReturnValue:
    """My times and bookings, and a form for a new block."""
    return _page(BlockForm(data=_usual()))


@bp.post("")
@allow("slot:publish")
def publish() -> ResponseReturnValue:
    """Publish the times of one block."""
    form = BlockForm()
    openings = {str(opening.id): opening for opening in openings_to_interview_for(current_person_id())}
    opening = openings.get(form.opening.data or "")
    valid = form.validate_on_submit()
    if opening is None:
        form.opening.errors = [_("Choose an opening.")]
    if not valid or opening is None:
        return _page(form), 422
    try:
        count = _publish(form, opening)
    except NoSuchTime as problem:
        form.ends.errors = [_(str(problem))]
        return _page(form), 422
    except Refusal as refusal:
        form[refusal.field or "starts"].errors = [_clash(refusal)]
        return _page(form), refusal.status
    flash(ngettext("%(num)d time is published.", "%(num)d times are published.", count), "success")
    return redirect(url_for("staff.slots.index"))


@bp.post("/<uuid:slot_id>/withdraw")
@allow("slot:withdraw", load="slot")
def withdraw(slot: InterviewSlot) -> ResponseReturnValue:
    """Take back one time."""
    with transaction():
        withdraw_slot(slot, now=now())
    flash(_("That time is no longer offered."), "success")
    return redirect(url_for("staff.slots.index"))


def _usual() -> dict[str, object]:
    """What the form offers at first: the next workday without times of mine, a morning, the place as last time."""
    person_id, moment = current_person_id(), now()
    zone = ZoneInfo(CENTRAL)
    offered = {slot.starts_at.astimezone(zone).date() for slot, _booking in slots_of(person_id, since=moment)}
    free = next_workday(moment.astimezone(zone).date(), offered)
    return {"day": free, "starts": time(9), "ends": time(12), "place": last_place_of(person_id)}


def _publish(form: BlockForm, opening: Opening) -> int:
    assert form.day.data and form.starts.data and form.ends.data
    times = cut_into_slots(
        local_moment(form.day.data, form.starts.data, CENTRAL),
        local_moment(form.day.data, form.ends.data, CENTRAL),
        form.minutes.data or 45,
        form.buffer.data or 0,
    )
    with transaction():
        slots = publish_slots(opening, times, place=(form.place.data or "").strip(), by=current_person_id(), now=now())
        return len(slots)


def _clash(refusal: Refusal) -> str:
    new, existing = refusal.details.get("new"), refusal.details.get("existing")
    if new is None or existing is None:
        return _(refusal.message)
    return _(
        "%(new)s overlaps the time at %(old)s that you already offer.",
        new=clock_time(new),  # type: ignore[arg-type]
        old=clock_time(existing),  # type: ignore[arg-type]
    )


def _page(form: BlockForm) -> str:
    person_id = current_person_id()
    openings = openings_to_interview_for(person_id)
    form.opening.choices = options((str(opening.id), localized(opening.title)) for opening in openings)
    slots = slots_of(person_id, since=now() - timedelta(hours=1))
    return render_template(
        "staff/slots/index.html",
        form=form,
        openings=openings,
        waiting=sum(waiting_to_book(opening.id) for opening in openings),
        slots=slots,
        days_off={slot.id: _(off) for slot, _booking in slots if (off := _day_off_of(slot))},
        to_score=interviews_to_score(person_id, now=now()),
    )


def _day_off_of(slot: InterviewSlot) -> str | None:
    return day_off(slot.starts_at.astimezone(ZoneInfo(CENTRAL)).date())
