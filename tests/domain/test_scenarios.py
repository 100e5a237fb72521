"""What-ifs: changes go in and come out again exactly; complaints are found by somebody who does not route."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.domain.complaints import justified_complaints
from app.domain.instance import Candidate, Instance, Lock, Office, Pool, instance_bytes
from app.domain.matching import solve
from app.domain.outcomes import Place, differences, outlook_of
from app.domain.routing_result import result_to_json
from app.domain.scenarios import (
    Changes,
    changes_between,
    changes_from_json,
    changes_to_json,
    faults_of,
    with_changes,
    without_changes,
)
from tests.domain.routing_oracle import instances

TWO = Instance(
    season="2027",
    seed="seed",
    pools=(Pool("rolla", 1), Pool("jackson", 1, 1)),
    offices=(Office("rolla", "rolla"), Office("jackson", "jackson")),
    candidates=(
        Candidate("a", ("rolla", "jackson"), 15.0),
        Candidate("b", ("rolla", "jackson"), 14.0, speaks_spanish=True),
        Candidate("c", ("jackson",), 13.0),
        Candidate("holder"),
    ),
)


def _outlook(instance: Instance):  # type: ignore[no-untyped-def]
    return outlook_of(instance, result_to_json(instance, solve(instance), "0" * 64, []))


def _says(changes: Changes, instance: Instance = TWO) -> list[tuple[object, ...]]:
    return [(fault.pool, fault.key, fault.pin) for fault in faults_of(instance, changes)]


@given(instances())
def test_a_run_leaves_no_justified_complaint(instance: Instance) -> None:
    placed = {each.candidate: each.office for each in solve(instance).assignments}
    assert justified_complaints(instance, placed) == []


def test_a_complaint_is_found_where_there_is_one() -> None:
    assert justified_complaints(TWO, {"b": "rolla", "a": "jackson"}) == [("a", "rolla")]
    # The seat at Jackson is held for a speaker, so nobody else may complain about it.
    assert justified_complaints(TWO, {"a": "rolla", "b": "jackson"}) == []
    assert justified_complaints(TWO, {"a": "rolla"}) == [("b", "jackson")]
    locked = replace(TWO, locked=(Lock("c", "rolla"),))
    assert justified_complaints(locked, {"c": "rolla", "b": "jackson"}) == []


@given(instances(), st.data())
def test_changes_are_taken_back_exactly(instance: Instance, data: st.DataObject) -> None:
    wanted = {
        pool.id: {
            "seats": data.draw(st.integers(0, 5)),
            "spanish_minimum": data.draw(st.integers(0, 5)),
            "bid_price": data.draw(st.none() | st.floats(0, 20)),
        }
        for pool in instance.pools
    }
    changes = changes_between(instance, wanted)  # type: ignore[arg-type]
    assert changes_from_json(changes_to_json(changes)) == changes
    assert instance_bytes(without_changes(with_changes(instance, changes), changes)) == instance_bytes(instance)
    if not faults_of(instance, changes):
        changed = {pool.id: pool for pool in with_changes(instance, changes).pools}
        assert all(changed[key].seats == values["seats"] for key, values in wanted.items())


def test_wishes_that_cannot_be_name_the_number_that_stands_against_them() -> None:
    assert _says(changes_between(TWO, {"rolla": {"spanish_minimum": 2}})) == [("rolla", "spanish_minimum", None)]
    assert _says(changes_between(TWO, {"jackson": {"seats": 0}})) == [("jackson", "spanish_minimum", None)]
    assert _says(changes_between(TWO, {"rolla": {"seats": 1000}})) == [("rolla", "seats", None)]
    assert _says(changes_between(TWO, {"rolla": {"bid_price": float("nan")}})) == [("rolla", "bid_price", None)]
    assert _says(Changes(pins=(("a", "rolla"), ("b", "rolla")))) == [(None, None, 0)]
    assert _says(Changes(pins=(("a", "rolla"), ("a", "jackson")))) == [(None, None, 1)]
    assert _says(Changes(pins=(("holder", "rolla"),))) == [(None, None, 0)]
    struck = replace(TWO, declined=frozenset({("a", "rolla")}))
    assert _says(Changes(pins=(("a", "rolla"),)), struck) == [(None, None, 0)]
    assert _says(changes_between(TWO, {"rolla": {"seats": 2}}, (("a", "rolla"), ("b", "rolla")))) == []


def test_outlook_counts_people_who_wait_and_what_differs() -> None:
    before = _outlook(TWO)
    assert (before.waiting, before.placed, before.first_choice, before.complaints) == (3, 2, 1, 0)
    assert (before.spanish_filled, before.spanish_needed, before.left) == (1, 1, 0)
    after = _outlook(with_changes(TWO, changes_between(TWO, {"rolla": {"seats": 2}})))
    assert (after.placed, after.first_choice, after.left) == (2, 2, 1)
    assert differences(before, after) == [("b", Place("jackson", 2, "spanish"), Place("rolla", 1, "open"))]


def test_a_pin_holds_its_seat_and_the_others_are_routed_around_it() -> None:
    pinned = _outlook(with_changes(TWO, Changes(pins=(("c", "rolla"),))))
    assert pinned.places == {"b": Place("jackson", 2, "spanish"), "c": Place("rolla", None, "locked")}
    assert (pinned.complaints, pinned.unplaced) == (0, 1)
