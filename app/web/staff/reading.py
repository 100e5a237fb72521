"""Blind scoring, one question at a time across applications. Nothing here tells who wrote an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from app.adapters.clock import now
from app.domain.answers import count_sentences, count_words
from app.extensions import transaction
from app.queries.identity_flags import is_held_back
from app.queries.reading import my_recent_readings, next_reading, reading_progress, rubrics_for_answer
from app.services.reading import flag_identity, save_scores, skip
from app.web.fields import paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm, typed_fields

if TYPE_CHECKING:
    from app.models.opening import Rubric
    from app.models.reading import ReadingAssignment

bp = Blueprint("reading", __name__, url_prefix="/staff/reading")


HELD_BACK = _l("That answer may name its writer. It comes back to you when a program manager has looked at it.")


class ScoreForm(KeptForm):
    """The scores are radio cards with the names of the rubrics' ids; the form itself holds the note."""

    note = paragraph(_l("Note for the team"), longest=2000)
    row_version = HiddenField()


def chosen_scores(rubrics: list[Rubric]) -> tuple[dict[UUID, int], dict[str, str]]:
    """Return the valid scores that were typed by rubric, and what to say where one is missing or wrong."""
    values, problems = {}, {}
    typed = typed_fields()
    for rubric in rubrics:
        raw = typed.get(f"score-{rubric.id}", "")
        if raw in ("1", "2", "3", "4"):
            values[rubric.id] = int(raw)
        else:
            problems[str(rubric.id)] = _("Choose 1 to 4.")
    return values, problems


@bp.get("/question/<uuid:question_id>")
@allow("reading:list")
def queue(question_id: UUID) -> ResponseReturnValue:
    """Open the next answer to this question, or go home when there is none left."""
    reading = next_reading(current_person_id(), question_id)
    if reading is None:
        return redirect(url_for("staff.home.show"))
    return redirect(url_for("staff.reading.score", reading_id=reading.id))


@bp.get("/<uuid:reading_id>")
@allow("reading:score", load="reading")
def score(reading: ReadingAssignment) -> ResponseReturnValue:
    """The answer, and the two rubrics beside it."""
    if reading.answer is None:
        abort(404)
    if reading.state == "recused":
        flash(_("You passed this answer on, so somebody else reads it."), "notice")
        return redirect(url_for("staff.home.show"))
    if _held_back(reading):
        flash(HELD_BACK, "notice")
        return redirect(url_for("staff.home.show"))
    kept, _problems = chosen_scores(rubrics_for_answer(reading.answer.question))
    scores = {score.rubric_id: score.value for score in reading.scores} | kept
    return _page(reading, ScoreForm(note=reading.note), scores, {})


@bp.post("/<uuid:reading_id>")
@allow("reading:score", load="reading")
def save(reading: ReadingAssignment) -> ResponseReturnValue:
    """Save both scores and open the next answer to the same question."""
    if reading.answer is None:
        abort(404)
    if _held_back(reading):
        flash(HELD_BACK, "notice")
        return redirect(url_for("staff.home.show"))
    form = ScoreForm()
    values, problems = chosen_scores(rubrics_for_answer(reading.answer.question))
    if not form.validate_on_submit() or problems:
        return _page(reading, form, values, problems), 422
    question_id = reading.answer.question_id
    with transaction():
        save_scores(reading, values, note=form.note.data or None, by=current_person_id(), now=now())
    return _next(question_id)


@bp.post("/<uuid:reading_id>/skip")
@allow("reading:score", load="reading")
def put_last(reading: ReadingAssignment) -> ResponseReturnValue:
    """Put the answer at the end of the queue."""
    if reading.answer is None:
        abort(404)
    with transaction():
        skip(reading, now=now())
    return _next(reading.answer.question_id)


@bp.post("/<uuid:reading_id>/flag")
@allow("reading:score", load="reading")
def flag(reading: ReadingAssignment) -> ResponseReturnValue:
    """The answer names its writer; the reader goes on."""
    if reading.answer is None:
        abort(404)
    with transaction():
        flag_identity(reading, by=current_person_id(), now=now())
    flash(_("Noted. Score the answer as it is. No other reader sees it until a program manager has looked."), "success")
    return redirect(url_for("staff.reading.score", reading_id=reading.id))


@bp.get("/mine")
@allow("reading:list")
def mine() -> ResponseReturnValue:
    """The reader's own scores; they can be changed until the application's reading is complete."""
    return render_template("staff/reading/mine.html", readings=my_recent_readings(current_person_id()))


def _held_back(reading: ReadingAssignment) -> bool:
    return (
        reading.state == "open"
        and reading.answer_id is not None
        and is_held_back(reading.answer_id, reader_id=reading.reader_id)
    )


def _next(question_id: UUID) -> ResponseReturnValue:
    reading = next_reading(current_person_id(), question_id)
    if reading is None:
        flash(_("That was the last answer to this question. Thank you."), "success")
        return redirect(url_for("staff.home.show"))
    return redirect(url_for("staff.reading.score", reading_id=reading.id))


def _page(reading: ReadingAssignment, form: ScoreForm, scores: Mapping[UUID, int], problems: Mapping[str, str]) -> str:
    if reading.answer is None:
        abort(404)
    question = reading.answer.question
    text = reading.answer.text if reading.answer.readers_text is None else reading.answer.readers_text
    return render_template(
        "staff/reading/score.html",
        reading=reading,
        question=question,
        text=text,
        blanked=reading.answer.readers_text is not None,
        sentences=count_sentences(text),
        words=count_words(text),
        rubrics=rubrics_for_answer(question),
        progress=reading_progress(reading.reader_id, question.id),
        form=form,
        scores=scores,
        problems=problems,
    )
