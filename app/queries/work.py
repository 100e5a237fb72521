"""The manager's work list: where every application stands, in one set-based read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, distinct, false, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload

from app.domain.access import Actor, Role
from app.domain.interview_rules import promised_call
from app.domain.pipeline import ENDED_STATES, Party
from app.domain.work import Standing, Urgency, Work, missing_readings, next_work
from app.extensions import db
from app.models.application import Answer, Application, HelpRequest
from app.models.final_interview import Booking, InterviewSlot
from app.models.office import Office
from app.models.opening import Opening
from app.models.person import Person
from app.models.placement import Offer
from app.models.reading import ReadingAssignment
from app.models.recording import RecordedInterview, RecordingReview
from app.models.routing import Proposal
from app.queries.help_requests import has_left
from app.queries.schedules import escalations_of


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One application on the list."""

    id: UUID
    reference: str
    name: str
    opening: Opening
    state: str
    state_since: datetime
    work: Work
    # The proposal that is open, and the run that made it.
    proposal_id: UUID | None = None
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class WorkList:
    """The rows under each heading, the most urgent first; `hidden` are left out because they are read blind.

    A row stands under one heading. What waits for a manager may stand under an earlier one, because it is late.
    """

    groups: Mapping[Urgency, Sequence[WorkRow]]
    drafts: int
    hidden: int

    def late(self) -> int:
        """Return how many are late."""
        return len(self.groups[Urgency.LATE])

    def to_decide(self) -> list[WorkRow]:
        """Return everything that waits for a manager, also what is late or due today."""
        rows = [row for group in self.groups.values() for row in group if row.work.owner is Party.MANAGER]
        return sorted(rows, key=_by_due_date)

    def next_due(self) -> datetime | None:
        """Return the next date at which anything is due."""
        dates = [row.work.due_at for rows in self.groups.values() for row in rows[:1] if row.work.due_at is not None]
        return min(dates, default=None)


def openings_managed_by(actor: Actor) -> list[Opening]:
    """Return the openings of the organizations and regions in which this person is a manager."""
    scopes: list[ColumnElement[bool]] = [false()]
    for grant in actor.grants:
        if grant.role in (Role.MANAGER, Role.DIRECTOR):
            region = true() if grant.region_id is None else Opening.region_id == grant.region_id
            scopes.append(and_(Opening.organization_id == grant.organization_id, region))
    # The organization comes along, because every page says whom to ask for help.
    statement = select(Opening).where(or_(*scopes)).options(joinedload(Opening.organization)).order_by(Opening.slug)
    return list(db.session.scalars(statement))


def work_list(openings: Sequence[Opening], *, hidden: Collection[UUID], now: datetime) -> WorkList:
    """Return every live, sent application of these openings under its heading; drafts are only counted."""
    by_id = {opening.id: opening for opening in openings}
    statement = _facts_of_rows().where(Application.opening_id.in_(by_id), Application.state.not_in(ENDED_STATES))
    groups: dict[Urgency, list[WorkRow]] = {urgency: [] for urgency in Urgency}
    drafts = left_out = 0
    rows = db.session.execute(statement).all()
    escalations = _escalations(rows)
    for row in rows:
        if row.state == "draft":
            drafts += 1
        elif row.id in hidden:
            left_out += 1
        else:
            found = _work_row(row, by_id[row.opening_id], escalations, now)
            if found.work.urgency is not None:
                groups[found.work.urgency].append(found)
    for group in groups.values():
        group.sort(key=_by_due_date)
    return WorkList(groups, drafts, left_out)


def _by_due_date(row: WorkRow) -> tuple[datetime, UUID]:
    return row.work.due_at or row.state_since, row.id


def rows_of(ids: Collection[UUID], openings: Sequence[Opening], *, now: datetime) -> dict[UUID, WorkRow]:
    """Return where these applications stand."""
    by_id = {opening.id: opening for opening in openings}
    statement = _facts_of_rows().where(Application.id.in_(ids), Application.opening_id.in_(by_id))
    rows = db.session.execute(statement).all()
    escalations = _escalations(rows)
    return {row.id: _work_row(row, by_id[row.opening_id], escalations, now) for row in rows}


def row_of(application: Application, *, now: datetime) -> WorkRow:
    """Return where one application stands."""
    return rows_of([application.id], [application.opening], now=now)[application.id]


def open_help(openings: Sequence[Opening], *, hidden: Collection[UUID], now: datetime) -> tuple[int, int]:
    """Return how many requests wait for an answer, and how many of them are late; whoever left waits no more."""
    waiting, late = db.session.execute(
        select(func.count(), func.count().filter(HelpRequest.due_at < now)).where(
            HelpRequest.answered_at.is_(None),
            ~has_left(),
            or_(HelpRequest.opening_id.is_(None), HelpRequest.opening_id.in_([opening.id for opening in openings])),
            or_(HelpRequest.application_id.is_(None), HelpRequest.application_id.not_in(hidden)),
        )
    ).one()
    return waiting, late


# ---- one row -----------------------------------------------------------------------------------


def shown_name() -> ColumnElement[str]:
    """The name that `Person.name` gives, for sorting and searching."""
    return func.coalesce(func.nullif(Person.used_name, ""), func.nullif(Person.full_name, ""), Person.email)


def both_names() -> ColumnElement[str]:
    """The names that `Person.both_names` gives, to show."""
    two = func.nullif(Person.used_name, "") != func.nullif(Person.full_name, "")
    return case((two, func.concat(Person.used_name, " (", Person.full_name, ")")), else_=shown_name())


def _facts_of_rows() -> Select[Any]:
    return select(
        Application.id,
        Application.reference,
        Application.opening_id,
        Application.state,
        Application.state_since,
        Application.submitted_at,
        both_names().label("name"),
        # Only the part that the state asks for is looked up.
        case(
            (Application.state.in_(("answers_in_review", "resume_in_review")), _readings()),
            (Application.state.in_(("recording_due", "recording_in_review", "recording_decision")), _recording()),
            (Application.state.in_(("final_interview_booked", "final_decision")), _interview()),
            (Application.state.in_(("in_routing", "placement_in_review")), _proposal()),
            (Application.state == "offer_sent", _offer()),
        ).label("facts"),
    ).join(Person, Person.id == Application.person_id)


def _readings() -> Any:
    reader = aliased(Person)
    reading = ReadingAssignment
    kind = case((Application.state == "resume_in_review", "resume"), else_="answer")
    held = reading.state.in_(("open", "done"))
    answers = select(func.count()).select_from(Answer).where(Answer.application_id == Application.id)
    names = func.json_agg(distinct(func.coalesce(reader.full_name, reader.email)))
    return (
        select(
            func.json_build_object(
                "open", func.count().filter(reading.state == "open", reading.kind == kind),
                "first", func.count().filter(held, reading.kind == "answer", reading.ordinal == 1),
                "second", func.count().filter(held, reading.kind == "answer", reading.ordinal == 2),
                "resume", func.count().filter(held, reading.kind == "resume"),
                "answers", answers.correlate(Application).scalar_subquery(),
                "names", names.filter(reading.state == "open", reading.kind == kind),
            )
        )
        .select_from(reading)
        .join(reader, reader.id == reading.reader_id)
        .where(reading.application_id == Application.id)
        .correlate(Application)
        .scalar_subquery()
    )  # fmt: skip


def _recording() -> Any:
    reviewer = aliased(Person)
    reviewers = (
        select(func.json_agg(func.coalesce(reviewer.full_name, reviewer.email)))
        .select_from(RecordingReview)
        .join(reviewer, reviewer.id == RecordingReview.reviewer_id)
        .where(RecordingReview.interview_id == RecordedInterview.id, RecordingReview.state == "open")
        .correlate(RecordedInterview)
        .scalar_subquery()
    )
    return (
        select(
            func.json_build_object(
                "due", RecordedInterview.due_at,
                "sent", RecordedInterview.submitted_at,
                "names", reviewers,
                "format", RecordedInterview.format,
                "adjustments", RecordedInterview.adjustments,
            )
        )
        .where(RecordedInterview.application_id == Application.id)
        .correlate(Application)
        .scalar_subquery()
    )  # fmt: skip


def _interview() -> Any:
    interviewer = aliased(Person)
    return (
        select(
            func.json_build_object(
                "starts", InterviewSlot.starts_at,
                "ends", InterviewSlot.ends_at,
                "name", func.coalesce(interviewer.full_name, interviewer.email),
            )
        )
        .select_from(Booking)
        .join(InterviewSlot, InterviewSlot.id == Booking.slot_id)
        .join(interviewer, interviewer.id == InterviewSlot.interviewer_id)
        .where(Booking.application_id == Application.id, Booking.cancelled_at.is_(None))
        .correlate(Application)
        .scalar_subquery()
    )  # fmt: skip


def _proposal() -> Any:
    return (
        select(
            func.json_build_object(
                "proposed", Proposal.proposed_at,
                "asked", Proposal.released_at,
                "due", Proposal.due_at,
                "office", Office.name,
                "id", Proposal.id,
                "run", Proposal.run_id,
                "two", Proposal.asked_release_by_id.is_not(None) | Proposal.pin_id.is_not(None),
            )
        )
        .join(Office, Office.id == Proposal.office_id)
        .where(Proposal.application_id == Application.id, Proposal.state.in_(("proposed", "released")))
        .correlate(Application)
        .scalar_subquery()
    )  # fmt: skip


def _offer() -> Any:
    return (
        select(func.json_build_object("answer_by", func.max(Offer.answer_by)))
        .where(Offer.application_id == Application.id, Offer.answer.is_(None))
        .correlate(Application)
        .scalar_subquery()
    )


def _escalations(rows: Sequence[Any]) -> Mapping[UUID, timedelta | None]:
    """After how long each opening's managers take an office's silence up; not read where no office is waited for."""
    return escalations_of({row.opening_id for row in rows if row.state == "placement_in_review"})


def _work_row(row: Any, opening: Opening, escalations: Mapping[UUID, timedelta | None], now: datetime) -> WorkRow:
    work = next_work(_standing(row, opening, escalations.get(opening.id)), now, opening.time_zone)
    facts: dict[str, Any] = row.facts or {}
    proposal_id, run_id = (UUID(facts[key]) if facts.get(key) else None for key in ("id", "run"))
    return WorkRow(row.id, row.reference, row.name, opening, row.state, row.state_since, work, proposal_id, run_id)


def _standing(row: Any, opening: Opening, escalates_after: timedelta | None) -> Standing:
    facts: dict[str, Any] = row.facts or {}
    each = 1 if opening.reading_policy.get("policy") == "once" else 2
    days_to_book = opening.final_settings.get("days_to_book")
    return Standing(
        state=row.state,
        state_since=row.state_since,
        submitted_at=row.submitted_at,
        promises=opening.promises,
        closes_at=opening.closes_at,
        open_readings=facts.get("open", 0),
        missing_readings=missing_readings(
            row.state,
            answers=facts.get("answers", 0),
            readings=facts.get("first", 0) + (facts.get("second", 0) if each == 2 else 0),
            readers_each=each,
            resume_readings=facts.get("resume", 0),
        ),
        readers=tuple(facts.get("names") or ()) if "open" in facts else (),
        recording_due_at=_moment(facts.get("due")) if row.state == "recording_due" else None,
        recording_call_by=_call_by(row.state, facts),
        recording_sent_at=_moment(facts.get("sent")),
        reviewers=tuple(facts.get("names") or ()) if "sent" in facts else (),
        days_to_book=int(days_to_book) if days_to_book else None,
        interview_at=_moment(facts.get("starts")),
        interview_ends_at=_moment(facts.get("ends")),
        interviewer=facts.get("name"),
        proposed_at=_moment(facts.get("proposed")) if row.state == "in_routing" else None,
        waits_for_second=bool(facts.get("two")),
        office=facts.get("office"),
        office_asked_at=_moment(facts.get("asked")) if row.state == "placement_in_review" else None,
        office_escalates_after=escalates_after,
        office_due_at=_moment(facts.get("due")) if row.state == "placement_in_review" else None,
        offer_answer_by=_moment(facts.get("answer_by")),
    )


def _call_by(state: str, facts: dict[str, Any]) -> datetime | None:
    due_at = _moment(facts.get("due"))
    if state != "recording_due" or facts.get("format") != "phone" or due_at is None:
        return None
    return promised_call(due_at, facts["adjustments"])


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
