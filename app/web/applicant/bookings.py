"""The applicant chooses a time for the final interview."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, RadioField
from wtforms.validators import DataRequired

from app.adapters.clock import now
from app.domain.phones import e164, shown_phone
from app.domain.refusals import Refusal
from app.domain.web_address import web_address
from app.emails.calendar import booking_calendar
from app.extensions import transaction
from app.queries.final_interviews import (
    last_booking,
    live_booking,
    movable_until_of,
    open_slots,
    phase_of,
    slot_of_opening,
)
from app.queries.help_requests import to_prepare
from app.services.final_interviews import NUMBER_NEEDED, ask_for_other_times, book_slot, cancel_booking
from app.web.fields import Needed, ValidationError, line, options, paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm, kept_fields
from app.web.shell import CENTRAL, both_zones, clock_time, when, zone_words

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.final_interview import InterviewSlot

bp = Blueprint("bookings", __name__, url_prefix="/applications/<uuid:application_id>/interview")


# So many days are shown at once; the others wait under "More days".
FIRST_DAYS = 4


@dataclass(frozen=True, slots=True)
class Time:
    """One time that can be booked: its value, its words, whether it is chosen."""

    id: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The times of one day in the person's own zone."""

    date: date
    times: list[Time]

    @property
    def chosen(self) -> bool:
        """Whether one of its times is chosen."""
        return any(time.chosen for time in self.times)


class BookingForm(KeptForm):
    slot = RadioField(_l("Time"), choices=(), validators=[DataRequired(_l("Choose a time."))], validate_choice=False)
    format = RadioField(
        _l("How would you like to talk?"),
        choices=options([("video", _l("Video call")), ("phone", _l("Phone call"))]),
        default="video",
    )
    phone = line(_l("Phone number for the call"), longest=60)
    needs = paragraph(_l("Is there something that we should prepare for you?"), longest=1000, optional=True)

    def validate_phone(self, field: Field) -> None:
        """Only a call needs a number; any way of writing it is fine."""
        if self.format.data != "phone" or e164(field.data) or not field.raw_data:
            return
        if (field.data or "").strip():
            raise ValidationError(_("Enter a phone number, such as 573 555 0123, or +52 55 5555 0123."))
        raise ValidationError(_(NUMBER_NEEDED))


class OtherTimesForm(KeptForm):
    note = paragraph(
        _l("Which days and times would work for you?"),
        Needed(_l("Write which days and times would work.")),
        longest=2000,
    )


class CancelForm(KeptForm):
    reason = paragraph(_l("Reason"), longest=1000, optional=True)


@bp.get("")
@allow("interview:book", load="application")
def show(application: Application) -> ResponseReturnValue:
    """The booking that stands, or the times to choose from."""
    if application.state not in ("booking_due", "final_interview_booked"):
        return redirect(url_for("applicant.status.show", application_id=application.id))
    booking = live_booking(application.id)
    # Whose session ended while they moved it finds the form again, with what they had chosen.
    moving = booking is not None and kept_fields() is not None and phase_of(booking, now=now()) == "ahead"
    if booking is not None and not moving:
        return render_template(
            "applicant/bookings/booked.html",
            application=application,
            booking=booking,
            phase=phase_of(booking, now=now()),
            when=both_zones(booking.slot.starts_at, application.person.time_zone),
            movable_until=both_zones(movable_until_of(booking), application.person.time_zone),
            place_url=web_address(booking.slot.place),
            prepare=to_prepare(application),
        )
    return _choose(application, _booking_form(application))


@bp.get("/move")
@allow("interview:book", load="application")
def other(application: Application) -> ResponseReturnValue:
    """Choose another time; the old one stays booked until the new one is."""
    booking = live_booking(application.id)
    if booking is None or phase_of(booking, now=now()) != "ahead":
        return redirect(url_for("applicant.bookings.show", application_id=application.id))
    return _choose(application, _booking_form(application))


@bp.post("")
@allow("interview:book", load="application")
def book(application: Application) -> ResponseReturnValue:
    """Book the chosen time."""
    form = BookingForm()
    if not form.validate_on_submit():
        return _choose(application, form), 422
    slot = _slot(application, form.slot.data)
    if slot is None:
        form.slot.errors = [_("Choose one of these times.")]
        return _choose(application, form), 422
    try:
        with transaction():
            book_slot(
                application,
                slot,
                format=form.format.data or "video",
                needs=form.needs.data or None,
                phone=e164(form.phone.data),
                by=current_person_id(),
                now=now(),
            )
    except Refusal as refusal:
        form[refusal.field or "slot"].errors = [_(refusal.message)]
        return _choose(application, form), refusal.status
    flash(_("Your interview is booked. We sent you the details by e-mail."), "success")
    return redirect(url_for("applicant.bookings.show", application_id=application.id))


@bp.post("/cancel")
@allow("interview:book", load="application")
def cancel(application: Application) -> ResponseReturnValue:
    """Cancel the booking and choose again."""
    form = CancelForm()
    booking = live_booking(application.id)
    if booking is not None:
        try:
            with transaction():
                cancel_booking(booking, by=current_person_id(), now=now(), reason=form.reason.data or None)
        except Refusal as refusal:
            flash(_(refusal.message), "error")
            return redirect(url_for("applicant.bookings.show", application_id=application.id))
        flash(_("Your interview is canceled. Choose another time when you are ready."), "success")
    return redirect(url_for("applicant.bookings.show", application_id=application.id))


@bp.post("/none")
@allow("interview:book", load="application")
def none_work(application: Application) -> ResponseReturnValue:
    """None of the times work: a person answers."""
    form = OtherTimesForm()
    if not form.validate_on_submit():
        return _choose(application, _booking_form(application, formdata=None), form), 422
    with transaction():
        ask_for_other_times(application, note=form.note.data or "", now=now())
    flash(_("Thank you. A person on our team will find another time and write to you."), "success")
    return redirect(url_for("applicant.bookings.show", application_id=application.id))


@bp.get("/none")
@bp.get("/cancel")
@allow("interview:book", load="application")
def to_interview(application: Application) -> ResponseReturnValue:
    """Whoever comes back to an address that only a button leads to finds the interview; kept words go along."""
    kept = request.args.get("kept") if request.path.endswith("/none") else None
    return redirect(url_for("applicant.bookings.show", application_id=application.id, kept=kept))


@bp.get("/calendar.ics")
@allow("interview:book", load="application")
def calendar(application: Application) -> ResponseReturnValue:
    """The interview for one's own calendar."""
    booking = live_booking(application.id)
    if booking is None:
        abort(404)
    response = Response(booking_calendar(booking).content, mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="final-interview.ics"'
    return response


def _booking_form(application: Application, **arguments: object) -> BookingForm:
    """The form with what the person chose for the talk before, so that another time loses nothing of it."""
    before = last_booking(application.id)
    chosen = {"format": before.format, "needs": before.needs or ""} if before is not None else {}
    return BookingForm(data={**chosen, "phone": shown_phone(application.person.phone)}, **arguments)


def _slot(application: Application, raw: str | None) -> InterviewSlot | None:
    try:
        return slot_of_opening(application.opening_id, UUID(raw or ""))
    except ValueError:
        return None


def _label(moment: datetime, zone: str) -> str:
    """A time of the day in the person's zone, and in Central where that is another hour or day."""
    own = clock_time(moment, zone)
    central = clock_time(moment)
    if own == central:
        return own
    if moment.astimezone(ZoneInfo(zone)).date() != moment.astimezone(ZoneInfo(CENTRAL)).date():
        return _("%(own)s (%(central)s)", own=own, central=when(moment))
    return _("%(own)s (%(central)s Central)", own=own, central=central)


def _other_times(application: Application) -> OtherTimesForm:
    """The form for other times, with what was typed when the session had ended."""
    kept = kept_fields(url_for("applicant.bookings.none_work", application_id=application.id))
    return OtherTimesForm(formdata=kept) if kept is not None else OtherTimesForm(formdata=None)


def _choose(application: Application, form: BookingForm, other: OtherTimesForm | None = None) -> str:
    slots = open_slots(application.opening_id, now=now(), not_with=application.person_id)
    zone = application.person.time_zone
    by_day = [
        Day(day, [Time(str(slot.id), _label(slot.starts_at, zone), str(slot.id) == form.slot.data) for slot in group])
        for day, group in groupby(slots, key=lambda slot: slot.starts_at.astimezone(ZoneInfo(zone)).date())
    ]
    return render_template(
        "applicant/bookings/choose.html",
        application=application,
        form=form,
        other=other or _other_times(application),
        days=by_day[:FIRST_DAYS],
        more_days=by_day[FIRST_DAYS:],
        zone=zone_words(zone),
        in_central=zone == CENTRAL,
        booking=live_booking(application.id),
    )
