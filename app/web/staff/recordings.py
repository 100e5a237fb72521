"""Recordings to watch: the queue, one interview with its rubric beside each answer, and calls to make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.openings import questions_of
from app.queries.reading import rubrics_for_recorded
from app.queries.recordings import (
    answer_asked_about,
    begun_reviews,
    calls_to_make,
    done_reviews,
    formats_of,
    kept_takes,
    open_reviews,
    scores_of_review,
)
from app.services.recordings import (
    prepare_again,
    record_phone_notes,
    save_recording_review,
    save_review_draft,
)
from app.web.fields import paragraph, too_long
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.recording import RecordedInterview, RecordingReview

bp = Blueprint("recordings", __name__, url_prefix="/staff/recordings")
Pair = tuple[UUID, UUID]
# Of one answer that was given by phone.
LONGEST_NOTES = 10_000


class ReviewForm(KeptForm):
    """The scores are radio cards named by question and rubric; the form itself holds the note."""

    note = paragraph(_l("Note for the team"), longest=2000)


class CallForm(KeptForm):
    """What was said in the call; one text for each question, named by its id."""


@bp.get("")
@allow("recording:list")
def queue() -> ResponseReturnValue:
    """What this person has to watch, whom to call, and what is done."""
    person_id = current_person_id()
    reviews = open_reviews(person_id)
    return render_template(
        "staff/recordings/queue.html",
        reviews=reviews,
        formats=formats_of([review.interview_id for review in reviews]),
        begun=begun_reviews([review.id for review in reviews]),
        calls=calls_to_make(person_id),
        done=done_reviews(person_id),
    )


@bp.get("/<uuid:review_id>")
@allow("recording:score", load="review")
def score(review: RecordingReview) -> ResponseReturnValue:
    """Every answer with its player and its rubric; ?listen=1 hides the picture."""
    if review.interview.submitted_at is None:
        return redirect(url_for("staff.recordings.call", review_id=review.id))
    return _page(review, ReviewForm(note=review.note), {})


@bp.post("/<uuid:review_id>")
@allow("recording:score", load="review")
def save(review: RecordingReview) -> ResponseReturnValue:
    """Keep what was scored; when everything is, the person goes on or waits for a manager."""
    form, interview = ReviewForm(), review.interview
    pairs = _pairs(interview)
    scores = _chosen(pairs)
    if not form.validate_on_submit():
        return _page(review, form, {}, scores), 422
    note = form.note.data or None
    try:
        with transaction():
            save_review_draft(review, scores, note=note, now=now())
    except Refusal as refused:
        return _closed(refused)
    if "later" in request.form:
        flash(_("Saved. You can go on whenever you like."), "success")
        return redirect(url_for("staff.recordings.queue"))
    missing = {
        f"{question}-{rubric}": _("Choose 1 to 4.") for question, rubric in pairs if (question, rubric) not in scores
    }
    if missing:
        return _page(review, form, missing), 422
    try:
        with transaction():
            save_recording_review(review, scores, note=note, by=current_person_id(), now=now())
    except Refusal as refused:
        flash(_(refused.message), "error")
        return redirect(url_for("staff.recordings.score", review_id=review.id))
    flash(_("Saved. Thank you."), "success")
    return redirect(url_for("staff.recordings.queue"))


@bp.post("/<uuid:review_id>/prepare/<uuid:take_id>")
@allow("recording:score", load="review")
def prepare(review: RecordingReview, take_id: UUID) -> ResponseReturnValue:
    """Try once more to make a recording play; what was scored is kept first."""
    take = next((each for each in kept_takes(review.interview_id).values() if each.id == take_id), None)
    if take is None:
        abort(404)
    try:
        with transaction():
            save_review_draft(
                review, _chosen(_pairs(review.interview)), note=request.form.get("note") or review.note, now=now()
            )
            prepare_again(take, now=now())
        flash(_("We try again. This usually takes less than a minute."), "success")
    except Refusal as refused:
        flash(_(refused.message), "error")
    return redirect(url_for("staff.recordings.score", review_id=review.id))


@bp.get("/<uuid:review_id>/call")
@allow("recording:score", load="review")
def call(review: RecordingReview) -> ResponseReturnValue:
    """Whom to call, what to ask, and where to write it down."""
    if review.interview.submitted_at is not None:
        return redirect(url_for("staff.recordings.score", review_id=review.id))
    return _call_page(review, {}, {})


@bp.post("/<uuid:review_id>/call")
@allow("recording:score", load="review")
def save_call(review: RecordingReview) -> ResponseReturnValue:
    """Keep the notes as the person's answers and send the interview for them."""
    interview, form = review.interview, CallForm()
    questions = questions_of(interview.application.opening, "recorded")
    notes = {question.id: request.form.get(f"notes-{question.id}", "") for question in questions}
    problems = {
        question.id: _("Question %(n)d: %(problem)s", n=question.position, problem=problem)
        for question in questions
        if (problem := _note_problem(notes[question.id]))
    }
    if problems or not form.validate_on_submit():
        return _call_page(review, notes, problems), 422
    try:
        with transaction():
            record_phone_notes(interview, notes, by=current_person_id(), now=now())
    except Refusal as refused:
        return _closed(refused)
    flash(_("The answers are saved. Now score them."), "success")
    return redirect(url_for("staff.recordings.score", review_id=review.id))


def _note_problem(note: str) -> str:
    if not note.strip():
        return _("Write down what the person answered.")
    return too_long(note, LONGEST_NOTES)


# ---- shared --------------------------------------------------------------------------------------


def _pairs(interview: RecordedInterview) -> list[Pair]:
    questions = questions_of(interview.application.opening, "recorded")
    return [(question.id, rubric.id) for question in questions for rubric in rubrics_for_recorded(question)]


def _chosen(pairs: list[Pair]) -> dict[Pair, int]:
    """The valid scores of this POST; what is missing or no score is left out."""
    chosen = {}
    for question_id, rubric_id in pairs:
        raw = request.form.get(f"score-{question_id}-{rubric_id}", "")
        if raw in ("1", "2", "3", "4"):
            chosen[(question_id, rubric_id)] = int(raw)
    return chosen


def _closed(refused: Refusal) -> ResponseReturnValue:
    flash(_(refused.message), "error")
    return redirect(url_for("staff.recordings.queue"))


def _page(
    review: RecordingReview,
    form: ReviewForm,
    problems: Mapping[str, str],
    typed: Mapping[Pair, int] | None = None,
) -> str:
    interview = review.interview
    application = interview.application
    takes = kept_takes(interview.id)
    answers = [
        {
            "question": question,
            "take": takes.get(question.id),
            "rubrics": rubrics_for_recorded(question),
            "asked_about": answer_asked_about(application.id, question),
        }
        for question in questions_of(application.opening, "recorded")
    ]
    scores = {pair: score.value for pair, score in scores_of_review(review.id).items()} | dict(typed or {})
    return render_template(
        "staff/recordings/score.html",
        review=review,
        application=application,
        interview=interview,
        answers=answers,
        formats=sorted({take.format for take in takes.values()}),
        form=form,
        scores={f"{question}-{rubric}": value for (question, rubric), value in scores.items()},
        problems=problems,
        listen=request.args.get("listen") == "1",
        open=review.state == "open" and application.state == "recording_in_review",
    )


def _call_page(review: RecordingReview, notes: Mapping[UUID, str], problems: Mapping[UUID, str]) -> str:
    application = review.interview.application
    return render_template(
        "staff/recordings/call.html",
        review=review,
        application=application,
        questions=[
            (question, answer_asked_about(application.id, question))
            for question in questions_of(application.opening, "recorded")
        ],
        notes=notes,
        problems=problems,
        longest=LONGEST_NOTES,
        page_error=bool(problems),
    )
