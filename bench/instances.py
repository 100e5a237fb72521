"""Invented routing instances of four sizes, the same ones for the same seed (needs numpy).

    python -m bench.instances {XS,S,M,L} [--seed 1] [--plain] > instance.json

Candidates agree about which offices are attractive (popularity falls like a power of the rank) and prefer the
offices of their own region, so the lists resemble each other. Scores are whole numbers from 0 to 20 with many
ties; one ranked pair in twenty is struck out; there are seats for 60 % of the candidates. A quarter of the pools
want Spanish in 30 % of their seats, and 15 % of the candidates speak it. `--plain` leaves the Spanish wishes out.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass

import numpy as np

from app.domain.instance import Candidate, Instance, Office, Pool, instance_to_json

SIZES = {"XS": (200, 8, 8), "S": (2_000, 50, 10), "M": (20_000, 300, 10), "L": (100_000, 1_000, 10)}
TOP_SCORE = 20
HOME_REGION = 8.0  # how many times as attractive an office is to people of its own region
STRUCK, SPEAKERS, ASKING, ASKED_SHARE, SEATS_PER_CANDIDATE = 0.05, 0.15, 0.25, 0.30, 0.60
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Arrays:
    """One instance as plain lists of numbers, which every engine builds its own objects from."""

    ranks: list[list[int]]  # by candidate: offices, the most wanted first
    scores: list[list[int]]  # by candidate: the score at each ranked office
    lottery: list[int]  # by candidate, no number twice
    seats: list[int]  # by office
    spanish_minimum: list[int]  # by office
    speaks_spanish: list[bool]  # by candidate


def arrays(size: str, seed: int = 1, *, plain: bool = False) -> Arrays:
    """Return the instance of this size."""
    candidates, offices, length = SIZES[size]
    random = np.random.default_rng(seed)
    ranks = _rankings(random, candidates, offices, min(length, offices))
    merit = random.normal(size=(candidates, 1))
    luck = random.normal(size=ranks.shape)
    scores = np.clip(np.rint(10 + 3.3 * (0.8 * merit + 0.6 * luck)), 0, TOP_SCORE).astype(int)
    kept = random.random(ranks.shape) >= STRUCK
    lottery = random.permutation(candidates)
    speaks = random.random(candidates) < SPEAKERS
    seats = _seats(random, offices, round(SEATS_PER_CANDIDATE * candidates))
    asks = random.random(offices) < ASKING
    minimum = np.where(asks, np.minimum(seats, np.maximum(1, seats * ASKED_SHARE)), 0).astype(int)
    return Arrays(
        ranks=[row[keep].tolist() for row, keep in zip(ranks, kept, strict=True)],
        scores=[row[keep].tolist() for row, keep in zip(scores, kept, strict=True)],
        lottery=lottery.tolist(),
        seats=seats.tolist(),
        spanish_minimum=[0] * offices if plain else minimum.tolist(),
        speaks_spanish=speaks.tolist(),
    )


def _rankings(random: np.random.Generator, candidates: int, offices: int, length: int) -> np.ndarray:
    """Everybody's best offices: draws without replacement, weighted by popularity and region."""
    regions = max(1, round(offices**0.5 / 2))
    office_region = random.integers(regions, size=offices)
    own_region = random.integers(regions, size=candidates)
    popularity = -0.7 * np.log(random.permutation(offices) + 3.0)
    ranks = np.empty((candidates, length), dtype=np.int32)
    for start in range(0, candidates, CHUNK):
        people = own_region[start : start + CHUNK]
        at_home = people[:, None] == office_region
        # Adding Gumbel noise and sorting is the same as drawing one office after the other.
        wish = popularity + np.log(HOME_REGION) * at_home + random.gumbel(size=at_home.shape)
        best = np.argpartition(-wish, length - 1, axis=1)[:, :length]
        order = np.argsort(-np.take_along_axis(wish, best, axis=1), axis=1)
        ranks[start : start + CHUNK] = np.take_along_axis(best, order, axis=1)
    return ranks


def _seats(random: np.random.Generator, offices: int, total: int) -> np.ndarray:
    """At least one seat for each office, and as many together as are wanted."""
    share = random.lognormal(sigma=0.6, size=offices)
    return 1 + random.multinomial(total - offices, share / share.sum())


def instance(data: Arrays) -> Instance:
    """Return the same in the form that the product routes: one office for each pool, the reserve released."""
    names = [f"o{number}" for number in range(len(data.seats))]
    return Instance(
        season="2031",
        seed="benchmark",
        pools=tuple(map(Pool, names, data.seats, data.spanish_minimum)),
        offices=tuple(map(Office, names, names)),
        candidates=tuple(_candidate(data, number, names) for number in range(len(data.ranks))),
        release_spanish_reserve=True,
    )


def _candidate(data: Arrays, number: int, names: list[str]) -> Candidate:
    ranks = tuple([names[office] for office in data.ranks[number]])
    return Candidate(
        id=f"c{number}",
        ranks=ranks,
        scores=dict(zip(ranks, data.scores[number], strict=True)),
        speaks_spanish=data.speaks_spanish[number],
        lottery=data.lottery[number],
    )


def main() -> None:
    """Print an instance as `flask routing solve` reads it."""
    parser = argparse.ArgumentParser(description="Print an invented routing instance as JSON.")
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="without the wishes for Spanish")
    wanted = parser.parse_args()
    json.dump(instance_to_json(instance(arrays(wanted.size, wanted.seed, plain=wanted.plain))), sys.stdout)


if __name__ == "__main__":
    main()
