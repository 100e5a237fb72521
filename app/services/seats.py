"""Seats: how many there are, who confirmed them, and the count under the pool's lock that an approval needs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.domain.refusals import Refusal
from app.domain.words import N_
from app.models.office import Office
from app.models.opening import SeatPool
from app.models.seat_request import SeatRequest
from app.queries.offices import seats_of_office
from app.queries.seat_requests import open_requests_of
from app.queries.seats import seats_taken
from app.services.audit import record
from app.services.locks import lock_pools
from app.services.notices import wake_routing

FULL = N_(
    "Every seat is taken, so this approval was not made. Ask the program manager for another seat, or choose “Not now”."
)
BELOW_TAKEN = N_("More seats than that are taken already. Say why you lower the number below them.")
TOO_MANY_RESERVED = N_("Reserve at most as many seats as there are.")


def refuse_full(pool: SeatPool) -> None:
    """Count the taken seats; raise Refusal where none is left. The caller holds the pool's lock."""
    if seats_taken(pool.id) >= pool.seats:
        raise Refusal(FULL)


def change_seats(pool: SeatPool, seats: int, *, reason: str | None, by: UUID, now: datetime) -> None:
    """Set a pool's number of seats. Lowering them below the taken ones needs a reason (Refusal with field "reason")."""
    lock_pools([pool.id])
    if seats < 0:
        raise Refusal(N_("Seats cannot be fewer than 0."), status=422, field="seats")
    if seats < seats_taken(pool.id) and not (reason or "").strip():
        raise Refusal(
            BELOW_TAKEN,
            status=422,
            field="reason",
        )
    if seats < pool.spanish_minimum:
        raise Refusal(
            N_("More seats than that are reserved for Spanish speakers. Lower that number first."),
            status=422,
            field="seats",
        )
    before = pool.seats
    pool.seats = seats
    pool.changed_reason = (reason or "").strip() or pool.changed_reason or N_("Set by a program manager")
    wake_routing()
    record("seats:changed", "seat_pool", pool.id, by=by, now=now, before=before, after=seats)
    # Whoever asked for just this number has it now.
    _close_requests([each for each in open_requests_of(pool.id) if each.seats == seats], "granted", by=by, now=now)


def change_reserve(
    pool: SeatPool, *, spanish_minimum: int, release_on: date | None, bid_price: Decimal | None, by: UUID, now: datetime
) -> None:
    """Set how many seats are held for Spanish speakers and until when, and the lowest score that is asked for."""
    lock_pools([pool.id])
    if not 0 <= spanish_minimum <= pool.seats:
        raise Refusal(TOO_MANY_RESERVED, status=422, field="spanish_minimum")
    pool.spanish_minimum = spanish_minimum
    pool.release_reserve_on = release_on
    pool.bid_price = bid_price
    pool.changed_reason = pool.changed_reason or N_("Set by a program manager")
    wake_routing()
    record("seats:reserve_changed", "seat_pool", pool.id, by=by, now=now, spanish_minimum=spanish_minimum)


def confirm_seats(office: Office, *, by: UUID, now: datetime) -> int:
    """The office says that its seats are right; return how many pools were confirmed now.

    Another number that it asked for before is no longer asked for.
    """
    confirmed = 0
    for seats in seats_of_office(office.id):
        lock_pools([seats.pool.id])
        own = [each for each in open_requests_of(seats.pool.id) if each.office_id == office.id]
        _close_requests(own, "taken_back", by=by, now=now)
        if seats.pool.confirmed_at is None:
            seats.pool.confirmed_at = now
            seats.pool.confirmed_by_id = by
            record("seats:confirmed", "seat_pool", seats.pool.id, by=by, now=now, seats=seats.pool.seats)
            confirmed += 1
    return confirmed


def _close_requests(requests: list[SeatRequest], state: str, *, by: UUID, now: datetime) -> None:
    for request in requests:
        request.state = state
        request.answered_by_id = by
        request.answered_at = now
