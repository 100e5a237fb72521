"""Ranking the offices: a select for each, no dragging; open until an office was asked about the person."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, Field, SelectField, ValidationError
from wtforms.validators import Optional

from app.adapters.clock import now
from app.domain.drafting import duplicate_ranks
from app.domain.pipeline import STATES
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.applications import RANKING_PAGE, choices_of, rankable_offices, was_proposed
from app.queries.parking import unfinished_form
from app.services.ranking import keep_unfinished_ranking, save_ranking
from app.web.applicant.parts import away_from_draft
from app.web.fields import options
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm
from app.web.shell import CENTRAL

if TYPE_CHECKING:
    from app.models.application import Application
    from app.models.opening import OpeningOffice

bp = Blueprint("ranking", __name__, url_prefix="/applications/<uuid:application_id>/offices")

WOULD_NOT = "no"
NOT_RANKED = ""
LONGEST_WAIT = timedelta(days=366)


class RankingForm(KeptForm):
    """The part that every opening has; a select and a mark for each office come with `_form`."""

    wait_until = DateField(_l("Wait for my first choice until"), validators=[Optional()])

    def validate_wait_until(self, field: Field) -> None:
        """A day that is still to come, within a year."""
        today = local_day(now(), CENTRAL)
        if field.data and not today < field.data <= today + LONGEST_WAIT:
            raise ValidationError(_("Enter a day in the future, within a year."))


def _form(application: Application, offices: list[OpeningOffice]) -> RankingForm:
    ranks = [(str(number), str(number)) for number in range(1, len(offices) + 1)]
    fields: dict[str, Field] = {}
    stored: dict[str, Any] = {"wait_until": application.wait_until}
    chosen = {choice.office_id: choice for choice in choices_of(application.id)}
    for row in offices:
        name = row.office.slug
        fields[f"rank-{name}"] = SelectField(
            _("Your rank for %(office)s", office=row.office.name),
            choices=options([(NOT_RANKED, _("Not ranked")), *ranks, (WOULD_NOT, _("Would not work here"))]),
            default=NOT_RANKED,
        )
        fields[f"not_here-{name}"] = BooleanField(_("I should not be placed here"))
        choice = chosen.get(row.office_id)
        if choice is not None:
            stored[f"rank-{name}"] = str(choice.rank or (NOT_RANKED if choice.not_here else WOULD_NOT))
            stored[f"not_here-{name}"] = choice.not_here
    form_class = type("RankingForm", (RankingForm,), fields)
    form: RankingForm = form_class(formdata=_kept(application), data=stored)
    return form


def _kept(application: Application) -> MultiDict[str, str] | None:
    """What was typed here before and could not be taken; what this request brings goes before it."""
    kept = unfinished_form(application.id, RANKING_PAGE)
    if request.method == "POST" or "kept" in request.args or kept is None:
        return None
    return MultiDict((name, value) for name, values in kept.items() for value in values)


@bp.route("", methods=["GET", "POST"])
@allow("ranking:edit", load="application")
def edit(application: Application) -> ResponseReturnValue:
    """Show and keep the ranks; what contradicts itself is kept as it was typed until it is mended."""
    if away := _away(application):
        return away
    offices = rankable_offices(application)
    form = _form(application, offices)
    back = "applicant.tasks.show" if application.state == "draft" else "applicant.status.show"
    unfinished = False
    if form.is_submitted():
        if _saved(application, offices, form):
            count = sum(choice.rank is not None for choice in choices_of(application.id))
            flash(ngettext("%(num)d office is ranked.", "%(num)d offices are ranked.", count), "success")
            return redirect(url_for(back, application_id=application.id))
        typed = {name: values for name, values in request.form.lists() if name in form and name != "csrf_token"}
        with transaction():
            keep_unfinished_ranking(application, typed, now=now())
    elif unfinished := unfinished_form(application.id, RANKING_PAGE) is not None:
        # Whoever comes back sees at once what is still to be mended.
        _judge(offices, form)
    page = render_template(
        "applicant/ranking/edit.html",
        form=form,
        application=application,
        offices=offices,
        unfinished=unfinished,
        back_url=url_for(back, application_id=application.id),
    )
    return page, 400 if form.is_submitted() else 200


def _away(application: Application) -> ResponseReturnValue | None:
    if application.state == "draft":
        return away_from_draft(application)
    if STATES[application.state].ended or was_proposed(application.id):
        flash(_("Your ranking can no longer be changed, so it stays as it is."), "notice")
        return redirect(url_for("applicant.status.show", application_id=application.id))
    return None


def _saved(application: Application, offices: list[OpeningOffice], form: RankingForm) -> bool:
    ranks, not_here = _judge(offices, form)
    if form.errors:
        return False
    would_not = [row.office_id for row in offices if form[f"rank-{row.office.slug}"].data == WOULD_NOT]
    try:
        with transaction():
            save_ranking(
                application,
                ranks,
                not_here,
                would_not=would_not,
                wait_until=form.wait_until.data,
                by=current_person_id(),
                now=now(),
            )
    except Refusal as refusal:
        form[f"rank-{offices[0].office.slug}"].errors = [_(refusal.message)]
        return False
    return True


def _judge(offices: list[OpeningOffice], form: RankingForm) -> tuple[dict[UUID, int], list[UUID]]:
    """Return what was chosen; everything that is wrong is said in one round, and names its offices."""
    form.validate()
    if not form.is_submitted() and "csrf_token" in form:
        # Only what this request sent needs a token.
        form.csrf_token.errors = []
    ranks: dict[UUID, int] = {}
    by_name: dict[str, int | None] = {}
    fields = {row.office.name: form[f"rank-{row.office.slug}"] for row in offices}
    field_ranks = {str(number) for number in range(1, len(offices) + 1)}
    not_here: list[UUID] = []
    for row in offices:
        field = fields[row.office.name]
        rank = int(field.data) if field.data in field_ranks else None
        if form[f"not_here-{row.office.slug}"].data:
            not_here.append(row.office_id)
            if rank is not None:
                words = _("You ranked %(office)s and also marked it. Keep only one of the two.", office=row.office.name)
                field.errors = [" ".join([*field.errors, words])]
        elif rank is not None:
            ranks[row.office_id] = rank
        by_name[row.office.name] = rank
    for rank, names in duplicate_ranks(by_name):
        words = _("%(offices)s have the same rank, %(rank)s. Give each its own.", offices=_list(names), rank=rank)
        field = fields[names[-1]]
        field.errors = [" ".join([*field.errors, words])]
    if not ranks and not any(field.errors for field in fields.values()):
        fields[offices[0].office.name].errors = [_("Rank at least one office.")]
    return ranks, not_here


def _list(names: tuple[str, ...]) -> str:
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s", first=", ".join(names[:-1]), last=names[-1])
