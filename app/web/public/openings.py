"""The openings, and one of them with every fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from app.adapters.clock import now
from app.queries.openings import (
    documents_of,
    is_open,
    measured_waits,
    open_openings,
    public_opening,
    public_openings,
    questions_of,
)
from app.web.guard import allow
from app.web.public.facts import job_posting, key_facts, selection_steps, shared_offices

if TYPE_CHECKING:
    from app.models.opening import Opening

bp = Blueprint("openings", __name__, url_prefix="/openings")


def find_opening(slug: str) -> Opening:
    """Return a published opening or answer 404."""
    opening = public_opening(slug)
    if opening is None:
        abort(404)
    return opening


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
        others=[other for other in open_openings(moment) if other.id != opening.id],
        job_posting=job_posting(opening) if takes else None,
    )
