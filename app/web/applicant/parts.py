"""The parts of an application in words: title, status, hint and address, for the task list and the review."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.adapters.clock import now
from app.domain.drafting import takes_applications
from app.queries.applications import Part, answers_of, document_kind_of, is_finished, questions_of
from app.services.drafts import ALREADY_SENT, CLOSED
from app.web.shell import localized

if TYPE_CHECKING:
    from app.models.application import Application

MINUTES_PER_ANSWER = 10
TONES = {"todo": "todo", "progress": "progress", "done": "done", "blocked": "blocked", "waiting": "neutral"}


def away_from_draft(application: Application) -> ResponseReturnValue | None:
    """Return where to go instead of an editing page: after sending the status, after closing the task list."""
    if application.state != "draft":
        flash(_(ALREADY_SENT), "notice")
        return redirect(url_for("applicant.status.show", application_id=application.id))
    if request.method == "GET" and not still_open(application):
        flash(_(CLOSED), "notice")
        return redirect(url_for("applicant.tasks.show", application_id=application.id))
    return None


def still_open(application: Application) -> bool:
    """Tell whether the opening still takes this draft."""
    opening = application.opening
    return takes_applications(opening.status, opening.closes_at, now(), grace=True)


def part_row(application: Application, part: Part, *, open_to_edit: bool = True) -> dict[str, Any]:
    """Return one row of the task list."""
    return {
        "title": part_title(application, part),
        "status": _status_words(part),
        "tone": TONES[part.status],
        "hint": _hint(application, part),
        "href": part_url(application, part) if open_to_edit and part.status != "waiting" else None,
    }


def _status_words(part: Part) -> str:
    words = {
        "todo": _("To do") if part.required else _("Optional"),
        "progress": _("In progress"),
        "done": _("Finished"),
        "blocked": _("Please look"),
        "waiting": _("Cannot start yet"),
    }
    if part.key == "adjustments" and part.status == "done":
        return _("Asked")
    return words[part.status]


def part_title(application: Application, part: Part) -> str:
    """Return what a part is called."""
    if part.key == "document":
        kind = document_kind_of(application.opening_id, part.name)
        return str(localized(kind.title)) if kind is not None else part.name
    titles = {
        "contact": _("Contact details"),
        "eligibility": _("Can we place you?"),
        "background": _("Spanish and background"),
        "answers": _("Short answers"),
        "offices": _("Rank offices"),
        "adjustments": _("Ask for an adjustment"),
        "send": _("Check and send"),
    }
    return titles[part.key]


def part_url(application: Application, part: Part) -> str:
    """Return the address of a part's page."""
    if part.key == "document":
        return url_for("applicant.documents.edit", application_id=application.id, kind=part.name)
    if part.key == "answers":
        return answers_url(application)
    endpoints = {
        "contact": "applicant.contact.edit",
        "eligibility": "applicant.eligibility.edit",
        "background": "applicant.background.edit",
        "offices": "applicant.ranking.edit",
        "adjustments": "applicant.adjustments.edit",
        "send": "applicant.review.show",
    }
    return url_for(endpoints[part.key], application_id=application.id)


def answers_url(application: Application) -> str:
    """Return the first answer that is not finished, or the list of all once they are."""
    done = {answer.question_id for answer in answers_of(application.id) if is_finished(answer)}
    for question in questions_of(application):
        if question.id not in done:
            return url_for("applicant.answers.edit", application_id=application.id, question_id=question.id)
    return url_for("applicant.answers.index", application_id=application.id)


def _hint(application: Application, part: Part) -> str:
    if part.key == "document":
        return _("PDF, Word or paste text") if part.status == "todo" else ""
    if part.key == "answers":
        left = part.total - part.done
        finished = _("%(done)s of %(total)s finished", done=part.done, total=part.total)
        return _("%(finished)s, about %(minutes)s minutes left", finished=finished, minutes=left * MINUTES_PER_ANSWER) \
            if left else finished  # fmt: skip
    if part.key == "offices" and part.done:
        return ngettext("%(num)d office ranked", "%(num)d offices ranked", part.done)
    hints = {
        "eligibility": _("A few yes or no questions"),
        "background": _("Your Spanish, and what you may want to tell us"),
        "offices": _("Only the offices where you would work"),
        "adjustments": _("More time, captions, a phone call. Readers never see it"),
        "send": _("Finish the parts above first") if part.status == "waiting" else "",
    }
    return hints.get(part.key, "")
