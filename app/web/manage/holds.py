"""A legal hold on an application: set with a reason, lifted with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.retention import holds_of, live_hold
from app.services.legal_holds import WHY, lift_hold, set_hold
from app.web.fields import Needed, paragraph
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("holds", __name__, url_prefix="/manage/candidates/<uuid:application_id>/hold")


class HoldForm(KeptForm):
    reason = paragraph(_l("Reason"), Needed(_l(WHY)), longest=2000)


@bp.get("")
@allow("hold:set", load="application")
def show(application: Application) -> ResponseReturnValue:
    """What a hold does, the one that stands, and earlier ones."""
    return _page(application, HoldForm())


@bp.post("")
@allow("hold:set", load="application")
def keep(application: Application) -> ResponseReturnValue:
    """Keep everything of this application until the hold is lifted."""
    done = _("Nothing of this application is erased until the hold is lifted.")
    return _change(application, set_hold, done, "manage.holds.show")


@bp.post("/lift")
@allow("hold:set", load="application")
def lift(application: Application) -> ResponseReturnValue:
    """The retention rule holds again."""
    done = _("The hold is lifted. The application is kept as long as any other.")
    return _change(application, lift_hold, done, "manage.candidates.show")


def _change(application: Application, act: Callable[..., object], done: str, then: str) -> ResponseReturnValue:
    """Set or lift with a reason; what is refused stands at the reason."""
    form = HoldForm()
    if not form.validate_on_submit():
        return _page(application, form), 422
    try:
        with transaction():
            act(application, reason=form.reason.data or "", by=current_person_id(), now=now())
    except Refusal as refusal:
        form.reason.errors = [_(refusal.message)]
        return _page(application, form), refusal.status
    flash(done, "success")
    return redirect(url_for(then, application_id=application.id))


def _page(application: Application, form: HoldForm) -> str:
    return render_template(
        "manage/holds/show.html",
        application=application,
        form=form,
        standing=live_hold(application.id),
        earlier=[hold for hold in holds_of(application.id) if hold.lifted_at is not None],
    )
