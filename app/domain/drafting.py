"""What a draft may hold, and when an earlier text of an answer is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

MAX_ANSWER_CHARACTERS = 10_000
MAX_STATEMENT_CHARACTERS = 10_000
# A send that began just before the last minute still counts; the page does not mention it.
SEND_GRACE = timedelta(hours=1)
VERSION_EVERY = timedelta(minutes=1)

StatementReader = Literal["interviewer", "manager", "office"]
STATEMENT_READERS: tuple[StatementReader, ...] = ("interviewer", "manager", "office")


def takes_applications(status: str, closes_at: datetime | None, now: datetime, *, grace: bool = False) -> bool:
    """Tell whether an opening takes applications; `grace` for what began before its last minute."""
    if status != "open":
        return False
    return closes_at is None or now <= closes_at + (SEND_GRACE if grace else timedelta(0))


def keeps_version(before: str, after: str, *, asked: bool, since_last: timedelta | None) -> bool:
    """Tell whether the text before a save becomes a version of its own.

    `asked` is a save by the person's button. A save by the page itself keeps one a minute, and
    always the text before a loss of more than twenty characters: somebody may want it back.
    """
    if not before or before == after:
        return False
    if asked or len(after) < len(before) - 20:
        return True
    return not after.startswith(before) and (since_last is None or since_last >= VERSION_EVERY)


def overwrites(stored: str, typed: str) -> bool:
    """Tell whether saving `typed` over a text that this page never showed would lose any of it."""
    return bool(stored.strip()) and stored != typed and stored not in typed


def duplicate_ranks(ranks: dict[str, int | None]) -> list[tuple[int, tuple[str, ...]]]:
    """Return each rank that was given more than once, with the offices that have it, in the given order."""
    by_rank: dict[int, list[str]] = {}
    for office, rank in ranks.items():
        if rank is not None:
            by_rank.setdefault(rank, []).append(office)
    return [(rank, tuple(offices)) for rank, offices in sorted(by_rank.items()) if len(offices) > 1]
