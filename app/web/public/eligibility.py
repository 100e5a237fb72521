"""Can I apply? A few yes/no questions before there is an account; nobody is refused without a reason."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from wtforms import RadioField

from app.adapters.clock import now
from app.domain.eligibility import Excluded, check, unanswered
from app.domain.program import Rule
from app.queries.openings import current_rules, is_open, open_openings, rules_of
from app.web.fields import options
from app.web.guard import allow
from app.web.kept_eligibility import keep_eligibility, kept_eligibility
from app.web.parking import KeptForm
from app.web.public.openings import find_opening, own_application
from app.web.redirects import url_where_there_is_one
from app.web.shell import localized

bp = Blueprint("eligibility", __name__, url_prefix="/openings/<slug>/check")


def _deciding(rules: tuple[Rule, ...]) -> list[Rule]:
    """Return the rules that can exclude somebody; what only helps is asked in the application."""
    return [rule for rule in rules if rule.level != "preferred"]


def _form(rules: list[Rule], answers: dict[str, bool]) -> KeptForm:
    fields: dict[str, Any] = {
        condition.id: RadioField(
            localized(condition.question),
            choices=options([("yes", _l("Yes")), ("no", _l("No"))]),
            validate_choice=False,
        )
        for rule in rules
        for condition in rule.conditions
    }
    stored = {key: "yes" if value else "no" for key, value in answers.items()}
    form_class = type("CheckForm", (KeptForm,), fields)
    form: KeptForm = form_class(data=stored)
    return form


@bp.get("")
@allow("eligibility:check")
def form(slug: str) -> ResponseReturnValue:
    """Ask. Nothing is stored with us before somebody goes on."""
    opening = find_opening(slug)
    if not is_open(opening, now()) or own_application(opening) is not None:
        return redirect(url_for("public.openings.show", slug=slug))
    rules = _deciding(rules_of(opening))
    asked = _form(rules, kept_eligibility(opening.id) or {})
    return render_template("public/eligibility/form.html", form=asked, opening=opening, rules=rules)


@bp.post("")
@allow("eligibility:check")
def answer(slug: str) -> ResponseReturnValue:
    """Check the answers against the rules of the opening."""
    opening = find_opening(slug)
    if own_application(opening) is not None:
        return redirect(url_for("public.openings.show", slug=slug))
    version = current_rules(opening)
    rules = _deciding(rules_of(opening))
    asked = _form(rules, {})
    asked.validate()
    answers = {
        condition.id: asked[condition.id].data == "yes"
        for rule in rules
        for condition in rule.conditions
        if asked[condition.id].data in ("yes", "no")
    }
    for name in unanswered(rules, answers):
        asked[name].errors = [_("Choose yes or no: %(question)s", question=asked[name].label.text)]
    if asked.errors:
        return render_template("public/eligibility/form.html", form=asked, opening=opening, rules=rules), 400
    keep_eligibility(opening.id, answers, version.version if version else 1)
    return redirect(url_for("public.eligibility.result", slug=slug))


@bp.get("/result")
@allow("eligibility:check")
def result(slug: str) -> ResponseReturnValue:
    """Go on, or say which rule stands in the way, why, and what else there is."""
    opening, moment = find_opening(slug), now()
    if own_application(opening) is not None:
        return redirect(url_for("public.openings.show", slug=slug))
    answers = kept_eligibility(opening.id)
    rules = _deciding(rules_of(opening))
    if answers is None or unanswered(rules, answers) or not is_open(opening, moment):
        return redirect(url_for("public.eligibility.form", slug=slug))
    outcome = check(rules, answers)
    if isinstance(outcome, Excluded):
        broken = [rule for rule in rules if rule.id in outcome.rule_ids]
        others = [other for other in open_openings(moment) if other.id != opening.id]
        return render_template(
            "public/eligibility/excluded.html", opening=opening, broken=broken, answers=answers, others=others
        )
    start = url_where_there_is_one("applicant.applications.start", opening_id=opening.id)
    begin = url_where_there_is_one("applicant.applications.begin", opening_id=opening.id)
    if start is None or begin is None:
        abort(404)
    sign_in = None if current_user.is_authenticated else url_for("account.sign_in.form", next=begin)
    return render_template("public/eligibility/passed.html", opening=opening, start=start, sign_in=sign_in)
