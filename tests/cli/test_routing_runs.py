"""`flask routing replay`, `verify` and `instance` on runs that PostgreSQL has stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result
from flask import Flask
from psycopg.types.json import Jsonb
from sqlalchemy import select

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.actors import By
from app.domain.routing_result import canonical_bytes
from app.domain.sentences import Sentences
from app.extensions import db, transaction
from app.models import Opening, Proposal, RoutingRun
from app.services.placements import decline_placement, defer_placement
from app.services.releases import release_proposals
from app.services.routing import run_routing
from tests.factories import make_opening, make_staff, make_waiting
from tests.servers import Database

SLUG = "client-advocate-mspd"
Run = Callable[..., Result]


@pytest.fixture
def flask(app: Flask) -> Run:
    runner = app.test_cli_runner()

    def run(*words: object) -> Result:
        return runner.invoke(args=["routing", *map(str, words)])

    return run


@pytest.fixture
def run_id(app: Flask) -> UUID:
    """The newest of three runs: with ties, a decline, a "not now", a lock and a held reserve."""
    with app.app_context():
        opening = make_opening(recorded=False, final=False, seats={"rolla": 1, "jackson": 1, "nevada": 1})
        with transaction():
            pool = next(pool for pool in opening.pools if pool.slug == "nevada")
            pool.spanish_minimum, pool.release_reserve_on = 1, (now() + timedelta(days=40)).date()
        manager = make_staff(opening, Role.MANAGER)
        supervisor = make_staff(opening, Role.SUPERVISOR, office="rolla")
        ranks = ("rolla", "nevada", "jackson", "farmington")
        for score in (3.7, 3.7, 3.2, 2.855):
            make_waiting(opening, ranks=ranks, score=score)
        make_waiting(opening, ranks=("rolla",), not_here=("jackson",), score=3.0, spanish="native")
        answers = (
            lambda proposal: decline_placement(proposal, reason_code="fit", by=supervisor.id, now=now()),
            lambda proposal: defer_placement(
                proposal, not_before=(now() + timedelta(days=30)).date(), by=supervisor.id, now=now()
            ),
            None,
        )
        for answer in answers:
            run = routed(opening)
            proposal = proposal_at("rolla", "proposed")
            with transaction():
                release_proposals([proposal], by=manager.id, now=now())
            if answer is not None:
                with transaction():
                    answer(proposal_at("rolla", "released"))
        run = routed(opening)
        return run.id


def routed(opening: Opening) -> RoutingRun:
    with transaction():
        return run_routing(opening, occasion="test", by=By(worker="test"), now=now())


def proposal_at(office: str, state: str) -> Proposal:
    rows = db.session.scalars(select(Proposal).where(Proposal.state == state))
    return next(row for row in rows if row.office.slug == office)


def stored(app: Flask, run_id: UUID) -> dict[str, Any]:
    with app.app_context():
        return db.session.get_one(RoutingRun, run_id).result


def tamper(database: Database, statement: str, *values: Any) -> None:
    """Change what the app's own role may not change."""
    with database.admin() as connection:
        connection.execute("set session_replication_role = replica")
        assert connection.execute(statement, values).rowcount > 0


def tamper_plainly(app: Flask, database: Database, statement: str, *values: Any, run_id: UUID) -> None:
    """Tamper with a run in the form in which runs were kept before they were packed."""
    with app.app_context():
        run = db.session.get_one(RoutingRun, run_id)
        plain = (run.instance, Jsonb(run.result), run_id)
    unpack = "packed_instance = null, packed_result = null where id = %s"
    tamper(database, f"update routing_run set instance = %s, result = %s, {unpack}", *plain)
    tamper(database, f"{statement} where id = %s", *values, run_id)


def test_replay_prints_the_stored_result(app: Flask, flask: Run, run_id: UUID) -> None:
    answer = flask("replay", run_id)
    assert (answer.exit_code, answer.stderr) == (0, "")
    result = stored(app, run_id)
    assert canonical_bytes(json.loads(answer.stdout)) == canonical_bytes(result)
    sentences = Sentences(result)
    codes = {part["variant"] for row in result["explanations"] for part in sentences.of(row["candidate"])}
    assert {"declined_on", "reserved_until", "full_without_open_seat"} <= codes
    assert answer.stdout == flask("replay", "--latest", SLUG).stdout


def test_every_run_of_a_history_is_replayed_and_verified(app: Flask, flask: Run, run_id: UUID) -> None:
    with app.app_context():
        ids = db.session.scalars(select(RoutingRun.id)).all()
    assert len(ids) == 4
    assert [(flask("replay", each).exit_code, flask("verify", each).output[-10:]) for each in ids] == [
        (0, "all true.\n")
    ] * 4
    assert flask("verify", "--latest", SLUG).stdout == flask("verify", run_id).stdout


def test_stored_instance_can_be_solved_from_a_file(flask: Run, run_id: UUID, tmp_path: Path) -> None:
    path = tmp_path / "instance.json"
    path.write_bytes(flask("instance", run_id).stdout_bytes)
    solved, replayed = json.loads(flask("solve", path).stdout), json.loads(flask("replay", run_id).stdout)
    for result in (solved, replayed):
        for row in result["explanations"]:
            for entry in row["passed_over"]:
                del entry["text"]  # a file does not know the dates of declines
    assert solved == replayed


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("{assignments,0,rank}", 7, "$.assignments[0].rank: stored is 7, "),
        ("{pools,0,seats}", 2.5, "$.pools[0].seats: stored is 2.5, "),
        ("{unplaced}", [], "$.unplaced: 0 entries are stored, "),
        ("{explanations,0,passed_over,0,code}", "tie", "$.explanations[0].passed_over[0].code: stored is "),
        ("{explanations,0,passed_over,0,text}", "Because.", '$.explanations[0].passed_over[0].text: stored is "Bec'),
        ("{run,season}", "1999", '$.run.season: stored is "1999", '),
    ],
)
def test_tampered_result_is_found_by_replay_and_by_verify(
    app: Flask, flask: Run, run_id: UUID, database: Database, path: str, value: object, place: str
) -> None:
    tamper_plainly(
        app, database, "update routing_run set result = jsonb_set(result, %s, %s)", path, Jsonb(value), run_id=run_id
    )
    again = flask("replay", run_id)
    assert (again.exit_code, again.stdout) == (1, "")
    assert any(line.startswith(place) for line in again.stderr.splitlines()), again.stderr
    checked = flask("verify", run_id)
    assert (checked.exit_code, checked.stdout) == (1, "")
    assert checked.stderr


def test_date_of_a_decline_is_checked_against_the_decision(flask: Run, run_id: UUID, database: Database) -> None:
    """Replay takes the dates from the stored sentences; the checker asks the records."""
    tamper(database, "update placement_decision set decided_at = decided_at - interval '9 days' where kind = 'decline'")
    assert flask("replay", run_id).exit_code == 0
    checked = flask("verify", run_id)
    assert checked.exit_code == 1
    assert ": the decline is of " in checked.stderr


def test_tampered_instance_is_found(app: Flask, flask: Run, run_id: UUID, database: Database) -> None:
    change = """update routing_run set instance = replace(instance, '"seats":1', '"seats":2')"""
    tamper_plainly(app, database, change, run_id=run_id)
    for command in ("replay", "verify"):
        answer = flask(command, run_id)
        assert (answer.exit_code, answer.stdout) == (1, "")
        assert "sha" in answer.stderr.lower() or "another input" in answer.stderr
    tamper(database, "update routing_run set instance = '{' where id = %s", run_id)
    for command in ("replay", "verify"):
        answer = flask(command, run_id)
        assert (answer.exit_code, answer.stdout) == (1, "")
        assert "the stored instance: $: is not JSON" in answer.stderr


@pytest.mark.parametrize("column", ["packed_instance", "packed_result"])
def test_damaged_bytes_are_told_not_thrown(flask: Run, run_id: UUID, database: Database, column: str) -> None:
    tamper(database, f"update routing_run set {column} = substr({column}, 1, 40) where id = %s", run_id)
    for command in ("replay", "verify"):
        answer = flask(command, run_id)
        assert (answer.exit_code, answer.stdout) == (1, "")
        assert answer.stderr == f"Run {run_id} is damaged: what was stored of it cannot be read.\n"


def test_tampered_proposal_is_found(flask: Run, run_id: UUID, database: Database) -> None:
    tamper(database, "update proposal set routing_score = 20 where run_id = %s", run_id)
    answer = flask("verify", run_id)
    assert answer.exit_code == 1
    assert "the proposal's score is 20" in answer.stderr


def test_run_that_does_not_exist_is_said(flask: Run) -> None:
    nobody = UUID(int=1)
    for command in ("replay", "verify", "instance"):
        assert flask(command, nobody).stderr == f"There is no run {nobody}.\n"
        assert flask(command, "--latest", "oz").stderr == "There is no run of an opening oz.\n"
        assert [flask(command, *words).exit_code for words in ([nobody], [], ["x"], [nobody, "--latest", SLUG])] == [
            2
        ] * 4
