"""Accepting an invitation to a role by a one-time link."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.refusals import Refusal
from app.domain.roles import ROLE_LABELS
from app.extensions import transaction
from app.queries.accounts import live_link
from app.queries.invitations import invitations_of
from app.queries.people import person_by_email
from app.services.invitations import accept_invitation
from app.web.fields import Needed, line
from app.web.guard import allow
from app.web.parking import KeptForm
from app.web.sessions import start_session

bp = Blueprint("invitation", __name__, url_prefix="/account/invitation")


class InvitationForm(KeptForm):
    full_name = line(_l("Your full name"), Needed(_l("Enter your name.")))


@bp.get("/<token>")
@allow("session:start")
def show(token: str) -> ResponseReturnValue:
    """Show whom the invitation is for. Opening it changes nothing."""
    found = live_link(token, "invitation", now())
    if found is None:
        return render_template("account/invitation/over.html"), 410
    form = InvitationForm()
    person = person_by_email(found.email)
    if not form.full_name.data and person is not None:
        form.full_name.data = person.full_name
    return _page(form, found.email)


def _page(form: InvitationForm, email: str) -> str:
    person = person_by_email(email)
    offered = invitations_of(person.id) if person is not None else []
    roles = list(dict.fromkeys(_(ROLE_LABELS[Role(each.role)]) for each in offered))
    return render_template("account/invitation/show.html", form=form, email=email, roles=roles)


@bp.post("/<token>")
@allow("session:start")
def accept(token: str) -> ResponseReturnValue:
    """Accept, and be signed in."""
    found = live_link(token, "invitation", now())
    if found is None:
        return render_template("account/invitation/over.html"), 410
    form = InvitationForm()
    if not form.validate_on_submit():
        return _page(form, found.email), 400
    try:
        with transaction():
            person = accept_invitation(token, full_name=form.full_name.data or "", now=now())
    except Refusal as refusal:
        form.full_name.errors = [_(refusal.message)]
        return _page(form, found.email), refusal.status
    if person is None:
        return render_template("account/invitation/over.html"), 410
    start_session(person)
    return redirect(url_for("account.home.show"))
