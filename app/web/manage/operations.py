"""How the machine is: processes, jobs, mails in trouble, files, what must always be true, what is erased next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.audit_words import FAULT_WORDS
from app.domain.delivery import TROUBLED
from app.domain.notice_words import NOTICE_STATES, kind_label
from app.domain.operations import CHECK_WORDS, JOB_WORDS, PROCESS_WORDS, RESULT_WORDS
from app.queries.access import blind_application_ids
from app.queries.jobs import heartbeats, job_run, job_runs
from app.queries.notices import mail_ledger
from app.queries.operations import oldest_owed, owed_by_kind_and_age, silent_processes, stored_bytes
from app.queries.outbox_hold import current_hold
from app.queries.retention import doomed_count, kept_until, recordings_asked_back
from app.services.audit_check import JOB as VERIFY
from app.services.health import OK, checks, free_bytes
from app.services.invariants import JOB as INVARIANTS
from app.services.invariants import sentence_of
from app.services.retention import JOB as RETENTION
from app.web.guard import allow, current_actor, current_person_id

bp = Blueprint("operations", __name__, url_prefix="/manage/operations")

TROUBLED_SHOWN = 20
AHEAD = timedelta(days=30)


@bp.get("")
@allow("operations:read")
def show() -> ResponseReturnValue:
    """Everything on one page; what needs a person comes first."""
    moment = now()
    found = checks()
    silent = silent_processes(now=moment)
    troubled = mail_ledger(
        current_actor().grants,
        hidden=blind_application_ids(current_person_id()),
        states=tuple(TROUBLED),
        offset=0,
        limit=TROUBLED_SHOWN,
    )
    return render_template(
        "manage/operations/show.html",
        moment=moment,
        wrong=[CHECK_WORDS[name] for name, word in found.items() if word != OK],
        checks=found,
        check_words=CHECK_WORDS,
        silent=silent,
        hold=current_hold(),
        heard=heartbeats(),
        process_words=PROCESS_WORDS,
        runs=job_runs(),
        job_words=JOB_WORDS,
        outcome=_outcome,
        owed=sum(owed_by_kind_and_age(now=moment).values()),
        oldest=int(oldest_owed(now=moment) // 60),
        troubled=troubled,
        states=NOTICE_STATES,
        kind_label=kind_label,
        stored=stored_bytes(),
        free=free_bytes(),
        doomed=doomed_count(),
        strays=_strays(),
        invariants=job_run(INVARIANTS),
        sentence_of=sentence_of,
        chain=job_run(VERIFY),
        fault_words=FAULT_WORDS,
        kept=kept_until(now=moment, ahead=AHEAD),
        asked_back=recordings_asked_back(),
    )


def _strays() -> int | None:
    """How many files without a record the last night found; None before the first."""
    last = job_run(RETENTION)
    return None if last is None else last.result.get("strays")


def _outcome(result: dict[str, Any]) -> str:
    """Return "3 done", or the name of what went wrong."""
    if "fault" in result:
        return str(result["fault"])
    return ", ".join(
        f"{result[name]} {_(words)}" for name, words in RESULT_WORDS.items() if isinstance(result.get(name), int)
    )
