"""What you sent: a copy to read, print and keep as text. Nothing can be changed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.queries.applications import documents_in_force
from app.queries.recordings import interview_of
from app.queries.status import status_of
from app.web.applicant.written import Section, statements_confirmed, written_sections
from app.web.guard import allow
from app.web.shell import localized

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("sent", __name__, url_prefix="/applications/<uuid:application_id>/sent")


@bp.get("")
@allow("application:read", load="application")
def show(application: Application) -> ResponseReturnValue:
    """Show what was sent; a draft has its task list instead."""
    if application.submitted_at is None:
        return redirect(url_for("applicant.tasks.show", application_id=application.id))
    interview = interview_of(application.id)
    return render_template(
        "applicant/sent/show.html",
        application=application,
        recording_sent=interview is not None and interview.submitted_at is not None,
        **_copy(application, documents=False),
    )


@bp.get("/copy.txt")
@allow("application:read", load="application")
def text(application: Application) -> ResponseReturnValue:
    """Return the same as plain text, to keep."""
    if application.submitted_at is None:
        return redirect(url_for("applicant.tasks.show", application_id=application.id))
    words = render_template("applicant/sent/copy.txt", application=application, **_copy(application, documents=True))
    response = Response(words, mimetype="text/plain")
    response.headers["Content-Disposition"] = f'attachment; filename="application-{application.reference}.txt"'
    return response


def _copy(application: Application, *, documents: bool) -> dict[str, Any]:
    facts = status_of(application, now=now())
    sections = _read_only(written_sections(application, documents=documents))
    if confirmed := _confirmed(application):
        sections.append((_("What you confirmed"), confirmed))
    return {
        "title": localized(application.opening.title),
        "sections": sections,
        "documents": documents_in_force(application.id),
        "ranking_open": facts.ranking_open,
        "ended": facts.state.ended,
    }


def _read_only(sections: list[Section]) -> list[Section]:
    return [(title, [{**row, "href": None} for row in rows]) for title, rows in sections]


def _confirmed(application: Application) -> list[dict[str, Any]]:
    return [{"label": words, "value": when} for words, when in statements_confirmed(application)]
