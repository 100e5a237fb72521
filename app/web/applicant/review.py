"""Check and send: everything on one page, the statements, and one button that sends once."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import BooleanField

from app.adapters.clock import now
from app.domain.answers import sentence_range
from app.domain.eligibility import Excluded
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.applications import answers_below_advice, eligibility_of, parts_of
from app.services.applications import (
    AnswersAreShort,
    NotEligible,
    NotFinished,
    attestations_of,
    save_attestations,
    submit_application,
)
from app.web.applicant.answers import sentences_text
from app.web.applicant.parts import away_from_draft, part_title, part_url
from app.web.applicant.written import written_sections
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm
from app.web.shell import localized

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("review", __name__, url_prefix="/applications/<uuid:application_id>/review")

# Of a statement in the summary of errors: enough to know which one.
LONGEST_STATEMENT = 90


def _form(application: Application) -> KeptForm:
    statements = application.opening.content.get("attestations", ())
    fields = {f"confirm-{item['id']}": BooleanField(localized(item["text"])) for item in statements}
    stored = {f"confirm-{key}": True for key in application.attestations}
    form_class = type("ReviewForm", (KeptForm,), fields)
    form: KeptForm = form_class(data=stored)
    return form


@bp.get("")
@allow("application:read", load="application")
def show(application: Application) -> ResponseReturnValue:
    """Show all that will be sent, with a way to change each."""
    if away := away_from_draft(application):
        return away
    return _page(application, _form(application), [])


@bp.post("")
@allow("application:submit", load="application")
def submit(application: Application) -> ResponseReturnValue:
    """Keep what was confirmed, then send; a second click finds it sent and leads to the same page."""
    if application.state == "draft" and (away := away_from_draft(application)):
        return away
    form = _form(application)
    if application.state == "draft":
        confirmed = [key for key in attestations_of(application.opening) if form[f"confirm-{key}"].data]
        try:
            with transaction():
                save_attestations(application, confirmed, by=current_person_id(), now=now())
        except Refusal:
            # Read anew: the other half of a double click may have sent it by now. That is no reason to refuse.
            if application.state == "draft":
                raise
    try:
        return _send(application, short_is_meant=False)
    except AnswersAreShort:
        return redirect(url_for("applicant.review.short", application_id=application.id))
    except NotEligible as refusal:
        eligibility = url_for("applicant.eligibility.edit", application_id=application.id)
        return _page(application, form, [(_(refusal.message), eligibility)]), 422
    except NotFinished as refusal:
        missing = [
            (_("Finish: %(part)s", part=part_title(application, part)), part_url(application, part))
            for part in refusal.parts
        ]
        for key in refusal.attestations:
            field = form[f"confirm-{key}"]
            statement = shorten(field.label.text, LONGEST_STATEMENT, placeholder="…")
            field.errors = [_("Confirm before you send: “%(statement)s”", statement=statement)]
        return _page(application, form, missing), 422


def _send(application: Application, *, short_is_meant: bool) -> ResponseReturnValue:
    with transaction():
        submit_application(application, by=current_person_id(), now=now(), short_is_meant=short_is_meant)
    words = _("Your application is sent. Your reference is %(reference)s.", reference=application.reference)
    flash(words, "success")
    return redirect(url_for("applicant.status.show", application_id=application.id))


@bp.get("/short")
@allow("application:read", load="application")
def short(application: Application) -> ResponseReturnValue:
    """Name the answers that are shorter than advised, before they are sent."""
    if away := away_from_draft(application):
        return away
    asked = sentence_range(application.opening.content)
    rows = [
        {
            "number": number,
            "question": localized(question.text),
            "length": sentences_text(answer.sentences, asked),
            "href": url_for("applicant.answers.edit", application_id=application.id, question_id=question.id),
        }
        for number, question, answer in answers_below_advice(application)
    ]
    if not rows:
        return redirect(url_for("applicant.review.show", application_id=application.id))
    return render_template("applicant/review/short.html", application=application, rows=rows, asked=asked)


@bp.post("/short")
@allow("application:submit", load="application")
def submit_short(application: Application) -> ResponseReturnValue:
    """Send anyway."""
    if application.state == "draft" and (away := away_from_draft(application)):
        return away
    try:
        return _send(application, short_is_meant=True)
    except (NotEligible, NotFinished):
        return redirect(url_for("applicant.review.show", application_id=application.id))


def _page(application: Application, form: KeptForm, missing: list[tuple[str, str]]) -> str:
    parts = parts_of(application)
    excluded = eligibility_of(application)
    return render_template(
        "applicant/review/show.html",
        application=application,
        form=form,
        missing=missing,
        page_error=bool(missing),
        parts=parts,
        missing_titles=[(part_title(application, part), part_url(application, part)) for part in parts.missing],
        excluded=excluded if isinstance(excluded, Excluded) else None,
        sections=written_sections(application),
    )
