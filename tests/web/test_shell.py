"""Moments in words."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from app.web.shell import both_zones

AFTERNOON = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/Chicago", "Monday, Nov. 23, 3:00 p.m. Central"),
        ("America/Los_Angeles", "Monday, Nov. 23, 1:00 p.m. Pacific (3:00 p.m. Central)"),
        ("Pacific/Honolulu", "Monday, Nov. 23, 11:00 a.m. Hawaii (3:00 p.m. Central)"),
        ("Europe/Berlin", "Monday, Nov. 23, 10:00 p.m. Europe/Berlin (3:00 p.m. Central)"),
        ("Asia/Tokyo", "Tuesday, Nov. 24, 6:00 a.m. Asia/Tokyo (Monday, Nov. 23, 3:00 p.m. Central)"),
    ],
)
def test_a_moment_in_a_zone_and_in_central(app: Flask, zone: str, words: str) -> None:
    with app.test_request_context():
        said = both_zones(AFTERNOON, zone)
    # A year that is not the present one is said.
    assert said.replace(", 2026", "") == words
    with app.test_request_context():
        assert both_zones(None, zone) == ""
