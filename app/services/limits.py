"""Limits on tries, in PostgreSQL, so that every process counts the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from app.extensions import db
from app.models.person import SignInAttempt

_FORGOTTEN_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many tries within a time."""

    most: int
    within: timedelta


def count_try(key: str, limits: Iterable[Limit], *, now: datetime) -> datetime | None:
    """Count one try for a key ("code:maya@example.org"), or return when the next is possible, uncounted.

    Two tries at the same time wait for each other; the caller commits in either case.
    """
    key = key[:320]
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    db.session.execute(delete(SignInAttempt).where(SignInAttempt.key == key, SignInAttempt.at < now - _FORGOTTEN_AFTER))
    retry_at = None
    for limit in limits:
        tries = db.session.scalars(
            select(SignInAttempt.at)
            .where(SignInAttempt.key == key, SignInAttempt.at > now - limit.within)
            .order_by(SignInAttempt.at.desc())
            .limit(limit.most)
        ).all()
        if len(tries) >= limit.most:
            free_at = tries[-1] + limit.within
            retry_at = free_at if retry_at is None else max(retry_at, free_at)
    if retry_at is None:
        db.session.add(SignInAttempt(key=key, at=now))
        db.session.flush()
    return retry_at
