"""What a person wrote in an application, part by part: for the check before sending and for the copy afterward."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import gettext as _

from app.domain.phones import shown_phone
from app.queries.applications import (
    answers_of,
    choices_of,
    documents_in_force,
    questions_of,
    rules_of,
)
from app.web.applicant.background import READERS
from app.web.shell import day, localized

if TYPE_CHECKING:
    from app.models.application import Application

Section = tuple[str, list[dict[str, Any]]]


def written_sections(application: Application, *, documents: bool = True) -> list[Section]:
    """Return each part's title with its rows; a row has label, value, typed and the address that changes it.

    `documents`: whether the documents are among them, by their names.
    """
    sections = [
        (_("Contact details"), _contact_rows(application)),
        (_("Can we place you?"), _eligibility_rows(application)),
        (_("Documents"), _document_rows(application) if documents else []),
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
        (_("Full name"), person.full_name, href),
        (_("Name to use"), person.used_name, href),
        (_("How to say your name"), person.pronunciation, href),
        (_("Pronouns"), person.pronouns, href),
        # It is also the way to sign in: this form does not change it, and says what does.
        (_("E-mail"), person.email, None),
        (_("Phone"), shown_phone(person.phone), href),
        (_("City and state"), place, href),
    ]
    return [{"label": label, "value": value, "href": link, "typed": bool(value)} for label, value, link in values]


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
    if statement:
        rows.append({"label": _("Who may read your statement"), "value": readers_words(application), "href": href})
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
        for question in questions_of(application, answers.values())
    ]


def _office_rows(application: Application) -> list[dict[str, Any]]:
    href = url_for("applicant.ranking.edit", application_id=application.id)
    choices = choices_of(application.id)
    ranked = "\n".join(f"{choice.rank}. {choice.office.name}" for choice in choices if choice.rank)
    marked = ", ".join(choice.office.name for choice in choices if choice.not_here)
    would_not = ", ".join(choice.office.name for choice in choices if not choice.rank and not choice.not_here)
    rows = [{"label": _("Your ranking"), "value": ranked, "typed": bool(ranked), "href": href}]
    if would_not:
        rows.append({"label": _("You would not work in"), "value": would_not, "typed": True, "href": href})
    if marked:
        rows.append({"label": _("You should not be placed in"), "value": marked, "href": href})
    if application.wait_until:
        rows.append({"label": _("Wait for your first choice"), "value": waiting_words(application), "href": href})
    return rows


def waiting_words(application: Application) -> str:
    """Return until when only the first choice is asked, as the person wished; nothing where they did not."""
    if application.wait_until is None:
        return ""
    return _("Until %(day)s no other office is asked", day=day(application.wait_until))


def readers_words(application: Application) -> str:
    """Return who may read the statement about one's own experience, as its writer chose."""
    names = [str(name) for key, name in READERS if key in application.lived_experience_readers]
    return "; ".join(names) if names else _("Nobody")


def statements_confirmed(application: Application) -> list[tuple[str, str]]:
    """Return the statements that were confirmed before sending, each with the day."""
    return [
        (localized(item["text"]), day(datetime.fromisoformat(application.attestations[item["id"]])))
        for item in application.opening.content.get("attestations", ())
        if item["id"] in application.attestations
    ]
