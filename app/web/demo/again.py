"""Starting the demo again: a question, then a page that looks by itself whether it is done.

While the demo is made anew, every other page leads to that one: what somebody did now would be lost.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.demo import mayas_application
from app.queries.demo_again import is_under_way, last_word
from app.services.demo.again import ASKED, FAILED, ask_to_begin_again, refuse_real
from app.web.guard import allow
from app.web.wants import wants_json

bp = Blueprint("again", __name__, url_prefix="/demo/again")

# By then a worker has long begun; where none did, the visitor is told.
BEGINS_WITHIN = timedelta(seconds=45)
_OPEN_MEANWHILE = ("demo.again.", "static")


@bp.get("")
@allow("demo:use")
def ask() -> ResponseReturnValue:
    """Ask before everything goes back to its beginning."""
    try:
        refuse_real()
    except Refusal as refusal:
        return render_template("demo/again/ask.html", refusal=_(refusal.message))
    return render_template("demo/again/ask.html", refusal=None)


@bp.post("")
@allow("demo:use")
def begin() -> ResponseReturnValue:
    """Have a worker begin the demo again."""
    application = mayas_application()
    if application is None:
        return redirect(url_for("demo.start.show"))
    if not is_under_way():
        by = current_user.id if current_user.is_authenticated else None
        with transaction():
            ask_to_begin_again(application.id, by=by, now=now())
    return redirect(url_for("demo.again.wait", was=application.id))


@bp.get("/wait")
@allow("demo:use")
def wait() -> ResponseReturnValue:
    """Wait: the page loads itself again until the new demo stands. `was` is the old story's application."""
    application = mayas_application()
    was = _id(request.args.get("was", ""))
    if is_under_way():
        return _waiting("under way")
    if application is None or application.id != was:
        flash(_("The demo is back at its beginning."), "success")
        return redirect(url_for("demo.start.show"))
    word = last_word((ASKED, FAILED))
    if word is None or word[0] == FAILED or now() - word[1] > BEGINS_WITHIN:
        return render_template("demo/again/wait.html", step="failed")
    return _waiting("asked")


@bp.before_app_request
def make_way() -> ResponseReturnValue | None:
    """While the demo is made anew, nobody works in the old one."""
    endpoint = request.endpoint or ""
    if endpoint.startswith(_OPEN_MEANWHILE) or not is_under_way():
        return None
    if wants_json():
        return jsonify(message=_("The demo begins again at this moment.")), 503
    return redirect(url_for("demo.again.wait"), code=303)


def _waiting(step: str) -> ResponseReturnValue:
    page = render_template("demo/again/wait.html", step=step)
    return page, 200, {"Refresh": "3", "Cache-Control": "no-store"}


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
