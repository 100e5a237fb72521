"""F22: the retention run is killed half-way."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID

from psycopg import sql
from sqlalchemy import func, select

from app.adapters.clock import now
from app.adapters.filestore import FileStore
from app.domain.access import Role
from app.extensions import db, transaction
from app.models import Application, Notice, Season
from app.services.documents import save_file
from app.services.legal_holds import set_hold
from app.services.withdrawals import withdraw_application
from faults.files import resume
from faults.ground import Ground
from faults.operator import digests
from faults.processes import wait_for
from faults.rounds import Pace, Round, fault
from tests.factories import make_draft, make_opening, make_staff


@fault("F22", "the retention run is killed half-way", pace=Pace.SLOW)
def retention_killed(one: Round) -> None:
    """What was erased stays erased, the next run does the rest; what is on legal hold is not touched."""
    ground, people = one.ground, 8
    with ground.app.app_context():
        opening = make_opening()
        manager = make_staff(opening, Role.MANAGER).id
        keys = []
        for _ in range(people):
            application = make_draft(opening)
            kind = next(kind for kind in opening.document_kinds if kind.slug == "resume")
            with transaction():
                data = resume(20_000, one.rng.randrange(10**6))
                save_file(application, kind, data=data, file_name="r.pdf", by=application.person_id, now=now())
                withdraw_application(application, by=application.person_id, now=now())
            keys.append(application.id)
        with transaction():
            for season in db.session.scalars(select(Season)):
                season.ends_on = None
        held = one.rng.sample(keys, 2)
        with transaction():
            for key in held:
                set_hold(db.session.get_one(Application, key), reason="A complaint is open", by=manager, now=now())
    _end_of_mails(one)
    assert set(one.ground.sink.counts().values()) == {1}
    one.skip(timedelta(days=800).total_seconds(), wake=False)
    kept = {key: _everything_of(ground, key) for key in held}
    one.strike()
    run = ground.start_as("retention", ["flask", "--app", "app", "retention", "run"])
    wanted = one.rng.randint(1, people - 3)
    wait_for(lambda: _erased(one) >= wanted or not run.alive, 90, "the first erasures", 0.002)
    run.kill()
    half = _erased(one)
    del ground.processes["retention"]
    again = ground.flask("retention", "run")
    assert again.returncode == 0, again.stdout + again.stderr
    one.recovery = None
    one.note("erased when the run was killed", half)
    assert _erased(one) == people - len(held), (_erased(one), half)
    for key in held:
        changed = set(_everything_of(ground, key)) ^ set(kept[key])
        assert not changed, f"what is on hold was touched: {changed}"
    with ground.app.app_context():
        names = {path for path in digests(ground.files) if path.startswith("documents/")}
        assert len(names) == len(held), names
    second = ground.flask("retention", "run")
    assert second.returncode == 0 and "0 applications" in second.stdout, second.stdout + second.stderr
    _end_of_mails(one)
    # With an application goes the record of its mails; what the mail server still has of them nobody owes now.
    with ground.app.app_context():
        known = set(db.session.scalars(select(Notice.id)))
    ground.sink.arrivals[:] = [arrival for arrival in ground.sink.arrivals if arrival.notice in known]


def _erased(one: Round) -> int:
    with one.ground.app.app_context():
        return db.session.scalar(select(func.count()).where(Application.erased_at.is_not(None))) or 0


def _everything_of(ground: Ground, key: UUID) -> list[str]:
    """Every row that names this application, and the contents of its files."""
    found = []
    with ground.where.connect(ground.database.name) as admin:
        columns = admin.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'public' and"
            " (column_name = 'application_id' or (table_name = 'application' and column_name = 'id')) order by 1, 2"
        ).fetchall()
        for table, column in columns:
            if table == "notice":
                continue
            query = sql.SQL("select t::text from {} t where {} = %s order by 1")
            rows = admin.execute(query.format(sql.Identifier(table), sql.Identifier(column)), [key])
            found += [f"{table} {row}" for (row,) in rows]
        stored = admin.execute(
            "select storage_key from document where application_id = %s and storage_key <> ''", [key]
        )
        store = FileStore(str(ground.files))
        found += [hashlib.sha256(store.get(name)).hexdigest() for (name,) in stored]
    return found


def _end_of_mails(one: Round) -> None:
    """Retention is not about mails: what is owed leaves first."""
    for _ in range(6):
        one.ground.flask("sweep", "--seconds", "10")
        with one.ground.app.app_context():
            due = db.session.scalar(select(func.min(Notice.due_at)).where(Notice.state == "pending"))
        if due is None:
            return
        one.skip(max(1.0, (due - one.ground.now()).total_seconds() + 1), wake=False)
