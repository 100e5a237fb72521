"""Releasing what a run proposed, alone or by two people; and passing on what an office does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.adapters.clock import now
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.routing import proposals_of_run, release_plan
from app.services.placements import pass_on_placement
from app.services.releases import leaves_with, release_proposals, take_back_release
from app.web.guard import allow, current_person_id, permitted
from app.web.manage.routing import bp
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.routing import Proposal, RoutingRun

MOST_RELEASED = 200


class PassOnForm(KeptForm):
    reason = TextAreaField(
        _l("Why do you stop waiting for this office?"),
        validators=[DataRequired(_l("Say why you pass this person on.")), Length(max=2000)],
    )


@bp.post("/runs/<uuid:run_id>/release")
@allow("proposal:release", load="run")
def release(run: RoutingRun) -> ResponseReturnValue:
    """First what it would send, then, confirmed, the release itself."""
    chosen = _chosen(run)
    if not chosen:
        flash(_("Choose at least one person."), "error")
        return redirect(url_for("manage.routing.show", run_id=run.id))
    if request.form.get("confirm") != "yes":
        return _release_page(run, chosen)
    with transaction():
        report = release_proposals(chosen, by=current_person_id(), now=now())
        skipped = [(proposal.application.person.name, _(reason)) for proposal, reason in report.skipped]
    if done := len(report.released):
        flash(ngettext("Released: %(num)d person.", "Released: %(num)d people.", done), "success")
    if asked := len(report.asked):
        text = ngettext(
            "%(num)d person waits for a second person to confirm. No office is asked before that.",
            "%(num)d people wait for a second person to confirm. No office is asked before that.",
            asked,
        )
        flash(text, "notice" if done else "success")
    for name, reason in skipped:
        flash(_("%(name)s was skipped: %(reason)s", name=name, reason=reason), "error")
    stay = skipped or report.asked
    return redirect(url_for("manage.routing.show", run_id=run.id) if stay else url_for("manage.routing.index"))


def _release_page(run: RoutingRun, chosen: list[Proposal]) -> str:
    """What a release would send, and for whom it only asks a second person."""
    me = current_person_id()
    leaving = [proposal for proposal in chosen if leaves_with(proposal, me)]
    return render_template(
        "manage/routing/release.html",
        run=run,
        opening=run.opening,
        proposals=chosen,
        leaving=leaving,
        plan=release_plan(leaving, today=local_day(now(), run.opening.time_zone), now=now()),
    )


@bp.post("/proposals/<uuid:proposal_id>/take-back-release")
@allow("proposal:release", load="proposal")
def take_back(proposal: Proposal) -> ResponseReturnValue:
    """Take back that one of two people asked for the release."""
    run_id = proposal.run_id
    with transaction():
        take_back_release(proposal, by=current_person_id(), now=now())
    flash(_("Taken back. The proposal waits as before."), "success")
    return redirect(url_for("manage.routing.show", run_id=run_id))


@bp.get("/proposals/<uuid:proposal_id>/pass-on")
@allow("placement:pass_on", load="proposal")
def pass_on(proposal: Proposal) -> ResponseReturnValue:
    """What passing on does."""
    if proposal.state != "released":
        return redirect(url_for("manage.routing.index"))
    return render_template("manage/routing/pass_on.html", proposal=proposal, form=PassOnForm())


@bp.post("/proposals/<uuid:proposal_id>/pass-on")
@allow("placement:pass_on", load="proposal")
def pass_on_now(proposal: Proposal) -> ResponseReturnValue:
    """Stop waiting for this office."""
    form = PassOnForm()
    if not form.validate_on_submit():
        return render_template("manage/routing/pass_on.html", proposal=proposal, form=form), 422
    try:
        with transaction():
            pass_on_placement(proposal, reason=form.reason.data or "", by=current_person_id(), now=now())
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message))
        return render_template("manage/routing/pass_on.html", proposal=proposal, form=form), refusal.status
    flash(_("Passed on. The next run looks for another office."), "success")
    return redirect(url_for("manage.routing.index"))


def _chosen(run: RoutingRun) -> list[Proposal]:
    """Return the proposals of this run that were ticked, all of them for "all", or the one of a row's own button."""
    only = request.form.get("only")
    wanted = {only} if only else set(request.form.getlist("proposal"))
    everything = request.form.get("all") == "yes"
    found = [
        proposal
        for proposal in proposals_of_run(run.id)
        if proposal.state == "proposed"
        and (everything or str(proposal.id) in wanted)
        and permitted("proposal:release", proposal)
    ]
    return found[:MOST_RELEASED]
