"""The audit log: who did or opened what, and whether its chain is whole."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.audit_words import FAULT_WORDS, TOPICS, action_words
from app.domain.pipeline import STATES
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.audit_log import AuditFilter, AuditRow, audit_rows
from app.queries.jobs import job_run
from app.services.audit import record
from app.services.audit_check import JOB as VERIFY
from app.web.audit_details import details_words
from app.web.csv_files import csv_response
from app.web.guard import allow, current_actor, current_person_id
from app.web.manage.words import EVENT_WORDS

bp = Blueprint("audit", __name__, url_prefix="/manage/audit")

PAGE = 50
MOST_LINES = 5_000


@bp.get("")
@allow("audit:list")
def index() -> ResponseReturnValue:
    """The log, newest first."""
    wanted = _wanted()
    rows = audit_rows(current_actor(), wanted, hidden=blind_application_ids(current_person_id()), limit=PAGE + 1)
    return render_template(
        "manage/audit/index.html",
        rows=rows[:PAGE],
        more=rows[PAGE - 1].event.id if len(rows) > PAGE else None,
        wanted=wanted,
        topics=TOPICS,
        words=words_of,
        details=details_words,
        states=STATES,
        chain=job_run(VERIFY),
        fault_words=FAULT_WORDS,
        # An administrator looks after the machine: which application it is suffices, not whose.
        names=current_actor().has(Role.MANAGER, Role.DIRECTOR),
    )


@bp.post("/audit.csv")
@allow("audit:list")
def export() -> ResponseReturnValue:
    """What the page shows, up to MOST_LINES events, as a table; that it was taken is an event, too."""
    wanted = _wanted()
    rows = audit_rows(current_actor(), wanted, hidden=blind_application_ids(current_person_id()), limit=MOST_LINES)
    with transaction():
        record("audit:exported", "audit", "log", by=current_person_id(), now=now(), lines=len(rows))
    header = ["id", "at (UTC)", "person", "action", "object", "object id", "application", "details"]
    return csv_response("audit.csv", header, [_line(row) for row in rows])


def _wanted() -> AuditFilter:
    topic = request.args.get("topic", "")
    before = request.args.get("before", type=int)
    return AuditFilter(
        topic if topic in TOPICS else "",
        request.args.get("reference", "")[:20],
        before if before is not None and 0 < before < 2**63 else None,
    )


def words_of(row: AuditRow) -> str:
    """Return what was done, in words."""
    event = row.event
    if event.action == "application:moved":
        name = str(event.details.get("event", ""))
        return _(EVENT_WORDS[name]) if name in EVENT_WORDS else name
    return _(action_words(event.action))


def _line(row: AuditRow) -> Sequence[object]:
    event = row.event
    return (
        event.id,
        event.at.isoformat(timespec="seconds"),
        event.actor_id,
        event.action,
        event.object_type,
        event.object_id,
        row.reference,
        " ".join(f"{key}={value}" for key, value in sorted(event.details.items())),
    )
