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
from itertools import repeat

import numpy as np

from app.domain.instance import Candidate, Instance, Office, Pool, instance_to_json

SIZES = {"XS": (200, 8, 8), "S": (2_000, 50, 10), "M": (20_000, 300, 10), "L": (100_000, 1_000, 10)}
TOP_SCORE = 20
HOME_REGION = 8.0  # how many times as attractive an office is to people of its own region
STRUCK, SPEAKERS, ASKING, ASKED_SHARE, SEATS_PER_CANDIDATE = 0.05, 0.15, 0.25, 0.30, 0.60
CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Market:
    """One instance as plain dictionaries by id, from which every engine builds objects of its own."""

    ranks: dict[str, tuple[str, ...]]  # by candidate: offices, the most wanted first
    scores: dict[str, dict[str, int]]  # by candidate: the score at each ranked office
    lottery: dict[str, int]  # by candidate, no number twice
    seats: dict[str, int]  # by office
    spanish_minimum: dict[str, int]  # by office
    speakers: frozenset[str]


def market(size: str, seed: int = 1, *, plain: bool = False) -> Market:
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
    people = [f"c{number}" for number in range(candidates)]
    names = [f"o{number}" for number in range(offices)]
    lists = [tuple(names[office] for office in row[keep]) for row, keep in zip(ranks, kept, strict=True)]
    points = [
        dict(zip(own, row[keep].tolist(), strict=True)) for own, row, keep in zip(lists, scores, kept, strict=True)
    ]
    return Market(
        ranks=dict(zip(people, lists, strict=True)),
        scores=dict(zip(people, points, strict=True)),
        lottery=dict(zip(people, lottery.tolist(), strict=True)),
        seats=dict(zip(names, seats.tolist(), strict=True)),
        spanish_minimum=dict.fromkeys(names, 0) if plain else dict(zip(names, minimum.tolist(), strict=True)),
        speakers=frozenset(person for person, speaker in zip(people, speaks, strict=True) if speaker),
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


def instance(data: Market) -> Instance:
    """Return the same in the form that the product routes: one office for each pool, the reserve released."""
    return Instance(
        season="2031",
        seed="benchmark",
        pools=tuple([Pool(name, seats, data.spanish_minimum[name]) for name, seats in data.seats.items()]),
        offices=tuple([Office(name, name) for name in data.seats]),
        candidates=tuple(
            map(
                Candidate,
                data.ranks.keys(),
                data.ranks.values(),
                repeat(None),  # no general score
                data.scores.values(),
                map(data.speakers.__contains__, data.ranks),
                repeat(frozenset()),  # ineligible nowhere
                repeat(None),  # waits for no office
                data.lottery.values(),
            )
        ),
        release_spanish_reserve=True,
    )


def main() -> None:
    """Print an instance as `flask routing solve` reads it."""
    parser = argparse.ArgumentParser(description="Print an invented routing instance as JSON.")
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="without the wishes for Spanish")
    wanted = parser.parse_args()
    json.dump(instance_to_json(instance(market(wanted.size, wanted.seed, plain=wanted.plain))), sys.stdout)


if __name__ == "__main__":
    main()
