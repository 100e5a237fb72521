"""Until when a reader has time: the applicant was promised one date, and every step of the reading lies before it."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.domain.timeline import renewed_promise

# Where the opening promises no date.
USUAL_DAYS = 14
# How much of the time that is left a step takes. After the answers comes the résumé, after it perhaps a decision.
SHARES = {"answer": 0.5, "resume": 0.75}


def reading_due(kind: str, *, sent_at: datetime, days: int | None, now: datetime, zone: str) -> datetime:
    """Return when a reading that is given out now is due.

    `kind` is "answer" or "resume"; `days` is what the opening promises from `sent_at` on. Where that date is over,
    the one that the applicant was given instead counts (`app.domain.timeline.renewed_promise`).
    """
    promised = renewed_promise(sent_at + timedelta(days=days or USUAL_DAYS), now, zone)
    return now + (promised - now) * SHARES[kind]
