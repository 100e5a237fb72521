"""Checking the invariants: every rule of `app.queries.invariants`, and that each file the tables name is stored."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text

from app.adapters.filestore import FileStore
from app.domain.words import N_
from app.extensions import db
from app.queries.invariants import RULES, Finding, look
from app.queries.kept_files import keys_named, newest_keys
from app.services.jobs import note_end

JOB = "check_invariants"
FILES = "files_are_stored"
FILES_SENTENCE = N_("Every file that a row names is stored.")
EXAMPLES = 5


def check_invariants(store: FileStore, *, now: datetime, whole: bool = False) -> list[Finding]:
    """Ask every rule; note and return what is broken. `whole` looks for every file, else for the newest ones."""
    db.session.execute(text("SET LOCAL statement_timeout = '120s'"))
    found = [look(one, now=now, ask=db.session.execute) for one in RULES.values()]
    findings = [each for each in (*found, _missing_files(store, whole)) if each is not None]
    note_end(
        JOB,
        ok=not findings,
        result={
            "rules": len(RULES) + 1,
            "findings": [{"rule": each.rule, "count": each.count, "ids": list(each.ids)} for each in findings],
        },
        now=now,
    )
    return findings


def _missing_files(store: FileStore, whole: bool) -> Finding | None:
    if whole:
        stored = set(store.keys())
        missing = sorted(key for key in keys_named() if key not in stored)
    else:
        missing = _not_stored(store, newest_keys())
    if not missing:
        return None
    return Finding(FILES, FILES_SENTENCE, len(missing), tuple(missing[:EXAMPLES]))


def _not_stored(store: FileStore, keys: Iterable[str]) -> list[str]:
    return sorted(key for key in keys if not store.exists(key))


def sentence_of(rule: str) -> str:
    """Return the sentence of a rule, for pages; its name where there is none any more."""
    if rule == FILES:
        return FILES_SENTENCE
    return RULES[rule].sentence if rule in RULES else rule
