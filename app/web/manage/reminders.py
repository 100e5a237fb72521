"""The reminders of an opening: changed, added and taken away on one page, looked at before they are saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.adapters.clock import now
from app.domain.notice_words import kind_label
from app.domain.refusals import Refusal
from app.domain.reminders import OFFICE_DECIDES, Schedule
from app.domain.schedules import RECIPIENTS, WAITS, changes_of, fingerprint, is_unsaved
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.reminder_preview import preview_of
from app.queries.schedules import schedule_of
from app.services.schedules import SOMEBODY_ELSE, change_schedule
from app.web.guard import allow, current_person_id
from app.web.manage.reminder_rows import (
    Row,
    ScheduleForm,
    form_of,
    next_key,
    rows_of,
    schedule_from,
    sensible,
    typed_occasions,
    when_words,
    worked,
)
from app.web.parking import typed_fields

if TYPE_CHECKING:
    from app.models.opening import Opening

bp = Blueprint("reminders", __name__, url_prefix="/manage/openings/<uuid:opening_id>/reminders")


@bp.get("")
@allow("opening:manage", load="opening")
def show(opening: Opening) -> ResponseReturnValue:
    """The reminders of this opening, as they are."""
    schedule, typed = schedule_of(opening.id), typed_fields()
    rows = rows_of(schedule, typed)
    form = form_of(rows, typed)
    form.seen.data = form.seen.data or fingerprint(schedule)
    return _page(opening, rows, form)


@bp.post("")
@allow("opening:manage", load="opening")
def change(opening: Opening) -> ResponseReturnValue:
    """Show who would get what by the new times; save them where that was seen and confirmed."""
    schedule, do = schedule_of(opening.id), request.form.get("do", "")
    typed = worked(schedule, request.form, do)
    rows = rows_of(schedule, typed)
    form = form_of(rows, typed)
    if do not in ("", "save"):
        return _page(opening, rows, form)
    if form.seen.data != fingerprint(schedule):
        return _changed_meanwhile(opening, typed, SOMEBODY_ELSE), 409
    if not form.validate():
        return _page(opening, rows, form), 422
    moment = now()
    pairs = typed_occasions(rows, form, moment)
    if not sensible(pairs, form):
        return _page(opening, rows, form), 422
    wanted = schedule_from(pairs)
    if do != "save":
        return _preview(opening, schedule, wanted, form)
    try:
        with transaction():
            changed = change_schedule(opening, wanted, seen=form.seen.data or "", by=current_person_id(), now=moment)
    except Refusal as refusal:
        return _changed_meanwhile(opening, typed, refusal.message), refusal.status
    flash(_("Saved. It holds for what comes due from now on.") if changed else _("Nothing was changed."), "success")
    return redirect(url_for("manage.reminders.show", opening_id=opening.id))


def _page(opening: Opening, rows: list[Row], form: ScheduleForm) -> str:
    return render_template(
        "manage/reminders/show.html", opening=opening, form=form, waits=WAITS, recipients=RECIPIENTS,
        rows={wait: [row for row in rows if row.wait == wait] for wait in WAITS},
        next_keys={wait: next_key(wait, rows) for wait in WAITS}, kind_label=kind_label, when_words=when_words,
        office_decides=OFFICE_DECIDES,
    )  # fmt: skip


def _changed_meanwhile(opening: Opening, typed: MultiDict[str, str], words: str) -> str:
    """What was typed, beside what is stored by now."""
    schedule = schedule_of(opening.id)
    rows = rows_of(schedule, typed)
    form = form_of(rows, typed)
    form.form_errors.append(_(words))
    form.seen.data = fingerprint(schedule)
    return _page(opening, rows, form)


def _preview(opening: Opening, schedule: Schedule, wanted: Schedule, form: ScheduleForm) -> str:
    moment = now()
    preview = preview_of(opening, wanted, now=moment, hidden=blind_application_ids(current_person_id()))
    return render_template(
        "manage/reminders/confirm.html", opening=opening, form=form, preview=preview,
        before=preview_of(opening, schedule, now=moment), changes=changes_of(schedule, wanted),
        mails={(one.wait, one.step, one.recipient): one.mails for one in preview.expected},
        waits=WAITS, recipients=RECIPIENTS, kind_label=kind_label, when_words=when_words, is_unsaved=is_unsaved,
    )  # fmt: skip
