"""The interview kit and the scorecard: saved as a draft whatever is missing, sent when it is complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import Optional

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.extensions import transaction
from app.queries.applications import short_answers_of
from app.queries.final_interviews import earlier_draft, scorecard_of
from app.queries.help_requests import to_prepare
from app.queries.reading import rubrics_for_final
from app.services.final_interviews import (
    ScorecardInput,
    no_show_problem,
    note_no_show,
    save_scorecard,
    submit_scorecard,
)
from app.web.fields import options, paragraph, too_long
from app.web.guard import allow, current_person_id
from app.web.parking import KeptForm, kept_fields, typed_fields

if TYPE_CHECKING:
    from app.models.final_interview import Booking, Scorecard

bp = Blueprint("scorecards", __name__, url_prefix="/staff/interviews/<uuid:booking_id>")

LONGEST = 5000


class ScorecardForm(KeptForm):
    strengths = paragraph(_l("Strengths for the office"), longest=LONGEST)
    notes = paragraph(_l("Notes inside PFJ"), longest=LONGEST)
    speaks_spanish = BooleanField(_l("I speak Spanish and we talked in it"))
    spanish_level = SelectField(
        _l("Level that I heard"),
        choices=options(
            [
                ("", _l("Not checked")),
                ("none", _l("None")),
                ("basic", _l("Basic")),
                ("conversational", _l("Conversational")),
                ("professional", _l("Professional")),
                ("native", _l("Native or bilingual")),
            ]
        ),
        validators=[Optional()],
    )
    row_version = HiddenField()


@bp.get("")
@allow("scorecard:write", load="booking")
def edit(booking: Booking) -> ResponseReturnValue:
    """The kit: questions, look-fors, and the scorecard beside them. Earlier scores are hidden."""
    card = scorecard_of(booking.id)
    # What one had written for a talk that did not take place is in the kit of the next one.
    shown = card or earlier_draft(booking)
    if shown is None or kept_fields() is not None:
        form = ScorecardForm()
        typed = _typed(booking, form)
        return _page(booking, form, typed.values, typed.evidence, card)
    form = ScorecardForm(obj=shown)
    if card is None:
        form.row_version.data = ""
    values = {entry.rubric_id: entry.value for entry in shown.entries}
    return _page(booking, form, values, {entry.rubric_id: entry.evidence for entry in shown.entries}, card)


@bp.post("")
@allow("scorecard:write", load="booking")
def save(booking: Booking) -> ResponseReturnValue:
    """Save the draft; with the button "Send", send it too. What is missing is said, and nothing is lost.

    Whoever says that the person did not come leaves this form too: the draft is kept, and they are asked once more.
    """
    form = ScorecardForm()
    typed = _typed(booking, form)
    long = _long_evidence(booking, typed)
    if not form.validate_on_submit() or long:
        return _page(booking, form, typed.values, typed.evidence, scorecard_of(booking.id), long=long), 422
    with transaction():
        card = save_scorecard(booking, typed, by=current_person_id(), now=now())
    if "no_show" in request.form:
        return redirect(url_for("staff.scorecards.missed", booking_id=booking.id))
    if "send" not in request.form:
        flash(_("Your draft is saved."), "success")
        return redirect(url_for("staff.scorecards.edit", booking_id=booking.id))
    try:
        with transaction():
            submit_scorecard(card, by=current_person_id(), now=now())
    except Refusal as refusal:
        form.row_version.data = str(card.row_version)
        missing = _missing(booking, typed)
        _blame_spanish(form)
        if not missing and not form.errors:
            missing = [(_(refusal.message), "#main")]
        return _page(booking, form, typed.values, typed.evidence, card, missing), refusal.status
    flash(_("The scorecard is sent. A program manager decides on the next step."), "success")
    return redirect(url_for("staff.slots.index"))


@bp.get("/no-show")
@allow("scorecard:write", load="booking")
def missed(booking: Booking) -> ResponseReturnValue:
    """Ask once more: what follows when the person did not come."""
    if no_show_problem(booking, now=now()) is not None:
        return redirect(url_for("staff.scorecards.edit", booking_id=booking.id))
    return render_template(
        "staff/scorecards/no_show.html",
        booking=booking,
        person=booking.application.person,
        card=scorecard_of(booking.id),
    )


@bp.post("/no-show")
@allow("scorecard:write", load="booking")
def no_show(booking: Booking) -> ResponseReturnValue:
    """The person did not come: they are asked to choose another time."""
    try:
        with transaction():
            note_no_show(booking, by=current_person_id(), now=now())
    except Refusal as refusal:
        flash(_(refusal.message), "error")
        return redirect(url_for("staff.scorecards.edit", booking_id=booking.id))
    flash(_("Noted. The person was asked to choose another time."), "success")
    return redirect(url_for("staff.slots.index"))


def _typed(booking: Booking, form: ScorecardForm) -> ScorecardInput:
    rubrics = rubrics_for_final(booking.application.opening_id)
    fields = typed_fields()
    values: dict[UUID, int | None] = {}
    evidence: dict[UUID, str] = {}
    for rubric in rubrics:
        raw = fields.get(f"score-{rubric.id}", "")
        values[rubric.id] = int(raw) if raw in ("1", "2", "3", "4") else None
        evidence[rubric.id] = fields.get(f"evidence-{rubric.id}", "").replace("\x00", "")
    version = form.row_version.data or ""
    return ScorecardInput(
        values=values,
        evidence=evidence,
        notes=(form.notes.data or "").replace("\x00", ""),
        strengths=(form.strengths.data or "").replace("\x00", ""),
        speaks_spanish=bool(form.speaks_spanish.data),
        spanish_level=form.spanish_level.data or None,
        row_version=int(version) if version.isdecimal() and len(version) < 9 else None,
    )


def _missing(booking: Booking, typed: ScorecardInput) -> list[tuple[str, str]]:
    missing = [
        (_("Competence %(n)d: choose 1 to 4", n=number), f"#score-{rubric.id}-0")
        for number, rubric in enumerate(rubrics_for_final(booking.application.opening_id), start=1)
        if typed.values.get(rubric.id) is None
    ]
    if not typed.strengths.strip():
        missing.append((_("Write what the office should know of this person’s strengths"), "#strengths"))
    return missing


def _blame_spanish(form: ScorecardForm) -> None:
    """Routing and pay use this level: it counts only where somebody who speaks Spanish heard it."""
    heard, level = bool(form.speaks_spanish.data), bool(form.spanish_level.data)
    if heard and not level:
        form.spanish_level.errors = [_("You talked in Spanish: choose the level that you heard, or untick the box.")]
    elif level and not heard:
        words = _("You chose a level of Spanish: tick that you talked in it, or choose “Not checked”.")
        form.speaks_spanish.errors = [words]


def _long_evidence(booking: Booking, typed: ScorecardInput) -> dict[UUID, str]:
    """What to say of notes that are too long, by rubric."""
    rubrics = rubrics_for_final(booking.application.opening_id)
    return {rubric.id: said for rubric in rubrics if (said := too_long(typed.evidence.get(rubric.id, ""), LONGEST))}


def _page(
    booking: Booking,
    form: ScorecardForm,
    values: Mapping[UUID, int | None],
    evidence: Mapping[UUID, str],
    card: Scorecard | None,
    missing: list[tuple[str, str]] | None = None,
    long: Mapping[UUID, str] | None = None,
) -> str:
    if card is not None and not form.row_version.data:
        form.row_version.data = str(card.row_version)
    application = booking.application
    return render_template(
        "staff/scorecards/edit.html",
        booking=booking,
        application=application,
        person=application.person,
        card=card,
        form=form,
        rubrics=rubrics_for_final(application.opening_id),
        values=values,
        evidence=evidence,
        missing=missing or [],
        long=long or {},
        longest=LONGEST,
        answers=short_answers_of(application),
        prepare=to_prepare(application),
    )
