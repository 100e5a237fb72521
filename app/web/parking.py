"""A form whose session had ended, or whose token was lost, is kept and filled in again: no text is lost.

The browser holds a random secret in a cookie of its own; only its hash is stored. The page that the form
belongs to is opened again with ?kept=ID, and `KeptForm` fills itself from what was parked.
"""

from __future__ import annotations

import hashlib
import secrets
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from flask import Flask, Response, flash, g, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, generate_csrf
from werkzeug.datastructures import MultiDict

from app.adapters.clock import now
from app.domain.words import N_
from app.extensions import transaction
from app.queries.parking import parked_form
from app.services.parking import park_post
from app.web.wants import wants_json

COOKIE = "kept"
SIGNED_OUT = N_("You are signed out. Sign in again in a new tab; your text stays here.")
_SKIPPED = {"csrf_token", "code", "password"}


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def park() -> str | None:
    """Keep the present POST's text; return the path that shows it again, or None where there is nothing."""
    fields = {key: values for key, values in request.form.lists() if key not in _SKIPPED}
    if not any(value.strip() for values in fields.values() for value in values):
        return None
    secret = request.cookies.get(COOKIE) or secrets.token_urlsafe(24)
    with transaction():
        key = park_post(path=request.path, form=fields, secret_hash=_hash(secret), now=now())
    g.kept_secret = secret
    return f"{request.path}?kept={key}"


def kept_fields(path: str | None = None) -> MultiDict[str, str] | None:
    """Return the parked text for this page, or for the `path` of one of its forms, if this browser parked it."""
    key, secret = request.args.get("kept"), request.cookies.get(COOKIE)
    if request.method != "GET" or not key or not secret:
        return None
    try:
        form = parked_form(UUID(key), path=path or request.path, secret_hash=_hash(secret), now=now())
    except ValueError:
        return None
    return None if form is None else MultiDict((name, value) for name, values in form.items() for value in values)


def holds_kept(path: str | None) -> bool:
    """Tell whether the page at this path of ours, opened next, fills in what this browser had typed."""
    parts = urlsplit(path or "")
    key, secret = next(iter(parse_qs(parts.query).get("kept", ())), None), request.cookies.get(COOKIE)
    if not key or not secret:
        return False
    try:
        return parked_form(UUID(key), path=parts.path, secret_hash=_hash(secret), now=now()) is not None
    except ValueError:
        return False


def typed_fields() -> MultiDict[str, str]:
    """Return what was typed into fields that no form class names: of this POST, or what was kept of an earlier one."""
    if request.method == "POST":
        return request.form
    return kept_fields() or MultiDict()


class _OwnWords:
    """Our sentences in the place of the form library's: they say how to mend it."""

    def gettext(self, text: str) -> str:
        """Return what we say instead."""
        own = {
            "Not a valid date value.": _("Enter a real date as month/day/year, such as 12/04/2026."),
            "Not a valid time value.": _("Enter a time, such as 9:00 a.m."),
            "Not a valid integer value.": _("Enter a whole number, such as 45."),
            "Not a valid decimal value.": _("Enter a number, such as 2.5."),
            "Not a valid choice.": _("Choose one of these."),
            "This field is required.": _("This is needed."),
        }
        return own.get(text, text)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return the fitting form."""
        return singular if n == 1 else plural


class KeptForm(FlaskForm):
    """The base of every form: on a GET with ?kept=... it is filled with what was parked."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: object) -> _OwnWords:
            """Speak in our own words."""
            return _OwnWords()

    def __init__(self, formdata: object = None, **arguments: object) -> None:
        kept = kept_fields() if formdata is None else None
        if kept is not None:
            super().__init__(formdata=kept, **arguments)
        elif formdata is not None:
            super().__init__(formdata=formdata, **arguments)
        else:
            super().__init__(**arguments)


def install(app: Flask) -> None:
    """Answer a lost CSRF token with the page itself and the text in it."""
    app.extensions["placewell_park"] = park

    @app.errorhandler(CSRFError)
    def lost_token(_error: CSRFError) -> ResponseReturnValue:
        if wants_json():
            # Not final: after signing in again in another tab the page goes on, with a token of the new session.
            token = generate_csrf() if current_user.is_authenticated else None
            return jsonify(message=_(SIGNED_OUT), csrf_token=token), 401
        kept = park()
        if not current_user.is_authenticated and not request.path.startswith("/account"):
            return redirect(url_for("account.sign_in.form", next=kept or request.path))
        flash(_("Your page was open for a long time, so nothing was sent yet. We kept what you wrote."), "notice")
        session["told_kept"] = True
        # A path that only takes POST has no page of its own: go back to where the form was.
        back = kept if kept and app.url_map.bind("").test(request.path, method="GET") else request.referrer
        return redirect(back if back and back.startswith(("/", request.host_url)) else "/")

    @app.after_request
    def remember_secret(response: Response) -> Response:
        secret = g.pop("kept_secret", None)
        if secret:
            response.set_cookie(
                COOKIE, secret, max_age=86400, httponly=True, samesite="Lax", secure=app.config["SESSION_COOKIE_SECURE"]
            )
        return response

    @app.before_request
    def tell_kept() -> None:
        if request.method != "GET" or "kept" not in request.args or kept_fields() is None:
            return
        # Once is enough: the page that kept it may have said so already.
        if not session.pop("told_kept", False):
            flash(_("We kept what you wrote."), "notice")
