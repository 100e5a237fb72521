"""More time to answer an offer: the first time at once, for the asking; after that by a manager."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.domain.fellowships import MORE_DAYS, answer_day_problem, more_time
from app.domain.placements import local_day
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import HelpRequest
from app.models.placement import Offer
from app.services.audit import record
from app.services.help_requests import DAYS_TO_ANSWER
from app.services.locks import lock_offer
from app.services.notices import owe_notice

ANSWERED = N_("This offer is not open any more, so it needs no more time.")


def ask_more_time(offer: Offer, *, by: UUID, now: datetime) -> bool:
    """Give the applicant seven days more at once, the first time; later requests go to a person.

    Returns whether it was given. Refusal where the offer is not open.
    """
    _open_offer(offer)
    if not offer.more_time_given:
        _extend(offer, more_time(offer.answer_by, now, offer.application.opening.time_zone), by=by, now=now)
        return True
    application = offer.application
    waiting = select(HelpRequest.id).where(
        HelpRequest.application_id == application.id,
        HelpRequest.kind == "more_time",
        HelpRequest.answered_at.is_(None),
    )
    if db.session.scalar(waiting.limit(1)) is None:
        days = int(application.opening.promises.get("answer_question") or DAYS_TO_ANSWER)
        db.session.add(
            HelpRequest(
                kind="more_time",
                email=application.person.email,
                person_id=by,
                opening_id=application.opening_id,
                application_id=application.id,
                body="",
                details={"days": MORE_DAYS, "granted": False, "offer": True},
                created_at=now,
                due_at=now + timedelta(days=days),
            )
        )
        db.session.flush()
    return False


def give_more_time(offer: Offer, day: date, *, by: UUID, now: datetime) -> datetime:
    """A manager moves the day to answer by; the applicant is told. Refusal (field "day") for a day that cannot be."""
    _open_offer(offer)
    zone = offer.application.opening.time_zone
    problem = answer_day_problem(day, present=local_day(offer.answer_by, zone), today=local_day(now, zone))
    if problem is not None:
        raise Refusal(problem, status=422, field="day")
    until = _extend(offer, datetime.combine(day, time(23, 59, 59), tzinfo=ZoneInfo(zone)), by=by, now=now)
    owe_notice(
        "offer_extended",
        subject_id=offer.id,
        recipient=offer.application.person,
        application=offer.application,
        occurrence=until.isoformat(),
        context={"office": offer.office.name, "answer_by": until.isoformat()},
        now=now,
    )
    return until


def _open_offer(offer: Offer) -> None:
    lock_offer(offer)
    if offer.answer is not None or offer.application.state != "offer_sent":
        raise Refusal(ANSWERED)


def _extend(offer: Offer, until: datetime, *, by: UUID, now: datetime) -> datetime:
    before, offer.answer_by = offer.answer_by, until
    offer.more_time_given += 1
    record(
        "offer:more_time",
        "application",
        offer.application_id,
        by=by,
        now=now,
        before=before.isoformat(),
        after=until.isoformat(),
    )
    return until
