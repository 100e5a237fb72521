"""The mail ledger: what is owed, what left, what was refused, and what only a person can settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.delivery import TROUBLED
from app.domain.notice_words import NOTICE_STATES, kind_label
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.notices import mail_ledger
from app.queries.suppression import count_suppressed
from app.services.delivery import settle_notice
from app.web.guard import allow, current_actor, current_person_id

if TYPE_CHECKING:
    from app.models.notice import Notice

bp = Blueprint("notices", __name__, url_prefix="/manage/mail")

PAGE = 50
# filter in the address -> states
FILTERS = {
    "trouble": tuple(TROUBLED),
    "waiting": ("pending", "sending"),
    "sent": ("sent",),
    "unneeded": ("cancelled",),
    "all": (),
}


@bp.get("")
@allow("notice:list")
def index() -> ResponseReturnValue:
    """The ledger, newest first; what needs a person has its own filter."""
    chosen = request.args.get("show", "all")
    return _page(chosen if chosen in FILTERS else "all")


def _page(chosen: str) -> str:
    offset = min(max(request.args.get("from", 0, type=int), 0), 1_000_000)
    ledger = mail_ledger(
        current_actor().grants,
        hidden=blind_application_ids(current_person_id()),
        states=FILTERS[chosen],
        offset=offset,
        limit=PAGE,
    )
    return render_template(
        "manage/notices/index.html",
        ledger=ledger,
        chosen=chosen,
        offset=offset,
        page=PAGE,
        states=NOTICE_STATES,
        kind_label=kind_label,
        silent=count_suppressed(),
        tiles=[
            (name, label, sum(ledger.counts.get(state, 0) for state in FILTERS[name] or ledger.counts))
            for name, label in (
                ("trouble", _("need a person")),
                ("waiting", _("waiting to leave")),
                ("sent", _("sent")),
                ("unneeded", _("not needed any more")),
                ("all", _("all mails")),
            )
        ],
    )


@bp.post("/<uuid:notice_id>/settle")
@allow("notice:settle", load="notice")
def settle(notice: Notice) -> ResponseReturnValue:
    """Say that an uncertain mail arrived, or send a mail in trouble again."""
    outcome = request.form.get("outcome", "")
    if outcome not in ("sent", "send_again"):
        abort(400)
    try:
        with transaction():
            settle_notice(notice, outcome, by=current_person_id(), now=now())
    except Refusal as refusal:
        flash(_(refusal.message), "error")
        return _page("trouble"), refusal.status
    flash(_("Noted as sent.") if outcome == "sent" else _("It leaves again now."), "success")
    return redirect(url_for("manage.notices.index", show="trouble"))
