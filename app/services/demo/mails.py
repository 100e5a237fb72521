"""The mails of the demo's past leave with the dates of their occasions, into the inbox that the demo shows.

They are held from the moment at which they come to exist, so that no worker sends them with today's date.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import update

from app.adapters.mail import mailer_for
from app.extensions import db
from app.models.notice import Notice
from app.queries.demo import held_notices
from app.services.claiming import Claimed, claim_notice
from app.services.posting import Sender, post_notice

# From owing a mail to its leaving.
ON_ITS_WAY = timedelta(seconds=2)
HOLDER = "demo"
# Whatever is not delivered by then is left to the workers.
HELD_FOR = timedelta(minutes=10)


def hold_past_mails(*, now: datetime) -> None:
    """Keep every mail that is due from the workers, in the transaction in which it is owed."""
    db.session.flush()
    db.session.execute(
        update(Notice)
        .where(Notice.state == "pending", Notice.due_at <= now)
        .values(state="sending", stage="before_data", lease_until=now + HELD_FOR, lease_holder=HOLDER)
        .execution_options(synchronize_session=False)
    )


def deliver_past_mails(commit: Callable[[], AbstractContextManager[Any]], *, now: datetime) -> int:
    """Deliver every mail that is held, each at its own moment; return how many. Never to a mail server."""
    moment = [now]
    sender = Sender(mailer_for("", current_app.config["MAILDIR"]), commit, lambda: moment[0])
    claim = partial(_take_over, until=now + HELD_FOR)
    delivered = 0
    for notice_id, due_at in held_notices(HOLDER):
        moment[0] = due_at + ON_ITS_WAY
        delivered += post_notice(notice_id, sender, claim=claim) == "sent"
    sender.close()
    return delivered


def _take_over(notice_id: UUID, *, holder: str, now: datetime, until: datetime) -> Claimed | None:
    """Let go and claim in one transaction: nobody comes between. The lease runs in the present, not in the past."""
    db.session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.state == "sending", Notice.lease_holder == HOLDER)
        .values(state="pending", lease_until=None, lease_holder=None)
        .execution_options(synchronize_session=False)
    )
    claimed = claim_notice(notice_id, holder=holder, now=now)
    if claimed is not None:
        db.session.execute(
            update(Notice)
            .where(Notice.id == notice_id)
            .values(lease_until=until)
            .execution_options(synchronize_session=False)
        )
    return claimed
