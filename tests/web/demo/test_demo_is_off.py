"""Nothing of the demo exists unless its own setting switches it on."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.adapters.clock import move_clock
from config import SettingsError, settings

PATHS = ("/demo", "/demo/people", "/demo/story", "/demo/inbox", "/demo/again", "/demo/again/wait")


def test_demo_pages_and_commands_do_not_exist_without_the_setting(app: Flask, client: FlaskClient) -> None:
    assert [client.get(path).status_code for path in PATHS] == [404] * len(PATHS)
    assert [
        client.post(path).status_code for path in ("/demo/next", "/demo/clock", "/demo/shortcut", "/demo/again")
    ] == [404] * 4
    assert "demo" not in app.blueprints
    assert "demo" not in app.cli.commands


def test_home_is_the_public_page_without_the_demo(client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "demo" not in answer.get_data(as_text=True).lower()


def test_production_refuses_the_demo() -> None:
    environment = {"PLACEWELL_ENV": "production", "PLACEWELL_DEMO": "1", "SECRET_KEY": "x" * 40}
    with pytest.raises(SettingsError, match="demo"):
        settings(environment)


def test_clock_cannot_be_moved_outside_of_demo_and_tests(make_app) -> None:  # type: ignore[no-untyped-def]
    real = make_app(CLOCK_SHIFT=False)
    with real.app_context(), pytest.raises(RuntimeError):
        move_clock(timedelta(days=1))
