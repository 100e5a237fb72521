"""Every mail as it left, the newest on top. Sign-in codes are visible: that is what makes it a demo."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from app.adapters.clock import now
from app.adapters.maildir_reading import LeftMail, left_mail, left_mails
from app.domain.notice_words import NOTICE_STATES, kind_label
from app.queries.demo import count_waiting, invented_by_email, notices_by_ids
from app.web.guard import allow

bp = Blueprint("inbox", __name__, url_prefix="/demo/inbox")
PER_PAGE = 50
_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:)]")
# The mail's own words, as any mail program would show them: no script, no form, nothing from elsewhere.
_SANDBOX = (
    "sandbox allow-popups allow-top-navigation-by-user-activation; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


@bp.get("")
@allow("demo:use")
def index() -> ResponseReturnValue:
    """List the mails."""
    page = max(1, request.args.get("page", 1, type=int) or 1)
    mails, total = left_mails(_folder(), offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    if not mails and page > 1:
        abort(404)
    first = (page - 1) * PER_PAGE
    return render_template(
        "demo/inbox/index.html",
        states=NOTICE_STATES,
        mails=mails,
        notices=notices_by_ids([mail.notice_id for mail in mails]),
        names={email: person.full_name for email, person in invented_by_email().items()},
        waiting=count_waiting(now=now()),
        smtp=bool(current_app.config["SMTP_URL"]),
        total=total,
        first=first + 1,
        last=first + len(mails),
        newer=url_for("demo.inbox.index", page=page - 1) if page > 1 else None,
        older=url_for("demo.inbox.index", page=page + 1) if first + len(mails) < total else None,
    )


@bp.get("/<uuid:notice_id>")
@allow("demo:use")
def show(notice_id: UUID) -> ResponseReturnValue:
    """One mail: its text with working links, and who got it when."""
    mail = _mail(notice_id)
    return render_template(
        "demo/inbox/show.html",
        mail=mail,
        notice=notices_by_ids([notice_id]).get(notice_id),
        kind_label=kind_label,
        body=_linked(_from_here(mail.text)),
    )


@bp.get("/<uuid:notice_id>/html")
@allow("demo:use")
def html(notice_id: UUID) -> ResponseReturnValue:
    """The HTML version as it was sent, in a sandbox of its own."""
    response = Response(_from_here(_mail(notice_id).html), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response


def _mail(notice_id: UUID) -> LeftMail:
    mail = left_mail(_folder(), notice_id)
    if mail is None:
        abort(404)
    return mail


def _folder() -> Path:
    return Path(current_app.config["MAILDIR"])


def _from_here(words: str) -> str:
    """Keep the browser's own name for this machine in our links: a session belongs to the name in its address."""
    ours = re.compile(re.escape(current_app.config["BASE_URL"].rstrip("/")) + r"(?![\w.:-])")
    return ours.sub(lambda _found: request.url_root.rstrip("/"), words)


def _linked(text: str) -> Markup:
    """The mail's text, its addresses as links; everything else is escaped."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        parts.append(escape(text[end : found.start()]))
        parts.append(Markup('<a href="{0}">{0}</a>').format(found[0]))
        end = found.end()
    parts.append(escape(text[end:]))
    return Markup("").join(parts)
