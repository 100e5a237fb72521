"""Questions and requests: the inbox, one request, the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.help import may_answer
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.access import blind_application_ids, subject_of
from app.queries.help_requests import asked_for, has_coordinator, help_inbox
from app.services.adjustments import ADJUSTMENTS
from app.services.help_answers import answer_help
from app.web.fields import Needed, paragraph
from app.web.guard import allow, current_actor, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.application import HelpRequest

bp = Blueprint("help", __name__, url_prefix="/manage/help")


class AnswerForm(KeptForm):
    answer = paragraph(_l("Your answer"), Needed(_l("Write an answer.")), longest=5000)


@bp.get("")
@allow("help:list")
def index() -> ResponseReturnValue:
    """Who waits for an answer, the most urgent first; ?show=answered for what was answered."""
    actor = current_actor()
    answered = request.args.get("show") == "answered"
    return render_template(
        "manage/help/index.html",
        rows=help_inbox(actor, hidden=blind_application_ids(current_person_id()), answered=answered),
        answered=answered,
        moment=now(),
        coordinator=actor.has(Role.COORDINATOR),
        no_coordinator=not has_coordinator(actor),
    )


@bp.get("/<uuid:help_request_id>")
@allow("help:answer", load="help_request")
def show(help_request: HelpRequest) -> ResponseReturnValue:
    """One request and, while nobody has answered, the form."""
    _check(help_request)
    return _page(help_request, AnswerForm())


@bp.post("/<uuid:help_request_id>")
@allow("help:answer", load="help_request")
def answer(help_request: HelpRequest) -> ResponseReturnValue:
    """Answer: the mail leaves at once."""
    _check(help_request)
    form = AnswerForm()
    if not form.validate_on_submit():
        return _page(help_request, form), 422
    try:
        with transaction():
            answer_help(help_request, (form.answer.data or "").strip(), by=current_person_id(), now=now())
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message))
        return _page(help_request, form), refusal.status
    flash(_("Answered. The mail is on its way."), "success")
    return redirect(url_for("manage.help.index"))


def _check(help_request: HelpRequest) -> None:
    if not may_answer(help_request.kind, current_actor(), subject_of(help_request)):
        abort(404)


def _page(help_request: HelpRequest, form: AnswerForm) -> str:
    return render_template(
        "manage/help/show.html",
        asked=asked_for(help_request),
        request_=help_request,
        form=form,
        wishes=[_(ADJUSTMENTS[wish]) for wish in help_request.details.get("wishes", ()) if wish in ADJUSTMENTS],
        moment=now(),
    )
