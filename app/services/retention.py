"""The retention rule carried out: application by application, each in a transaction of its own.

Whoever kills it half-way loses nothing: what was committed is whole, the rest is due still, and files whose rows are
gone wait in a list until they are removed. A legal hold is asked under the application's lock.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from app.adapters.filestore import FileStore
from app.extensions import db
from app.models.application import Application, HelpRequest
from app.models.notice import Notice
from app.models.recording import RecordedInterview
from app.queries.kept_files import keys_of_documents, keys_of_recordings
from app.queries.retention import (
    kept_until,
    live_hold,
    old_mails,
    old_questions,
    people_to_forget,
    recordings_to_delete,
)
from app.services.audit import record
from app.services.doomed import doom, remove_doomed
from app.services.erasing import blank_application, delete_takes, forget_person
from app.services.jobs import note_end
from app.services.strays import stray_files

JOB = "run_retention"


@dataclass
class Erased:
    """How much one run took away."""

    applications: int = 0
    recordings: int = 0
    accounts: int = 0
    mails: int = 0
    questions: int = 0
    files: int = 0
    # Not taken away, only counted.
    strays: int = 0


def run_retention(
    commit: Callable[[], AbstractContextManager[Any]],
    store: FileStore,
    *,
    clock: Callable[[], datetime],
    seconds: float = math.inf,
) -> Erased:
    """Erase what is due, in small steps; what an earlier run left half done comes first.

    After `seconds` no further application is begun: it is due at the next run, too.
    """
    ends_at = time.monotonic() + seconds
    done = Erased(files=remove_doomed(commit, store))
    with commit():
        due = [kept.application_id for kept in kept_until(now=clock()) if not kept.held]
        asked = recordings_to_delete(now=clock())
    for key in asked:
        if time.monotonic() > ends_at:
            break
        with commit():
            done.recordings += delete_recordings(key, now=clock())
        done.files += remove_doomed(commit, store)
    for key in due:
        if time.monotonic() > ends_at:
            break
        with commit():
            done.applications += erase_application(key, now=clock())
        done.files += remove_doomed(commit, store)
    with commit():
        for person_id in people_to_forget(now=clock()):
            forget_person(person_id, now=clock())
            done.accounts += 1
    with commit():
        done.mails = _delete(Notice, old_mails(now=clock()))
        done.questions = _delete(HelpRequest, old_questions(now=clock()))
    with commit():
        done.strays = len(stray_files(store))
        note_end(JOB, ok=True, result=asdict(done), now=clock())
    return done


def erase_application(application_id: UUID, *, now: datetime) -> bool:
    """Take away everything that tells whose application it was; False where it is held, not due, or erased already.

    What stays: that there was one, for which opening, its steps with their dates, and its results: the counts.
    """
    application = db.session.scalar(
        select(Application)
        .where(Application.id == application_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if application is None or application.erased_at is not None or live_hold(application_id) is not None:
        return False
    due = kept_until(now=now, only=application_id)
    if not due:
        return False
    keys = keys_of_documents(application_id) | keys_of_recordings(application_id)
    doom(keys, now)
    person_id = application.person_id
    blank_application(application, now=now)
    db.session.flush()
    remaining = db.session.scalar(
        select(Application.id).where(Application.person_id == person_id, Application.id != application_id).limit(1)
    )
    if remaining is None:
        forget_person(person_id, now=now)
    # The tombstone: ids, a date and a number.
    record(
        "retention:erased", "application", application_id, by=None, now=now,
        due=due[0].erase_on.isoformat(), files=len(keys),
    )  # fmt: skip
    db.session.flush()
    return True


def delete_recordings(interview_id: UUID, *, now: datetime) -> bool:
    """Delete what a person recorded, because they asked for it; False where it is held or was deleted already."""
    application_id = db.session.scalar(
        select(RecordedInterview.application_id).where(RecordedInterview.id == interview_id)
    )
    if application_id is None:
        return False
    db.session.execute(select(Application.id).where(Application.id == application_id).with_for_update())
    interview = db.session.get_one(RecordedInterview, interview_id, populate_existing=True)
    if interview.deleted_at is not None or live_hold(application_id) is not None:
        return False
    keys = keys_of_recordings(application_id)
    doom(keys, now)
    delete_takes(application_id)
    interview.deleted_at = now
    record("recording:deleted", "application", application_id, by=None, now=now, files=len(keys))
    db.session.flush()
    return True


def _delete(model: type[Notice] | type[HelpRequest], ids: Iterable[UUID]) -> int:
    keys = list(ids)
    if keys:
        db.session.execute(delete(model).where(model.id.in_(keys)))
    return len(keys)
