"""Calendar files for interview mails and the booking page: one builder for each kind of notice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from functools import partial
from uuid import UUID

from flask import current_app
from flask_babel import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText
from sqlalchemy import func, select

from app.domain.phones import shown_phone
from app.emails.links import absolute_link
from app.extensions import db
from app.models.final_interview import Booking
from app.models.notice import Notice
from app.models.person import Organization
from app.models.placement import MeetingInvitation


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """An .ics, its method (PUBLISH or CANCEL) and what the file is called."""

    method: str
    content: bytes
    name: str = "interview.ics"


def booking_calendar(booking: Booking, *, cancelled: bool = False, for_staff: bool = False) -> CalendarFile:
    """Return the calendar file of a booking; the same UID, so that a cancellation removes the event.

    The interviewer's file leads to the interview kit, the applicant's to the status page; neither holds a name.
    """
    method = "CANCEL" if cancelled else "PUBLISH"
    organization = booking.slot.opening.organization
    link = (
        absolute_link("staff.scorecards.edit", booking_id=booking.id)
        if for_staff
        else absolute_link("applicant.status.show", application_id=booking.application_id)
    )
    content = _one_event(
        method,
        organization,
        uid=f"{booking.id}",
        sequence=1 if cancelled else 0,
        stamp=_stamp(booking, cancelled),
        summary=_("Final interview with %(organization)s", organization=organization.name),
        starts_at=booking.slot.starts_at,
        ends_at=booking.slot.ends_at,
        place=_place(booking, for_staff=for_staff),
        link=link,
    )
    return CalendarFile(method, content)


def _place(booking: Booking, *, for_staff: bool) -> str:
    """Where the talk is: by phone it is we who call, and no video link leads anywhere."""
    if booking.format != "phone":
        return booking.slot.place
    if for_staff:
        return _("Phone call: you call. The number is in the kit.")
    number = shown_phone(booking.application.person.phone)
    return _("Phone call: we call you at %(number)s", number=number) if number else _("Phone call: we call you")


def meeting_calendar(
    invitation: MeetingInvitation, *, cancelled: bool = False, for_office: bool = False
) -> CalendarFile | None:
    """Return the calendar file of an agreed meeting, or None where no time was agreed; it holds no person's name.

    The UID is the proposal's and SEQUENCE rises with every offer, so that a moved meeting replaces the earlier one.
    """
    taken = next((time for time in invitation.times if time.chosen), None)
    if taken is None:
        return None
    method = "CANCEL" if cancelled else "PUBLISH"
    proposal = invitation.proposal
    organization = proposal.application.opening.organization
    link = (
        absolute_link("defender.meetings.show", proposal_id=proposal.id)
        if for_office
        else absolute_link("applicant.meetings.show", application_id=proposal.application_id)
    )
    summary = (
        _("Meeting with a candidate for %(office)s", office=proposal.office.name)
        if for_office
        else _("Meeting with the public defender office in %(office)s", office=proposal.office.name)
    )
    content = _one_event(
        method,
        organization,
        uid=f"meeting-{proposal.id}",
        sequence=2 * _offers_before(invitation) + int(cancelled),
        stamp=invitation.answered_at or invitation.offered_at,
        summary=summary,
        starts_at=taken.starts_at,
        ends_at=taken.starts_at + timedelta(minutes=invitation.minutes),
        place=invitation.place,
        link=link,
    )
    return CalendarFile(method, content, "meeting.ics")


def _offers_before(invitation: MeetingInvitation) -> int:
    return (
        db.session.scalar(
            select(func.count())
            .select_from(MeetingInvitation)
            .where(
                MeetingInvitation.proposal_id == invitation.proposal_id,
                MeetingInvitation.offered_at < invitation.offered_at,
            )
        )
        or 0
    )


def _one_event(
    method: str,
    organization: Organization,
    *,
    uid: str,
    sequence: int,
    stamp: datetime,
    summary: str,
    starts_at: datetime,
    ends_at: datetime,
    place: str,
    link: str,
) -> bytes:
    # The UID's domain is this installation's, for ever; whom to answer is the organization.
    domain = parseaddr(current_app.config["MAIL_FROM"])[1].rpartition("@")[2]
    calendar = Calendar()
    calendar.add("prodid", "-//Placewell//Interviews//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    event = Event()
    event.add("uid", f"{uid}@{domain}")
    event.add("sequence", sequence)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("summary", summary)
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("dtstamp", stamp)
    event.add("location", place)
    event.add("description", _("Where: %(place)s", place=place) + "\n" + link)
    organizer = vCalAddress(f"mailto:{organization.help_email}")
    organizer.params["cn"] = vText(organization.name)
    event["organizer"] = organizer
    calendar.add_component(event)
    return calendar.to_ical()


def _stamp(booking: Booking, cancelled: bool) -> datetime:
    return booking.cancelled_at if cancelled and booking.cancelled_at is not None else booking.booked_at


def _of_notice(notice: Notice, *, cancelled: bool) -> CalendarFile | None:
    key = notice.context.get("booking_id")
    booking = db.session.get(Booking, UUID(str(key)) if key else notice.subject_id)
    if booking is None:
        return None
    for_staff = notice.recipient_id is not None and notice.recipient_id == booking.slot.interviewer_id
    return booking_calendar(booking, cancelled=cancelled, for_staff=for_staff)


def _of_meeting(notice: Notice, *, cancelled: bool, key: str = "invitation_id") -> CalendarFile | None:
    """`key` names the invitation in the notice: an offer that moves a meeting cancels the one that it replaces."""
    found = notice.context.get(key)
    invitation = db.session.get(MeetingInvitation, UUID(str(found))) if found else None
    if invitation is None:
        return None
    for_office = notice.recipient_id != invitation.proposal.application.person_id
    return meeting_calendar(invitation, cancelled=cancelled, for_office=for_office)


CALENDARS: Mapping[str, Callable[[Notice], CalendarFile | None]] = {
    "interview_booked": partial(_of_notice, cancelled=False),
    "interview_cancelled": partial(_of_notice, cancelled=True),
    "meeting_agreed": partial(_of_meeting, cancelled=False),
    "meeting_canceled": partial(_of_meeting, cancelled=True),
    "meeting_offered": partial(_of_meeting, cancelled=True, key="replaces"),
}
