"""The demo's clock moves forward for web, workers and beat alike; their rounds follow at once."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import move_clock, now
from app.extensions import transaction
from app.services.notices import wake_workers
from app.web.guard import allow
from app.web.redirects import safe_next
from app.web.shell import when

bp = Blueprint("clock", __name__, url_prefix="/demo/clock")
STEPS = {"1": 1, "3": 3, "7": 7}


@bp.post("")
@allow("demo:use")
def move() -> ResponseReturnValue:
    """Move the clock by 1, 3 or 7 days and come back to the page."""
    days = STEPS.get(request.form.get("days", ""))
    if days is None:
        flash(_("The clock moves by 1, 3 or 7 days."), "error")
    else:
        move_clock(timedelta(days=days))
        with transaction():
            wake_workers()
        text = _("It is %(now)s now. Reminders that are due leave within seconds: see the inbox.", now=when(now()))
        flash(text, "notice")
    return redirect(_back() or url_for("demo.start.show"))


def _back() -> str | None:
    referrer = request.referrer or ""
    if not referrer.startswith(request.host_url):
        return None
    return safe_next("/" + referrer.removeprefix(request.host_url))
