"""Releasing what a run proposed, alone or by two people; and passing on what an office does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.adapters.clock import now
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.placements import may_speak_spanish, spanish_pay
from app.queries.routing import proposals_of_run, release_plan
from app.services.audit import record
from app.services.placements import pass_on_placement
from app.services.releases import leaves_with, release_proposals, take_back_release
from app.web.fields import Needed, paragraph
from app.web.guard import allow, current_person_id, permitted
from app.web.manage.routing import bp
from app.web.parking import KeptForm
from app.web.spanish_words import unset_pay, unstated_pay

if TYPE_CHECKING:
    from app.models.routing import Proposal, RoutingRun

MOST_RELEASED = 200


class PassOnForm(KeptForm):
    reason = paragraph(
        _l("Why do you stop waiting for this office?"), Needed(_l("Say why you pass this person on.")), longest=2000
    )


@bp.post("/runs/<uuid:run_id>/release")
@allow("proposal:release", load="run")
def release(run: RoutingRun) -> ResponseReturnValue:
    """First what it would send, then, confirmed, the release itself."""
    chosen = _chosen(run)
    if not chosen:
        flash(_nobody_words(), "error")
        return redirect(url_for("manage.routing.show", run_id=run.id))
    if request.form.get("confirm") != "yes":
        return _release_page(run, chosen)
    passed_by = _passed_by(chosen)
    if passed_by and request.form.get("base_pay") != "yes":
        return _release_page(run, chosen, unknown=True), 422
    with transaction():
        report = release_proposals(chosen, by=current_person_id(), now=now())
        for proposal in passed_by:
            record("release:base_pay_known", "proposal", proposal.id, by=current_person_id(), now=now())
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


def _nobody_words() -> str:
    if request.form.getlist("proposal") or request.form.get("only"):
        return _("Nothing was released: these people are released already, or a newer run has changed their proposals.")
    return _("Nothing was released: nobody was chosen. Tick the people whom you want to release.")


def _passed_by(chosen: list[Proposal]) -> list[Proposal]:
    """The verified speakers whose offer would carry base pay only, because nobody stated whether or how much more."""
    return [proposal for proposal in chosen if spanish_pay(proposal.application, proposal.office).passed_by]


def _silent_offices(chosen: list[Proposal]) -> list[str]:
    """What the silence about pay for Spanish means where a speaker would go there, each office once."""
    offices = {proposal.office.name: proposal.office for proposal in chosen if may_speak_spanish(proposal.application)}
    unstated = [unstated_pay(office) for office in offices.values() if office.spanish_increase is None]
    unset = [
        unset_pay(office)
        for office in offices.values()
        if office.spanish_increase and office.spanish_increase_hourly is None
    ]
    return unstated + unset


def _release_page(run: RoutingRun, chosen: list[Proposal], unknown: bool = False) -> str:
    """What a release would send, and for whom it only asks a second person.

    `unknown`: it was confirmed without saying that base pay for a Spanish speaker is known.
    """
    me = current_person_id()
    leaving = [proposal for proposal in chosen if leaves_with(proposal, me)]
    return render_template(
        "manage/routing/release.html",
        run=run,
        opening=run.opening,
        proposals=chosen,
        leaving=leaving,
        silent=_silent_offices(chosen),
        passed_by=_passed_by(chosen),
        unknown=unknown,
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
