"""The routing instance: everything that a run may look at, and nothing else.

A run is a pure function of its instance. Whatever is stored, published or audited is this value in its JSON
form. `instance_reading.py` reads that form from outside and names every fault in it.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import orjson

Score = int | float


@dataclass(frozen=True, slots=True)
class Pool:
    """Seats that one or several offices share."""

    id: str
    seats: int
    spanish_minimum: int = 0
    bid_price: Score | None = None
    release_spanish_reserve: bool | None = None  # None: as the instance says


@dataclass(frozen=True, slots=True)
class Office:
    """What candidates rank; the seat itself belongs to the office's pool."""

    id: str
    pool: str


@dataclass(slots=True)  # never changed, but freezing would triple the time to make 100,000 of them
class Candidate:
    """One person who waits for a place; `ranks` holds office ids, the most wanted first."""

    id: str
    ranks: tuple[str, ...] = ()
    score: Score | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)
    speaks_spanish: bool = False
    ineligible: frozenset[str] = frozenset()
    waits_for: str | None = None
    lottery: int | None = None  # None: from the instance's seed

    def score_at(self, office: str) -> Score:
        """The score that counts at this office; KeyError where there is none."""
        score = self.scores.get(office, self.score)
        if score is None:
            raise KeyError(office)
        return score


@dataclass(frozen=True, slots=True)
class Lock:
    """An approved placement or an open proposal: it holds a seat of its office's pool and never moves."""

    candidate: str
    office: str


@dataclass(frozen=True, slots=True)
class Instance:
    """One run's whole input. `declined` holds (candidate, office) pairs that are struck."""

    season: str
    seed: str
    pools: tuple[Pool, ...]
    offices: tuple[Office, ...]
    candidates: tuple[Candidate, ...]
    locked: tuple[Lock, ...] = ()
    declined: frozenset[tuple[str, str]] = frozenset()
    release_spanish_reserve: bool = False

    def holds_reserve(self, pool: Pool) -> bool:
        """Whether this pool's unfilled reserved seats stay empty; the pool's own setting goes first."""
        own = pool.release_spanish_reserve
        return not (self.release_spanish_reserve if own is None else own)

    def declined_offices(self) -> dict[str, frozenset[str]]:
        """The offices that declined, by candidate."""
        offices: dict[str, set[str]] = {}
        for candidate, office in self.declined:
            offices.setdefault(candidate, set()).add(office)
        return {candidate: frozenset(declined) for candidate, declined in offices.items()}


def instance_to_json(instance: Instance) -> dict[str, object]:
    """The instance in the documented file format, every list sorted by id and every key present."""
    return {
        "season": instance.season,
        "seed": instance.seed,
        "pools": [
            {
                "id": pool.id,
                "seats": pool.seats,
                "spanish_minimum": pool.spanish_minimum,
                "bid_price": pool.bid_price,
                "release_spanish_reserve": pool.release_spanish_reserve,
            }
            for pool in sorted(instance.pools, key=lambda pool: pool.id)
        ],
        "offices": [
            {"id": office.id, "pool": office.pool} for office in sorted(instance.offices, key=lambda office: office.id)
        ],
        "candidates": [
            _candidate_to_json(candidate)
            for candidate in sorted(instance.candidates, key=lambda candidate: candidate.id)
        ],
        "locked": [
            {"candidate": lock.candidate, "office": lock.office}
            for lock in sorted(instance.locked, key=lambda lock: (lock.candidate, lock.office))
        ],
        "declined": [{"candidate": candidate, "office": office} for candidate, office in sorted(instance.declined)],
        "release_spanish_reserve": instance.release_spanish_reserve,
    }


def _candidate_to_json(candidate: Candidate) -> dict[str, object]:
    return {
        "id": candidate.id,
        "score": candidate.score,
        "speaks_spanish": candidate.speaks_spanish,
        "ranks": candidate.ranks,
        "scores": candidate.scores,
        "ineligible": sorted(candidate.ineligible) if candidate.ineligible else [],
        "waits_for": candidate.waits_for,
        "lottery": candidate.lottery,
    }


def instance_bytes(instance: Instance) -> bytes:
    """The canonical bytes of an instance: equal instances give equal bytes, in whatever order they list.

    They are what Python's json writes. Where orjson writes the same, it does so five times as fast.
    """
    value = instance_to_json(instance)
    if _without_exponents(instance):
        with suppress(TypeError):  # a number of more than 64 bits
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _without_exponents(instance: Instance) -> bool:
    """Whether all scores are numbers like 12.5: 1e-05 is written in more than one way, and NaN is no JSON."""
    scores = {candidate.score for candidate in instance.candidates} | {pool.bid_price for pool in instance.pools}
    for candidate in instance.candidates:
        if candidate.scores:
            scores.update(candidate.scores.values())
    return all(score is None or score == 0 or 1e-4 <= abs(score) < 1e16 for score in scores)


def input_sha256(data: bytes) -> str:
    """The hexadecimal SHA-256 of an input's bytes, as a run states it."""
    return hashlib.sha256(data).hexdigest()
