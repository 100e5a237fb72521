"""Openings: which are public, what one says, who can be placed, and how long each step took."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from app.domain.drafting import takes_applications
from app.domain.program import Rule
from app.domain.stored_rules import rules_from_json
from app.extensions import db
from app.models.application import Application, Change
from app.models.opening import DocumentKind, EligibilityRules, Opening, Question, Rubric

# A median of fewer people would tell of single persons.
FEWEST_MEASURED = 5
MEASURED_FOR = timedelta(days=365)

_GOES_ON = ("invite_to_record", "invite_to_final_interview", "admit_to_routing", "decline_candidate")
# Step of the public page -> the event that begins our turn, and the events that end it.
_TURNS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "reading": ("submit_application", _GOES_ON),
    "recorded": ("submit_recording", _GOES_ON),
    "final": ("submit_scorecard", ("admit_to_routing", "decline_candidate")),
    "routing": ("admit_to_routing", ("release_proposal",)),
    "office": (
        "release_proposal",
        ("approve_placement", "decline_placement", "defer_placement", "pass_on_placement", "refuse_office"),
    ),
}


def is_open(opening: Opening, now: datetime) -> bool:
    """Tell whether applications are taken: published, not closed, and the deadline, if any, not over."""
    return takes_applications(opening.status, opening.closes_at, now)


def public_openings(now: datetime) -> list[Opening]:
    """Return every published opening: those that take applications first, then the newest."""
    openings = db.session.scalars(select(Opening).where(Opening.status != "draft").order_by(Opening.slug)).all()
    return sorted(openings, key=lambda opening: (not is_open(opening, now), -_published(opening).toordinal()))


def _published(opening: Opening) -> datetime:
    if opening.published_on is not None:
        return datetime.combine(opening.published_on, datetime.min.time())
    return opening.closes_at or opening.updated_at


def open_openings(now: datetime) -> list[Opening]:
    """Return the openings that take applications."""
    return [opening for opening in public_openings(now) if is_open(opening, now)]


def public_opening(slug: str) -> Opening | None:
    """Return a published opening by its address; drafts are nobody's business yet."""
    return db.session.scalar(select(Opening).where(Opening.slug == slug, Opening.status != "draft"))


def opening_by_slug(slug: str) -> Opening | None:
    """Return an opening by its address, whatever its status."""
    return db.session.scalar(select(Opening).where(Opening.slug == slug))


def opening_by_name(name: str) -> Opening | None:
    """Return the published opening with this title or one of its aliases, whatever the case."""
    wanted = " ".join(name.split()).casefold()
    for opening in db.session.scalars(select(Opening).where(Opening.status != "draft").order_by(Opening.slug)):
        if wanted in {text.casefold() for text in (*opening.title.values(), *opening.aliases)}:
            return opening
    return None


def questions_of(opening: Opening, kind: str) -> list[Question]:
    """Return the present questions of a kind ("short_answer" or "recorded"), in order."""
    return [question for question in opening.questions if question.kind == kind and question.retired_at is None]


def rubrics_of(opening: Opening, gate: str, question_id: UUID | None = None) -> list[Rubric]:
    """Return the present rubrics of a gate: those of one question and those that serve all, in order."""
    return [
        rubric
        for rubric in opening.rubrics
        if rubric.gate == gate and rubric.retired_at is None and rubric.question_id in (None, question_id)
    ]


def documents_of(opening: Opening) -> list[DocumentKind]:
    """Return what the application asks to be handed in, in order."""
    return list(opening.document_kinds)


def current_rules(opening: Opening) -> EligibilityRules | None:
    """Return the newest version of the opening's eligibility rules."""
    return opening.rules[-1] if opening.rules else None


def rules_of(opening: Opening) -> tuple[Rule, ...]:
    """Return the rules that are in force for an opening."""
    version = current_rules(opening)
    return rules_from_json(version.rules) if version else ()


def measured_waits(opening: Opening, *, now: datetime) -> dict[str, int]:
    """Return the median days of each step of ours over the last year, where enough people went through it."""
    begin, end = aliased(Change), aliased(Change)
    waits: dict[str, int] = {}
    for step, (start, ends) in _TURNS.items():
        ended = (
            select(func.min(end.at))
            .where(end.application_id == begin.application_id, end.seq > begin.seq, end.event.in_(ends))
            .scalar_subquery()
        )
        lasted = (
            select((ended - begin.at).label("lasted"))
            .join(Application, Application.id == begin.application_id)
            .where(Application.opening_id == opening.id, begin.event == start, begin.at >= now - MEASURED_FOR)
            .subquery()
        )
        count, median = db.session.execute(
            select(func.count(lasted.c.lasted), func.percentile_cont(0.5).within_group(lasted.c.lasted))
        ).one()
        if count >= FEWEST_MEASURED:
            # Rounded up to whole days, but a minute over three days is three days.
            waits[step] = max(1, -(-(int(median.total_seconds()) - 3600) // 86400))
    return waits
