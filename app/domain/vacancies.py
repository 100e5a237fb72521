"""How long seats stood open: which seat an accepted offer filled, where a pool has several.

Seats of one pool are alike, so the one that has been open longest is filled first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge


@dataclass(frozen=True, slots=True)
class Fill:
    """A seat that somebody accepted: when the office was asked, when they accepted, when it was free again if it is."""

    asked_at: datetime
    accepted_at: datetime
    ended_at: datetime | None = None


def days_open(
    fills: Sequence[Fill], *, seats: int, since: datetime | None, changes: Iterable[tuple[datetime, int]] = ()
) -> list[timedelta]:
    """Return for each fill, in the order of acceptance, how long its seat had stood open.

    `seats` were open `since` (None: nobody knows; then from when the office was asked). `changes`: how many seats
    were added or, negative, taken away, and when; what is taken away is the seat that was opened last. A fill without
    any open seat (one above the pool's number) counts from when the office was asked.
    """
    ordered = sorted(fills, key=lambda fill: fill.accepted_at)
    if since is not None and ordered:
        # Nobody was asked about a seat before there was one.
        since = min(since, min(fill.asked_at for fill in ordered))
    opened: deque[datetime | None] = deque([since] * seats)
    # At one moment: what opens comes before what closes.
    events = merge(
        sorted((at, -number, None) for at, number in changes),
        sorted((fill.ended_at, -1, None) for fill in ordered if fill.ended_at is not None),
        ((fill.accepted_at, 0, fill) for fill in ordered),
        key=lambda event: event[:2],
    )
    found = []
    for at, closes, fill in events:
        if fill is not None:
            first = opened.popleft() if opened else None
            found.append(fill.accepted_at - (first or fill.asked_at))
        elif closes < 0:
            opened.extend([at] * -closes)
        else:
            for _ in range(min(closes, len(opened))):
                opened.pop()
    return found
