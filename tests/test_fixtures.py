"""The fixtures themselves: each test starts clean, whatever the last one committed."""

import smtplib
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.extensions import db, transaction
from tests.conftest import Clock
from tests.servers import Database, Whereabouts, worker_number
from tests.smtp import SmtpServer


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_starts_with_an_empty_database_and_broker(
    app: Flask, database: Database, servers: Whereabouts, worker: str, turn: int
) -> None:
    broker = servers.broker(worker_number(worker))
    assert broker.dbsize() == 0
    broker.set("left", turn)
    with app.app_context():
        assert db.session.scalar(text("select count(*) from heartbeat")) == 0
        with transaction() as session:
            session.execute(text("insert into heartbeat (name, beat_at) values ('left', '2026-01-01Z')"))
    with database.admin() as admin:
        assert admin.execute("select count(*) from heartbeat").fetchone() == (1,)


def test_a_transaction_left_open_does_not_stop_the_next_test(app: Flask, database: Database) -> None:
    with app.app_context():
        left_open = db.engine.connect()
        left_open.execute(text("insert into heartbeat (name, beat_at) values ('open', '2026-01-01Z')"))
        left_open.commit()
        left_open.execute(text("lock table heartbeat in share mode"))
        database.empty()
        left_open.invalidate()
        assert db.session.scalar(text("select count(*) from heartbeat")) == 0


def test_the_app_may_change_rows_but_not_the_schema(app: Flask) -> None:
    with app.app_context():
        assert db.session.scalar(text("select current_user")) == "placewell_app"
        assert db.session.scalar(text("select has_schema_privilege('public', 'CREATE')")) is False


def test_the_clock_moves_for_the_app_and_is_back_for_the_next_test(clock: Clock, app: Flask) -> None:
    before = clock.now()
    assert timedelta(days=3) <= clock.move(days=3) - before < timedelta(days=3, minutes=1)
    deadline = clock.now() + timedelta(hours=5)
    assert abs(clock.move_to(deadline) - deadline) < timedelta(seconds=5)


def test_the_mail_server_keeps_what_it_accepts_and_refuses_what_it_is_told_to(smtp_server: SmtpServer) -> None:
    mail = "Subject: Hello\r\n\r\nText\r\n"
    smtp_server.refusals.append("451 4.7.1 later")
    with smtplib.SMTP("127.0.0.1", smtp_server.port) as connection:
        with pytest.raises(smtplib.SMTPDataError):
            connection.sendmail("from@example.org", ["maya@example.org"], mail)
        connection.sendmail("from@example.org", ["maya@example.org"], mail)
    assert [str(message["Subject"]) for message in smtp_server.to("maya@example.org")] == ["Hello"]


def test_a_client_refuses_to_work_inside_an_open_context(client: FlaskClient, app: Flask) -> None:
    with app.app_context(), pytest.raises(AssertionError, match="flask-login"):
        client.get("/")
