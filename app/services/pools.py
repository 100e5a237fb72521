"""All numbers of a pool at once: seats, the reserve for Spanish speakers, the threshold."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.models.opening import SeatPool
from app.queries.seats import seats_taken
from app.services.seats import BELOW_TAKEN, TOO_MANY_RESERVED, change_reserve, change_seats


def pool_problems(
    pool: SeatPool, *, seats: int | None, spanish_minimum: int | None, reason: str | None
) -> list[tuple[str, str]]:
    """Return everything that `change_pool` would refuse, as (field, sentence); None is a number that nobody could read.

    The last word is `change_pool`'s, under the pool's lock.
    """
    found = []
    if seats is not None and seats < seats_taken(pool.id) and not (reason or "").strip():
        found.append(("reason", BELOW_TAKEN))
    if seats is not None and spanish_minimum is not None and not 0 <= spanish_minimum <= seats:
        found.append(("spanish_minimum", TOO_MANY_RESERVED))
    return found


def change_pool(
    pool: SeatPool,
    *,
    seats: int,
    spanish_minimum: int,
    release_on: date | None,
    bid_price: Decimal | None,
    reason: str | None,
    by: UUID,
    now: datetime,
) -> None:
    """Set a pool's numbers; Refusal as `change_seats` and `change_reserve`."""

    def reserve() -> None:
        change_reserve(
            pool, spanish_minimum=spanish_minimum, release_on=release_on, bid_price=bid_price, by=by, now=now
        )

    # The reserve is never larger than the seats, also between the two.
    if spanish_minimum <= pool.seats:
        reserve()
        change_seats(pool, seats, reason=reason, by=by, now=now)
    else:
        change_seats(pool, seats, reason=reason, by=by, now=now)
        reserve()
