"""The second factor of staff: set it up once, then give its code at each sign-in."""

from __future__ import annotations

import io

import segno
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import HiddenField, StringField, ValidationError

from app.adapters.clock import now
from app.extensions import transaction
from app.services.limits import count_try
from app.services.second_factor import TRIES_PER_PERSON, begin_enrollment, check_second_factor, enrollment_uri
from app.web.guard import allow, current_person_id
from app.web.limits import too_many
from app.web.parking import KeptForm
from app.web.redirects import safe_next
from app.web.sessions import is_staff

bp = Blueprint("second_factor", __name__, url_prefix="/account/second-factor")
ISSUER = "Placewell"


class FactorForm(KeptForm):
    code = StringField(_l("Code from your app"))
    next = HiddenField()

    def validate_code(self, field: StringField) -> None:
        """Take the six digits however they were pasted."""
        field.data = "".join(sign for sign in field.data or "" if sign in "0123456789")
        if len(field.data) != 6:
            raise ValidationError(_("Enter the 6 digits that your app shows."))


def _page(form: FactorForm) -> str:
    if current_user.totp_enrolled_at is not None:
        return render_template("account/second_factor/show.html", form=form)
    return render_template("account/second_factor/enroll.html", form=form, secret=_spaced(current_user.totp_secret))


def _spaced(secret: str | None) -> str | None:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)) if secret else None


@bp.get("")
@allow("account:use")
def show() -> ResponseReturnValue:
    """Ask for the code, or show how to set the app up."""
    following = safe_next(request.args.get("next"))
    if session.get("second_factor"):
        return redirect(following or url_for("account.home.show"))
    if not is_staff():
        abort(404)
    form = FactorForm()
    form.next.data = following or ""
    return _page(form)


@bp.post("/begin")
@allow("account:use")
def begin() -> ResponseReturnValue:
    """Draw the secret that the app will hold."""
    if not is_staff() or current_user.totp_enrolled_at is not None:
        abort(404)
    with transaction():
        begin_enrollment(current_user)
    return redirect(url_for("account.second_factor.show", next=safe_next(request.form.get("next"))))


@bp.get("/qr.svg")
@allow("account:use")
def picture() -> ResponseReturnValue:
    """Draw the QR code, only until the app is set up."""
    if not is_staff() or current_user.totp_secret is None or current_user.totp_enrolled_at is not None:
        abort(404)
    drawing = io.BytesIO()
    segno.make(enrollment_uri(current_user, ISSUER), error="m").save(
        drawing, kind="svg", scale=6, border=3, dark="#000", light="#fff", xmldecl=False
    )
    response = Response(drawing.getvalue(), mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@bp.post("")
@allow("account:use")
def check() -> ResponseReturnValue:
    """Check the code; five tries in five minutes, and each code once."""
    if not is_staff() or current_user.totp_secret is None:
        abort(404)
    form = FactorForm()
    if not form.validate_on_submit():
        return _page(form), 400
    moment = now()
    with transaction():
        retry_at = count_try(f"totp:{current_person_id()}", TRIES_PER_PERSON, now=moment)
        first = current_user.totp_enrolled_at is None
        right = retry_at is None and check_second_factor(current_user, form.code.data or "", now=moment)
    if retry_at is not None:
        return too_many(retry_at)
    if not right:
        form.code.errors = [_("This is not the code that your app shows now. Wait for the next one and try again.")]
        return _page(form), 400
    session["second_factor"] = True
    if first:
        flash(_("Your second factor is set up."), "success")
    return redirect(safe_next(form.next.data) or url_for("account.home.show"))
