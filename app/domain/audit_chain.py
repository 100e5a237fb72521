"""The chain over the audit events: each link's hash covers its event and the link before. Pure.

Whoever changes, adds or takes out an event would have to make anew every later hash, and the head that others
have noted down would be another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

# What the first link names as the one before it.
GENESIS = "0" * 64
_FORM = "placewell audit 1"


@dataclass(frozen=True, slots=True)
class Event:
    """One audit event as it is stored."""

    id: int
    at: datetime
    actor_id: UUID | None
    action: str
    object_type: str
    object_id: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """One link as it is stored, with its event; None where the event is gone."""

    seq: int
    event_id: int
    previous_hash: str
    hash: str
    event: Event | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the chain: a code, and the event and the place in the chain where it was found."""

    code: str
    seq: int
    event_id: int


def canonical(event: Event, seq: int, previous_hash: str) -> bytes:
    """Return the exact bytes that are hashed: JSON with sorted keys, times in UTC to the microsecond."""
    form = [
        _FORM,
        seq,
        previous_hash,
        event.id,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        None if event.actor_id is None else str(event.actor_id),
        event.action,
        event.object_type,
        event.object_id,
        event.details,
    ]
    return json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def link_hash(event: Event, seq: int, previous_hash: str) -> str:
    """Return the hash of the link that seals this event at this place."""
    return hashlib.sha256(canonical(event, seq, previous_hash)).hexdigest()


def faults_in(links: Iterable[Link]) -> Iterator[Fault]:
    """Yield every fault of a chain that is given whole and in order.

    After a link that was taken out the rest is judged by itself, so that one theft is one fault and not thousands.
    """
    seq, before = 0, GENESIS
    for link in links:
        if link.seq != seq + 1:
            yield Fault("missing", seq + 1, link.event_id)
        elif link.previous_hash != before:
            yield Fault("broken", link.seq, link.event_id)
        if link.event is None:
            yield Fault("gone", link.seq, link.event_id)
        elif link.hash != link_hash(link.event, link.seq, link.previous_hash):
            yield Fault("changed", link.seq, link.event_id)
        seq, before = link.seq, link.hash
