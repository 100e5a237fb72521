"""Signing in, and making an account: one page, one mail with a code and a link, no password."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from wtforms import BooleanField, HiddenField, StringField, ValidationError

from app.adapters.clock import now
from app.domain.email_address import clean_address, did_you_mean, masked
from app.extensions import transaction
from app.queries.accounts import live_link, sign_in_code_by_id
from app.services.accounts import (
    CODES_PER_ADDRESS,
    CODES_PER_CLIENT,
    TRIES_PER_CLIENT,
    DeadCode,
    WrongCode,
    enter_code,
    seconds_until_resend,
    send_sign_in_code,
    use_link,
)
from app.services.limits import count_try
from app.web.fields import Needed, line
from app.web.guard import allow
from app.web.limits import client_key, too_many
from app.web.parking import KeptForm, holds_kept
from app.web.redirects import safe_next
from app.web.sessions import start_session

if TYPE_CHECKING:
    from app.models.person import SignInCode

bp = Blueprint("sign_in", __name__, url_prefix="/account/sign-in")
_ASKED = "sign_in"


class EmailForm(KeptForm):
    email = line(_l("E-mail address"), Needed(_l("Enter your e-mail address.")), longest=1000)
    as_typed = HiddenField()
    next = HiddenField()

    def validate_email(self, field: StringField) -> None:
        """Refuse what no mail can reach; keep the one spelling of what it can."""
        address = clean_address(field.data or "")
        if address is None:
            raise ValidationError(_("Enter an e-mail address in full, such as name@example.org."))
        field.data = address


class CodeForm(KeptForm):
    code = StringField(_l("Code from the e-mail"))
    own_device = BooleanField(_l("Keep me signed in on this device for 30 days"))

    def validate_code(self, field: StringField) -> None:
        """Take the six digits however they were pasted."""
        field.data = "".join(sign for sign in field.data or "" if sign in "0123456789")
        if len(field.data) != 6:
            raise ValidationError(_("Enter the 6 digits of the code."))


class LinkForm(KeptForm):
    own_device = BooleanField(_l("Keep me signed in on this device for 30 days"))


@bp.get("")
@allow("session:start")
def form() -> ResponseReturnValue:
    """Ask for the address."""
    following = safe_next(request.args.get("next"))
    if current_user.is_authenticated:
        return redirect(following or url_for("account.home.show"))
    asked = EmailForm()
    asked.next.data = following or ""
    if not asked.email.data:
        asked.email.data = _asked_email()
    return _form_page(asked)


def _form_page(asked: EmailForm, meant: str | None = None) -> str:
    kept = holds_kept(safe_next(asked.next.data))
    return render_template("account/sign_in/form.html", form=asked, meant=meant, kept=kept)


@bp.post("")
@allow("session:start")
def send() -> ResponseReturnValue:
    """Send a code and a link to whatever address was given; the page that follows is the same for all."""
    asked = EmailForm()
    if not asked.validate_on_submit():
        return _form_page(asked), 400
    email: str = asked.email.data
    meant = did_you_mean(email)
    if meant is not None and asked.as_typed.data != email:
        return _form_page(asked, meant)
    return _send_to(email, safe_next(asked.next.data))


def _send_to(email: str, following: str | None) -> ResponseReturnValue:
    moment = now()
    with transaction():
        retry_at = count_try(f"codes-client:{client_key()}", CODES_PER_CLIENT, now=moment)
        retry_at = retry_at or count_try(f"codes:{email}", CODES_PER_ADDRESS, now=moment)
        sent = None if retry_at else send_sign_in_code(email, next_path=following, now=moment)
    if retry_at is not None or sent is None:
        return too_many(retry_at or moment)
    session[_ASKED] = {"id": str(sent.id), "email": email}
    return redirect(url_for("account.sign_in.code"))


@bp.get("/code")
@allow("session:start")
def code() -> ResponseReturnValue:
    """Ask for the code."""
    asked = _asked_code()
    if asked is None:
        return redirect(url_for("account.sign_in.form"))
    return _code_page(CodeForm(), asked)


def _code_page(asked_form: CodeForm, asked: SignInCode) -> str:
    kept = holds_kept(safe_next(asked.next_path))
    return render_template("account/sign_in/code.html", form=asked_form, email=asked.email, kept=kept)


@bp.post("/code")
@allow("session:start")
def enter() -> ResponseReturnValue:
    """Check the code; each try counts, for the code and for the client."""
    asked = _asked_code()
    if asked is None:
        return redirect(url_for("account.sign_in.form"))
    given = CodeForm()
    if not given.validate_on_submit():
        return _code_page(given, asked), 400
    following, moment = asked.next_path, now()
    with transaction():
        retry_at = count_try(f"code-tries:{client_key()}", TRIES_PER_CLIENT, now=moment)
        outcome = None if retry_at else enter_code(asked.id, given.code.data or "", now=moment)
    if retry_at is not None or outcome is None:
        return too_many(retry_at or moment)
    if isinstance(outcome, WrongCode):
        given.code.errors = [_wrong(outcome.tries_left)]
        return _code_page(given, asked), 400
    if isinstance(outcome, DeadCode):
        given.code.errors = [_("This code cannot be used any more. Ask for a new one below.")]
        return _code_page(given, asked), 400
    start_session(outcome, own_device=bool(given.own_device.data))
    return redirect(safe_next(following) or url_for("account.home.show"))


def _wrong(tries_left: int) -> str:
    return ngettext(
        "This is not the code of our newest e-mail. You can try %(num)d more time.",
        "This is not the code of our newest e-mail. You can try %(num)d more times.",
        tries_left,
    )


@bp.post("/resend")
@allow("session:start")
def resend() -> ResponseReturnValue:
    """Send a new code, at the earliest half a minute after the last."""
    asked = _asked_code()
    if asked is None:
        return redirect(url_for("account.sign_in.form"))
    wait = seconds_until_resend(asked, now())
    if wait:
        flash(
            ngettext(
                "The last e-mail left only just now. You can ask for a new one in %(num)d second.",
                "The last e-mail left only just now. You can ask for a new one in %(num)d seconds.",
                wait,
            ),
            "notice",
        )
        return redirect(url_for("account.sign_in.code"))
    answer = _send_to(asked.email, asked.next_path)
    if _asked_id() != asked.id:
        flash(_("We sent a new code. The older one does not work any more."), "success")
    return answer


@bp.get("/link/<token>")
@allow("session:start")
def link(token: str) -> ResponseReturnValue:
    """Show whom the link signs in. Opening it changes nothing: mail scanners open links too."""
    found = live_link(token, "sign_in", now())
    if found is None:
        return render_template("account/sign_in/link_over.html"), 410
    return render_template("account/sign_in/link.html", form=LinkForm(), masked=masked(found.email))


@bp.post("/link/<token>")
@allow("session:start")
def follow(token: str) -> ResponseReturnValue:
    """Sign in with the link."""
    given = LinkForm()
    with transaction():
        used = use_link(token, purpose="sign_in", now=now())
    if used is None:
        return render_template("account/sign_in/link_over.html"), 410
    person, row = used
    start_session(person, own_device=bool(given.own_device.data))
    return redirect(safe_next(row.next_path) or url_for("account.home.show"))


def _asked_id() -> UUID | None:
    asked = session.get(_ASKED)
    return UUID(asked["id"]) if isinstance(asked, dict) else None


def _asked_email() -> str:
    asked = session.get(_ASKED)
    return str(asked["email"]) if isinstance(asked, dict) else ""


def _asked_code() -> SignInCode | None:
    asked_id = _asked_id()
    return sign_in_code_by_id(asked_id) if asked_id else None
