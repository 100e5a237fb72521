"""The lotteries of the seasons: what the public may know of each."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import exists, select

from app.extensions import db
from app.models.opening import Opening, OpeningOffice, Season

MOST = 5


class PublicLottery(NamedTuple):
    """One season's lottery; `seed` is None until the season has ended."""

    name: str
    seed_hash: str
    seed: str | None


def public_lotteries(*, today: date) -> list[PublicLottery]:
    """Return the lotteries of the seasons that place people in offices, the newest first."""
    places = exists().where(
        Opening.season_id == Season.id, Opening.status != "draft", OpeningOffice.opening_id == Opening.id
    )
    seasons = db.session.scalars(
        select(Season).where(places).order_by(Season.starts_on.desc().nulls_last(), Season.slug.desc()).limit(MOST)
    )
    return [
        PublicLottery(
            season.name,
            season.seed_hash,
            season.seed if season.ends_on is not None and season.ends_on < today else None,
        )
        for season in seasons
    ]
