"""The restore drill: rows and files come back as they were, and no mail leaves twice."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from click.testing import Result
from flask import Flask
from psycopg import sql
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import AuditEvent, Notice, Opening
from app.services.notices import owe_notice
from app.services.posting import sender_here, sweep_outbox
from app.services.storage import file_store
from tests.adapters.hostile_documents import pdf
from tests.conftest import MakeApp
from tests.factories import make_draft, make_opening, make_staff, sign_in
from tests.s3 import S3Server
from tests.servers import Database
from tests.smtp import SmtpServer


@pytest.fixture
def empty_database(worker_database: Database) -> Iterator[str]:
    """The name of a new, empty database on the run's own server."""
    name = f"{worker_database.name}_restored"
    with worker_database.where.connect("postgres") as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("create database {} owner placewell_owner").format(sql.Identifier(name)))
    yield name
    with worker_database.where.connect("postgres") as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _owe(kind: str = "reading_overdue", *, occurrence: str = "1", **more: object) -> UUID:
    context = {"count": 2, "oldest": "2026-11-20T10:00:00+00:00", "kind": "question", "days": 2}
    with transaction():
        key = owe_notice(
            kind,
            subject_id=uuid4(),
            email="maya@example.org",
            now=now(),
            context=context,
            occurrence=occurrence,
            **more,  # type: ignore[arg-type]
        )
    assert key is not None
    return key


def _sweep(app: Flask) -> int:
    with app.app_context():
        sender = sender_here(transaction, now)
        try:
            return sweep_outbox(sender)
        finally:
            sender.close()


def _run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def _states(app: Flask) -> dict[UUID, str]:
    with app.app_context():
        return {notice.id: notice.state for notice in db.session.scalars(select(Notice))}


def _world(app: Flask) -> dict[str, UUID]:
    """An application with an uploaded résumé; one mail that was sent, one that is owed, one for later."""
    with app.app_context(), transaction():
        draft = make_draft(make_opening())
        place, owner = f"/applications/{draft.id}/documents/resume", draft.person_id
    upload = {"file": (io.BytesIO(pdf("Case aide")), "cv.pdf")}
    assert sign_in(app.test_client(), owner).post(place, data=upload).status_code == 302
    with app.app_context():
        sent = _owe()
    assert _sweep(app) >= 1
    with app.app_context():
        later = _owe(due_at=now() + timedelta(days=3))
        return {"sent": sent, "owed": _owe(), "later": later}


def _rows(app: Flask) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, as the database's owner sees them."""
    url = app.config["DATABASE_OWNER_URL"].replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as connection:
        names = [name for (name,) in connection.execute("select tablename from pg_tables where schemaname = 'public'")]
        return {
            name: sorted(
                connection.execute(sql.SQL("select t::text from {} t").format(sql.Identifier(name))).fetchall(), key=str
            )
            for name in names
            if name != "outbox_hold"
        }


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_restore_drill(
    app: Flask,
    make_app: MakeApp,
    database: Database,
    empty_database: str,
    smtp_server: SmtpServer,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    place: str,
) -> None:
    remote: S3Server | None = request.getfixturevalue("s3") if place == "s3" else None
    first = make_app(STORAGE_URL=remote.new_bucket() if remote else str(tmp_path / "first"))
    world = _world(first)
    backup = tmp_path / "backup"
    made = _run(first, "backup", str(backup))
    assert made.exit_code == 0, made.output
    manifest = json.loads((backup / "manifest.json").read_text())
    assert manifest["files"] == 1 and manifest["tables"]["application"] == 1
    before = _rows(first)
    smtp_server.clear()

    # What happens after the backup is lost; a mail that was owed leaves all the same.
    _sweep(first)
    assert len(smtp_server.messages) >= 1

    second = make_app(
        DATABASE_URL=database.where.url("placewell_app", empty_database),
        DATABASE_OWNER_URL=database.where.url("placewell_owner", empty_database),
        STORAGE_URL=remote.new_bucket() if remote else str(tmp_path / "second"),
    )
    restored = _run(second, "restore", str(backup))
    assert restored.exit_code == 0, restored.output
    assert _rows(second) == before
    with first.app_context():
        kept = {key: file_store().digest(key) for key in file_store().keys("")}
    with second.app_context():
        assert {key: file_store().digest(key) for key in file_store().keys("")} == kept

    # Frozen: nothing of before leaves, a sign-in code that is asked for now does.
    smtp_server.clear()
    assert _sweep(second) == 0
    with second.app_context():
        code = _owe("sign_in_code", urgent=True)
    _sweep(second)
    assert _states(second)[code] != "pending"
    smtp_server.clear()

    with second.app_context():
        anew = _owe("help_received", occurrence="new")
        found_due_again = _owe(occurrence="again")  # a reminder: it may have left before the loss
    assert _sweep(second) == 0
    assert "Frozen since" in _run(second, "outbox", "held").output
    with second.app_context():
        administrator = make_staff(db.session.scalars(select(Opening)).one(), Role.ADMIN).id
    assert "No mail leaves" in sign_in(second.test_client(), administrator).get("/manage/operations").text
    released = _run(second, "outbox", "release")
    assert released.exit_code == 0 and "2 wait for a person" in released.output, released.output
    states = _states(second)
    assert [states[world[name]] for name in ("sent", "owed", "later")] == ["sent", "unconfirmed", "pending"]
    assert states[found_due_again] == "unconfirmed"
    _sweep(second)
    assert _states(second)[anew] == "sent"
    assert [str(mail["Message-ID"]) for mail in smtp_server.messages] == [f"<{anew}@placewell.example>"]
    assert "Nothing to do" in _run(second, "outbox", "release").output
    assert "No mail leaves" not in sign_in(second.test_client(), administrator).get("/manage/operations").text
    with second.app_context():
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "outbox:release")).one()
        assert event.details["unconfirmed"] == 2

    again = _run(second, "restore", str(backup))
    assert again.exit_code == 1 and "not empty" in again.output


def test_release_may_send_what_was_owed(
    app: Flask, make_app: MakeApp, database: Database, empty_database: str, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    first = make_app(STORAGE_URL=str(tmp_path / "first"))
    with first.app_context():
        owed = _owe()
    assert _run(first, "backup", str(tmp_path / "backup")).exit_code == 0
    second = make_app(
        DATABASE_URL=database.where.url("placewell_app", empty_database),
        DATABASE_OWNER_URL=database.where.url("placewell_owner", empty_database),
        STORAGE_URL=str(tmp_path / "second"),
    )
    assert _run(second, "restore", str(tmp_path / "backup")).exit_code == 0
    assert "1 mail(s) may leave, 0 wait" in _run(second, "outbox", "release", "--send-owed").output
    assert _sweep(second) == 1
    assert _states(second)[owed] == "sent"


def test_backup_is_whole_or_not_there(app: Flask, make_app: MakeApp, tmp_path: Path) -> None:
    first = make_app(STORAGE_URL=str(tmp_path / "first"))
    _world(first)
    folder = tmp_path / "backup"
    with first.app_context():
        [key] = file_store().keys("")
        content = file_store().get(key)
        file_store().put(key, content[:-1] + b"?")
    damaged = _run(first, "backup", str(folder))
    assert damaged.exit_code == 3 and key in damaged.output
    assert "not empty" in _run(first, "backup", str(folder)).output
    shutil.rmtree(folder)
    with first.app_context():
        file_store().put(key, content)
    assert _run(first, "backup", str(folder)).exit_code == 0
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert _run(first, "restore", str(folder), "--check").exit_code == 0

    stored = folder / "files" / key
    stored.write_bytes(content[:-1] + b"?")
    spoiled = _run(first, "restore", str(folder), "--check")
    assert spoiled.exit_code == 1 and f"files/{key} is not the one that was written" in spoiled.output
    stored.write_bytes(content)
    (folder / "database.dump").write_bytes(b"")
    assert "database.dump is not the one" in _run(first, "restore", str(folder)).output
    broken = make_app(DATABASE_OWNER_URL="postgresql+psycopg://nobody:secret@127.0.0.1:1/none")
    failed = _run(broken, "backup", str(tmp_path / "other"))
    assert failed.exit_code == 1 and "secret" not in failed.output
    assert not (tmp_path / "other").exists() and not (tmp_path / "other.unfinished").exists()


def test_restore_refuses_a_store_with_other_files(
    app: Flask, make_app: MakeApp, database: Database, empty_database: str, tmp_path: Path
) -> None:
    first = make_app(STORAGE_URL=str(tmp_path / "first"))
    assert _run(first, "backup", str(tmp_path / "backup")).exit_code == 0
    second = make_app(
        DATABASE_URL=database.where.url("placewell_app", empty_database),
        DATABASE_OWNER_URL=database.where.url("placewell_owner", empty_database),
        STORAGE_URL=str(tmp_path / "second"),
    )
    with second.app_context():
        file_store().put("documents/strange", b"1")
    refused = _run(second, "restore", str(tmp_path / "backup"))
    assert refused.exit_code == 1 and "documents/strange" in refused.output
