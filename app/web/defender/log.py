"""What the people of an office did for it: the office's part of the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.audit_words import OFFICE_MOVES, action_words
from app.queries.access import blind_application_ids
from app.queries.audit_log import AuditRow, office_actions
from app.web.guard import allow, current_person_id

if TYPE_CHECKING:
    from app.models.office import Office

bp = Blueprint("log", __name__, url_prefix="/defender/offices/<uuid:office_id>/log")

PAGE = 50


@bp.get("")
@allow("office:read", load="office")
def show(office: Office) -> ResponseReturnValue:
    """Who did what for this office, newest first."""
    before = request.args.get("before", type=int)
    rows = office_actions(
        office.id,
        hidden=blind_application_ids(current_person_id()),
        before=before if before is not None and 0 < before < 2**63 else None,
        limit=PAGE + 1,
    )
    return render_template(
        "defender/log/show.html",
        office=office,
        rows=rows[:PAGE],
        more=rows[PAGE - 1].event.id if len(rows) > PAGE else None,
        words=_words,
    )


def _words(row: AuditRow) -> str:
    name = str(row.event.details.get("event", ""))
    if row.event.action == "application:moved" and name in OFFICE_MOVES:
        return _(OFFICE_MOVES[name])
    return _(action_words(row.event.action))
