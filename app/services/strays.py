"""Stored files that no row names: a process died between the file and its row, or a restore took the row away.

Nobody can see them and no retention rule reaches them, so they are counted every night. They are removed only where
an operator asks for it: another installation may keep its files in the same place.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.adapters.clock import real_now
from app.adapters.filestore import FileStore, ListedFile
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.queries.kept_files import stored_keys
from app.queries.outbox_hold import current_hold
from app.services.doomed import doom

FROZEN = N_("A backup was restored, and the outbox is still frozen. Finish that first: “flask outbox release”.")
# The places that the program itself fills. Whatever else an operator keeps beside them is not looked at.
PLACES = ("documents/", "recordings/", "probe/")
# By then whatever was being stored has its row.
SETTLED = timedelta(days=7)


def stray_files(store: FileStore) -> list[ListedFile]:
    """Return the files that no row names, the oldest first; by the store's own clock they have been there a week."""
    # Listed first: what is stored and named meanwhile is then among the named.
    before = real_now() - SETTLED
    listed = [file for place in PLACES for file in store.listed(place) if file.stored_at < before]
    named = stored_keys() if listed else set()
    return sorted((file for file in listed if file.key not in named), key=lambda file: file.stored_at)


def let_go(files: Iterable[ListedFile], *, now: datetime) -> int:
    """Have these files removed after the commit, but for those that a row names by now; return how many.

    Raises Refusal after a restore: rows that it took away may yet come back from a newer backup.
    """
    if current_hold() is not None:
        raise Refusal(FROZEN)
    keys = {file.key for file in files} - stored_keys()
    doom(keys, now)
    return len(keys)
