"""An alarm by mail when a background process is silent: the ones that live tell of the one that does not."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app

from app.domain.operations import PROCESS_NAMES
from app.queries.accounts import every_administrator
from app.queries.jobs import heartbeats
from app.queries.operations import silent_processes
from app.services.notices import owe_notice

# The process is no longer part of this installation, or the alarm was given long ago.
RETIRED_AFTER = timedelta(days=7)


def alarm_if_silent(*, now: datetime) -> int:
    """Owe every administrator one mail for each process that fell silent; return how many mails are new.

    In the demo the clock jumps, and every process seems silent for a moment: there is no alarm.
    """
    if current_app.config["DEMO"]:
        return 0
    heard = heartbeats()
    owed = 0
    for name, seconds in silent_processes(now=now).items():
        if seconds is None or seconds > RETIRED_AFTER.total_seconds():
            continue
        since = heard[name]
        for person in every_administrator():
            owed += (
                owe_notice(
                    "process_silent",
                    subject_id=person.id,
                    recipient=person,
                    now=now,
                    occurrence=f"{name} {since.isoformat(timespec='seconds')}",
                    context={"process": PROCESS_NAMES.get(name, name), "since": since.isoformat()},
                    urgent=True,
                )
                is not None
            )
    return owed
