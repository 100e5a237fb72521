"""When a mail is tried again, and when that ends. Times are aware; nothing here sends anything."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# A sender holds a notice so long at most; past it, the sender is taken for dead. With the wait for the next sweep
# (20 s) and the next try, what a dead sender held has ended within two minutes.
LEASE = timedelta(seconds=60)
# Waiting doubles from 15 s up to 8 min, so that all is sent within 10 min after a mail server is back.
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=8)
# A mail server may be away for a weekend.
GIVE_UP_AFTER = timedelta(days=3)
# A notice whose sender dies, or whose words cannot be made, is set aside after so many tries.
POISON_AFTER = 5

SECRET_KINDS = frozenset({"sign_in_code", "invitation"})
# States in which a person has to look.
TROUBLED: Collection[str] = ("unconfirmed", "bounced", "failed")


class Outcome(StrEnum):
    """How one attempt ended."""

    SENT = "sent"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNCERTAIN = "uncertain"
    # The words could not be made, or the sender itself failed: nothing left, and that is certain.
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of the notice; `due_at` is set where it is tried again."""

    state: str
    due_at: datetime | None = None


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts (1 is the first)."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(max(attempts - 1, 0), 10))


def after_attempt(
    outcome: Outcome, *, attempts: int, created_at: datetime, void_after: datetime | None, now: datetime
) -> Next:
    """Return the next state after an attempt that ended with a word."""
    if outcome is Outcome.SENT:
        return Next("sent")
    if outcome is Outcome.PERMANENT:
        return Next("bounced")
    if outcome is Outcome.UNCERTAIN:
        return Next("unconfirmed")
    due_at = now + wait_after(attempts)
    if void_after is not None and due_at >= void_after:
        return Next("cancelled")
    if outcome is Outcome.BROKEN and attempts >= POISON_AFTER:
        return Next("failed")
    if now - created_at >= GIVE_UP_AFTER:
        return Next("failed")
    return Next("pending", due_at)


def after_silence(*, stage: str, attempts: int, answered: bool, created_at: datetime, now: datetime) -> Next:
    """Return the next state when the lease ran out without a word: the sender died.

    Before DATA nothing left: try again (at once, the lease was wait enough), unless nothing but deaths came of it
    (`answered`: some attempt ended with a word). After it only a person may decide.
    """
    if stage == "data":
        return Next("unconfirmed")
    if (attempts >= POISON_AFTER and not answered) or now - created_at >= GIVE_UP_AFTER:
        return Next("failed")
    return Next("pending", now)
