"""One person who waits for this office: read, meet, decide. Nothing here shows a score."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.pipeline import IllegalMove
from app.domain.placements import DECLINE_WORDS, MEETING_FORMATS, local_day, may_undo, start_problem, undo_until
from app.domain.refusals import Refusal
from app.domain.work import days_in
from app.extensions import transaction
from app.queries.documents import resume_of
from app.queries.help_requests import to_prepare
from app.queries.meeting_history import meeting_history
from app.queries.meetings import arrangement_of
from app.queries.offices import crowd_of
from app.queries.placements import (
    answers_to_show,
    decision_on,
    meeting_of,
    offer_of_decision,
    rank_of,
    strengths_of,
)
from app.services.opened import note_opened
from app.services.placements import (
    approve_placement,
    decline_placement,
    defer_placement,
    record_meeting,
    undo_approval,
)
from app.web.defender.meetings import when_agreed
from app.web.defender.placement_forms import ApproveForm, DeclineForm, DeferForm, MeetingForm
from app.web.files import document_response
from app.web.guard import allow, current_person_id, permitted
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.placement import PlacementDecision
    from app.models.routing import Proposal

bp = Blueprint("placements", __name__, url_prefix="/defender/placements")


@bp.get("/<uuid:proposal_id>")
@allow("placement:read", load="proposal")
def show(proposal: Proposal) -> ResponseReturnValue:
    """Everything that the office needs to decide, and what it decided."""
    with transaction():
        note_opened(proposal.application_id, by=current_person_id(), now=now())
    return _page(proposal, _meeting_form(proposal))


@bp.get("/<uuid:proposal_id>/resume")
@allow("placement:file", load="proposal")
def resume(proposal: Proposal) -> ResponseReturnValue:
    """The résumé as a file, or the text that was pasted."""
    document = resume_of(proposal.application_id)
    if document is None:
        abort(404)
    if document.source == "file":
        return document_response(document)
    return render_template("defender/placements/resume.html", proposal=proposal, document=document)


@bp.post("/<uuid:proposal_id>/meeting")
@allow("placement:decide", load="proposal")
def meet(proposal: Proposal) -> ResponseReturnValue:
    """Record that the office met the person."""
    form = MeetingForm()
    if not form.validate_on_submit():
        return _page(proposal, form), 422

    def act() -> None:
        record_meeting(
            proposal,
            held_on=form.held_on.data,
            meeting_format=form.format.data,
            outcome=form.outcome.data or _unsaid(proposal),
            notes=form.notes.data or "",
            by=current_person_id(),
            now=now(),
        )

    refusal = _refusal(act)
    if refusal is not None:
        return _refused(proposal, form, refusal)
    if form.outcome.data in (None, "held"):
        flash(_("The meeting is recorded. You can decide now."), "success")
    else:
        flash(_("Noted. Offer new times if you would still like to meet this person."), "success")
    return _back(proposal)


@bp.get("/<uuid:proposal_id>/approve")
@allow("placement:decide", load="proposal")
def approve(proposal: Proposal) -> ResponseReturnValue:
    """What an approval does, and the conditions."""
    usual = proposal.application.opening.starts_on
    fits = usual is not None and start_problem(usual, today=_today(proposal)) is None
    return _step(proposal, "approve", ApproveForm(starts_on=usual if fits else None))


@bp.post("/<uuid:proposal_id>/approve")
@allow("placement:decide", load="proposal")
def approve_now(proposal: Proposal) -> ResponseReturnValue:
    """Approve; it can be undone for 24 hours, or until a manager sends the offer."""
    form = ApproveForm()

    def act() -> None:
        approve_placement(
            proposal,
            conditions=form.conditions.data,
            starts_on=form.starts_on.data,
            by=current_person_id(),
            now=now(),
        )

    done = _("Approved. You can undo this for 24 hours, or until the program manager sends the offer.")
    return _decide(proposal, "approve", form, act, done)


@bp.get("/<uuid:proposal_id>/not-now")
@allow("placement:decide", load="proposal")
def defer(proposal: Proposal) -> ResponseReturnValue:
    """What "not now" does, and until when."""
    return _step(proposal, "defer", DeferForm(not_before=_today(proposal) + timedelta(days=30)))


@bp.post("/<uuid:proposal_id>/not-now")
@allow("placement:decide", load="proposal")
def defer_now(proposal: Proposal) -> ResponseReturnValue:
    """Not now: other offices are asked meanwhile."""
    form = DeferForm()

    def act() -> None:
        defer_placement(
            proposal, not_before=form.not_before.data, reason=form.reason.data, by=current_person_id(), now=now()
        )

    return _decide(proposal, "defer", form, act, _("Noted. We ask other offices meanwhile."))


@bp.get("/<uuid:proposal_id>/not-for-us")
@allow("placement:decide", load="proposal")
def decline(proposal: Proposal) -> ResponseReturnValue:
    """What "not for our office" does, and why."""
    return _step(proposal, "decline", DeclineForm())


@bp.post("/<uuid:proposal_id>/not-for-us")
@allow("placement:decide", load="proposal")
def decline_now(proposal: Proposal) -> ResponseReturnValue:
    """Not for our office, this season."""
    form = DeclineForm()

    def act() -> None:
        decline_placement(
            proposal, reason_code=form.reason_code.data, reason=form.reason.data, by=current_person_id(), now=now()
        )

    return _decide(proposal, "decline", form, act, _("Noted. The program manager looks for another office."))


@bp.post("/<uuid:proposal_id>/undo")
@allow("placement:decide", load="proposal")
def undo(proposal: Proposal) -> ResponseReturnValue:
    """Take the approval back."""
    refusal = _refusal(lambda: undo_approval(proposal, by=current_person_id(), now=now()))
    if refusal is not None:
        return _refused(proposal, _meeting_form(proposal), refusal)
    flash(_("The approval is undone. The person waits for your decision again."), "success")
    return _back(proposal)


# ---- what the views share -----------------------------------------------------------------------

TEMPLATES = {name: f"defender/placements/{name}.html" for name in ("approve", "defer", "decline")}


def _today(proposal: Proposal) -> Any:
    return local_day(now(), proposal.office.time_zone)


def _meeting_form(proposal: Proposal) -> MeetingForm:
    """Return the form with what was recorded or agreed, else with today."""
    meeting, standing = meeting_of(proposal.id), arrangement_of(proposal.id, now=now())
    if standing.agreed_at is not None and standing.stage == "over" and (meeting is None or meeting.outcome != "held"):
        day = local_day(standing.agreed_at, proposal.office.time_zone)
        return MeetingForm(held_on=day, format=standing.invitation.format if standing.invitation else None)
    if meeting is None:
        return MeetingForm(held_on=_today(proposal), outcome="held")
    outcome = meeting.outcome if meeting.outcome == "held" else None
    return MeetingForm(held_on=meeting.held_on, format=meeting.format, notes=meeting.notes, outcome=outcome)


def _unsaid(proposal: Proposal) -> str:
    """Return what a missing answer means: a page from before the agreed time records that they met."""
    return "" if arrangement_of(proposal.id, now=now()).stage == "over" else "held"


def _back(proposal: Proposal) -> ResponseReturnValue:
    return redirect(url_for("defender.placements.show", proposal_id=proposal.id))


def _step(proposal: Proposal, name: str, form: KeptForm) -> ResponseReturnValue:
    if proposal.state != "released":
        return _back(proposal)
    return _form_page(proposal, name, form)


def _form_page(proposal: Proposal, name: str, form: KeptForm) -> str:
    return render_template(
        TEMPLATES[name],
        proposal=proposal,
        person=proposal.application.person,
        opening=proposal.application.opening,
        meeting=meeting_of(proposal.id),
        form=form,
        today=_today(proposal),
        crowd=crowd_of(proposal.pool),
    )


def _decide(proposal: Proposal, name: str, form: KeptForm, act: Callable[[], object], done: str) -> ResponseReturnValue:
    """Validate, act, and say so; whoever comes second sees what the other decided, with status 409."""
    if not form.validate_on_submit():
        return _form_page(proposal, name, form), 422
    refusal = _refusal(act)
    if refusal is None:
        flash(done, "success")
        return _back(proposal)
    if refusal.status == 422 and refusal.field in form:
        form[refusal.field].errors = [_(refusal.message)]
        return _form_page(proposal, name, form), 422
    return _refused(proposal, _meeting_form(proposal), refusal)


def _refusal(act: Callable[[], object]) -> Refusal | None:
    """Act in one transaction; return why it could not be done."""
    try:
        with transaction():
            act()
    except Refusal as refusal:
        return refusal
    except IllegalMove:
        return Refusal("")
    return None


def _refused(proposal: Proposal, form: MeetingForm, refusal: Refusal) -> ResponseReturnValue:
    if refusal.field and refusal.field in form:
        form[refusal.field].errors = [_(refusal.message)]
        return _page(proposal, form), 422
    if proposal.state == "withdrawn":
        raise refusal
    message = _(refusal.message) if refusal.message else _("This person is no longer waiting for your decision.")
    return _page(proposal, form, problem=message), refusal.status


def _page(proposal: Proposal, form: MeetingForm, problem: str = "") -> str:
    application = proposal.application
    decision = decision_on(proposal.id)
    standing = arrangement_of(proposal.id, now=now())
    return render_template(
        "defender/placements/show.html",
        standing=standing,
        when_agreed=when_agreed(standing, proposal),
        proposal=proposal,
        closed=not permitted("placement:file", proposal),
        application=application,
        person=application.person,
        opening=application.opening,
        rank=rank_of(application.id, proposal.office_id) or proposal.rank,
        strengths=strengths_of(application.id),
        spanish=_spanish(proposal),
        statement=application.lived_experience if "office" in application.lived_experience_readers else None,
        answers=answers_to_show(application.id),
        resume=resume_of(application.id),
        meeting=meeting_of(proposal.id),
        events=meeting_history(proposal.id),
        decision=decision,
        crowd=crowd_of(proposal.pool) if proposal.state == "released" else None,
        days=days_in(proposal.released_at, now()) if proposal.released_at else 0,
        late=proposal.due_at is not None and proposal.due_at < now(),
        undo=_undo(proposal, decision),
        offer=offer_of_decision(decision.id) if decision is not None else None,
        form=form,
        problem=problem,
        decline_words=DECLINE_WORDS,
        meeting_formats=MEETING_FORMATS,
        prepare=to_prepare(application) if proposal.state == "released" else [],
    )


def _undo(proposal: Proposal, decision: PlacementDecision | None) -> Any:
    """Return until when the approval can be undone, or None."""
    if decision is None or decision.kind != "approve" or proposal.application.state != "placement_approved":
        return None
    return undo_until(decision.decided_at) if may_undo(decision.decided_at, now()) else None


def _spanish(proposal: Proposal) -> dict[str, Any]:
    """Return the level in the opening's words, and whether somebody verified it."""
    application = proposal.application
    levels = application.opening.spanish_scale.get("levels", [])
    title = next((level["title"] for level in levels if level["level"] == application.spanish_level), None)
    return {
        "level": application.spanish_level,
        "title": title,
        "verified": application.spanish_verified is not None,
        "at": application.spanish_verified_at,
    }
