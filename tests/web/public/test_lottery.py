"""The lottery's hash is public from the start, its seed only when the season has ended."""

from __future__ import annotations

import hashlib
from datetime import date

from flask import Flask
from sqlalchemy import select

from app.extensions import db, transaction
from app.models import Season
from tests.factories import make_opening


def test_hash_is_public_and_the_seed_only_after_the_season(app: Flask) -> None:
    with app.app_context():
        opening = make_opening()
        season = db.session.get_one(Season, opening.season_id)
        seed, seed_hash = season.seed, season.seed_hash
    assert hashlib.sha256(seed.encode()).hexdigest() == seed_hash
    page = app.test_client().get("/how-we-choose").get_data(as_text=True)
    assert (seed_hash in page, seed in page) == (True, False)
    with app.app_context(), transaction():
        for row in db.session.scalars(select(Season)):
            row.starts_on, row.ends_on = date(2020, 1, 1), date(2020, 12, 31)
    page = app.test_client().get("/how-we-choose").get_data(as_text=True)
    assert (seed_hash in page, seed in page) == (True, True)
