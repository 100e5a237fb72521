"""Openings: where people stand, seats, whether applications are taken, and how they are read."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DecimalField, HiddenField, RadioField
from wtforms.validators import InputRequired, NumberRange

from app.adapters.clock import now
from app.domain.pipeline import STATES
from app.domain.refusals import Refusal
from app.domain.scoring import ReadingPolicy, reading_hours
from app.extensions import transaction
from app.queries.opening_facts import opening_facts
from app.queries.openings import is_open
from app.queries.work import openings_managed_by
from app.services.openings import (
    OpeningSettings,
    change_opening,
    set_opening_status,
    set_two_release,
    settings_of,
)
from app.web.fields import options
from app.web.guard import allow, current_actor, current_person_id
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.opening import Opening

bp = Blueprint("openings", __name__, url_prefix="/manage/openings")

# The hours are told for as many people as have applied, and for a round number while they are few.
FEW = 100


def _score_field(label: object) -> DecimalField:
    says = _l("Enter a number from 1 to 4, such as 2.5.")
    return DecimalField(label, places=2, validators=[InputRequired(says), NumberRange(1, 4, says)])


class SettingsForm(KeptForm):
    reading_threshold = _score_field(_l("Answers and résumé"))
    recording_threshold = _score_field(_l("Recorded interview"))
    final_threshold = _score_field(_l("Final interview"))
    policy = RadioField(
        _l("Who reads the short answers"), choices=options([("twice", ""), ("once", "")]),
        validators=[InputRequired(_l("Choose who reads."))],
    )  # fmt: skip
    borderline = DecimalField(
        _l("Near the threshold means within"), places=2,
        validators=[InputRequired(_l("Enter a number.")), NumberRange(0, 3, _l("Enter a number from 0 to 3."))],
    )  # fmt: skip
    random_percent = DecimalField(
        _l("Percent of the others, drawn at random"), places=0,
        validators=[InputRequired(_l("Enter a number.")), NumberRange(0, 100, _l("Enter a number from 0 to 100."))],
    )  # fmt: skip
    row_version = HiddenField()


@bp.get("")
@allow("opening:manage")
def index() -> ResponseReturnValue:
    """The openings that this manager runs; the only one opens at once."""
    openings = openings_managed_by(current_actor())
    if len(openings) == 1:
        return redirect(url_for("manage.openings.show", opening_id=openings[0].id))
    return render_template("manage/openings/index.html", openings=openings, is_open=is_open, moment=now())


@bp.get("/<uuid:opening_id>")
@allow("opening:manage", load="opening")
def show(opening: Opening) -> ResponseReturnValue:
    """One opening with its numbers and settings."""
    return _page(opening, _filled(opening))


def _filled(opening: Opening) -> SettingsForm:
    settings = settings_of(opening)
    return SettingsForm(
        reading_threshold=settings.reading_threshold,
        recording_threshold=settings.recording_threshold,
        final_threshold=settings.final_threshold,
        policy=settings.policy,
        borderline=settings.borderline,
        random_percent=settings.random_share * 100,
        row_version=str(opening.row_version),
    )


@bp.post("/<uuid:opening_id>")
@allow("opening:manage", load="opening")
def change(opening: Opening) -> ResponseReturnValue:
    """Keep new thresholds and the reading policy."""
    form = SettingsForm()
    if not form.validate_on_submit():
        return _page(opening, form), 422
    version = int(form.row_version.data) if (form.row_version.data or "").isdecimal() else 0
    try:
        with transaction():
            changed = change_opening(opening, _settings(form), row_version=version, by=current_person_id(), now=now())
    except Refusal as refusal:
        form.form_errors.append(_(refusal.message))
        form.row_version.data = str(opening.row_version)
        return _page(opening, form), refusal.status
    flash(_("Saved. It holds for what is read from now on.") if changed else _("Nothing was changed."), "success")
    return redirect(url_for("manage.openings.show", opening_id=opening.id))


def _settings(form: SettingsForm) -> OpeningSettings:
    return OpeningSettings(
        reading_threshold=_rounded(form.reading_threshold.data),
        recording_threshold=_rounded(form.recording_threshold.data),
        final_threshold=_rounded(form.final_threshold.data),
        policy=form.policy.data,
        borderline=_rounded(form.borderline.data),
        random_share=_rounded(form.random_percent.data / 100),
    )


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.00001"))


@bp.post("/<uuid:opening_id>/status")
@allow("opening:manage", load="opening")
def status(opening: Opening) -> ResponseReturnValue:
    """Open or close it for applications."""
    wanted = "open" if request.form.get("status") == "open" else "closed"
    with transaction():
        set_opening_status(opening, wanted, by=current_person_id(), now=now())
    text = _("Applications are taken again.") if wanted == "open" else _("No further applications are taken.")
    flash(text, "success")
    return redirect(url_for("manage.openings.show", opening_id=opening.id))


@bp.post("/<uuid:opening_id>/release")
@allow("opening:manage", load="opening")
def release(opening: Opening) -> ResponseReturnValue:
    """Have one person release to the offices, or two."""
    two = request.form.get("people") == "two"
    with transaction():
        set_two_release(opening, two, by=current_person_id(), now=now())
    text = _("A second person now confirms every release.") if two else _("One person now releases to the offices.")
    flash(text, "success")
    return redirect(url_for("manage.openings.show", opening_id=opening.id))


def _page(opening: Opening, form: SettingsForm) -> str:
    facts = opening_facts(opening)
    people = max(facts.sent(), FEW)
    minutes = Fraction(str(opening.reading_policy.get("minutes_per_answer", "1.5")))
    share = Fraction(str(opening.reading_policy.get("random_share", "0.15")))
    twice, once = (
        round(reading_hours(people, facts.questions, minutes, policy))
        for policy in (ReadingPolicy(), ReadingPolicy(readers="once", random_share=share))
    )
    form.policy.choices = options(
        [
            ("twice", _("Everybody is read twice")),
            ("once", _("Everybody once; the borderline and a random share a second time")),
        ]
    )
    hours_text = {
        policy: _("about %(hours)d hours for %(people)d applications", hours=each, people=people)
        for policy, each in (("twice", twice), ("once", once))
    }
    return render_template(
        "manage/openings/show.html",
        opening=opening,
        form=form,
        facts=facts,
        hours=hours_text,
        states=STATES,
        taking=is_open(opening, now()),
    )
