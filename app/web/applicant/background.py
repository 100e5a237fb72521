"""Spanish as the person puts it, and the voluntary statement about lived experience."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import InputRequired

from app.adapters.clock import now
from app.domain.drafting import MAX_STATEMENT_CHARACTERS
from app.extensions import transaction
from app.services.applications import save_background
from app.web.applicant.parts import away_from_draft
from app.web.fields import MultiCheckboxField, options, paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm
from app.web.shell import localized

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("background", __name__, url_prefix="/applications/<uuid:application_id>/background")

READERS = [
    ("interviewer", _l("The person who interviews me")),
    ("manager", _l("The program manager")),
    ("office", _l("The public defender office that may place me")),
]


class BackgroundForm(KeptForm):
    """The Spanish level is asked of everybody; the statement is voluntary."""

    spanish = RadioField(_l("How well do you speak Spanish?"), validators=[InputRequired(_l("Choose one answer."))])
    statement = paragraph(_l("Your statement"), longest=MAX_STATEMENT_CHARACTERS, optional=True)
    statement_readers = MultiCheckboxField(_l("Who may read it?"), choices=options(READERS))


@bp.route("", methods=["GET", "POST"])
@allow("application:edit", load="application")
def edit(application: Application) -> ResponseReturnValue:
    """Ask and keep. The statement is kept even where the level is still to be chosen."""
    if away := away_from_draft(application):
        return away
    form, hints = _form(application)
    if form.is_submitted():
        valid = form.validate()
        level = form.spanish.data if "spanish" in form and not form.spanish.errors else application.spanish_reported
        statement = form.statement.data or ""
        if form.statement.errors:
            statement = application.lived_experience or ""
        with transaction():
            save_background(
                application,
                spanish=level,
                statement=statement,
                statement_readers=form.statement_readers.data or (),
                by=current_person_id(),
                now=now(),
            )
        if valid:
            flash(_("Your answers are saved."), "success")
            return redirect(url_for("applicant.tasks.show", application_id=application.id))
    page = render_template("applicant/background/edit.html", form=form, application=application, option_hints=hints)
    return page, 400 if form.errors else 200


def _form(application: Application) -> tuple[BackgroundForm, dict[str, str]]:
    form = BackgroundForm(
        data={
            "spanish": application.spanish_reported,
            "statement": application.lived_experience or "",
            "statement_readers": application.lived_experience_readers,
        }
    )
    levels = application.opening.spanish_scale.get("levels", ())
    if not levels:
        del form.spanish
        return form, {}
    form.spanish.choices = options((level["level"], localized(level["title"])) for level in levels)
    return form, {level["level"]: localized(level["self_report"]) for level in levels}
