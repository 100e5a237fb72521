"""An office says that it has another number of seats; a program manager grants it or keeps the number."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from app.domain.offices import MOST_SEATS
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.office import Office
from app.models.opening import SeatPool
from app.models.seat_request import SeatRequest
from app.queries.seat_requests import open_request
from app.queries.seats import seats_taken
from app.services.audit import record
from app.services.locks import lock_pools
from app.services.seats import change_seats

OFFICE_SAYS = N_("The office says that it has this number.")
ANSWERED = N_("This was answered already, so nothing was changed.")


def ask_for_seats(
    office: Office, pool: SeatPool, *, seats: int, note: str = "", by: UUID, now: datetime
) -> SeatRequest:
    """Say which number of seats is right; a second call corrects the first. Nothing changes before a manager agrees.

    Raises Refusal with the field where the number is no news or cannot be.
    """
    lock_pools([pool.id])
    if not 0 <= seats <= MOST_SEATS:
        raise Refusal(N_("Enter a number from 0 to 999."), status=422, field="seats")
    if seats == pool.seats:
        raise Refusal(N_("That is the number that we have. Go back and confirm it instead."), status=422, field="seats")
    request = open_request(pool.id, office.id)
    if request is None:
        request = SeatRequest(pool_id=pool.id, office_id=office.id)
        db.session.add(request)
    request.seats = seats
    request.note = note.strip()
    request.asked_by_id = by
    request.asked_at = now
    db.session.flush()
    record("seats:asked", "seat_pool", pool.id, by=by, now=now, office=office.slug, before=pool.seats, wanted=seats)
    return request


def grant_seats(request: SeatRequest, *, reason: str | None = None, by: UUID, now: datetime) -> None:
    """The number becomes the office's; it counts as confirmed by the office that said it.

    Below the seats that are taken the manager gives a reason, as everywhere. Raises Refusal without it (field
    "reason"), where the number cannot be (more seats are reserved for Spanish speakers), or where it was answered
    already.
    """
    _hold(request)
    pool = request.pool
    reason = (reason or "").strip()
    if not reason and request.seats >= seats_taken(pool.id):
        reason = request.note or OFFICE_SAYS
    _answer(request, "granted", by=by, now=now)
    change_seats(pool, request.seats, reason=reason, by=by, now=now)
    pool.confirmed_at = now
    pool.confirmed_by_id = request.asked_by_id
    db.session.flush()


def refuse_seats(request: SeatRequest, *, answer: str, by: UUID, now: datetime) -> None:
    """The number stays; the office reads why. Raises Refusal without a reason or where it was answered already."""
    if not answer.strip():
        raise Refusal(N_("Tell the office why the number stays."), status=422, field="answer")
    _hold(request)
    _answer(request, "refused", by=by, now=now, answer=answer.strip())


def _hold(request: SeatRequest) -> None:
    lock_pools([request.pool_id])
    db.session.refresh(request, ["state"])
    if request.state != "open":
        raise Refusal(ANSWERED)


def _answer(request: SeatRequest, state: str, *, by: UUID, now: datetime, answer: str | None = None) -> None:
    request.state = state
    request.answer = answer
    request.answered_by_id = by
    request.answered_at = now
    record(f"seats:{state}", "seat_pool", request.pool_id, by=by, now=now, wanted=request.seats)
    db.session.flush()
