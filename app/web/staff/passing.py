"""Passing on: one page to confirm and to say why, for an answer, a question's answers, a résumé and a recording.

The page for an answer tells no more of its writer than the scoring page does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import RadioField
from wtforms.validators import InputRequired

from app.adapters.clock import now
from app.domain.passing import Because
from app.extensions import transaction
from app.queries.reading import next_reading, open_readings_of_question
from app.services.passing import pass_on_question, pass_on_reading, pass_on_review
from app.web.fields import options
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm
from app.web.shell import localized

if TYPE_CHECKING:
    from app.models.reading import ReadingAssignment
    from app.models.recording import RecordingReview

bp = Blueprint("passing", __name__, url_prefix="/staff/pass-on")


class PassForm(KeptForm):
    because = RadioField(
        _l("Why?"),
        choices=options(
            [
                (Because.KNOWS.value, _l("I know this person, or can guess who it is")),
                (Because.TIME.value, _l("I cannot get to it in time")),
            ]
        ),
        validators=[InputRequired(_l("Choose why, so that the record is right."))],
    )


class QuestionForm(KeptForm):
    """Nothing to fill in: the button confirms."""


@bp.get("/answers/<uuid:reading_id>")
@allow("reading:score", load="reading")
def ask_answer(reading: ReadingAssignment) -> ResponseReturnValue:
    """Ask before an answer goes to somebody else."""
    return _ask_answer(reading, _form())


@bp.post("/answers/<uuid:reading_id>")
@allow("reading:score", load="reading")
def answer(reading: ReadingAssignment) -> ResponseReturnValue:
    """Pass on one answer and open the next one to the same question."""
    form = _form()
    if not form.validate_on_submit():
        return _ask_answer(reading, form), 422
    question_id = _question_of(reading)
    with transaction():
        taken = pass_on_reading(reading, because=Because(form.because.data), by=current_person_id(), now=now())
    _thank(_("Somebody else reads that answer now."), taken)
    following = next_reading(current_person_id(), question_id)
    if following is None:
        return redirect(url_for("staff.home.show"))
    return redirect(url_for("staff.reading.score", reading_id=following.id))


@bp.get("/questions/<uuid:question_id>")
@allow("reading:list")
def ask_question(question_id: UUID) -> ResponseReturnValue:
    """Ask before all answers to one question go to others."""
    readings = open_readings_of_question(current_person_id(), question_id)
    if not readings:
        flash(_("You have no answers to that question any more."), "notice")
        return redirect(url_for("staff.home.show"))
    assert readings[0].answer is not None
    title = ngettext("Give back %(num)d answer?", "Give back %(num)d answers?", len(readings))
    lead = localized(readings[0].answer.question.text)
    return render_template(
        "staff/passing/ask.html", form=QuestionForm(), title=title, lead=lead, back=url_for("staff.home.show")
    )


@bp.post("/questions/<uuid:question_id>")
@allow("reading:list")
def question(question_id: UUID) -> ResponseReturnValue:
    """Give back every answer to one question that still waits for this reader."""
    with transaction():
        passed, taken = pass_on_question(question_id, reader_id=current_person_id(), now=now())
    if passed:
        words = ngettext(
            "%(num)d answer is given back, and others read it.",
            "%(num)d answers are given back, and others read them.",
            passed,
        )
        _thank(words, passed == taken)
    return redirect(url_for("staff.home.show"))


@bp.get("/resumes/<uuid:reading_id>")
@allow("resume:score", load="reading")
def ask_resume(reading: ReadingAssignment) -> ResponseReturnValue:
    """Ask before a résumé goes to somebody else."""
    return _ask_resume(reading, _form())


@bp.post("/resumes/<uuid:reading_id>")
@allow("resume:score", load="reading")
def resume(reading: ReadingAssignment) -> ResponseReturnValue:
    """Pass on one résumé."""
    form = _form()
    if not form.validate_on_submit():
        return _ask_resume(reading, form), 422
    if reading.kind != "resume":
        abort(404)
    with transaction():
        taken = pass_on_reading(reading, because=Because(form.because.data), by=current_person_id(), now=now())
    _thank(_("Somebody else reads that résumé now."), taken)
    return redirect(url_for("staff.home.show"))


@bp.get("/recordings/<uuid:review_id>")
@allow("recording:score", load="review")
def ask_recording(review: RecordingReview) -> ResponseReturnValue:
    """Ask before a recorded interview goes to somebody else."""
    return _ask_recording(review, _form())


@bp.post("/recordings/<uuid:review_id>")
@allow("recording:score", load="review")
def recording(review: RecordingReview) -> ResponseReturnValue:
    """Pass on one recorded interview."""
    form = _form()
    if not form.validate_on_submit():
        return _ask_recording(review, form), 422
    with transaction():
        taken = pass_on_review(review, because=Because(form.because.data), by=current_person_id(), now=now())
    _thank(_("Somebody else has that interview now."), taken)
    return redirect(url_for("staff.recordings.queue"))


# ---- shared --------------------------------------------------------------------------------------


def _form() -> PassForm:
    form = PassForm()
    wanted = request.args.get("because")
    if form.because.data is None and wanted in tuple(Because):
        form.because.data = wanted
    return form


def _question_of(reading: ReadingAssignment) -> UUID:
    if reading.answer is None:
        abort(404)
    return reading.answer.question_id


def _ask_answer(reading: ReadingAssignment, form: PassForm) -> str:
    _question_of(reading)
    assert reading.answer is not None
    return _page(
        form,
        _("Let somebody else read this answer?"),
        localized(reading.answer.question.text),
        url_for("staff.reading.score", reading_id=reading.id),
    )


def _ask_resume(reading: ReadingAssignment, form: PassForm) -> str:
    if reading.kind != "resume":
        abort(404)
    back = url_for("staff.resumes.score", reading_id=reading.id)
    name = reading.application.person.both_names
    return _page(form, _("Let somebody else read this résumé?"), name, back, person=True)


def _ask_recording(review: RecordingReview, form: PassForm) -> str:
    application = review.interview.application
    back = url_for("staff.recordings.score", review_id=review.id)
    return _page(form, _("Let somebody else take this interview?"), application.person.both_names, back, person=True)


def _page(form: PassForm, title: str, lead: str, back: str, *, person: bool = False) -> str:
    return render_template("staff/passing/ask.html", form=form, title=title, lead=lead, back=back, person=person)


def _thank(words: str, taken: bool) -> None:
    if taken:
        flash(_("Thank you.") + " " + words, "success")
    else:
        flash(_("Thank you. Nobody else is free yet, so a program manager looks for somebody."), "success")
