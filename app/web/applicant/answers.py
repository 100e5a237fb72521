"""Short answers: one question a page, saved by the page itself while typing, counted on the server."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import HiddenField, TextAreaField

from app.adapters.clock import now
from app.domain.answers import UnstorableText, clean_text, count_sentences, length_advice, sentence_range
from app.domain.drafting import MAX_ANSWER_CHARACTERS
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.applications import answer_to, answers_of, is_finished, questions_of
from app.services.answers import SavedAnswer, save_answer
from app.web.applicant.parts import answers_url, away_from_draft
from app.web.fields import Typed
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm
from app.web.shell import clock_time, localized

if TYPE_CHECKING:
    from app.models.application import Answer, Application
    from app.models.opening import Question

bp = Blueprint("answers", __name__, url_prefix="/applications/<uuid:application_id>/answers")

FINISHED = "finished"
LONGEST_TITLE = 110


class AnswerForm(KeptForm):
    """One answer, and which text the page showed."""

    text = TextAreaField(_l("Your answer"), validators=[Typed()])
    row_version = HiddenField()


@bp.get("")
@allow("application:edit", load="application")
def index(application: Application) -> ResponseReturnValue:
    """List the questions with how far each answer is."""
    if away := away_from_draft(application):
        return away
    answers = {answer.question_id: answer for answer in answers_of(application.id)}
    rows = [_row(application, question, answers.get(question.id)) for question in questions_of(application)]
    return render_template(
        "applicant/answers/index.html", application=application, rows=rows, asked=_asked(application)
    )


def _row(application: Application, question: Question, answer: Answer | None) -> dict[str, object]:
    done = answer is not None and is_finished(answer)
    begun = answer is not None and bool(answer.text)
    return {
        "title": shorten(localized(question.text), LONGEST_TITLE, placeholder="…"),
        "status": _("Finished") if done else _("In progress") if begun else _("To do"),
        "tone": "done" if done else "progress" if begun else "todo",
        "hint": sentences_text(answer.sentences, _asked(application)) if answer is not None and begun else "",
        "href": url_for("applicant.answers.edit", application_id=application.id, question_id=question.id),
    }


@bp.route("/<uuid:question_id>", methods=["GET", "POST"])
@allow("application:edit", load="application")
def edit(application: Application, question_id: UUID) -> ResponseReturnValue:
    """Show one question; save first, judge afterwards."""
    if away := away_from_draft(application):
        return away
    questions = questions_of(application)
    question = _question_or_404(questions, question_id)
    answer = answer_to(application.id, question.id)
    form = AnswerForm(data={"text": answer.text if answer else "", "row_version": _version(answer)})
    if not form.is_submitted():
        return _page(application, questions, question, answer, form)
    if not form.validate():
        return _page(application, questions, question, answer, form), 400
    wants_finished = request.form.get("action") == FINISHED
    with transaction():
        saved = _save(application, question, form.text.data, form.row_version.data, wants_finished)
    form.row_version.data = _version(saved.answer)
    form.row_version.raw_data = None
    if saved.other_text is not None:
        page = _page(application, questions, question, saved.answer, form, other_text=saved.other_text)
        return page, 409
    if wants_finished and not saved.answer.finished:
        form.text.errors = [_not_finished(saved.answer)]
        return _page(application, questions, question, saved.answer, form), 400
    flash(_flash_words(questions.index(question) + 1, saved.answer, _asked(application)), "success")
    if wants_finished:
        done = all(answer and is_finished(answer) for answer in _answers_in_order(application, questions))
        target = url_for("applicant.tasks.show", application_id=application.id) if done else answers_url(application)
        return redirect(target)
    return redirect(url_for("applicant.tasks.show", application_id=application.id))


def _answers_in_order(application: Application, questions: list[Question]) -> list[Answer | None]:
    answers = {answer.question_id: answer for answer in answers_of(application.id)}
    return [answers.get(question.id) for question in questions]


def _save(
    application: Application, question: Question, text: str, version: str | None, finished: bool | None
) -> SavedAnswer:
    number = int(version) if version and version.isascii() and version.isdigit() and len(version) < 10 else None
    return save_answer(
        application, question, text, by=current_person_id(), now=now(), row_version=number or 0, finished=finished
    )


def _not_finished(answer: Answer) -> str:
    if not answer.text:
        return _("Write your answer, or choose “Save and come back later”.")
    over = len(answer.text) - MAX_ANSWER_CHARACTERS
    return ngettext(
        "Your answer is %(over)s character over the limit of %(limit)s. It is saved as it is; make it shorter.",
        "Your answer is %(over)s characters over the limit of %(limit)s. It is saved as it is; make it shorter.",
        over,
        over=f"{over:,}",
        limit=f"{MAX_ANSWER_CHARACTERS:,}",
    )


def _flash_words(number: int, answer: Answer, asked: tuple[int, int]) -> str:
    saved = _("Answer %(number)s is saved: %(length)s.", number=number, length=sentences_text(answer.sentences, asked))
    if length_advice(answer.sentences, *asked) == "short":
        most = _("Most strong answers have %(low)d to %(high)d. You can go on.", low=asked[0], high=asked[1])
        return f"{saved} {most}"
    return saved


def _asked(application: Application) -> tuple[int, int]:
    return sentence_range(application.opening.content)


@bp.post("/<uuid:question_id>/autosave")
@allow("application:edit", load="application")
def autosave(application: Application, question_id: UUID) -> ResponseReturnValue:
    """Save while the person types; the reply carries the server's count."""
    question = _question_or_404(questions_of(application), question_id)
    try:
        text = clean_text(request.form.get("text", ""))
        with transaction():
            saved = _save(application, question, text, request.form.get("row_version"), None)
    except UnstorableText as error:
        return jsonify({"message": _(error.sentence)}), 422
    except Refusal as refusal:
        return jsonify({"message": _(refusal.message)}), refusal.status
    if saved.other_text is not None:
        message = _("Another window saved a different text. Choose Save to see both.")
        return jsonify({"message": message}), 409
    return jsonify(
        {
            "saved_at_text": saved_at_text(saved.answer),
            "sentences_text": sentences_text(saved.answer.sentences, _asked(application)),
            "meter": saved.answer.sentences,
            "row_version": saved.answer.row_version,
        }
    )


def _question_or_404(questions: list[Question], question_id: UUID) -> Question:
    question = next((each for each in questions if each.id == question_id), None)
    if question is None:
        abort(404)
    return question


def _version(answer: Answer | None) -> str:
    return str(answer.row_version) if answer is not None else "0"


def sentences_text(count: int, asked: tuple[int, int]) -> str:
    """Return "4 sentences, within 3 to 6", or what is advised instead; `asked` is the fewest and the most."""
    low, high = asked
    words = ngettext("%(num)d sentence", "%(num)d sentences", count)
    advice = length_advice(count, low, high)
    if advice == "empty":
        return _("No sentences yet, %(low)d to %(high)d asked", low=low, high=high)
    if advice == "within":
        return _("%(sentences)s, within %(low)d to %(high)d", sentences=words, low=low, high=high)
    if advice == "short":
        return _("%(sentences)s, %(low)d to %(high)d asked", sentences=words, low=low, high=high)
    return _("%(sentences)s, more than the %(low)d to %(high)d asked", sentences=words, low=low, high=high)


def saved_at_text(answer: Answer) -> str:
    """Return "Saved at 8:42 p.m."."""
    return _("Saved at %(time)s", time=clock_time(answer.saved_at))


def _page(
    application: Application,
    questions: list[Question],
    question: Question,
    answer: Answer | None,
    form: AnswerForm,
    other_text: str | None = None,
) -> str:
    number = questions.index(question) + 1
    count = count_sentences(form.text.data or "")
    return render_template(
        "applicant/answers/edit.html",
        application=application,
        question=question,
        form=form,
        number=number,
        total=len(questions),
        before=questions[number - 2] if number > 1 else None,
        after=questions[number] if number < len(questions) else None,
        count=count,
        asked=_asked(application),
        longest=MAX_ANSWER_CHARACTERS,
        count_text=sentences_text(count, _asked(application)),
        saved_text=saved_at_text(answer) if answer is not None and answer.text and other_text is None else "",
        other_text=other_text,
    )
