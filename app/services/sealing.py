"""The sealer: audit events that were committed are put into the chain, in the order of their ids.

Writers never wait for the chain: an event is an INSERT like any other. The sealer comes behind them every minute,
alone under an advisory lock, so that nothing forks (docs/decisions/0007).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, select

from app.domain.audit_chain import GENESIS, link_hash
from app.extensions import db
from app.models.system import AuditSeal
from app.queries.audit_chain import last_link, unsealed_events

# Of the advisory locks of this database: the demo's is (20461, 7).
LOCK = (20_461, 11)
BATCH = 2_000
# An event may commit after newer ones were sealed: so many ids back the minute's round still looks.
LOOK_BACK = 100_000


def seal_events(*, now: datetime, whole: bool = False) -> int:
    """Seal at most BATCH events and return how many; 0 also where another sealer is at work.

    `whole` looks at every event, however old, as the nightly check does.
    """
    if not db.session.scalar(select(func.pg_try_advisory_xact_lock(*LOCK))):
        return 0
    last = last_link()
    seq, before = (last.seq, last.hash) if last is not None else (0, GENESIS)
    since = 0 if whole or last is None else last.event_id - LOOK_BACK
    rows = []
    for event in unsealed_events(since=since, limit=BATCH):
        seq += 1
        seal = link_hash(event, seq, before)
        rows.append({"seq": seq, "event_id": event.id, "previous_hash": before, "hash": seal, "sealed_at": now})
        before = seal
    if rows:
        db.session.execute(insert(AuditSeal), rows)
    return len(rows)
