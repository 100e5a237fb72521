"""Calendar files for interview mails and the booking page: one builder for each kind of notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from functools import partial
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from app.emails.links import absolute_link
from app.extensions import db
from app.models.final_interview import Booking
from app.models.notice import Notice


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """An .ics and its method (PUBLISH or CANCEL)."""

    method: str
    content: bytes


def booking_calendar(booking: Booking, *, cancelled: bool = False, for_staff: bool = False) -> CalendarFile:
    """Return the calendar file of a booking; the same UID, so that a cancellation removes the event.

    The interviewer's file leads to the interview kit, the applicant's to the status page; neither holds a name.
    """
    method = "CANCEL" if cancelled else "PUBLISH"
    organization = booking.slot.opening.organization
    # The UID's domain is this installation's, for ever; whom to answer is the organization.
    domain = parseaddr(current_app.config["MAIL_FROM"])[1].rpartition("@")[2]
    calendar = Calendar()
    calendar.add("prodid", "-//Placewell//Interviews//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    event = Event()
    event.add("uid", f"{booking.id}@{domain}")
    event.add("sequence", 1 if cancelled else 0)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("summary", _("Final interview with %(organization)s", organization=organization.name))
    event.add("dtstart", booking.slot.starts_at)
    event.add("dtend", booking.slot.ends_at)
    event.add("dtstamp", _stamp(booking, cancelled))
    event.add("location", booking.slot.place)
    link = (
        absolute_link("staff.scorecards.edit", booking_id=booking.id)
        if for_staff
        else absolute_link("applicant.status.show", application_id=booking.application_id)
    )
    event.add("description", _("Where: %(place)s", place=booking.slot.place) + "\n" + link)
    organizer = vCalAddress(f"mailto:{organization.help_email}")
    organizer.params["cn"] = vText(organization.name)
    event["organizer"] = organizer
    calendar.add_component(event)
    return CalendarFile(method, calendar.to_ical())


def _stamp(booking: Booking, cancelled: bool) -> datetime:
    return booking.cancelled_at if cancelled and booking.cancelled_at is not None else booking.booked_at


def _of_notice(notice: Notice, *, cancelled: bool) -> CalendarFile | None:
    key = notice.context.get("booking_id")
    booking = db.session.get(Booking, UUID(str(key)) if key else notice.subject_id)
    if booking is None:
        return None
    for_staff = notice.recipient_id is not None and notice.recipient_id == booking.slot.interviewer_id
    return booking_calendar(booking, cancelled=cancelled, for_staff=for_staff)


CALENDARS: Mapping[str, Callable[[Notice], CalendarFile | None]] = {
    "interview_booked": partial(_of_notice, cancelled=False),
    "interview_cancelled": partial(_of_notice, cancelled=True),
}
