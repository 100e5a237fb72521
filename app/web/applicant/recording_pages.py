"""The pages of the recorded interview, and their forms: what each of them shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flask import abort, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired

from app.adapters.clock import now
from app.domain.interview_rules import (
    DEADLINE_GRACE,
    MORE_TIME,
    MOST_WRITTEN_WORDS,
    may_begin,
    promised_call,
    recording_wait,
)
from app.domain.retention import KEPT_YEARS
from app.queries.recordings import AnswerState, answer_asked_about, answer_states, interview_of
from app.web.parking import KeptForm, kept_fields

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.recording import RecordedInterview


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


def interview_or_404(application: Application) -> RecordedInterview:
    """Return the interview of an application that was invited to one."""
    interview = interview_of(application.id)
    if interview is None:
        abort(404)
    return interview


def next_url(states: list[AnswerState], application: Application) -> str:
    """Return the first question that is not kept, or the review of all."""
    for state in states:
        if state.status != "kept":
            return url_for(
                "applicant.recordings.question", application_id=application.id, question_id=state.question.id
            )
    return url_for("applicant.recordings.review", application_id=application.id)


def own_answers(interview: RecordedInterview, states: Sequence[AnswerState]) -> dict[int, str]:
    """Return, by the question's position, what the person had written where a question is about that."""
    found = {state.position: answer_asked_about(interview.application_id, state.question) for state in states}
    return {position: answer.text for position, answer in found.items() if answer is not None}


def before_page(application: Application, form: ConsentForm) -> str:
    """Return the first page, or what became of an interview that is over."""
    interview = interview_or_404(application)
    states = answer_states(interview)
    settings = application.opening.recording_settings
    return render_template(
        "applicant/recordings/show.html",
        application=application,
        interview=interview,
        form=form,
        states=states,
        own_answers=own_answers(interview, states) if interview.submitted_at else {},
        settings=settings,
        minutes=len(states) * (int(settings.get("limit_seconds", 120)) // 60 + 3),
        kept_years=KEPT_YEARS,
        more_days=MORE_TIME.days,
        open=may_begin(interview.due_at, now()),
        wait=recording_wait(interview.due_at, interview.adjustments, now(), format=interview.format),
        call_by=promised_call(interview.due_at, interview.adjustments),
        sendable=now() <= interview.due_at + DEADLINE_GRACE and all(state.answered for state in states),
        next_url=next_url(states, application),
    )


def question_page(
    interview: RecordedInterview,
    state: AnswerState,
    upload_form: UploadForm | None = None,
    write_form: WriteForm | None = None,
) -> str:
    """Return one question with the recorder, the answer that is there, and the other ways to answer."""
    application = interview.application
    write_url = url_for("applicant.recordings.write", application_id=application.id, question_id=state.question.id)
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
        write_form=write_form or WriteForm(formdata=kept_fields(write_url), words=written),
        form=asked,
        most_words=MOST_WRITTEN_WORDS,
        open=may_begin(interview.due_at, now()),
        next_url=next_url([each for each in states if each.position != state.position], application),
        way=request.args.get("way", ""),
    )


def review_page(interview: RecordedInterview, problems: Sequence[tuple[str, str | None]]) -> str:
    """Return all answers to look at before sending; `problems` are (words, address of the place or None)."""
    states = answer_states(interview)
    return render_template(
        "applicant/recordings/review.html",
        application=interview.application,
        interview=interview,
        states=states,
        own_answers=own_answers(interview, states),
        problems=problems,
        page_error=bool(problems),
    )
