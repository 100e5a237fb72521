"""The recorded interview, for the person who gives it: before, check, question by question, send."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired

from app.adapters.clock import now
from app.domain.interview_rules import DEADLINE_GRACE, KEPT_MONTHS, LONGEST_WRITTEN, MORE_TIME, may_begin
from app.domain.recordings import MAX_UPLOADED_VIDEO_BYTES, MEGABYTE
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.recordings import AnswerState, answer_asked_about, answer_states, interview_of
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
from app.web.guard import allow, current_person_id, takes_bytes
from app.web.parking import KeptForm
from app.web.shell import day

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.recording import RecordedInterview

bp = Blueprint("recordings", __name__, url_prefix="/applications/<uuid:application_id>/recording")


class ConsentForm(KeptForm):
    """What a person agrees to before anything is recorded."""

    agree = BooleanField(
        _l("I agree that people at Partners for Justice watch or read my answers, as described above"),
        validators=[InputRequired(_l("Tick the box to go on, or write to us if you have a question."))],
    )


class UploadForm(KeptForm):
    """A recording that was made elsewhere."""

    file = FileField(_l("Video or audio file"))


class WriteForm(KeptForm):
    """The answer in words."""

    words = TextAreaField(_l("Your answer in writing"))


@bp.get("")
@allow("recording:make", load="application")
def show(application: Application) -> ResponseReturnValue:
    """Before: what will be asked, who watches, until when, and the other ways to answer."""
    return _before(application, ConsentForm())


@bp.post("/consent")
@allow("recording:make", load="application")
def consent(application: Application) -> ResponseReturnValue:
    """Keep the person's agreement; the camera check is next."""
    interview, form = _open_interview(application), ConsentForm()
    if not form.validate_on_submit():
        return _before(application, form), 422
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
        next_url=_next_url(states, application),
    )


@bp.get("/questions/<uuid:question_id>")
@allow("recording:make", load="application")
def question(application: Application, question_id: UUID) -> ResponseReturnValue:
    """One question, with the recorder, and the answer that is there."""
    interview = _open_interview(application)
    if interview.consented_at is None:
        flash(_("Before you record, read what happens with your recording and agree to it."), "notice")
        return redirect(url_for("applicant.recordings.show", application_id=application.id))
    return _question_page(interview, _state(interview, question_id))


@bp.post("/questions/<uuid:question_id>/keep")
@allow("recording:make", load="application")
def keep(application: Application, question_id: UUID) -> ResponseReturnValue:
    """Keep this answer, and go to the next question that has none."""
    interview = _open_interview(application)
    state = _state(interview, question_id)
    if not _done(lambda: keep_take(interview, state.question, now=now())):
        return _back_to(state, application)
    flash(_("Answer %(n)d is kept.", n=state.position), "success")
    return redirect(_next_url(answer_states(interview), application))


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
        return _question_page(interview, state, upload_form=form), 422
    try:
        with transaction():
            upload_file(interview, state.question, chosen.stream, now=now())
    except Refusal as refused:
        form.file.errors = [_(refused.message)]
        return _question_page(interview, _state(interview, question_id), upload_form=form), refused.status
    flash(_("Your file is stored as answer %(n)d.", n=state.position), "success")
    return redirect(_next_url(answer_states(interview), application))


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
        form.words.errors = [_(refused.message)]
        return _question_page(interview, _state(interview, question_id), write_form=form), refused.status
    flash(_("Answer %(n)d is saved.", n=state.position), "success")
    return redirect(_next_url(answer_states(interview), application))


@bp.post("/phone")
@allow("recording:make", load="application")
def phone(application: Application) -> ResponseReturnValue:
    """Answer in a phone call instead; no reason is asked."""
    interview = _open_interview(application)
    if _done(lambda: ask_for_phone(interview, by=current_person_id(), now=now())):
        flash(_("We will call you. You do not need to do anything until then."), "success")
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
    return _review_page(_open_interview(application), [])


@bp.post("/submit")
@allow("recording:make", load="application")
def submit(application: Application) -> ResponseReturnValue:
    """Send the interview."""
    interview = _open_interview(application)
    missing = [state for state in answer_states(interview) if not state.answered]
    if missing:
        problems = [(_("Answer question %(n)d", n=state.position), f"#answer-{state.position}") for state in missing]
        return _review_page(interview, problems), 422
    try:
        with transaction():
            submit_recording(application, by=current_person_id(), now=now())
    except Refusal as refused:
        return _review_page(interview, [(_(refused.message), None)]), refused.status
    flash(_("Your interview is sent. Thank you."), "success")
    return redirect(url_for("applicant.recordings.show", application_id=application.id))


# ---- shared --------------------------------------------------------------------------------------


def interview_or_404(application: Application) -> RecordedInterview:
    """Return the interview of an application that was invited to one."""
    interview = interview_of(application.id)
    if interview is None:
        abort(404)
    return interview


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


def _next_url(states: list[AnswerState], application: Application) -> str:
    for state in states:
        if state.status != "kept":
            return url_for(
                "applicant.recordings.question", application_id=application.id, question_id=state.question.id
            )
    return url_for("applicant.recordings.review", application_id=application.id)


def _before(application: Application, form: ConsentForm) -> str:
    interview = interview_or_404(application)
    states = answer_states(interview)
    settings = application.opening.recording_settings
    return render_template(
        "applicant/recordings/show.html",
        application=application,
        interview=interview,
        form=form,
        states=states,
        settings=settings,
        minutes=len(states) * (int(settings.get("limit_seconds", 120)) // 60 + 3),
        kept_months=KEPT_MONTHS,
        more_days=MORE_TIME.days,
        open=may_begin(interview.due_at, now()),
        sendable=now() <= interview.due_at + DEADLINE_GRACE and all(state.answered for state in states),
        next_url=_next_url(states, application),
    )


def _question_page(
    interview: RecordedInterview,
    state: AnswerState,
    upload_form: UploadForm | None = None,
    write_form: WriteForm | None = None,
) -> str:
    application = interview.application
    written = state.take.written_text if state.take and state.take.format == "written" else None
    states = answer_states(interview)
    asked = upload_form or write_form
    return render_template(
        "applicant/recordings/question.html",
        application=application,
        interview=interview,
        state=state,
        total=len(states),
        settings=application.opening.recording_settings,
        own_answer=answer_asked_about(application.id, state.question),
        upload_form=upload_form or UploadForm(formdata=None),
        write_form=write_form or WriteForm(words=written),
        form=asked,
        longest_written=LONGEST_WRITTEN,
        open=may_begin(interview.due_at, now()),
        next_url=_next_url([each for each in states if each.position != state.position], application),
        way=request.args.get("way", ""),
    )


def _review_page(interview: RecordedInterview, problems: Sequence[tuple[str, str | None]]) -> str:
    return render_template(
        "applicant/recordings/review.html",
        application=interview.application,
        interview=interview,
        states=answer_states(interview),
        problems=problems,
        page_error=bool(problems),
    )
