"""Help from a person: questions, another look at who can be placed, adjustments."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import RadioField, SelectField, StringField, ValidationError
from wtforms.validators import AnyOf

from app.adapters.clock import now
from app.domain.email_address import clean_address
from app.extensions import transaction
from app.queries.openings import public_opening, public_openings
from app.services.help_requests import HELP_PER_ADDRESS, HELP_PER_CLIENT, ask_for_help
from app.services.limits import count_try
from app.web.fields import Needed, line, options, paragraph
from app.web.guard import allow, current_actor
from app.web.kept_eligibility import kept_eligibility
from app.web.limits import client_key, too_many
from app.web.parking import KeptForm
from app.web.shell import localized

bp = Blueprint("help", __name__, url_prefix="/help")
KINDS = ("question", "eligibility", "adjustment")


class HelpForm(KeptForm):
    kind = RadioField(
        _l("What is it about?"),
        choices=options(
            [
                ("question", _l("A question")),
                ("eligibility", _l("Please look at whether I can apply")),
                ("adjustment", _l("I need something changed, for example for a disability")),
            ]
        ),
        default="question",
        validators=[AnyOf(KINDS, _l("Choose what it is about."))],
        validate_choice=False,
    )
    opening = SelectField(_l("Which opening?"), choices=[])
    body = paragraph(_l("What would you like to ask or tell us?"), Needed(_l("Write what you would like to ask.")))
    email = line(_l("Your e-mail address"), Needed(_l("Enter your e-mail address.")), longest=1000)

    def validate_email(self, field: StringField) -> None:
        """We answer by mail."""
        address = clean_address(field.data or "")
        if address is None:
            raise ValidationError(_("Enter an e-mail address in full, such as name@example.org."))
        field.data = address


def _form(**given: str) -> HelpForm:
    form = HelpForm(data=given) if given else HelpForm()
    choices = [(opening.slug, str(localized(opening.title))) for opening in public_openings(now())]
    form.opening.choices = options([("", _("None, or I do not know")), *choices])
    return form


@bp.get("")
@allow("question:ask")
def form() -> ResponseReturnValue:
    """Show the form; a link may say what it is about."""
    kind, slug = request.args.get("kind", ""), request.args.get("opening", "")
    given = {"kind": kind if kind in KINDS else "question", "opening": slug if public_opening(slug) else ""}
    if current_user.is_authenticated:
        given["email"] = current_user.email
    return render_template("public/help/form.html", form=_form(**given))


@bp.post("")
@allow("question:ask")
def send() -> ResponseReturnValue:
    """Keep the question, and tell its writer that it arrived."""
    asked = _form()
    if not asked.validate_on_submit():
        return render_template("public/help/form.html", form=asked), 400
    email, moment = asked.email.data or "", now()
    opening = public_opening(asked.opening.data) if asked.opening.data else None
    details = {}
    if asked.kind.data == "eligibility" and opening is not None:
        details = {"answers": kept_eligibility(opening.id) or {}}
    with transaction():
        retry_at = count_try(f"help-client:{client_key()}", HELP_PER_CLIENT, now=moment)
        retry_at = retry_at or count_try(f"help:{email}", HELP_PER_ADDRESS, now=moment)
        if retry_at is None:
            made = ask_for_help(
                asked.kind.data,
                email=email,
                body=asked.body.data or "",
                opening=opening,
                by=current_actor().person_id,
                details=details,
                now=moment,
            )
            session["asked"] = {"kind": made.kind, "due_at": made.due_at.isoformat()}
    if retry_at is not None:
        return too_many(retry_at)
    return redirect(url_for("public.help.sent"))


@bp.get("/sent")
@allow("question:ask")
def sent() -> ResponseReturnValue:
    """Say that it arrived and when an answer comes."""
    return render_template("public/help/sent.html", asked=session.get("asked"))
