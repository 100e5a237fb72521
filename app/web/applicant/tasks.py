"""The task list of a draft: what is finished, what is left, and that nothing is sent yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.queries.applications import Parts, parts_of
from app.web.applicant.parts import part_row, part_url, still_open
from app.web.guard import allow

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("tasks", __name__, url_prefix="/applications/<uuid:application_id>")

ABOUT_YOU = {"contact", "eligibility", "document", "background"}


@bp.get("")
@allow("application:read", load="application")
def show(application: Application) -> ResponseReturnValue:
    """Show the parts; what was sent has its status page instead."""
    if application.state != "draft":
        return redirect(url_for("applicant.status.show", application_id=application.id))
    parts = parts_of(application)
    is_open = still_open(application)
    following = next((part for part in parts.counted if part.status not in ("done", "waiting")), None)
    return render_template(
        "applicant/tasks/show.html",
        application=application,
        parts=parts,
        groups=_groups(application, parts, is_open),
        is_open=is_open,
        next_url=part_url(application, following) if following is not None and is_open else None,
        begun=parts.finished > 0,
    )


def _groups(application: Application, parts: Parts, is_open: bool) -> list[tuple[str, list[dict[str, object]]]]:
    def rows(keys: set[str]) -> list[dict[str, object]]:
        return [part_row(application, part, open_to_edit=is_open) for part in parts.counted if part.key in keys]

    optional = [
        part_row(application, part, open_to_edit=is_open or part.key == "adjustments") for part in parts.optional
    ]
    groups = [
        (_("About you"), rows(ABOUT_YOU)),
        (_("Your words"), rows({"answers"})),
        (_("Where you could work"), rows({"offices"})),
        (_("If you like"), optional),
        (_("Send it"), rows({"send"})),
    ]
    return [(title, found) for title, found in groups if found]
