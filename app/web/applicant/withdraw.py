"""Withdrawing, after a page that says what it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adapters.clock import now
from app.domain.pipeline import STATES
from app.extensions import transaction
from app.services.withdrawals import withdraw_application
from app.web.fields import paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("withdraw", __name__, url_prefix="/applications/<uuid:application_id>/withdraw")


class WithdrawForm(KeptForm):
    """A reason, if the person wants to give one."""

    reason = paragraph(_l("Why do you withdraw?"), longest=2000, optional=True)


@bp.get("")
@allow("application:withdraw", load="application")
def form(application: Application) -> ResponseReturnValue:
    """Say what withdrawing ends, and ask once."""
    if STATES[application.state].ended:
        return redirect(url_for("applicant.status.show", application_id=application.id))
    return render_template("applicant/withdraw/form.html", form=WithdrawForm(), application=application)


@bp.post("")
@allow("application:withdraw", load="application")
def withdraw(application: Application) -> ResponseReturnValue:
    """Withdraw; a second click finds it done."""
    status = redirect(url_for("applicant.status.show", application_id=application.id))
    if application.state == "withdrawn":
        return status
    given = WithdrawForm()
    if not given.validate():
        return render_template("applicant/withdraw/form.html", form=given, application=application), 400
    with transaction():
        withdraw_application(application, by=current_person_id(), now=now(), reason=given.reason.data or None)
    flash(_("Your application is withdrawn."), "success")
    return status
