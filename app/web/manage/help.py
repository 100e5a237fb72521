"""Questions and requests: the inbox, one request, the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.help import has_left, may_answer
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.access import blind_application_ids, subject_of
from app.queries.help_requests import AskedFor, Inbox, asked_for, has_coordinator, help_inbox
from app.services.adjustments import ADJUSTMENTS
from app.services.help_answers import answer_help, change_preparation
from app.web.fields import Needed, line, paragraph
from app.web.guard import allow, current_actor, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from wtforms import StringField

    from app.models.application import HelpRequest

bp = Blueprint("help", __name__, url_prefix="/manage/help")


def _prepare() -> StringField:
    return line(_l("What is to be prepared"), longest=300, optional=True)


class AnswerForm(KeptForm):
    answer = paragraph(_l("Your answer"), Needed(_l("Write an answer.")), longest=5000)
    prepare = _prepare()


class PrepareForm(KeptForm):
    prepare = _prepare()


@bp.get("")
@allow("help:list")
def index() -> ResponseReturnValue:
    """Who waits for an answer, the most urgent first; ?show=answered or left for the other lists."""
    actor = current_actor()
    show = request.args.get("show")
    which = Inbox(show) if show in set(Inbox) else Inbox.WAITING
    hidden = blind_application_ids(current_person_id())
    return render_template(
        "manage/help/index.html",
        rows=help_inbox(actor, hidden=hidden, which=which),
        which=which,
        answered=which is Inbox.ANSWERED,
        ticked=ticked,
        moment=now(),
        coordinator=actor.has(Role.COORDINATOR),
        no_coordinator=not has_coordinator(actor),
    )


@bp.get("/<uuid:help_request_id>")
@allow("help:answer", load="help_request")
def show(help_request: HelpRequest) -> ResponseReturnValue:
    """One request and, while nobody has answered, the form."""
    _check(help_request)
    answered = help_request.answered_at is not None
    return _page(help_request, PrepareForm(obj=help_request) if answered else AnswerForm())


@bp.post("/<uuid:help_request_id>")
@allow("help:answer", load="help_request")
def answer(help_request: HelpRequest) -> ResponseReturnValue:
    """Answer: the mail leaves at once. After it, only what is to be prepared can be said anew."""
    _check(help_request)
    if "prepare_only" in request.form and help_request.answered_at is not None:
        return _prepare_anew(help_request)
    form = AnswerForm()
    if not form.validate_on_submit():
        return _page(help_request, form), 422
    try:
        with transaction():
            answer_help(
                help_request,
                (form.answer.data or "").strip(),
                prepare=(form.prepare.data or "").strip(),
                by=current_person_id(),
                now=now(),
            )
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message))
        return _page(help_request, form), refusal.status
    flash(_("Answered. The mail is on its way."), "success")
    return redirect(url_for("manage.help.index"))


def _prepare_anew(help_request: HelpRequest) -> ResponseReturnValue:
    form = PrepareForm()
    if not form.validate_on_submit():
        return _page(help_request, form), 422
    try:
        with transaction():
            change_preparation(help_request, (form.prepare.data or "").strip(), by=current_person_id(), now=now())
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message))
        return _page(help_request, form), refusal.status
    flash(_("Saved. Whoever talks with this person sees it from now on."), "success")
    return redirect(url_for("manage.help.show", help_request_id=help_request.id))


def _check(help_request: HelpRequest) -> None:
    if not may_answer(help_request.kind, current_actor(), subject_of(help_request)):
        abort(404)


def _page(help_request: HelpRequest, form: AnswerForm | PrepareForm) -> str:
    asked = asked_for(help_request)
    return render_template(
        "manage/help/show.html",
        asked=asked,
        request_=help_request,
        form=form,
        ticked=ticked(help_request),
        left=_left(asked),
        moment=now(),
    )


def ticked(help_request: HelpRequest) -> list[str]:
    """Return what was asked with boxes and buttons, in words; what was written stands in the body."""
    details = help_request.details
    words = [_(ADJUSTMENTS[wish]) for wish in details.get("wishes", ()) if wish in ADJUSTMENTS]
    if details.get("interview") == "phone":
        words.append(_("Answers the recorded interview by phone. This was granted at once; a reviewer calls."))
    if details.get("about") == "interview_times":
        words.append(_("None of the interview times work."))
    if help_request.kind == "more_time" and "days" in details:
        days = ngettext("%(num)d more day", "%(num)d more days", details["days"])
        to_answer = details.get("offer")
        words.append(_("%(days)s to answer the offer", days=days) if to_answer else _("%(days)s to record", days=days))
        if details.get("granted"):
            words.append(_("Given at once."))
    return words


def _left(asked: AskedFor) -> bool:
    state, since = (asked.application.state, asked.application.state_since) if asked.application else (None, None)
    return asked.request.answered_at is None and has_left(state, since, asked.request.created_at)
