"""The engines under comparison; each gets the same plain market and builds what it needs from it.

An engine returns who is placed where: {candidate: office}. The peers know neither Spanish minimums nor locks, so
they are compared on plain markets only.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from algmatch import HospitalResidentsProblem
from matching.games import HospitalResident

from app.domain.matching import solve
from bench.instances import Market, instance

Engine = Callable[[Market], dict[str, str]]


def placewell(market: Market) -> dict[str, str]:
    """Our own rule."""
    return {each.candidate: each.office for each in solve(instance(market)).assignments}


def matching(market: Market) -> dict[str, str]:
    """PyPI `matching`: players with lists of preferences."""
    wishes = {person: list(ranks) for person, ranks in market.ranks.items() if ranks}
    orders = _orders(market)
    seats = {office: market.seats[office] for office in orders}
    with warnings.catch_warnings(action="ignore"):
        solved = _deeply(
            lambda: HospitalResident.create_from_dictionaries(wishes, orders, seats).solve(optimal="resident")
        )
    return {str(person.name): str(office.name) for office, people in solved.items() for person in people}


def _deeply(work: Callable[[], Any]) -> Any:
    """`matching` copies its players by recursion, as deep as there are players: do it on a larger stack."""
    limit, size = sys.getrecursionlimit(), threading.stack_size(512 * 2**20)
    sys.setrecursionlimit(1_000_000)
    try:
        with ThreadPoolExecutor(1) as one:
            return one.submit(work).result()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)


def algmatch(market: Market) -> dict[str, str]:
    """PyPI `algmatch`: whole numbers for ids; checks the stability of what it found, too."""
    people = dict(enumerate((person for person, ranks in market.ranks.items() if ranks), start=1))
    orders = _orders(market)
    offices = dict(enumerate(orders, start=1))
    person_number = {person: number for number, person in people.items()}
    office_number = {office: number for number, office in offices.items()}
    problem = HospitalResidentsProblem(
        dictionary={
            "residents": {
                number: [office_number[office] for office in market.ranks[person]] for number, person in people.items()
            },
            "hospitals": {
                number: {
                    "capacity": market.seats[office],
                    "preferences": [person_number[person] for person in orders[office]],
                }
                for number, office in offices.items()
            },
        }
    )
    found = problem.get_stable_matching()
    assert found is not None, "algmatch found no stable matching"
    return {
        people[int(resident[1:])]: offices[int(hospital[1:])]
        for resident, hospital in found["resident_sided"].items()
        if hospital
    }


def _orders(market: Market) -> dict[str, list[str]]:
    """The offices that somebody ranks, each with its candidates in the order of priority."""
    asked: dict[str, list[tuple[int, int, str]]] = {}
    for person, scores in market.scores.items():
        for office in market.ranks[person]:
            asked.setdefault(office, []).append((-scores[office], market.lottery[person], person))
    return {office: [person for _, _, person in sorted(asks)] for office, asks in asked.items()}


PEERS: Mapping[str, Engine] = {"matching": matching, "algmatch": algmatch}
