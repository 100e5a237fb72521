"""An answer of which a reader said that it tells who wrote it: what readers see from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.identity_flags import open_flags
from app.services.identity_flags import blank_for_readers, nothing_identifies
from app.web.fields import Needed, paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.application import Answer, Application

bp = Blueprint("identity", __name__, url_prefix="/manage/candidates/<uuid:application_id>/answers/<uuid:answer_id>")


class BlankForm(KeptForm):
    text = paragraph(_l("What readers see"), Needed(_l("Leave the writer’s words and put […] for what goes.")))


@bp.get("")
@allow("candidate:decide", load="application")
def show(application: Application, answer_id: UUID) -> ResponseReturnValue:
    """The answer as it was written, and as readers shall see it."""
    answer = _answer(application, answer_id)
    return _page(application, answer, BlankForm(text=answer.readers_text or answer.text))


@bp.post("")
@allow("candidate:decide", load="application")
def settle(application: Application, answer_id: UUID) -> ResponseReturnValue:
    """Take passages out for readers, or show the answer as it is."""
    answer = _answer(application, answer_id)
    form = BlankForm()
    as_it_is = request.form.get("action") == "nothing"
    if not as_it_is and not form.validate_on_submit():
        return _page(application, answer, form), 422
    try:
        with transaction():
            if as_it_is:
                nothing_identifies(answer, by=current_person_id(), now=now())
            else:
                blank_for_readers(answer, form.text.data or "", by=current_person_id(), now=now())
    except Refusal as refusal:
        form.text.errors = [_(refusal.message)]
        return _page(application, answer, form), refusal.status
    done = _("Readers see the answer as it is.") if as_it_is else _("Readers see the answer without that passage.")
    flash(done, "success")
    return redirect(url_for("manage.work.show"))


def _answer(application: Application, answer_id: UUID) -> Answer:
    for answer in application.answers:
        if answer.id == answer_id and application.state != "draft":
            return answer
    abort(404)


def _page(application: Application, answer: Answer, form: BlankForm) -> str:
    return render_template(
        "manage/identity/show.html",
        application=application,
        answer=answer,
        form=form,
        waits=bool(open_flags(answer.id)),
        being_read=application.state == "answers_in_review",
    )
