"""The final interview's rules in time: until when an applicant may move it, and when it is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

# Until so long before its beginning an applicant may move or cancel it, where the opening does not say.
MOVABLE_UNTIL_HOURS = 12

# "ahead": it can be moved; "close": it is too late to move it, or it is going on; "over": its time has passed.
BookingPhase = Literal["ahead", "close", "over"]


def movable_until(starts_at: datetime, hours: int = MOVABLE_UNTIL_HOURS) -> datetime:
    """Return until when the applicant may move or cancel the interview."""
    return starts_at - timedelta(hours=hours)


def booking_phase(
    starts_at: datetime, ends_at: datetime, now: datetime, hours: int = MOVABLE_UNTIL_HOURS
) -> BookingPhase:
    """Return whether a booked interview can be moved, is about to be, or is over."""
    if now >= ends_at:
        return "over"
    return "ahead" if now <= movable_until(starts_at, hours) else "close"
