"""The commands, as a person at a terminal runs them."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.extensions import db
from app.models import Opening, Organization, Person, RoleGrant

PROGRAMS = sorted((Path(__file__).resolve().parents[2] / "app" / "programs").glob("*.yaml"))
SETUP = ["setup", "--organization", "Partners for Justice", "--email", "Lead@Example.org"]


def test_program_load_takes_the_shipped_files_and_is_up_to_date_the_second_time(app: Flask) -> None:
    run = app.test_cli_runner()
    files = [str(path) for path in PROGRAMS]
    assert run.invoke(args=["program", "load", *files]).exit_code == 0
    again = run.invoke(args=["program", "load", *files])
    assert again.output.count("up to date") == len(files) == 2


def test_program_load_reports_every_fault_by_line_and_loads_nothing(app: Flask, tmp_path: Path) -> None:
    text = PROGRAMS[0].read_text(encoding="utf-8")
    broken = text.replace("hourly: 19.23", "hourly: lots").replace("state: MO\n", "state: Missouri\n", 1)
    path = tmp_path / "broken.yaml"
    path.write_text(broken, encoding="utf-8")
    answer = app.test_cli_runner().invoke(args=["program", "load", str(PROGRAMS[1]), str(path)])
    assert answer.exit_code == 2
    assert len(re.findall(r"broken\.yaml: line \d+: ", answer.stderr)) == 2
    with app.app_context():
        assert db.session.scalar(select(func.count(Opening.id))) == 0


def test_setup_makes_one_organization_and_a_link_that_works_once(app: Flask, client: FlaskClient) -> None:
    run = app.test_cli_runner()
    first, second = run.invoke(args=SETUP), run.invoke(args=SETUP)
    assert (first.exit_code, second.exit_code) == (0, 0)
    with app.app_context():
        assert db.session.scalar(select(func.count(Organization.id))) == 1
        assert db.session.scalars(select(Person.email)).all() == ["lead@example.org"]
        assert db.session.scalars(select(RoleGrant.role)).all() == []
    old, link = (re.findall(r"http://localhost(/account/invitation/\S+)", run_.output)[0] for run_ in (first, second))
    assert client.get(old).status_code == 410
    assert "lead@example.org" in client.get(link).text
    assert client.post(link, data={"full_name": " "}).status_code == 400
    assert client.post(link, data={"full_name": "Lee Lead"}).status_code == 302
    with app.app_context():
        assert db.session.scalars(select(RoleGrant.role)).all() == ["admin"]
    assert client.post(link, data={"full_name": "Lee Lead"}).status_code == 410
    assert "administrator already" in run.invoke(args=SETUP).output
    other = [*SETUP[:-1], "other@example.org"]
    assert run.invoke(args=other).exit_code == 1


def test_setup_refuses_half_an_address(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=[*SETUP[:-1], "lead@"]).exit_code == 2
