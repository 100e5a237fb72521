"""The office arranges to meet a person: it offers three times, takes one of theirs, moves or cancels."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, IntegerField, RadioField
from wtforms.validators import InputRequired, NumberRange

from app.adapters.clock import now
from app.domain.meetings import MINUTES, PLACE_LABELS, TIMES, USUAL_MINUTES
from app.domain.placements import MEETING_FORMATS
from app.domain.refusals import Refusal
from app.emails.calendar import meeting_calendar
from app.extensions import transaction
from app.queries.help_requests import to_prepare
from app.queries.meeting_history import meeting_history
from app.queries.meetings import Arrangement, arrangement_of, terms_before
from app.queries.placements import meeting_of
from app.services.meetings import Terms, cancel_meeting, offer_times, take_time
from app.web.fields import Needed, line, options, paragraph
from app.web.guard import allow, current_person_id
from app.web.meeting_times import TimesForm, choices_of, in_words, place_link, reach, unposted
from app.web.parking import KeptForm
from app.web.shell import zone_words

if TYPE_CHECKING:
    from app.models.routing import Proposal

bp = Blueprint("meetings", __name__, url_prefix="/defender/placements/<uuid:proposal_id>/meeting-times")


class OfferForm(TimesForm):
    format = RadioField(
        _l("How would you like to meet?"),
        choices=options((key, _l(words)) for key, words in MEETING_FORMATS.items()),
        validators=[InputRequired(_l("Choose how you would like to meet."))],
    )
    place = line(
        _l("Place, video link or phone number"),
        Needed(_l("Enter the place, the link or the number.")),
        longest=300,
    )
    minutes = IntegerField(
        _l("Minutes"),
        validators=[
            InputRequired(_l("Enter minutes.")),
            NumberRange(*MINUTES, _l("Enter 10 to 240 minutes.")),
        ],
    )


class AcceptForm(KeptForm):
    invitation_id = HiddenField()
    time = RadioField(_l("Times that the person offers"), validate_choice=False)


class CancelForm(KeptForm):
    invitation_id = HiddenField()
    word = paragraph(_l("A word to the person"), Needed(_l("Write a word to the person: why, and what comes next.")),
                     longest=1000)  # fmt: skip


@bp.get("")
@allow("meeting:arrange", load="proposal")
def show(proposal: Proposal) -> ResponseReturnValue:
    """Where the meeting stands, and what the office can do about it."""
    meeting = meeting_of(proposal.id)
    if proposal.state != "released" or (meeting is not None and meeting.outcome == "held"):
        return redirect(url_for("defender.placements.show", proposal_id=proposal.id))
    return _page(proposal)


@bp.post("")
@allow("meeting:arrange", load="proposal")
def offer(proposal: Proposal) -> ResponseReturnValue:
    """Offer three times; whatever stood before is replaced."""
    form = OfferForm()
    valid = form.validate_on_submit()
    times = form.moments(proposal.office.time_zone, now=now(), needed=TIMES)
    if not valid or times is None:
        return _page(proposal, offering=form), 422
    terms = Terms(form.format.data, form.place.data, form.minutes.data, form.message.data or "")
    seen = _uuid(form.invitation_id.data)
    refusal = _act(lambda: offer_times(proposal, times, terms, instead_of=seen, by=current_person_id(), now=now()))
    if refusal is not None:
        if refusal.status == 422:
            form.blame(refusal)
            return _page(proposal, offering=form), 422
        return _changed(proposal, refusal)
    flash(_("The times are offered. We write to you as soon as one of them is chosen."), "success")
    return _back(proposal)


@bp.post("/accept")
@allow("meeting:arrange", load="proposal")
def accept(proposal: Proposal) -> ResponseReturnValue:
    """Take one of the times that the person offers."""
    form = AcceptForm()
    invitation_id, time_id = _uuid(form.invitation_id.data), _uuid(form.time.data)
    if not form.validate_on_submit() or invitation_id is None or time_id is None:
        form.time.errors = [_("Choose one of these times.")]
        return _page(proposal, accepting=form), 422
    refusal = _act(
        lambda: take_time(
            proposal, invitation_id=invitation_id, time_id=time_id, side="office", by=current_person_id(), now=now()
        )
    )
    if refusal is not None:
        if refusal.status == 422:
            form.time.errors = [_(refusal.message)]
            return _page(proposal, accepting=form), 422
        return _changed(proposal, refusal)
    flash(_("The meeting is agreed. You both get a calendar file by e-mail."), "success")
    return _back(proposal)


@bp.post("/cancel")
@allow("meeting:arrange", load="proposal")
def cancel(proposal: Proposal) -> ResponseReturnValue:
    """Take the times back, or call an agreed meeting off."""
    form = CancelForm()
    invitation_id = _uuid(form.invitation_id.data)
    if not form.validate_on_submit() or invitation_id is None:
        return _page(proposal, canceling=form), 422
    word = form.word.data or ""
    refusal = _act(
        lambda: cancel_meeting(proposal, invitation_id=invitation_id, word=word, by=current_person_id(), now=now())
    )
    if refusal is not None:
        return _changed(proposal, refusal)
    flash(_("The meeting is canceled, and the person is told."), "success")
    return _back(proposal)


@bp.get("/calendar.ics")
@allow("meeting:arrange", load="proposal")
def calendar(proposal: Proposal) -> ResponseReturnValue:
    """The agreed meeting for one's own calendar."""
    standing = arrangement_of(proposal.id, now=now())
    file = meeting_calendar(standing.invitation, for_office=True) if standing.invitation is not None else None
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


def _act(act: Callable[[], object]) -> Refusal | None:
    """Act in one transaction; return why it could not be done."""
    try:
        with transaction():
            act()
    except Refusal as refusal:
        return refusal
    return None


def _back(proposal: Proposal) -> ResponseReturnValue:
    return redirect(url_for("defender.meetings.show", proposal_id=proposal.id))


def _changed(proposal: Proposal, refusal: Refusal) -> ResponseReturnValue:
    """Somebody was faster: the page shows what stands now. An office that is not asked any more has no such page."""
    if proposal.state != "released":
        raise refusal
    return _page(proposal, problem=_(refusal.message)), refusal.status


def _offer_form(proposal: Proposal, standing: Arrangement) -> OfferForm:
    """Return the form with how this office met before, else with its address."""
    before = standing.invitation or terms_before(proposal.office_id)
    return OfferForm(
        formdata=unposted(),
        invitation_id=str(standing.invitation.id) if standing.invitation is not None else "",
        format=before.format if before is not None else "in_person",
        place=before.place if before is not None else ", ".join((proposal.office.address or "").splitlines()),
        minutes=before.minutes if before is not None else USUAL_MINUTES,
    )


def when_agreed(standing: Arrangement, proposal: Proposal) -> str:
    """Return the agreed time in the office's zone, and in the person's where that is another one."""
    own, other = proposal.office.time_zone, proposal.application.person.time_zone
    return in_words(standing.agreed_at, own, other) if standing.agreed_at is not None else ""


def _page(
    proposal: Proposal,
    *,
    offering: OfferForm | None = None,
    accepting: AcceptForm | None = None,
    canceling: CancelForm | None = None,
    problem: str = "",
) -> str:
    person = proposal.application.person
    standing = arrangement_of(proposal.id, now=now())
    zone = proposal.office.time_zone
    key = str(standing.invitation.id) if standing.invitation is not None else ""
    accepting = accepting or AcceptForm(formdata=MultiDict(), invitation_id=key)
    accepting.time.choices = options(choices_of(standing.times, zone, person.time_zone))
    return render_template(
        "defender/meetings/show.html",
        proposal=proposal,
        person=person,
        office=proposal.office,
        standing=standing,
        events=meeting_history(proposal.id),
        when_agreed=when_agreed(standing, proposal),
        form=offering or (accepting if accepting.errors else canceling),
        offering=offering or _offer_form(proposal, standing),
        place_url=place_link(standing.invitation),
        accepting=accepting,
        canceling=canceling or CancelForm(formdata=MultiDict(), invitation_id=key),
        reach=reach(zone, now=now()),
        zone_name=zone_words(zone),
        formats=MEETING_FORMATS,
        places=PLACE_LABELS,
        problem=problem,
        prepare=to_prepare(proposal.application),
    )
