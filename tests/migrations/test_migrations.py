"""Every migration goes up and down with rows in its tables, and what they build is what the models say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from psycopg import sql
from sqlalchemy import create_engine

from app.adapters.clock import now
from app.domain.access import Role
from app.extensions import Base, db, transaction
from app.models import Pin, RoleGrant
from tests.architecture.world import build_world
from tests.factories import make_application, make_opening, make_readers, make_staff, make_waiting, office_named
from tests.servers import ROOT, Database, Whereabouts

REVISIONS = [script.revision for script in reversed(list(ScriptDirectory(str(ROOT / "migrations")).walk_revisions()))]
# Facts that happened: the app adds and reads them. One column of each, to try to rewrite.
APPEND_ONLY = {
    "change": "reason",
    "audit_event": "action",
    "audit_seal": "hash",
    "routing_run": "instance",
    "routing_scenario": "instance",
    "answer_version": "text",
}

# One line for each column, constraint and index. Whose database it is does not matter, and neither does order.
SHAPE = """
    select table_name || '.' || column_name || ' ' || udt_name || coalesce('(' || character_maximum_length || ')', '')
        || coalesce('(' || numeric_precision || ',' || numeric_scale || ')', '') || ' ' || is_nullable
        || coalesce(' ' || column_default, '') || ' ' || is_identity
    from information_schema.columns where table_schema = 'public' and table_name <> 'alembic_version'
    union all
    select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    from pg_constraint where connamespace = 'public'::regnamespace and conrelid::regclass::text <> 'alembic_version'
    union all
    select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'alembic_version'
"""


@pytest.fixture(scope="module")
def own_database(servers: Whereabouts, worker: str) -> Iterator[Database]:
    """A migrated database that nobody else uses."""
    own = Database(servers, f"{worker}_migrations")
    yield own
    with servers.connect("postgres") as admin:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(own.name)))


@pytest.fixture
def migrating(make_app: Callable[..., Flask], own_database: Database) -> Flask:
    """An app on that database."""
    return make_app(DATABASE_URL=own_database.app_url, DATABASE_OWNER_URL=own_database.owner_url)


def _version(database: Database) -> str | None:
    with database.admin() as admin:
        row = admin.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None


def _shape(database: str, where: Whereabouts) -> set[str]:
    with where.connect(database) as admin:
        return {line for (line,) in admin.execute(SHAPE)}


def _rows(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.admin() as admin:
        names = [
            name
            for (name,) in admin.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
            if name != "alembic_version"
        ]
        counts = {}
        for name in names:
            row = admin.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(name))).fetchone()
            assert row is not None
            counts[name] = int(row[0])
    return counts


def test_every_migration_goes_down_and_up_with_rows(migrating: Flask, own_database: Database) -> None:
    assert _version(own_database) == REVISIONS[-1]
    with migrating.app_context():
        opening = make_opening()
        make_readers(opening, 2)
        make_application(opening)
        build_world()
        db.session.remove()
        db.engine.dispose()
        whole = _shape(own_database.name, own_database.where)
        filled = sum(1 for count in _rows(own_database).values() if count)
        assert filled > 30
        for before, revision in zip([None, *REVISIONS][-2::-1], REVISIONS[::-1], strict=True):
            rows = _rows(own_database)
            # Down, up and down again: what it lays down can be laid down once more beside the older rows.
            downgrade(revision=before or "base")
            assert _version(own_database) == before
            upgrade(revision=revision)
            assert _version(own_database) == revision
            downgrade(revision=before or "base")
            assert {name: rows[name] for name in _rows(own_database)} == _rows(own_database)
        assert _rows(own_database) == {}
        assert _shape(own_database.name, own_database.where) == set()
        for revision in REVISIONS:
            upgrade(revision=revision)
            assert _version(own_database) == revision
    assert _shape(own_database.name, own_database.where) == whole


def test_a_delegation_never_becomes_a_lasting_right(migrating: Flask, own_database: Database) -> None:
    """Where its period is unknown, it has ended; an amount that says nothing is dropped before the rule comes."""
    with migrating.app_context():
        opening = make_opening()
        supervisor, colleague = (make_staff(opening, Role.SUPERVISOR, office=slug) for slug in ("rolla", "jackson"))
        moment = now()
        with transaction():
            office = office_named("rolla")
            office.contact_name, office.spanish_increase, office.spanish_increase_hourly = "Front desk", True, 1
            db.session.add(
                RoleGrant(
                    person_id=colleague.id, role="supervisor", organization_id=opening.organization_id,
                    office_id=office.id, granted_at=moment, delegated_by_id=supervisor.id, starts_at=moment,
                    ends_at=moment + timedelta(days=9),
                )
            )  # fmt: skip
        db.session.remove()
        db.engine.dispose()
        downgrade(revision="0010")
        with own_database.admin() as admin:
            live = admin.execute("select count(*) from role_grant where revoked_at is null").fetchone()
            admin.execute("update office set spanish_increase = null where slug = 'rolla'")
            admin.execute("update office set spanish_increase = false, spanish_increase_hourly = 2 where slug = 'ava'")
        upgrade(revision=REVISIONS[-1])
    assert live == (2,)
    with own_database.admin() as admin:
        said = admin.execute(
            "select slug, spanish_increase, spanish_increase_hourly::int from office where slug in ('ava', 'rolla') "
            "order by slug"
        ).fetchall()
    assert said == [("ava", False, None), ("rolla", True, 1)]


def test_offices_without_a_rank_are_kept_as_the_old_form_named_them(migrating: Flask, own_database: Database) -> None:
    """They were called "Would not work here"; one that an override names already is left as it is."""
    with migrating.app_context():
        opening = make_opening(recorded=False, final=False)
        waiting = make_waiting(opening, ranks=("rolla", "jackson"), not_here=("ava",))
        with transaction():
            pin = Pin(application_id=waiting.id, office_id=office_named("nevada").id, reason="-")
            pin.by_id, pin.made_at = make_staff(opening, Role.MANAGER).id, now()
            db.session.add(pin)
        key = waiting.id
        db.session.remove()
        db.engine.dispose()
        downgrade(revision="0021")
        upgrade(revision=REVISIONS[-1])
    with own_database.admin() as admin:
        rows = admin.execute(
            "select o.slug, c.rank, c.not_here from office_choice c join office o on o.id = c.office_id "
            "where c.application_id = %s order by c.rank nulls last, o.slug",
            (key,),
        ).fetchall()
    others = ("farmington", "hillsboro", "monett", "saint-joseph")
    assert rows == [
        ("rolla", 1, False), ("jackson", 2, False), ("ava", None, True), *((slug, None, False) for slug in others)
    ]  # fmt: skip


def test_what_migrations_build_is_what_the_models_say(migrating: Flask, own_database: Database) -> None:
    engine = create_engine(own_database.owner_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": Base.metadata}
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_checks_and_indexes_are_what_the_models_say(own_database: Database, worker: str) -> None:
    """Alembic compares neither CHECKs nor conditions of indexes: build the models beside it and compare all."""
    where, twin = own_database.where, f"test_{worker}_models"
    with where.connect("postgres") as admin:
        admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(twin)))
        admin.execute(sql.SQL("create database {} template template0").format(sql.Identifier(twin)))
    with where.connect(twin) as admin:
        admin.execute("create extension btree_gist")
    engine = create_engine(where.url("postgres", twin))
    Base.metadata.create_all(engine)
    engine.dispose()
    models, migrations = _shape(twin, where), _shape(own_database.name, where)
    with where.connect("postgres") as admin:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(twin)))
    assert (sorted(models - migrations), sorted(migrations - models)) == ([], [])


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["update {0} set {1} = ''", "delete from {0}", "truncate {0}"])
def test_the_app_cannot_rewrite_history(own_database: Database, table: str, statement: str) -> None:
    command = sql.SQL(statement).format(sql.Identifier(table), sql.Identifier(APPEND_ONLY[table]))
    with (
        own_database.where.connect(own_database.name, role="placewell_app") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(command)


def test_the_app_may_change_everything_else_but_no_table(own_database: Database) -> None:
    asks = "select has_table_privilege('placewell_app', %s, %s)"
    with own_database.admin() as admin:
        allowed = {
            (name, right)
            for name in _rows(own_database)
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE")
            if admin.execute(asks, (name, right)).fetchone() == (True,)
        }
    wanted = {(name, right) for name in _rows(own_database) for right in ("SELECT", "INSERT", "UPDATE", "DELETE")}
    assert allowed == wanted - {(name, right) for name in APPEND_ONLY for right in ("UPDATE", "DELETE")}
    for statement in ("create table mine (id int)", "drop table score", "alter table score add column x int"):
        with (
            own_database.where.connect(own_database.name, role="placewell_app") as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)


def test_new_tables_of_the_owner_are_open_to_the_app(own_database: Database) -> None:
    """A later migration need not remember the grant."""
    with own_database.where.connect(own_database.name, role="placewell_owner") as owner:
        owner.execute("create table later (id int)")
        try:
            with own_database.where.connect(own_database.name, role="placewell_app") as app:
                app.execute("insert into later values (1)")
                assert app.execute("select id from later").fetchone() == (1,)
        finally:
            owner.execute("drop table later")
