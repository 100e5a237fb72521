"""Sessions: how long one lasts, and what staff reach before their second factor.

An applicant chooses: 30 days on an own device, else until the browser closes or half an hour without a click.
Staff: half an hour without a click and twelve hours at most, whatever the device.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from flask import Flask, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from app.adapters.clock import now
from app.domain.access import STAFF_ROLES
from app.web.guard import current_actor

if TYPE_CHECKING:
    from app.models.person import Person

OWN_DEVICE = timedelta(days=30)
IDLE = timedelta(minutes=30)
STAFF_AT_MOST = timedelta(hours=12)
# A click is written down at most once a minute: the cookie need not change with every page.
NOTED_EVERY = 60
_KEPT_AT_SIGN_IN = ("eligibility",)
_BEFORE_SECOND_FACTOR = ("account.second_factor.", "account.sign_out.", "public.", "static")


def start_session(person: Person, *, own_device: bool = False) -> None:
    """Sign a person in; what an earlier person left in this browser's session goes."""
    kept = {name: session[name] for name in _KEPT_AT_SIGN_IN if name in session}
    session.clear()
    session.update(kept)
    g.pop("actor", None)
    login_user(person)
    moment = int(now().timestamp())
    session["signed_in_at"] = session["seen_at"] = moment
    session["own_device"] = own_device
    session.permanent = own_device


def end_session() -> None:
    """Sign out in this browser."""
    logout_user()
    session.clear()
    g.pop("actor", None)


def is_staff() -> bool:
    """Tell whether the person who is signed in holds a role at the organization (an office's is none)."""
    return current_actor().has(*STAFF_ROLES)


def needs_second_factor() -> bool:
    """Tell whether the person still has to give the second factor in this session."""
    return bool(current_app.config["STAFF_SECOND_FACTOR"]) and is_staff() and not session.get("second_factor")


def _is_over(moment: datetime) -> bool:
    if "signed_in_at" not in session:
        return True
    seen, begun = (datetime.fromtimestamp(session[name], UTC) for name in ("seen_at", "signed_in_at"))
    if is_staff():
        return moment - seen > IDLE or moment - begun > STAFF_AT_MOST
    return moment - begun > OWN_DEVICE if session.get("own_device") else moment - seen > IDLE


def install(app: Flask) -> None:
    """End sessions whose time is over; keep staff without a second factor at its page."""
    app.config["PERMANENT_SESSION_LIFETIME"] = OWN_DEVICE

    @app.before_request
    def keep_time() -> None:
        # The demo's clock jumps by days: nobody should be thrown out for that.
        if request.endpoint == "static" or app.config["DEMO"] or not current_user.is_authenticated:
            return
        moment = now()
        if _is_over(moment):
            end_session()
            flash(
                _("You were signed out because nothing happened for a while. Everything you saved is kept."), "notice"
            )
        elif moment.timestamp() - session["seen_at"] >= NOTED_EVERY:
            session["seen_at"] = int(moment.timestamp())

    @app.before_request
    def wall() -> ResponseReturnValue | None:
        endpoint = request.endpoint or ""
        if not endpoint or endpoint.startswith(_BEFORE_SECOND_FACTOR) or not current_user.is_authenticated:
            return None
        if not needs_second_factor():
            return None
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        if request.method == "POST":
            back = app.extensions["placewell_park"]()
        return redirect(url_for("account.second_factor.show", next=back))
