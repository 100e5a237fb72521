"""The openings, and one of them with every fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.pipeline import STATES
from app.queries.applications import application_for
from app.queries.openings import (
    documents_of,
    is_open,
    measured_waits,
    open_openings,
    public_opening,
    public_openings,
    questions_of,
)
from app.web.guard import allow, current_actor
from app.web.public.facts import job_posting, key_facts, selection_steps, shared_offices
from app.web.shell import day

if TYPE_CHECKING:
    from app.models.opening import Opening

bp = Blueprint("openings", __name__, url_prefix="/openings")


def find_opening(slug: str) -> Opening:
    """Return a published opening or answer 404."""
    opening = public_opening(slug)
    if opening is None:
        abort(404)
    return opening


@dataclass(frozen=True, slots=True)
class Own:
    """The visitor's own application to an opening in its present season: what the page says and links to."""

    title: str
    text: str
    label: str
    url: str


def own_application(opening: Opening) -> Own | None:
    """Return the visitor's own application: there is one for each person, opening and season."""
    person_id = current_actor().person_id
    application = application_for(person_id, opening) if person_id is not None else None
    if application is None:
        return None
    url = url_for("applicant.tasks.show", application_id=application.id)
    if application.state == "draft":
        return Own(_("You have begun an application."), _("It is not sent yet."), _("Go on with your application"), url)
    text = _("There is one application for each person and season.")
    state = STATES[application.state]
    if not state.ended:
        title = _("You have applied.")
    elif application.state == "placed":
        placement = url_for("applicant.offers.placement", application_id=application.id)
        return Own(_("You are placed."), _("Your placement is confirmed. Welcome."), _("See your placement"), placement)
    elif application.state == "placed_elsewhere":
        title, text = (_(words) for words in (state.public_title, state.public_text))
    else:
        title = f"{_(state.public_title)}."
        text = f"{text} {_again(opening)}"
    return Own(title, text, _("See your application"), url)


def _again(opening: Opening) -> str:
    if opening.season.ends_on is None:
        return _("You can apply again when the next season opens.")
    return _("You can apply again when the next season opens, after %(date)s.", date=day(opening.season.ends_on))


@bp.get("")
@allow("page:read")
def index() -> ResponseReturnValue:
    """List the openings; what is closed stays readable below."""
    moment = now()
    openings = public_openings(moment)
    return render_template(
        "public/openings/index.html",
        open_now=[(opening, key_facts(opening)) for opening in openings if is_open(opening, moment)],
        closed=[opening for opening in openings if not is_open(opening, moment)],
    )


@bp.get("/<slug>")
@allow("page:read")
def show(slug: str) -> ResponseReturnValue:
    """Show one opening in full."""
    opening, moment = find_opening(slug), now()
    takes = is_open(opening, moment)
    return render_template(
        "public/openings/show.html",
        opening=opening,
        content=opening.content,
        facts=key_facts(opening),
        offices=[place for place in opening.offices if place.is_open],
        shared=shared_offices(opening),
        questions=questions_of(opening, "short_answer"),
        documents=documents_of(opening),
        steps=selection_steps(opening, measured_waits(opening, now=moment)),
        takes=takes,
        own=own_application(opening),
        others=[other for other in open_openings(moment) if other.id != opening.id],
        job_posting=job_posting(opening) if takes else None,
    )
