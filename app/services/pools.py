"""All numbers of a pool at once: seats, the reserve for Spanish speakers, the threshold."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from app.models.opening import SeatPool
from app.services.seats import change_reserve, change_seats


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
