"""The recorded interview, for the person who gives it: before, check, question by question, send."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.interview_rules import promised_call
from app.domain.recordings import MAX_UPLOADED_VIDEO_BYTES, MEGABYTE
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.recordings import AnswerState, answer_states
from app.services.recordings import (
    ask_for_more_time,
    ask_for_phone,
    discard,
    give_consent,
    keep_take,
    submit_recording,
    upload_file,
    write_answer,
)
from app.web.applicant.recording_pages import (
    ConsentForm,
    UploadForm,
    WriteForm,
    before_page,
    interview_or_404,
    next_url,
    question_page,
    review_page,
)
from app.web.guard import allow, current_person_id, takes_bytes
from app.web.shell import day

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.recording import RecordedInterview

bp = Blueprint("recordings", __name__, url_prefix="/applications/<uuid:application_id>/recording")


@bp.get("")
@allow("recording:make", load="application")
def show(application: Application) -> ResponseReturnValue:
    """Before: what will be asked, who watches, until when, and the other ways to answer."""
    return before_page(application, ConsentForm())


@bp.post("/consent")
@allow("recording:make", load="application")
def consent(application: Application) -> ResponseReturnValue:
    """Keep the person's agreement; the camera check is next."""
    interview, form = _open_interview(application), ConsentForm()
    if not form.validate_on_submit():
        return before_page(application, form), 422
    with transaction():
        give_consent(interview, now=now())
    return redirect(url_for("applicant.recordings.check", application_id=application.id))


@bp.get("/check")
@allow("recording:make", load="application")
def check(application: Application) -> ResponseReturnValue:
    """Camera, microphone and a question for practice; nothing of it leaves the device."""
    interview = _open_interview(application)
    states = answer_states(interview)
    return render_template(
        "applicant/recordings/check.html",
        application=application,
        interview=interview,
        next_url=next_url(states, application),
    )


@bp.get("/questions/<uuid:question_id>")
@allow("recording:make", load="application")
def question(application: Application, question_id: UUID) -> ResponseReturnValue:
    """One question, with the recorder, and the answer that is there."""
    interview = _open_interview(application)
    if interview.consented_at is None:
        flash(_("Before you record, read what happens with your recording and agree to it."), "notice")
        return redirect(url_for("applicant.recordings.show", application_id=application.id))
    return question_page(interview, _state(interview, question_id))


@bp.post("/questions/<uuid:question_id>/keep")
@allow("recording:make", load="application")
def keep(application: Application, question_id: UUID) -> ResponseReturnValue:
    """Keep this answer, and go to the next question that has none."""
    interview = _open_interview(application)
    state = _state(interview, question_id)
    if not _done(lambda: keep_take(interview, state.question, now=now())):
        return _back_to(state, application)
    flash(_("Answer %(n)d is kept.", n=state.position), "success")
    return redirect(next_url(answer_states(interview), application))


@bp.post("/questions/<uuid:question_id>/again")
@allow("recording:make", load="application")
def again(application: Application, question_id: UUID) -> ResponseReturnValue:
    """Set this take aside and record again."""
    interview = _open_interview(application)
    state = _state(interview, question_id)
    _done(lambda: discard(interview, state.question, now=now()))
    return _back_to(state, application)


@bp.post("/questions/<uuid:question_id>/upload")
@allow("recording:make", load="application")
@takes_bytes(MAX_UPLOADED_VIDEO_BYTES + MEGABYTE)
def upload(application: Application, question_id: UUID) -> ResponseReturnValue:
    """A video or audio file instead of the recorder; works without script."""
    interview, form = _open_interview(application), UploadForm()
    state = _state(interview, question_id)
    chosen = form.file.data
    if not form.validate_on_submit() or not chosen or not chosen.filename:
        form.file.errors = [_("Choose a video or audio file.")]
        return question_page(interview, state, upload_form=form), 422
    try:
        with transaction():
            upload_file(interview, state.question, chosen.stream, now=now())
    except Refusal as refused:
        form.file.errors = [_(refused.message)]
        return question_page(interview, _state(interview, question_id), upload_form=form), refused.status
    flash(_("Your file is stored as answer %(n)d.", n=state.position), "success")
    return redirect(next_url(answer_states(interview), application))


@bp.post("/questions/<uuid:question_id>/write")
@allow("recording:make", load="application")
def write(application: Application, question_id: UUID) -> ResponseReturnValue:
    """Words instead of a recording."""
    interview, form = _open_interview(application), WriteForm()
    state = _state(interview, question_id)
    try:
        with transaction():
            write_answer(interview, state.question, form.words.data or "", now=now())
    except Refusal as refused:
        form.words.errors = [_(refused.message, **refused.details)]
        return question_page(interview, _state(interview, question_id), write_form=form), refused.status
    flash(_("Answer %(n)d is saved.", n=state.position), "success")
    return redirect(next_url(answer_states(interview), application))


@bp.post("/phone")
@allow("recording:make", load="application")
def phone(application: Application) -> ResponseReturnValue:
    """Answer in a phone call instead; no reason is asked."""
    interview = _open_interview(application)
    if _done(lambda: ask_for_phone(interview, by=current_person_id(), now=now())):
        by = day(promised_call(interview.due_at, interview.adjustments), application.opening.time_zone)
        flash(_("We will call you by %(day)s. You do not need to do anything until then.", day=by), "success")
    return redirect(url_for("applicant.recordings.show", application_id=application.id))


@bp.post("/more-time")
@allow("recording:make", load="application")
def more_time(application: Application) -> ResponseReturnValue:
    """Seven more days at once; a second time a person looks at it."""
    interview = _open_interview(application)
    granted: list[bool] = []
    if _done(lambda: granted.append(ask_for_more_time(interview, by=current_person_id(), now=now()))):
        if granted[0]:
            flash(_("You have more time: until %(day)s.", day=day(interview.due_at)), "success")
        else:
            flash(_("We have your request. A person answers it by mail within two days."), "success")
    return redirect(url_for("applicant.recordings.show", application_id=application.id))


@bp.get("/review")
@allow("recording:make", load="application")
def review(application: Application) -> ResponseReturnValue:
    """All answers with their length, to watch once more and send."""
    return review_page(_open_interview(application), [])


@bp.post("/submit")
@allow("recording:make", load="application")
def submit(application: Application) -> ResponseReturnValue:
    """Send the interview."""
    interview = _open_interview(application)
    missing = [state for state in answer_states(interview) if not state.answered]
    if missing:
        problems = [(_("Answer question %(n)d", n=state.position), f"#answer-{state.position}") for state in missing]
        return review_page(interview, problems), 422
    try:
        with transaction():
            submit_recording(application, by=current_person_id(), now=now())
    except Refusal as refused:
        return review_page(interview, [(_(refused.message), None)]), refused.status
    flash(_("Your interview is sent. Thank you."), "success")
    return redirect(url_for("applicant.recordings.show", application_id=application.id))


# ---- addresses that only a button leads to -------------------------------------------------------


@bp.get("/consent")
@bp.get("/phone")
@bp.get("/more-time")
@bp.get("/submit")
@allow("recording:make", load="application")
def to_first_page(application: Application) -> ResponseReturnValue:
    """Whoever comes back to such an address, by a bookmark or after signing in, finds the first page."""
    interview_or_404(application)
    return redirect(url_for("applicant.recordings.show", application_id=application.id))


@bp.get("/questions/<uuid:question_id>/keep")
@bp.get("/questions/<uuid:question_id>/again")
@bp.get("/questions/<uuid:question_id>/upload")
@bp.get("/questions/<uuid:question_id>/write")
@allow("recording:make", load="application")
def to_question(application: Application, question_id: UUID) -> ResponseReturnValue:
    """The same for one question; words that were kept from a session that had ended go along."""
    state = _state(_open_interview(application), question_id)
    way = request.path.rpartition("/")[2]
    typed = way in ("upload", "write")
    return redirect(
        url_for(
            "applicant.recordings.question",
            application_id=application.id,
            question_id=state.question.id,
            way=way if typed else None,
            kept=request.args.get("kept") if typed else None,
        )
    )


# ---- shared --------------------------------------------------------------------------------------


def _open_interview(application: Application) -> RecordedInterview:
    """The interview while it can be changed; afterwards its first page tells how it stands."""
    interview = interview_or_404(application)
    if interview.submitted_at is not None or application.state != "recording_due":
        abort(redirect(url_for("applicant.recordings.show", application_id=application.id)))
    return interview


def _state(interview: RecordedInterview, question_id: UUID) -> AnswerState:
    for state in answer_states(interview):
        if state.question.id == question_id:
            return state
    abort(404)


def _done(act: Callable[[], object]) -> bool:
    """Do it and commit; a refusal becomes a message above the page."""
    try:
        with transaction():
            act()
    except Refusal as refused:
        flash(_(refused.message), "error")
        return False
    return True


def _back_to(state: AnswerState, application: Application) -> ResponseReturnValue:
    return redirect(
        url_for("applicant.recordings.question", application_id=application.id, question_id=state.question.id)
    )
