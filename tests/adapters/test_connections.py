"""Connections from the pool: which are asked whether they live, and what becomes of those that do not."""

import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.adapters import connections
from app.extensions import db

OWN = text("select pg_backend_pid()")


@pytest.fixture(autouse=True)
def empty_pool(app):
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def asked(monkeypatch):
    """What those that were asked answered. Slow machines are no reason to ask."""
    monkeypatch.setattr(connections, "SILENCE", 60.0)
    found = []
    really = connections._answers

    def answers(connection):
        found.append(really(connection))
        return found[-1]

    monkeypatch.setattr(connections, "_answers", answers)
    return found


def who_serves():
    with db.engine.connect() as connection:
        return connection.scalar(OWN)


def test_connection_used_a_moment_ago_is_not_asked(app, asked):
    with app.app_context():
        assert who_serves() == who_serves() == who_serves()
    assert asked == []


def test_connection_that_was_silent_is_asked(app, asked, monkeypatch):
    with app.app_context():
        first = who_serves()
        monkeypatch.setattr(connections, "SILENCE", 0.0)
        assert who_serves() == first
    assert asked == [True]


def test_connection_that_the_database_ended_is_replaced_without_an_error(app, database, asked):
    with app.app_context():
        first = who_serves()
        with database.admin() as admin:
            admin.execute("select pg_terminate_backend(%s, 5000)", [first])
        second = who_serves()
        assert second != first
        assert who_serves() == second
    assert asked == [False]


def test_all_older_connections_are_replaced_with_one_that_died(app, database, asked):
    with app.app_context():
        with db.engine.connect() as one, db.engine.connect() as other:
            both = {one.scalar(OWN), other.scalar(OWN)}
        assert len(both) == 2
        with database.admin() as admin:
            for number in both:
                admin.execute("select pg_terminate_backend(%s, 5000)", [number])
        with db.engine.connect() as one, db.engine.connect() as other:
            assert not {one.scalar(OWN), other.scalar(OWN)} & both
    assert asked == [False]


def test_what_the_server_says_unasked_costs_nobody_the_connection(app, asked):
    with app.app_context(), db.engine.connect() as talker:
        with db.engine.connect() as connection:
            first, listener = connection.scalar(OWN), connection.connection.driver_connection
            connection.execute(text("listen anything"))
            connection.commit()
        talker.execute(text("notify anything"))
        talker.commit()
        until = time.monotonic() + 20
        while not connections._has_news(listener) and time.monotonic() < until:
            time.sleep(0.01)
        assert who_serves() == first
    assert asked == [True]


def test_a_connection_that_dies_while_it_is_lent_fails_once(app, database):
    with app.app_context():
        with pytest.raises(DBAPIError), db.engine.connect() as connection:
            with database.admin() as admin:
                admin.execute("select pg_terminate_backend(%s, 5000)", [connection.scalar(OWN)])
            connection.scalar(OWN)
        assert who_serves()
