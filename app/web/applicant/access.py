"""Who opened my application: the applicant's own part of the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.access import Role
from app.queries.audit_log import View, views_of
from app.web.guard import allow

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("access", __name__, url_prefix="/applications/<uuid:application_id>/access")


@bp.get("")
@allow("application:read", load="application")
def show(application: Application) -> ResponseReturnValue:
    """When somebody opened which part, and in which role; names are not told."""
    rows = [(view.at, _what(view), _who(view)) for view in views_of(application)]
    return render_template("applicant/access/show.html", application=application, rows=rows)


def _what(view: View) -> str:
    return {
        "document:read": _("Opened a document"),
        "packet:download": _("Downloaded your packet"),
        "letter:download": _("Downloaded your offer letter"),
        "recording:watch": _("Watched an answer of your recorded interview"),
    }.get(view.action, _("Opened your file"))


def _who(view: View) -> str:
    if view.office is not None:
        return _("The office in %(office)s", office=view.office)
    if view.roles & {Role.MANAGER, Role.DIRECTOR}:
        return _("A program manager")
    return _("A person who scores applications")
