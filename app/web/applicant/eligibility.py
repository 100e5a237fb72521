"""The yes/no questions that decide whether the program can place somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField
from wtforms.validators import InputRequired

from app.adapters.clock import now
from app.domain.eligibility import Excluded, blanks, check
from app.domain.program import Condition, Rule
from app.extensions import transaction
from app.queries.applications import rules_of
from app.services.applications import save_eligibility
from app.web.applicant.parts import away_from_draft
from app.web.fields import options
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm
from app.web.shell import localized

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("eligibility", __name__, url_prefix="/applications/<uuid:application_id>/eligibility")


def _choose(condition: Condition) -> str:
    return _("Choose yes or no: %(question)s", question=localized(condition.question))


def _form(application: Application, rules: tuple[Rule, ...]) -> KeptForm:
    fields: dict[str, RadioField] = {}
    for rule in rules:
        for condition in rule.conditions:
            fields[condition.id] = RadioField(
                localized(condition.question),
                description=localized(condition.hint),
                choices=options([("yes", _l("Yes")), ("no", _l("No"))]),
                # What helps and is not needed is asked too: a part with blanks is not finished.
                validators=[InputRequired(_choose(condition))],
                validate_choice=False,
            )
    stored = {key: "yes" if value else "no" for key, value in application.eligibility_answers.items()}
    form_class = type("EligibilityForm", (KeptForm,), fields)
    form: KeptForm = form_class(data=stored)
    return form


@bp.route("", methods=["GET", "POST"])
@allow("application:edit", load="application")
def edit(application: Application) -> ResponseReturnValue:
    """Ask, keep what was answered, and say at once and why where a rule stands in the way."""
    if away := away_from_draft(application):
        return away
    rules = rules_of(application)
    form = _form(application, rules)
    if form.is_submitted():
        form.validate()
        answers = {name: field.data == "yes" for name, field in form._fields.items() if field.data in ("yes", "no")}
        with transaction():
            result = save_eligibility(application, answers, by=current_person_id(), now=now())
        if isinstance(result, Excluded):
            return redirect(url_for("applicant.eligibility.edit", application_id=application.id))
        asked = {condition.id: condition for rule in rules for condition in rule.conditions}
        for name in blanks(rules, answers):
            if not form[name].errors:
                form[name].errors = [_choose(asked[name])]
        if not form.errors:
            flash(_("Your answers are saved."), "success")
            return redirect(url_for("applicant.tasks.show", application_id=application.id))
    result = check(rules, application.eligibility_answers)
    excluded = result if isinstance(result, Excluded) else None
    page = render_template(
        "applicant/eligibility/edit.html", form=form, application=application, rules=rules, excluded=excluded
    )
    return page, 400 if form.errors else 200
