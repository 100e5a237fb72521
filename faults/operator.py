"""F17, F20: what the operator does, at the worst moment: a deploy under load, a restore after a loss."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg
from celery import Celery
from psycopg import sql

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import Application
from app.services.documents import save_file
from config import celery_settings
from faults.broker import drafts, statements_of, submit
from faults.browser import Answer, Browser, Sent
from faults.files import resume
from faults.ground import Ground
from faults.people import at_once
from faults.processes import Process
from faults.rounds import Pace, Round, fault
from tests.factories import make_application, make_draft, make_opening, make_person, make_staff
from tests.servers import ROOT

# Longer than what a migration may wait for a lock (migrations/env.py).
A_LONG_TRANSACTION = 4.0
MIGRATION_WAITS = "2s"


# ---- F17


@fault("F17", "a deploy while applications are sent and mails leave", needs=("relay", "worker"), pace=Pace.HEAVY)
def deploy(one: Round) -> None:
    """No request fails: two masters for a moment; workers end what they began; old and new speak to each other."""
    ground = one.ground
    with _deployed_web(ground) as web:
        people = 20
        opened, statements = drafts(one, people), statements_of(one)
        broker = Celery("faults")
        broker.conf.update(celery_settings(ground.broker.url))
        told: list[int] = []
        over = threading.Event()
        one.strike()

        def visiting() -> None:
            """Somebody who only reads, all the time: every answer counts."""
            visitor = Browser(ground.port)
            while not over.is_set():
                told.append(visitor.get("/openings").status)
                time.sleep(0.05)

        jobs = [lambda b=browser, a=key, s=delay: _later(one, b, a, statements, s)
                for (browser, key), delay in zip(opened, _spread(one, people), strict=True)]  # fmt: skip

        def meanwhile() -> None:
            reader = threading.Thread(target=visiting)
            reader.start()
            _reload(ground, web)
            _new_workers(one, broker)
            _migrate_under_load(one)
            over.set()
            reader.join()

        sents = at_once(jobs, meanwhile)
        assert all(sent.accepted for sent in sents), Counter(sent.answer.status for sent in sents)
        assert set(told) == {200}, Counter(told)
        one.note("requests during a deploy", len(told) + len(sents))
        one.strike()
        one.settle()


def _spread(one: Round, people: int) -> list[float]:
    return sorted(one.rng.uniform(0, 12) for _ in range(people))


def _later(one: Round, browser: Browser, application: UUID, statements: list[str], seconds: float) -> Sent:
    time.sleep(seconds)
    return submit(one, browser, application, statements)


@contextmanager
def _deployed_web(ground: Ground) -> Iterator[Process]:
    """The web process as deploy/ starts it: the same configuration, the same way to reload."""
    run = ground.folder / "run"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir()
    settings = {"WEB_BIND": f"127.0.0.1:{ground.port}", "WEB_RUN_DIR": str(run), "WEB_WORKERS": "2"}
    web = Process("web", [], ground.environment(**settings), ground.folder / "web-deploy.log")
    script, config = ROOT / "deploy" / "serve.py", ROOT / "deploy" / "gunicorn.conf.py"
    web.command = [sys.executable, str(script), "--config", str(config), "app:create_app()"]
    web.start()
    ground.processes["web"] = web
    try:
        ground.ready("web")
        # From here on another master may take its place: not to be revived.
        del ground.processes["web"]
        yield web
    finally:
        ground.processes.pop("web", None)
        web.kill()  # the whole group, whoever is its master by now


def _reload(ground: Ground, web: Process) -> None:
    answer = subprocess.run(
        [sys.executable, str(ROOT / "deploy" / "reload_web.py"), str(web.pid)],
        env=web.environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr + web.said()[-800:]


def _new_workers(one: Round, broker: Celery) -> None:
    """Mails are owed while a new worker comes and the old one is told to go; so does the relay."""
    ground = one.ground
    one.ground.sink.slowness = 0.02
    one.owe(20)
    # What a newer relay would say to an older worker, and an older one to a newer worker.
    (stranger,) = one.owe(1)
    broker.send_task("deliver_notice", args=[str(stranger), "of a later release"], kwargs={"tone": "warm"})
    broker.send_task("a_task_of_a_later_release", args=[str(stranger)])
    ground.launch("worker-2")
    ground.ready("worker-2")
    one.owe(15)
    one.note("seconds until the old worker had ended", ground.processes.pop("worker").stop(40))
    ground.processes["relay"].stop()
    one.owe(14)
    ground.processes["relay"].start()
    ground.ready("relay")


def _migrate_under_load(one: Round) -> None:
    """A migration that cannot have its lock gives up before anybody notices; the second try gets it."""
    ground = one.ground
    with ground.where.connect(ground.database.name) as reader, _owner(ground) as owner:
        reader.autocommit = False
        reader.execute("select count(*) from application")  # somebody's long report
        began = time.monotonic()
        owner.execute(sql.SQL("set lock_timeout = {}").format(sql.Literal(MIGRATION_WAITS)))
        try:
            owner.execute("alter table application add column fault_probe integer")
            raise AssertionError("the migration did not wait for the report")
        except psycopg.errors.LockNotAvailable:
            assert time.monotonic() - began < A_LONG_TRANSACTION
        reader.rollback()
        owner.execute("alter table application add column fault_probe integer")
        owner.execute("alter table application drop column fault_probe")


def _owner(ground: Ground) -> psycopg.Connection:
    return ground.where.connect(ground.database.name, "placewell_owner")


# ---- F20


@fault("F20", "everything is lost and restored from a backup", needs=("relay",), pace=Pace.HEAVY)
def restored(one: Round) -> None:
    """Rows and files are equal; not one mail leaves again, whatever had left after the backup."""
    ground = one.ground
    with ground.app.app_context():
        opening = make_opening()
        make_staff(opening, Role.READER)
        for _ in range(4):
            _with_file(one, make_application(opening, make_person("Before")))
    one.settle()
    relay = ground.processes.pop("relay")
    relay.stop()
    with ground.app.app_context():
        for _ in range(3):
            make_application(make_opening(), make_person("Between"))
    folder = ground.folder / f"backup-{time.monotonic_ns()}"
    owner = {"DATABASE_OWNER_URL": ground.database.owner_url}
    made = ground.flask("backup", str(folder), **owner)
    assert made.returncode == 0, made.stdout + made.stderr
    rows, files = _rows(ground, ground.database.name), digests(ground.files)
    # After the backup the three receipts leave; then the database and its files are gone.
    ground.need("relay")
    one.settle()
    arrived = ground.sink.counts()
    name = "faults_restored"
    store = ground.folder / "files-restored"
    shutil.rmtree(store, ignore_errors=True)
    _create(ground, name)
    anew = {
        "DATABASE_URL": ground.where.url("placewell_app", name),
        "DATABASE_OWNER_URL": ground.where.url("placewell_owner", name),
        "STORAGE_URL": str(store),
    }
    one.strike()
    done = ground.flask("restore", str(folder), **anew)
    one.recovery = one.elapsed
    assert done.returncode == 0, done.stdout + done.stderr
    assert _rows(ground, name) == rows, "the rows differ"
    assert digests(store) == files and files, "the files differ"
    manifest = json.loads((folder / "manifest.json").read_text())
    one.note("rows in a backup", sum(manifest["tables"].values()))
    _nothing_leaves_again(one, anew, arrived)
    with ground.where.connect("postgres") as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _nothing_leaves_again(one: Round, anew: dict[str, str], arrived: Counter[UUID]) -> None:
    ground = one.ground
    ground.forget("relay")
    ground.launch("relay", **{key: value for key, value in anew.items() if key != "DATABASE_OWNER_URL"})
    ground.ready("relay")
    try:
        ground.flask("sweep", "--seconds", "5", **anew)
        time.sleep(2)
        assert ground.sink.counts() == arrived, "a frozen outbox sent something"
        released = ground.flask("outbox", "release", **anew)
        assert released.returncode == 0, released.stdout + released.stderr
        swept = ground.flask("sweep", "--seconds", "10", **anew)
        assert swept.returncode == 0, swept.stdout + swept.stderr
        time.sleep(2)
        counts = ground.sink.counts()
        doubled = {key: count for key, count in counts.items() if count > 1}
        assert not doubled, f"{len(doubled)} mails left again"
        with ground.where.connect("faults_restored") as admin:
            states = Counter(state for (state,) in admin.execute("select state from notice"))
        # The three receipts that left after the backup: nobody can know any more, so a person is asked.
        assert states["unconfirmed"] >= 3 and not states["sending"], states
        one.uncertain += states["unconfirmed"]
    finally:
        ground.forget("relay")


def _with_file(one: Round, application: Application) -> None:
    """One more file of this person: a draft elsewhere would not do, so the transcript of a new draft."""
    draft = make_draft(db.session.get_one(type(application.opening), application.opening_id))
    kind = next(kind for kind in draft.opening.document_kinds if kind.slug == "resume")
    data = resume(40_000, one.rng.randrange(10**6))
    with transaction():
        save_file(draft, kind, data=data, file_name="resume.pdf", by=draft.person_id, now=now())
    one.sent.append(Sent(draft.id, Answer(0), (hashlib.sha256(data).hexdigest(),)))


def _rows(ground: Ground, name: str) -> dict[str, list[str]]:
    """Every row of every table, as text."""
    with ground.where.connect(name) as admin:
        names = "select tablename from pg_tables where schemaname = 'public' and tablename <> 'outbox_hold' order by 1"
        tables = [table for (table,) in admin.execute(names)]
        return {
            table: sorted(row for (row,) in admin.execute(
                sql.SQL("select t::text from {} t").format(sql.Identifier(table))))
            for table in tables
        }  # fmt: skip


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*") if path.is_file()
    }  # fmt: skip


def _create(ground: Ground, name: str) -> None:
    ground.prove_postgres()
    with ground.where.connect("postgres") as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        admin.execute(sql.SQL("create database {} owner placewell_owner").format(sql.Identifier(name)))
