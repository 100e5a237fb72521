"""Deciding about one person: choose, read what will be sent, confirm."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField
from wtforms.validators import InputRequired

from app.adapters.clock import now
from app.domain.decisions import DECISIONS, Decision, decisions_in
from app.domain.pipeline import STATES, IllegalMove
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.work import row_of
from app.services.decisions import decide as carry_out
from app.services.decisions import mails_of_decision
from app.web.fields import Needed, options, paragraph
from app.web.guard import allow, current_person_id
from app.web.manage.candidates import bp
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.application import Application


class _Values(NamedTuple):
    reason: str
    row_version: int
    by: UUID
    now: datetime


class DecisionForm(KeptForm):
    decision = RadioField(
        _l("Your decision"), validators=[InputRequired(_l("Choose what you decide."))], validate_choice=False
    )
    reason = paragraph(
        _l("Reason, for the record"),
        Needed(_l("Write down why, in a sentence or two.")),
        longest=2000,
    )
    row_version = HiddenField()

    def offer(self, application: Application) -> None:
        """Offer what can be decided in the present state."""
        self.decision.choices = options((each.name, _(each.label)) for each in _offered(application))


def _offered(application: Application) -> tuple[Decision, ...]:
    return decisions_in(application.state, application.opening.gates)


@bp.get("/<uuid:application_id>/decide")
@allow("candidate:decide", load="application")
def decide(application: Application) -> ResponseReturnValue:
    """The ways to decide, and the reason."""
    form = DecisionForm(row_version=str(application.row_version))
    wish = request.args.get("decision")
    if wish and form.decision.data is None:
        form.decision.data = wish
    return _page(application, form)


@bp.post("/<uuid:application_id>/decide")
@allow("candidate:decide", load="application")
def confirm(application: Application) -> ResponseReturnValue:
    """First time: show exactly what will be sent. With `confirmed`: do it."""
    form = DecisionForm()
    form.offer(application)
    if form.validate_on_submit() and form.decision.data not in DECISIONS:
        form.decision.errors = [_("Choose what you decide.")]
    if not form.is_submitted() or form.errors:
        return _page(application, form), 422
    version = int(form.row_version.data) if (form.row_version.data or "").isdecimal() else 0
    values = _Values((form.reason.data or "").strip(), version, current_person_id(), now())
    try:
        if "confirmed" not in request.form:
            mails = mails_of_decision(application, form.decision.data, **values._asdict())
            if not any(each.name == form.decision.data for each in _offered(application)):
                return redirect(url_for("manage.candidates.show", application_id=application.id))
            return _preview(application, form, mails)
        with transaction():
            carry_out(application, form.decision.data, **values._asdict())
    except (Refusal, IllegalMove) as problem:
        return _faster(application, form, problem)
    flash(_("Decided. The mail is on its way."), "success")
    return redirect(url_for("manage.candidates.show", application_id=application.id))


def _faster(application: Application, form: DecisionForm, problem: Exception) -> ResponseReturnValue:
    """Somebody changed the application meanwhile: show how it stands now, and keep the reason."""
    message = problem.message if isinstance(problem, Refusal) else None
    form.row_version.data = str(application.row_version)
    text = _(message) if message else _("A colleague was faster: this application has moved on. Nothing was sent.")
    form.form_errors.append(text)
    return _page(application, form), 409


def _page(application: Application, form: DecisionForm) -> str:
    form.offer(application)
    return render_template(
        "manage/candidates/decide.html",
        application=application,
        person=application.person,
        opening=application.opening,
        form=form,
        decisions=_offered(application),
        state=STATES[application.state],
        work=row_of(application, now=now()).work,
    )


def _preview(application: Application, form: DecisionForm, mails: Sequence[tuple[str, object]]) -> str:
    form.offer(application)
    offered = {each.name: each for each in _offered(application)}
    return render_template(
        "manage/candidates/confirm.html",
        application=application,
        person=application.person,
        form=form,
        decision=offered[form.decision.data],
        mails=mails,
    )
