"""Candidates: the table, one person's file, and what a manager does there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import DateField, RadioField
from wtforms.validators import InputRequired

from app.adapters.clock import now
from app.domain.decisions import AT_GATES, GO_ON, STOP, decisions_in
from app.domain.help import LEFT_STATES
from app.domain.local_time import local_moment
from app.domain.notice_words import NOTICE_STATES, kind_label
from app.domain.pipeline import ENDED_STATES, STATES
from app.domain.refusals import Refusal
from app.domain.work import PARTY_LABELS, days_in, late_by
from app.extensions import transaction
from app.queries.access import blind_application_ids
from app.queries.candidate_files import candidate_file, document_in_file
from app.queries.candidates import CandidateFilter, Sort, candidates_page, offices_of
from app.queries.meeting_history import meeting_history
from app.queries.placements import latest_offer, placement_of
from app.queries.retention import live_hold
from app.queries.routing import reasons_of
from app.queries.work import openings_managed_by, row_of
from app.services.audit import record
from app.services.extensions import extend_recording
from app.services.opened import note_opened
from app.services.reading import assign_missing_readers
from app.web.fields import Needed, options, paragraph
from app.web.files import document_response
from app.web.guard import allow, current_actor, current_person_id
from app.web.manage.words import DOCUMENT_WORDS, EVENT_WORDS, PROPOSAL_WORDS, SPANISH_WORDS, WORKER_WORDS
from app.web.parking import KeptForm
from app.web.reasons import named_reasons

if TYPE_CHECKING:
    from app.models.application import Application

bp = Blueprint("candidates", __name__, url_prefix="/manage/candidates")

SORTS: tuple[Sort, ...] = ("waiting", "newest", "name")


class ExtendForm(KeptForm):
    day = DateField(_l("New last day"), validators=[InputRequired(_l("Enter a day, such as 12/04/2026."))])


class ManyForm(KeptForm):
    """One decision about everybody who is ticked."""

    decision = RadioField(_l("Your decision"), validators=[InputRequired(_l("Choose what you decide."))])
    reason = paragraph(_l("Reason, for the record"), Needed(_l("Write down why, in a sentence or two.")), longest=2000)


def many_form() -> ManyForm:
    """Return the form with what can be decided about several people."""
    form = ManyForm()
    form.decision.choices = options([(GO_ON, _("Go on")), (STOP, _("Do not go on"))])
    return form


@bp.get("")
@allow("candidate:list")
def index() -> ResponseReturnValue:
    """The table. Filters and place are in the address, so that a view can be kept and shared."""
    return index_page(many_form())


def index_page(form: ManyForm, ticked: Collection[UUID] = ()) -> str:
    """The table, with the form about several people where one stage is shown at which a manager decides."""
    moment = now()
    openings = openings_managed_by(current_actor())
    wanted = _filter()
    found = candidates_page(
        openings,
        wanted,
        hidden=blind_application_ids(current_person_id()),
        now=moment,
        after=request.args.get("after"),
        before=request.args.get("before"),
    )
    return render_template(
        "manage/candidates/index.html",
        found=found,
        wanted=wanted,
        kept=_kept(wanted),
        openings=openings,
        offices=offices_of(openings),
        states=STATES,
        ended=ENDED_STATES,
        spanish=SPANISH_WORDS,
        parties=PARTY_LABELS,
        days_in=days_in,
        late_by=late_by,
        moment=moment,
        form=form,
        many=wanted.state in AT_GATES and len(found.rows) > 0,
        gates=AT_GATES,
        ticked=ticked,
    )


def kept_filter() -> dict[str, Any]:
    """Return the filter of this address, for links that lead back to it."""
    return _kept(_filter())


def _filter() -> CandidateFilter:
    state = request.args.get("state", "live")
    sort = request.args.get("sort", "waiting")
    spanish = request.args.get("spanish", "")
    return CandidateFilter(
        state=state if state in STATES or state in ("live", "ended", "all") else "live",
        opening_id=_id("opening"),
        office_id=_id("office"),
        spanish=spanish if spanish in SPANISH_WORDS or spanish == "verified" else "",
        text=request.args.get("q", "").replace("\0", "").strip()[:100],
        sort=next((each for each in SORTS if each == sort), "waiting"),
    )


def _id(name: str) -> UUID | None:
    return request.args.get(name, type=UUID)


def _kept(wanted: CandidateFilter) -> dict[str, str]:
    """The address's parts that say something, for links that go on from here."""
    everything = {
        "state": wanted.state if wanted.state != "live" else "",
        "opening": wanted.opening_id or "",
        "office": wanted.office_id or "",
        "spanish": wanted.spanish,
        "q": wanted.text,
        "sort": wanted.sort if wanted.sort != "waiting" else "",
    }
    return {name: str(value) for name, value in everything.items() if value}


@bp.get("/<uuid:application_id>")
@allow("candidate:read", load="application")
def show(application: Application) -> ResponseReturnValue:
    """Everything that staff know of one application; what was not sent yet stays the writer's own."""
    with transaction():
        note_opened(application.id, by=current_person_id(), now=now())
    return _file_page(application, ExtendForm(formdata=None))


def _file_page(application: Application, extend: ExtendForm) -> str:
    moment = now()
    row = row_of(application, now=moment)
    file = candidate_file(application)
    return render_template(
        "manage/candidates/show.html",
        application=application,
        person=application.person,
        opening=application.opening,
        state=STATES[application.state],
        states=STATES,
        row=row,
        work=row.work,
        days=days_in(application.state_since, moment),
        file=file,
        why={row.proposal.id: named_reasons(reasons_of(row.proposal)) for row in file.placings},
        meetings={
            row.proposal.id: meeting_history(row.proposal.id) for row in file.placings if row.proposal.released_at
        },
        hold=live_hold(application.id),
        offer=latest_offer(application.id),
        placement=placement_of(application.id),
        decisions=decisions_in(application.state, application.opening.gates),
        extend=extend,
        form=extend,
        moment=moment,
        parties=PARTY_LABELS,
        events=EVENT_WORDS,
        workers=WORKER_WORDS,
        spanish=SPANISH_WORDS,
        documents=DOCUMENT_WORDS,
        proposals=PROPOSAL_WORDS,
        notice_states=NOTICE_STATES,
        left_states=LEFT_STATES,
        kind_label=kind_label,
    )


@bp.post("/<uuid:application_id>/readers")
@allow("reading:assign", load="application")
def assign(application: Application) -> ResponseReturnValue:
    """Give every answer and résumé that nobody reads a reader."""
    with transaction():
        count = assign_missing_readers(now=now())
    if count:
        flash(ngettext("%(num)d reading was assigned.", "%(num)d readings were assigned.", count), "success")
    else:
        flash(_("There is no reader who could take one. Invite readers under People."), "notice")
    return redirect(request.referrer if _ours(request.referrer) else url_for("manage.work.show"))


def _ours(address: str | None) -> bool:
    return bool(address) and str(address).startswith(request.host_url)


@bp.post("/<uuid:application_id>/more-time")
@allow("candidate:decide", load="application")
def extend(application: Application) -> ResponseReturnValue:
    """Give one person more time to record."""
    form = ExtendForm()
    recording = candidate_file(application).recording
    if recording is None:
        abort(404)
    if not form.validate_on_submit() or form.day.data is None:
        return _file_page(application, form), 422
    try:
        with transaction():
            due_at = _end_of_day(form.day.data, application.opening.time_zone)
            extend_recording(recording.interview, due_at, by=current_person_id(), now=now())
    except Refusal as refusal:
        form.day.errors = [_(refusal.message)]
        return _file_page(application, form), refusal.status
    flash(_("The new last day is set, and the person is told."), "success")
    return redirect(url_for("manage.candidates.show", application_id=application.id))


def _end_of_day(day: object, zone: str) -> datetime:
    return local_moment(day, time(23, 59), zone)  # type: ignore[arg-type]


@bp.get("/<uuid:application_id>/documents/<uuid:document_id>")
@allow("candidate:read", load="application")
def document(application: Application, document_id: UUID) -> ResponseReturnValue:
    """A document's own file, as a download; every view is on the record."""
    found = document_in_file(application.id, document_id)
    if found is None or found.storage_key is None or application.state == "draft":
        abort(404)
    with transaction():
        record("document:read", "document", found.id, by=current_person_id(), now=now())
    return document_response(found)
