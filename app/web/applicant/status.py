"""The status page: whose turn it is, the one thing to do, the way so far with dates, and what comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.adapters.clock import now
from app.domain.phones import shown_phone
from app.domain.pipeline import STEP_LABELS, Step
from app.domain.placements import local_day
from app.queries.applications import RANKING_PAGE, adjustments_of, choices_of
from app.queries.meetings import proposal_considered
from app.queries.own_answers import own_answers
from app.queries.parking import unfinished_form
from app.queries.placements import chose_nothing_about, has_ranked_left
from app.queries.status import StatusFacts, StatusStep, status_of
from app.web.applicant.meeting_words import status_words
from app.web.applicant.written import waiting_words
from app.web.guard import allow
from app.web.reasons import plain_reasons
from app.web.shell import short_day

if TYPE_CHECKING:
    from datetime import datetime

    from app.models.application import Application
    from app.models.office import Office

bp = Blueprint("status", __name__, url_prefix="/applications/<uuid:application_id>/status")

# An approval is nobody's news until the offer leaves: until then the page stays as it is.
OFFICE_LOOKS = ("placement_in_review", "placement_approved")


@bp.get("")
@allow("application:read", load="application")
def show(application: Application) -> ResponseReturnValue:
    """Show where the application is; a draft has its task list instead."""
    if application.state == "draft":
        return redirect(url_for("applicant.tasks.show", application_id=application.id))
    moment = now()
    facts = status_of(application, now=moment)
    words = status_words(application, now=moment)
    return render_template(
        "applicant/status/show.html",
        application=application,
        facts=facts,
        title=words.title,
        text=words.text,
        over=interview_over(facts),
        action=next_action(application, facts, words.meeting),
        timeline=_timeline(application, facts),
        answers=_answer_sentences(application),
        further=_further(application),
        unranked=_unranked(application),
        reasons=plain_reasons(application) if application.state in OFFICE_LOOKS else [],
        choices=choices_of(application.id),
        waiting=_waiting(application, moment),
        adjustments=adjustments_of(application.id),
        phone=shown_phone(application.person.phone),
        ranking_unfinished=unfinished_form(application.id, RANKING_PAGE) is not None,
    )


def _answer_sentences(application: Application) -> list[str]:
    """What came of each office that was asked before, for whoever is routed again; never its reasons."""
    if application.state not in ("in_routing", *OFFICE_LOOKS):
        return []
    words = {
        "decline": _("%(office)s could not take you this year."),
        "not_now": _("%(office)s cannot take you at the moment."),
        "passed_on": _("%(office)s could not answer in time."),
        "declined_offer": _("You declined the offer of %(office)s."),
        "refused": _("You said no to %(office)s."),
    }
    proposal = proposal_considered(application.id)
    asked_now = proposal.office.name if proposal is not None else None
    return [
        words[each.kind] % {"office": each.office} for each in own_answers(application.id) if each.office != asked_now
    ]


def _further(application: Application) -> str:
    """Return where we look now, by what the person ranked and what came of it."""
    if not has_ranked_left(application.id):
        return _(
            "No other office that you ranked is left to ask now. If you would work in another one too, write to us."
        )
    ranked = [choice.office.name for choice in choices_of(application.id) if choice.rank is not None]
    if {each.office for each in own_answers(application.id)}.isdisjoint(ranked):
        return _("We are looking at the offices you ranked.")
    return _("We are looking at your other choices.")


def _unranked(application: Application) -> Office | None:
    """Return the office that a manager chose although the person did not rank it; the person may say no."""
    if application.state not in OFFICE_LOOKS:
        return None
    proposal = proposal_considered(application.id)
    return proposal.office if proposal is not None and chose_nothing_about(proposal) else None


def _waiting(application: Application, moment: datetime) -> str:
    """Return until when only the first choice is asked, while that day is still to come."""
    today = local_day(moment, application.opening.time_zone)
    return waiting_words(application) if application.wait_until and application.wait_until > today else ""


def next_action(application: Application, facts: StatusFacts, meeting: str | None = None) -> tuple[str, str] | None:
    """Return the words and the address of the one thing to do; `meeting` says what to do about one."""
    actions = {
        "recording_due": (_("Record your interview"), "applicant.recordings.show"),
        "booking_due": (_("Choose a time"), "applicant.bookings.show"),
        "final_interview_booked": (_("See or move your interview"), "applicant.bookings.show"),
        "offer_sent": (_("Read your offer"), "applicant.offers.show"),
        "placed": (_("See your placement"), "applicant.offers.placement"),
    }
    if facts.recording == "over":
        actions["recording_due"] = (_("Ask for more time"), "applicant.recordings.show")
    elif facts.recording in ("asked", "call"):
        actions["recording_due"] = (_("See your interview"), "applicant.recordings.show")
    if facts.interview == "close":
        actions["final_interview_booked"] = (_("See your interview"), "applicant.bookings.show")
    if meeting is not None:
        actions["placement_in_review"] = (meeting, "applicant.meetings.show")
    found = actions.get(facts.state.name)
    if found is None or interview_over(facts):
        return None
    return found[0], url_for(found[1], application_id=application.id)


def interview_over(facts: StatusFacts) -> bool:
    """Tell whether the final interview was held and the interviewer's notes are still to come."""
    return facts.state.name == "final_interview_booked" and facts.interview == "over"


def _timeline(application: Application, facts: StatusFacts) -> list[dict[str, Any]]:
    rows = [
        {"title": _step_title(facts, step), "state": step.progress, "text": _step_text(application, facts, step)}
        for step in facts.steps
    ]
    if facts.state.ended and facts.state.name != "placed":
        rows.append({"title": _(facts.state.public_title), "state": "done", "text": short_day(facts.ended_at)})
    return rows


def _step_title(facts: StatusFacts, step: StatusStep) -> str:
    if step.name == Step.OFFICE and facts.state.name == "in_routing":
        # Nobody is met before an office is asked.
        return _("We look for the right office")
    if step.name == Step.OFFICE and step.progress == "now" and facts.met_on is not None:
        return _("You have met; the office decides")
    return _(STEP_LABELS[Step(step.name)])


def _step_text(application: Application, facts: StatusFacts, step: StatusStep) -> str:
    if step.progress == "done":
        met = facts.met_on if step.name == Step.OFFICE else None
        date = short_day(met or step.at)
        if step.name == Step.APPLY:
            return _("%(date)s. Reference %(reference)s", date=date, reference=application.reference)
        return date
    if step.progress == "now":
        return _now_text(facts, step, application.person.time_zone)
    if not step.days:
        return ""
    return ngettext("We answer within %(num)d day", "We answer within %(num)d days", step.days)


def _now_text(facts: StatusFacts, step: StatusStep, zone: str) -> str:
    if facts.due_at is not None:
        return _("Your turn. Please do it by %(date)s", date=short_day(facts.due_at))
    if facts.your_turn:
        return _("Your turn")
    if facts.booking is not None and facts.state.name == "final_interview_booked" and not interview_over(facts):
        return _("Booked for %(date)s", date=short_day(facts.booking.slot.starts_at, zone))
    held = facts.booking.slot.starts_at if facts.booking is not None and interview_over(facts) else None
    if held is not None and facts.promised_by is not None and not facts.late:
        return _("Your interview was on %(date)s. You hear from us by %(until)s", date=short_day(held, zone),
                 until=short_day(facts.promised_by))  # fmt: skip
    if facts.late:
        return _("We said %(date)s. We are late; new date %(new)s", date=short_day(facts.promised_by),
                 new=short_day(facts.new_date))  # fmt: skip
    if facts.promised_by is not None and step.at is None:
        return _("You hear from us by %(until)s", until=short_day(facts.promised_by))
    if facts.promised_by is not None:
        return _("Since %(date)s. You hear from us by %(until)s", date=short_day(step.at),
                 until=short_day(facts.promised_by))  # fmt: skip
    return _("Since %(date)s", date=short_day(step.at)) if step.at else ""
