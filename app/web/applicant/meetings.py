"""The applicant's meeting with an office: whom, where, how long, what they ask; choose a time, or offer one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField

from app.adapters.clock import now
from app.domain.meetings import PLACE_LABELS
from app.domain.placements import MEETING_FORMATS
from app.domain.refusals import Refusal
from app.emails.calendar import meeting_calendar
from app.extensions import transaction
from app.queries.meetings import arrangement_of, proposal_in_review
from app.queries.people import deciders_of
from app.queries.placements import meeting_of
from app.services.meetings import offer_own_times, take_time
from app.web.fields import options
from app.web.guard import allow, current_person_id
from app.web.meeting_times import TimesForm, choices_of, in_words, place_link, reach, unposted
from app.web.parking import KeptForm
from app.web.shell import zone_words

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.routing import Proposal

bp = Blueprint("meetings", __name__, url_prefix="/applications/<uuid:application_id>/meeting")


class ChooseForm(KeptForm):
    invitation_id = HiddenField()
    time = RadioField(_l("When would you like to meet?"), validate_choice=False)


@bp.get("")
@allow("meeting:answer", load="application")
def show(application: Application) -> ResponseReturnValue:
    """The office that looks at the application, and where the meeting stands."""
    proposal = _proposal(application)
    return _to_status(application) if proposal is None else _page(application, proposal)


@bp.post("/choose")
@allow("meeting:answer", load="application")
def choose(application: Application) -> ResponseReturnValue:
    """Take one of the times that the office offers."""
    proposal = _proposal(application)
    if proposal is None:
        return _to_status(application)
    form = ChooseForm()
    invitation_id, time_id = _uuid(form.invitation_id.data), _uuid(form.time.data)
    if not form.validate_on_submit() or invitation_id is None or time_id is None:
        form.time.errors = [_("Choose one of these times.")]
        return _page(application, proposal, choosing=form), 422
    refusal = _act(
        lambda: take_time(
            proposal, invitation_id=invitation_id, time_id=time_id, side="applicant", by=current_person_id(), now=now()
        )
    )
    if refusal is not None:
        if refusal.status == 422:
            form.time.errors = [_(refusal.message)]
            return _page(application, proposal, choosing=form), 422
        return _changed(application, proposal, refusal)
    flash(_("Your meeting is agreed. We sent you the details and a calendar file by e-mail."), "success")
    return _back(application)


@bp.post("")
@allow("meeting:answer", load="application")
def offer(application: Application) -> ResponseReturnValue:
    """None of these work, or something came up: offer up to three times of one's own."""
    proposal = _proposal(application)
    if proposal is None:
        return _to_status(application)
    form = TimesForm()
    valid = form.validate_on_submit()
    times = form.moments(application.person.time_zone, now=now(), needed=1)
    invitation_id = _uuid(form.invitation_id.data)
    if not valid or times is None:
        return _page(application, proposal, offering=form), 422
    message = form.message.data or ""
    refusal = _act(
        lambda: offer_own_times(
            proposal, times, message, invitation_id=invitation_id or UUID(int=0), by=current_person_id(), now=now()
        )
    )
    if refusal is not None:
        if refusal.status == 422:
            form.blame(refusal)
            return _page(application, proposal, offering=form), 422
        return _changed(application, proposal, refusal)
    flash(_("Thank you. The office sees your times now, and we write to you when it has answered."), "success")
    return _back(application)


@bp.get("/calendar.ics")
@allow("meeting:answer", load="application")
def calendar(application: Application) -> ResponseReturnValue:
    """The agreed meeting for one's own calendar."""
    proposal = _proposal(application)
    invitation = arrangement_of(proposal.id, now=now()).invitation if proposal is not None else None
    file = meeting_calendar(invitation) if invitation is not None else None
    if file is None:
        abort(404)
    response = Response(file.content, mimetype="text/calendar")
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


# ---- what the views share -----------------------------------------------------------------------


def _uuid(raw: str | None) -> UUID | None:
    try:
        return UUID(raw or "")
    except ValueError:
        return None


def _proposal(application: Application) -> Proposal | None:
    return proposal_in_review(application.id) if application.state == "placement_in_review" else None


def _act(act: Callable[[], object]) -> Refusal | None:
    """Act in one transaction; return why it could not be done."""
    try:
        with transaction():
            act()
    except Refusal as refusal:
        return refusal
    return None


def _to_status(application: Application) -> ResponseReturnValue:
    return redirect(url_for("applicant.status.show", application_id=application.id))


def _back(application: Application) -> ResponseReturnValue:
    return redirect(url_for("applicant.meetings.show", application_id=application.id))


def _changed(application: Application, proposal: Proposal, refusal: Refusal) -> ResponseReturnValue:
    """Somebody was faster: the page shows what stands now."""
    if _proposal(application) is None:
        raise refusal
    return _page(application, proposal, problem=_(refusal.message)), refusal.status


def _page(
    application: Application,
    proposal: Proposal,
    *,
    choosing: ChooseForm | None = None,
    offering: TimesForm | None = None,
    problem: str = "",
) -> str:
    standing = arrangement_of(proposal.id, now=now())
    own_zone, zone = application.person.time_zone, proposal.office.time_zone
    meeting = meeting_of(proposal.id)
    key = str(standing.invitation.id) if standing.invitation is not None else ""
    choosing = choosing or ChooseForm(formdata=MultiDict(), invitation_id=key)
    choosing.time.choices = options(choices_of(standing.times, own_zone, zone))
    return render_template(
        "applicant/meetings/show.html",
        application=application,
        office=proposal.office,
        hosts=deciders_of(proposal.office_id, now=now()),
        standing=standing,
        met_on=meeting.held_on if meeting is not None and meeting.outcome == "held" else None,
        when_agreed=in_words(standing.agreed_at, own_zone, zone) if standing.agreed_at else "",
        offered=[in_words(time.starts_at, own_zone, zone) for time in standing.times],
        form=offering or choosing,
        place_url=place_link(standing.invitation),
        choosing=choosing,
        offering=offering or TimesForm(formdata=unposted(), invitation_id=key),
        reach=reach(own_zone, now=now()),
        zone_name=zone_words(own_zone),
        formats=MEETING_FORMATS,
        places=PLACE_LABELS,
        problem=problem,
    )
