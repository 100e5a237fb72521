"""My applications, and starting one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.adapters.clock import now
from app.domain.access import Audience
from app.domain.drafting import takes_applications
from app.domain.pipeline import STATES, Party, State
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.applications import application_for, applications_of, parts_of
from app.services.applications import start_application
from app.web.applicant.meeting_words import status_words
from app.web.guard import allow, current_person_id
from app.web.shell import navigation

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.opening import Opening

bp = Blueprint("applications", __name__, url_prefix="/applications")

# Where the public eligibility check leaves its answers until there is an account:
# session["eligibility"][opening id] = {"version": 1, "answers": {"transport": true}}
CHECKED = "eligibility"


@navigation(Audience.APPLICANT)
def menu() -> list[tuple[str, str, bool]]:
    """The applicant's menu has one entry; everything else is reached from there."""
    here = request.endpoint == "applicant.applications.index"
    return [(_("My applications"), url_for("applicant.applications.index"), here)]


@bp.get("")
@allow("application:list")
def index() -> ResponseReturnValue:
    """List what the person has applied to."""
    moment = now()
    rows = [(application, STATES[application.state]) for application in applications_of(current_person_id())]
    titles = {application.id: status_words(application, now=moment).title for application, _state in rows}
    tags = {application.id: _tag(state) for application, state in rows}
    return render_template(
        "applicant/applications/index.html", rows=rows, counts=_counts(rows), titles=titles, tags=tags
    )


def _tag(state: State) -> tuple[str, str]:
    """Return the word and the tone for one application: whose turn it is, or how it came out."""
    if not state.ended:
        return (_("Your turn"), "progress") if state.turn == Party.APPLICANT else (_("With us"), "todo")
    outcomes = {
        "placed": (_("Placed"), "done"),
        "placement_ended": (_("Placement ended"), "neutral"),
        "placed_elsewhere": (_("Placed through another opening"), "neutral"),
        "withdrawn": (_("Withdrawn"), "neutral"),
        "offer_declined": (_("Offer declined"), "neutral"),
    }
    return outcomes.get(state.name, (_("Ended"), "neutral"))


def _counts(rows: list[tuple[Application, State]]) -> dict[object, tuple[int, int]]:
    drafts = [application for application, _state in rows if application.state == "draft"]
    parts = {application.id: parts_of(application) for application in drafts}
    return {key: (found.finished, len(found.counted)) for key, found in parts.items()}


@bp.get("/start/<uuid:opening_id>")
@allow("application:start", load="opening")
def begin(opening: Opening) -> ResponseReturnValue:
    """Where somebody lands who had to sign in first: one button starts."""
    known = application_for(current_person_id(), opening)
    if known is not None:
        if known.state == "placed_elsewhere":
            flash(_("You accepted another placement, so this application is closed."), "notice")
        elif STATES[known.state].ended and known.state != "placed":
            flash(_("You have applied in this season already. You can apply again when the next one opens."), "notice")
        return redirect(url_for("applicant.tasks.show", application_id=known.id))
    takes = takes_applications(opening.status, opening.closes_at, now())
    return render_template("applicant/applications/begin.html", opening=opening, takes=takes)


@bp.post("/start/<uuid:opening_id>")
@allow("application:start", load="opening")
def start(opening: Opening) -> ResponseReturnValue:
    """Start an application, or go on with the one that is there."""
    checked = session.get(CHECKED, {}).get(str(opening.id), {})
    try:
        with transaction():
            application = start_application(
                current_user._get_current_object(),
                opening,
                by=current_person_id(),
                now=now(),
                eligibility=checked.get("answers"),
                rules_version=checked.get("version"),
            )
    except Refusal as refusal:
        flash(_(refusal.message), "error")
        return redirect(url_for("applicant.applications.begin", opening_id=opening.id))
    if checked:
        session[CHECKED] = {key: value for key, value in session[CHECKED].items() if key != str(opening.id)}
    return redirect(url_for("applicant.tasks.show", application_id=application.id))
