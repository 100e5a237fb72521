"""Deciding about several people at once: tick, read what would leave and who is skipped, confirm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.adapters.clock import now
from app.domain.decisions import decisions_in
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.candidates import candidates_among
from app.queries.work import openings_managed_by
from app.services.many_decisions import Chosen, Foreseen, decide_many, foresee_many
from app.web.guard import allow, current_actor, current_person_id, permitted
from app.web.manage.candidates import ManyForm, index_page, kept_filter, many_form
from app.web.manage.decisions import bp

if TYPE_CHECKING:
    from app.models.application import Application

MOST = 100


@bp.post("")
@allow("candidate:list")
def decide_about_many() -> ResponseReturnValue:
    """First time: show exactly what will be sent, and who is skipped. With `confirmed`: do it."""
    form = many_form()
    people = _chosen()
    valid = form.validate_on_submit()
    if valid and not people:
        form.form_errors.append(_("Tick at least one person."))
    if not valid or not people:
        return index_page(form, {each.application.id for each in people}), 422
    decision, reason = form.decision.data, (form.reason.data or "").strip()
    if "confirmed" not in request.form:
        foreseen = foresee_many(people, decision, reason=reason, by=current_person_id(), now=now())
        return _preview(form, foreseen)
    with transaction():
        done, skipped = decide_many(people, decision, reason=reason, by=current_person_id(), now=now())
        left_out = [(application.person.name, _(why)) for application, why in skipped]
    if done:
        flash(ngettext("Decided about %(num)d person.", "Decided about %(num)d people.", len(done)), "success")
    for name, why in left_out:
        flash(_("%(name)s was skipped: %(reason)s", name=name, reason=why), "error")
    return redirect(url_for("manage.candidates.index", **kept_filter()))


def _chosen() -> list[Chosen]:
    """Return who is ticked, as far as this person may decide about them; "all" is everybody who was shown."""
    names = ("shown",) if request.form.get("all") == "yes" else ("chosen",)
    versions = dict(filter(None, (_key(text) for name in names for text in request.form.getlist(name)[:MOST])))
    if not versions:
        return []
    hidden = blind_application_ids(current_person_id())
    found = candidates_among(versions, openings_managed_by(current_actor()), hidden=hidden)
    return [Chosen(each, versions[each.id]) for each in found if permitted("candidate:decide", each)]


def _key(text: str) -> tuple[UUID, int] | None:
    """Read "id:version"."""
    head, _colon, version = text.partition(":")
    try:
        return UUID(head), int(version[:9])
    except ValueError:
        return None


def _preview(form: ManyForm, foreseen: Sequence[Foreseen]) -> str:
    would = [each for each in foreseen if each.problem is None]
    mails = [mail for each in would for _address, mail in each.mails]
    return render_template(
        "manage/candidates/many.html",
        form=form,
        kept=kept_filter(),
        would=[(each, _effect(each.chosen.application, form.decision.data)) for each in would],
        skipped=[(each.chosen.application, _(each.problem or "")) for each in foreseen if each.problem is not None],
        mails=len(mails),
        # One of each: the others differ in the name only.
        samples=list({mail.subject: mail for mail in mails}.values()),
        decision=next(each.label for each in form.decision.choices if each.value == form.decision.data),
    )


def _effect(application: Application, decision: str) -> str:
    offered = {each.name: each.text for each in decisions_in(application.state, application.opening.gates)}
    return _(offered[decision]) if decision in offered else ""
