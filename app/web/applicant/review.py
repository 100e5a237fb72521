"""Check and send: everything on one page, the statements, and one button that sends once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import BooleanField

from app.adapters.clock import now
from app.domain.eligibility import Excluded
from app.extensions import transaction
from app.queries.applications import (
    answers_below_advice,
    answers_of,
    choices_of,
    documents_in_force,
    eligibility_of,
    parts_of,
    questions_of,
    rules_of,
)
from app.services.applications import (
    AnswersAreShort,
    NotEligible,
    NotFinished,
    attestations_of,
    save_attestations,
    submit_application,
)
from app.web.applicant.answers import sentences_text
from app.web.applicant.contact import shown_phone
from app.web.applicant.parts import away_from_draft, part_title, part_url
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm
from app.web.shell import localized

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("review", __name__, url_prefix="/applications/<uuid:application_id>/review")


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
        with transaction():
            save_attestations(application, confirmed, by=current_person_id(), now=now())
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
            form[f"confirm-{key}"].errors = [_("Confirm this before you send.")]
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
    rows = [
        {
            "number": number,
            "question": localized(question.text),
            "length": sentences_text(answer.sentences),
            "href": url_for("applicant.answers.edit", application_id=application.id, question_id=question.id),
        }
        for number, question, answer in answers_below_advice(application)
    ]
    if not rows:
        return redirect(url_for("applicant.review.show", application_id=application.id))
    return render_template("applicant/review/short.html", application=application, rows=rows)


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
        sections=_sections(application),
    )


def _sections(application: Application) -> list[tuple[str, list[dict[str, Any]]]]:
    sections = [
        (_("Contact details"), _contact_rows(application)),
        (_("Can we place you?"), _eligibility_rows(application)),
        (_("Documents"), _document_rows(application)),
        (_("Spanish and background"), _background_rows(application)),
        (_("Short answers"), _answer_rows(application)),
        (_("Offices"), _office_rows(application)),
    ]
    return [(title, rows) for title, rows in sections if rows]


def _contact_rows(application: Application) -> list[dict[str, Any]]:
    person = application.person
    href = url_for("applicant.contact.edit", application_id=application.id)
    place = ", ".join(part for part in (person.city, person.state) if part)
    values = [
        (_("Full name"), person.full_name),
        (_("Name to use"), person.used_name),
        (_("How to say your name"), person.pronunciation),
        (_("Pronouns"), person.pronouns),
        (_("E-mail"), person.email),
        (_("Phone"), shown_phone(person.phone)),
        (_("City and state"), place),
    ]
    return [{"label": label, "value": value, "href": href, "typed": bool(value)} for label, value in values]


def _eligibility_rows(application: Application) -> list[dict[str, Any]]:
    href = url_for("applicant.eligibility.edit", application_id=application.id)
    answers = application.eligibility_answers
    words = {True: _("Yes"), False: _("No"), None: ""}
    return [
        {"label": localized(condition.question), "value": words[answers.get(condition.id)], "href": href}
        for rule in rules_of(application)
        for condition in rule.conditions
    ]


def _document_rows(application: Application) -> list[dict[str, Any]]:
    held = documents_in_force(application.id)
    return [
        {
            "label": localized(kind.title),
            "value": ", ".join(
                document.file_name or _("Pasted text") for document in held if document.kind == kind.slug
            ),
            "typed": any(document.kind == kind.slug and document.file_name for document in held),
            "href": url_for("applicant.documents.edit", application_id=application.id, kind=kind.slug),
        }
        for kind in application.opening.document_kinds
    ]


def _background_rows(application: Application) -> list[dict[str, Any]]:
    href = url_for("applicant.background.edit", application_id=application.id)
    levels = {level["level"]: level["title"] for level in application.opening.spanish_scale.get("levels", ())}
    statement = application.lived_experience
    rows = [{"label": _("Your statement"), "value": statement, "typed": bool(statement), "href": href}]
    if levels:
        spanish = localized(levels.get(application.spanish_reported or ""))
        rows.insert(0, {"label": _("Spanish"), "value": spanish, "href": href})
    return rows


def _answer_rows(application: Application) -> list[dict[str, Any]]:
    answers = {answer.question_id: answer for answer in answers_of(application.id)}
    return [
        {
            "label": localized(question.text),
            "value": answers[question.id].text if question.id in answers else "",
            "typed": question.id in answers and bool(answers[question.id].text),
            "href": url_for("applicant.answers.edit", application_id=application.id, question_id=question.id),
        }
        for question in questions_of(application)
    ]


def _office_rows(application: Application) -> list[dict[str, Any]]:
    href = url_for("applicant.ranking.edit", application_id=application.id)
    choices = choices_of(application.id)
    ranked = "\n".join(f"{choice.rank}. {choice.office.name}" for choice in choices if choice.rank)
    marked = ", ".join(choice.office.name for choice in choices if choice.not_here)
    rows = [{"label": _("Your ranking"), "value": ranked, "typed": bool(ranked), "href": href}]
    if marked:
        rows.append({"label": _("You should not be placed in"), "value": marked, "href": href})
    return rows
