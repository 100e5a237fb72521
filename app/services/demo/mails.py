"""The mails of the demo's past leave with the dates of their occasions, into the inbox that the demo shows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from flask import current_app

from app.adapters.mail import mailer_for
from app.queries.demo import notices_to_deliver
from app.services.posting import Sender, post_notice

# From owing a mail to its leaving.
ON_ITS_WAY = timedelta(seconds=2)


def deliver_past_mails(commit: Callable[[], AbstractContextManager[Any]], *, now: datetime) -> int:
    """Deliver every mail that is owed, each at its own moment; return how many. Never to a mail server."""
    moment = now
    sender = Sender(mailer_for("", current_app.config["MAILDIR"]), commit, lambda: moment)
    delivered = 0
    for notice_id, due_at in notices_to_deliver(now=now):
        moment = due_at + ON_ITS_WAY
        delivered += post_notice(notice_id, sender) == "sent"
    sender.close()
    return delivered
