"""Out of slices, one file that plays: a worker's task. The slices stay, whatever comes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import structlog
from sqlalchemy import func, select

from app.adapters.ffmpeg import NotPlayable
from app.adapters.filestore import FileStore, StoredFile
from app.adapters.media import assemble_take
from app.domain.interview_rules import MAX_MEDIA_ATTEMPTS, UPLOAD_GIVEN_UP
from app.domain.recordings import MAX_TAKE_SECONDS, playable_prefix
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.recording import RecordedTake
from app.queries.recordings import takes_to_assemble, uploads_given_up
from app.services.recordings.common import new_key
from app.services.storage import file_store

log = structlog.get_logger()
# One run of the task stays well below its time limit; the rest waits for the next run.
_MOST_TAKES, _MOST_SECONDS = 5, 40
_LOCK_SPACE = 7301


@dataclass(frozen=True, slots=True)
class _Outcome:
    take: RecordedTake
    stored: StoredFile | None = None
    media_type: str | None = None
    seconds: int | None = None
    # A code of domain.recordings.REFUSALS, or "storage".
    failure: str | None = None
    final: bool = False


def assemble_due_takes(*, now: datetime) -> int:
    """Make the file of every take that waits for it; return how many became ready.

    The slow work happens before any row is written, so that nobody's page waits for a lock.
    """
    for take in uploads_given_up(now - UPLOAD_GIVEN_UP):
        take.media_state, take.finished_at = "pending", now
    db.session.flush()
    began = time.monotonic()
    outcomes = []
    for take in takes_to_assemble(_MOST_TAKES):
        if time.monotonic() - began > _MOST_SECONDS:
            break
        if _claimed(take.id):
            outcomes.append(_assembled(take))
    for outcome in outcomes:
        _write(outcome)
    db.session.flush()
    return sum(outcome.stored is not None for outcome in outcomes)


def prepare_again(take: RecordedTake, *, now: datetime) -> None:
    """Try once more to make a file that failed; its slices are still there."""
    if take.media_state != "failed":
        raise Refusal(N_("This recording is being prepared, or is ready to watch."))
    take.media_state, take.media_attempts, take.media_failure = "pending", 0, None


def _claimed(take_id: UUID) -> bool:
    """Two workers do not make the same file; the claim ends with the transaction."""
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(_LOCK_SPACE, func.hashtext(str(take_id))))))


def _assembled(take: RecordedTake) -> _Outcome:
    store = file_store()
    try:
        with TemporaryDirectory(prefix="placewell-take-") as folder:
            return _one_file(take, store, Path(folder))
    except NotPlayable as unplayable:
        return _Outcome(take, failure=unplayable.reason, final=unplayable.reason != "too_slow")
    except Exception as error:  # one bad recording must not stop the others, and is tried a few times only
        log.warning("recording not assembled", take=str(take.id), error=repr(error))
        return _Outcome(take, failure="storage")


def _one_file(take: RecordedTake, store: FileStore, folder: Path) -> _Outcome:
    segments = []
    for segment in take.segments:
        count = playable_prefix(piece.position for piece in segment.slices)
        files = []
        for piece in sorted(segment.slices, key=lambda each: each.position)[:count]:
            path = folder / f"{segment.position}-{piece.position}"
            store.copy_to(piece.storage_key, path)
            files.append(path)
        if files:
            segments.append(files)
    if not segments:
        raise NotPlayable("nothing_recorded")
    made = assemble_take(segments, folder)
    if made.facts.duration_seconds > MAX_TAKE_SECONDS:
        raise NotPlayable("too_long")
    stored = store.put_verified(new_key(), made.path)
    return _Outcome(take, stored, made.facts.media_type, round(made.facts.duration_seconds))


def _write(outcome: _Outcome) -> None:
    take = outcome.take
    take.media_attempts += 1
    if outcome.stored is None:
        take.media_failure = outcome.failure
        if outcome.final or take.media_attempts >= MAX_MEDIA_ATTEMPTS:
            take.media_state = "failed"
        return
    take.storage_key, take.size, take.sha256 = outcome.stored.key, outcome.stored.size, outcome.stored.sha256
    take.media_type, take.seconds = outcome.media_type, outcome.seconds
    take.media_state, take.media_failure = "ready", None
