"""Stored files that no row names: counted by themselves, removed only when somebody asks."""

from __future__ import annotations

import os
import time

import pytest
from flask import Flask
from sqlalchemy import select

from app.adapters.clock import now
from app.adapters.filestore import FileStore
from app.domain.refusals import Refusal
from app.extensions import db, transaction
from app.models import Document
from app.models.hold import OutboxHold
from app.queries.jobs import job_run
from app.services.documents import save_file
from app.services.retention import run_retention
from app.services.storage import file_store
from app.services.strays import let_go, stray_files
from tests.adapters.hostile_documents import pdf
from tests.factories import make_draft, make_opening

DAY = 86_400


def _store(store: FileStore, key: str, *, days_ago: float) -> str:
    store.put(key, b"left over")
    _age(store, key, days_ago)
    return key


def _age(store: FileStore, key: str, days: float) -> None:
    assert store.root is not None
    moment = time.time() - days * DAY
    os.utime(store.root / key, (moment, moment))


@pytest.fixture
def kept(app: Flask) -> str:
    """The key of an applicant's document that was stored long ago."""
    with app.app_context():
        for left in list(file_store().keys()):
            file_store().delete(left)
        application = make_draft(make_opening())
        kind = next(kind for kind in application.opening.document_kinds if kind.slug == "transcript")
        with transaction():
            save_file(application, kind, data=pdf("T"), file_name="t.pdf", by=application.person_id, now=now())
        key = db.session.scalars(select(Document.storage_key).where(Document.storage_key.is_not(None))).one()
        assert key is not None
        _age(file_store(), key, 400)
        return key


def test_only_what_is_old_ours_and_without_a_row_is_a_stray(app: Flask, kept: str) -> None:
    with app.app_context():
        store = file_store()
        found = {_store(store, "documents/gone", days_ago=8), _store(store, "probe/web-1", days_ago=30)}
        _store(store, "recordings/just-now", days_ago=6.9)
        _store(store, "backups/of-somebody", days_ago=99)
        assert {file.key for file in stray_files(store)} == found
        assert [file.key for file in stray_files(store)][0] == "probe/web-1"
        # The night counts them and takes nothing away.
        run_retention(transaction, store, clock=now)
        last = job_run("run_retention")
        assert last is not None and last.result["strays"] == 2
        assert found < set(store.keys())


def test_the_command_lists_them_and_removes_them_when_asked(app: Flask, kept: str) -> None:
    run = app.test_cli_runner()
    with app.app_context():
        store = file_store()
        _store(store, "documents/gone", days_ago=8)
    listed = run.invoke(args=["files", "strays"])
    assert listed.exit_code == 0
    assert "documents/gone  9 bytes" in listed.output and "Files without a record: 1, 9 bytes." in listed.output
    removed = run.invoke(args=["files", "strays", "--remove"])
    assert removed.exit_code == 0 and "Removed: 1" in removed.output
    assert list(store.keys()) == [kept]
    assert run.invoke(args=["files", "strays", "--remove"]).output == "Files without a record: 0, 0 bytes.\n"


def test_what_a_row_names_by_now_stays(app: Flask, kept: str) -> None:
    with app.app_context():
        store = file_store()
        stray = _store(store, "documents/gone", days_ago=8)
        found = [file for file in store.listed() if file.key in (stray, kept)]
        with transaction():
            assert let_go(found, now=now()) == 1


def test_nothing_is_removed_while_a_restore_is_not_finished(app: Flask, kept: str) -> None:
    with app.app_context():
        store = file_store()
        _store(store, "documents/gone", days_ago=8)
        with transaction():
            db.session.add(OutboxHold(id=1, since=now(), backup_made_at=now()))
        with pytest.raises(Refusal, match="still frozen"):
            let_go(stray_files(store), now=now())
    answer = app.test_cli_runner().invoke(args=["files", "strays", "--remove"])
    assert answer.exit_code == 1 and "flask outbox release" in answer.stderr
    assert "documents/gone" in set(store.keys())
