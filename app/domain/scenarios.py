"""What-ifs: changed seats, needs, thresholds and pins, applied to a routing instance. Pure; a what-if proposes nothing.

A change keeps the value before it beside the value after it. So it can be taken back exactly, and whoever carries
a what-if out later sees whether the records still say what it started from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

from app.domain.instance import Candidate, Instance, Lock, Pool
from app.domain.words import N_

Value = int | float | bool | None
Key = Literal["seats", "spanish_minimum", "bid_price", "release_reserve"]
KEYS: tuple[Key, ...] = ("seats", "spanish_minimum", "bid_price", "release_reserve")
MOST_SEATS = 999
HIGHEST_SCORE = 20


class Change(NamedTuple):
    """One number of one pool, before and after."""

    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Changes:
    """What a what-if changes: by pool and key, and the people who are pinned to an office (candidate, office)."""

    pools: Mapping[str, Mapping[Key, Change]] = field(default_factory=dict)
    pins: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.pools or self.pins)


class Fault(NamedTuple):
    """A wish that cannot be: where (a pool's id and key, or a pin's number) and the sentence with its values."""

    pool: str | None
    key: Key | None
    pin: int | None
    message: str
    params: Mapping[str, object]


def values_of(pool: Pool, instance: Instance) -> dict[Key, Value]:
    """Return a pool's numbers as a what-if names them."""
    return {
        "seats": pool.seats,
        "spanish_minimum": pool.spanish_minimum,
        "bid_price": pool.bid_price,
        "release_reserve": not instance.holds_reserve(pool),
    }


def changes_between(
    instance: Instance, wanted: Mapping[str, Mapping[Key, Value]], pins: Sequence[tuple[str, str]] = ()
) -> Changes:
    """Return what differs from the instance; pools and keys that are not named stay as they are."""
    pools: dict[str, dict[Key, Change]] = {}
    for pool in instance.pools:
        now = values_of(pool, instance)
        changed = {key: Change(now[key], value) for key, value in wanted.get(pool.id, {}).items() if value != now[key]}
        if changed:
            pools[pool.id] = changed
    return Changes(pools, tuple(pins))


def faults_of(instance: Instance, changes: Changes) -> list[Fault]:
    """Return every wish that cannot be carried out, and which number stands against it."""
    faults = [fault for pool in instance.pools for fault in _pool_faults(pool, instance, changes)]
    return faults + _pin_faults(instance, changes)


def with_changes(instance: Instance, changes: Changes) -> Instance:
    """Return the instance with the changes in it; a pin is a lock."""
    return replace(
        instance,
        pools=tuple(_changed(pool, changes, before=False) for pool in instance.pools),
        locked=instance.locked + tuple(Lock(person, office) for person, office in changes.pins),
    )


def without_changes(instance: Instance, changes: Changes) -> Instance:
    """Return the instance as it was before the changes."""
    pins = {Lock(person, office) for person, office in changes.pins}
    return replace(
        instance,
        pools=tuple(_changed(pool, changes, before=True) for pool in instance.pools),
        locked=tuple(lock for lock in instance.locked if lock not in pins),
    )


def changes_to_json(changes: Changes) -> dict[str, Any]:
    """Return the changes as they are stored."""
    return {
        "pools": {
            pool: {key: [change.before, change.after] for key, change in changed.items()}
            for pool, changed in changes.pools.items()
        },
        "pins": [list(pin) for pin in changes.pins],
    }


def changes_from_json(data: Mapping[str, Any]) -> Changes:
    """Return stored changes."""
    return Changes(
        {
            pool: {key: Change(*changed[key]) for key in KEYS if key in changed}
            for pool, changed in data["pools"].items()
        },
        tuple((person, office) for person, office in data["pins"]),
    )


def waits(person: Candidate) -> bool:
    """Tell whether this person waits for an office. Who holds a seat is there for the Spanish alone: no score."""
    return person.score is not None


def _pool_faults(pool: Pool, instance: Instance, changes: Changes) -> list[Fault]:
    changed = changes.pools.get(pool.id, {})
    after = {key: changed[key].after if key in changed else value for key, value in values_of(pool, instance).items()}
    seats, minimum, price = after["seats"] or 0, after["spanish_minimum"] or 0, after["bid_price"]
    found = []
    if not 0 <= seats <= MOST_SEATS:
        found.append(Fault(pool.id, "seats", None, N_("Enter 0 to 999 seats."), {}))
    elif not 0 <= minimum <= seats:
        message = N_("Held for Spanish speakers: %(minimum)d. That is more than the pool’s seats, %(seats)d.")
        found.append(Fault(pool.id, "spanish_minimum", None, message, {"minimum": int(minimum), "seats": int(seats)}))
    if price is not None and not 0 <= price <= HIGHEST_SCORE:
        found.append(Fault(pool.id, "bid_price", None, N_("Enter a score from 0 to 20, or nothing."), {}))
    return found


def _pin_faults(instance: Instance, changes: Changes) -> list[Fault]:
    people = {person.id: person for person in instance.candidates if waits(person)}
    pool_of = {office.id: office.pool for office in instance.offices}
    locked = {lock.candidate for lock in instance.locked}
    taken = Counter(pool_of[lock.office] for lock in instance.locked)
    seats = {pool.id: _changed(pool, changes, before=False).seats for pool in instance.pools}
    asked = Counter(pool_of.get(office) for _, office in changes.pins)
    seen: set[str] = set()
    overfull: set[str] = set()
    faults = []
    for number, (person, office) in enumerate(changes.pins):
        message, params = None, {}
        if not person or not office:
            message = N_("Choose both, the person and the office, or neither.")
        elif person not in people or office not in pool_of:
            message = N_("This person does not wait for an office any more.")
        elif person in locked:
            message = N_("There is an override for this person already.")
        elif person in seen:
            message = N_("This person is pinned twice.")
        elif office in people[person].ineligible or (person, office) in instance.declined:
            message = N_("This person or this office has said no to the other, and that cannot be overridden.")
        elif pool_of[office] in overfull:
            message = None  # said once
        elif asked[pool_of[office]] > max(0, (free := seats[pool_of[office]] - taken[pool_of[office]])):
            message = N_("Too many are pinned to %(office)s: people %(pinned)d, free seats %(free)d.")
            overfull.add(pool_of[office])
            params = {"office": office, "pinned": asked[pool_of[office]], "free": max(0, free)}
        if message is not None:
            faults.append(Fault(None, None, number, message, params))
        seen.add(person)
    return faults


def _changed(pool: Pool, changes: Changes, *, before: bool) -> Pool:
    values: dict[str, Any] = {
        key: change.before if before else change.after for key, change in changes.pools.get(pool.id, {}).items()
    }
    if "release_reserve" in values:
        # None is what the records say of a reserve that is held.
        values["release_spanish_reserve"] = values.pop("release_reserve") or None
    return replace(pool, **values)
